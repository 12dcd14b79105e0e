// FakeDialect: everything a FakeServer may do differently from a well-behaved modern server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ftpsfs::test {

enum class FakeTls {
  kExplicit,  ///< AUTH TLS on the control connection; login without it is refused (RFC 4217)
  kOptional,  ///< AUTH TLS is offered; login and data go without it too
  kImplicit,  ///< TLS from the first byte
  kNone,      ///< no TLS: AUTH is answered 502
};

enum class FakeTlsVersion { k10, k11, k12, k13 };

/// What happens to a data connection that did not resume a TLS session of its own control connection.
enum class ReuseRule {
  kNotRequired,
  kReply425,          ///< ProFTPD: 150, then 425
  kReply522AndClose,  ///< vsftpd: 150, then 522, and the control connection is closed
};

enum class FeatStyle {
  kNormal,
  kSilent,            ///< never answered
  kUnknown,           ///< 500
  kOnlyAfterLogin,    ///< 530 before login (glftpd, drftpd)
  kSilentUntilLogin,  ///< never answered before login (some shared hosts)
};

enum class ListFormat { kUnix, kDos };

enum class StatStyle {
  k213,          ///< vsftpd: "213-Status follows:"; a name that is missing or unreadable gives an empty listing
  k213Brief,     ///< Pure-FTPd: the same behind "213-STAT"
  k212Indented,  ///< ProFTPD: 212, each line indented by one space; a name that is missing or unreadable is 450
  kOff,          ///< 502 for a path
};

enum class SymlinkFacts {
  kSlink,     ///< type=OS.unix=slink:/target
  kSymlink,   ///< type=OS.unix=symlink
  kFollowed,  ///< ProFTPD: symlink in MLSD; in MLST the target's type, the link's size and mode; no dangling ones
};

enum class PwdStyle {
  kNormal,
  kUnquoted,  ///< 257 without quotes
  kDataSet,   ///< 257 "'FTPUSER.'" (z/OS)
  kRefused,   ///< 550
};

/// How a transfer is answered whose data connection the client closed early without ABOR.
enum class EarlyCloseStyle {
  k426,
  kSilent,          ///< Pure-FTPd: no final reply, ever
  kControlDropped,  ///< ProFTPD with mod_tls: the control connection dies
};

/// What SITE QUOTA tells of an account, in bytes.
struct FakeQuota {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;  ///< 0: none
};

/// A plain set of knobs. The defaults are a modern, strict server that wants TLS.
struct FakeDialect {
  // Connection and TLS
  bool ipv6 = false;  ///< listen on ::1 instead of 127.0.0.1
  std::string greeting = "220 Fake server ready";
  std::string system{};  ///< behind the 215 of SYST; empty: as list_format has it
  FakeTls tls = FakeTls::kExplicit;
  FakeTlsVersion tls_min = FakeTlsVersion::k12;
  FakeTlsVersion tls_max = FakeTlsVersion::k13;
  std::string tls_groups{};         ///< OpenSSL group list such as "P-256"; empty: the library's
  std::size_t tls13_tickets = 2;    ///< after a full TLS 1.3 handshake; 0: no resumption (Pure-FTPd)
  bool single_use_tickets = false;  ///< a TLS 1.3 ticket that was used once gets a full handshake the next time
  bool tickets_renewed = true;      ///< a resumed TLS 1.3 handshake brings a new ticket
  std::string client_ca{};          ///< PEM: clients must show a certificate issued by this one
  bool man_in_the_middle = false;   ///< data connections are answered by somebody else, with a certificate of his own
  bool prot_p_refused = false;      ///< PROT P is answered 536
  ReuseRule session_reuse = ReuseRule::kNotRequired;
  bool upload_needs_close_notify = true;  ///< 426 when an upload ends with a bare FIN (vsftpd strict_ssl_read_eof)
  bool upload_awaits_tcp_close = false;   ///< 226 only after the client closed TCP, or after 10 s (ProFTPD)

  // Login
  std::vector<std::string> hosts{};      ///< names that HOST takes (RFC 7151); empty: HOST is unknown
  bool host_required = false;            ///< a login without HOST is refused, in the words of IIS
  bool clnt = false;                     ///< CLNT is known
  std::vector<std::string> languages{};  ///< of LANG; the first is spoken at first
  int max_sessions = 0;                  ///< 0: no limit
  /// Said to one session too many: in place of the greeting when it starts with 421, else in answer to PASS.
  std::string session_limit_reply = "421 Too many connections, try again later";
  std::string home = "/";                     ///< directory after login; made when missing
  std::chrono::milliseconds idle_timeout{0};  ///< then 421 and close; 0: never
  /// Replies leave this much later; commands that arrive meanwhile belong to the same turn (FakeServer::round_trips).
  std::chrono::milliseconds latency{0};

  // What is supported
  FeatStyle feat = FeatStyle::kNormal;
  bool auth_in_feat = true;  ///< AUTH, PBSZ and PROT are announced (not: Axway)
  PwdStyle pwd = PwdStyle::kNormal;
  int opts_utf8_code = 200;  ///< 200, 202 (FileZilla Server), 451, 500 ...
  bool utf8_in_feat = true;
  bool reads_telnet = false;  ///< 0xFF in a command is Telnet's IAC (ProFTPD); else a letter (vsftpd, Pure-FTPd)
  bool mlsd = true;           ///< MLSD and MLST
  bool size = true;
  bool mdtm = true;
  bool mdtm_set = false;  ///< MDTM YYYYMMDDHHMMSS path sets the time (vsftpd)
  bool mfmt = true;
  bool site_utime = false;
  bool site_chmod = true;
  std::optional<FakeQuota> quota{};  ///< SITE QUOTA is answered as by ProFTPD
  bool rest = true;                  ///< REST before RETR
  bool rest_stor = true;             ///< REST before STOR; else the STOR is answered 501
  bool rest_stor_cuts = false;       ///< REST n + STOR and APPE cut the file after what was sent (Pure-FTPd)
  bool site_copy = false;            ///< SITE CPFR and CPTO (ProFTPD)
  bool site_copy_links = false;      ///< a link is copied as a link (ProFTPD)
  bool site_symlink = false;         ///< SITE SYMLINK target link, to what exists (ProFTPD)
  bool appe = true;
  bool allo = true;
  bool rang = false;                       ///< RANG first last + RETR (ProFTPD)
  std::vector<std::string> hash{};         ///< algorithms of HASH, the first is the default: "SHA-1", "SHA-256" ...
  std::vector<std::string> x_checksums{};  ///< "XSHA256", "XMD5" ...
  bool checksums_lie = false;              ///< as of a file that arrived damaged
  bool epsv = true;
  bool pasv = true;
  bool mode_z = false;         ///< MODE Z: data is compressed (ProFTPD's mod_deflate)
  bool mode_z_spoils = false;  ///< uploads in it are 451 (ProFTPD)
  bool pret_required = false;  ///< EPSV and PASV without PRET are refused (drftpd)
  std::string pret_refusal = "500 You need to use a client supporting PRET (PRE Transfer) to use PASV";
  bool epsv_refused_when_busy = false;  ///< 450 to EPSV while a transfer runs (ProFTPD); else answered after it
  std::string pasv_address{};           ///< dotted address told in 227 in place of the real one
  bool folds_case = false;              ///< names that differ in case alone are one (Windows)
  bool rnto_overwrites = true;          ///< else RNTO onto an existing name is 550
  bool cwd_locks = false;               ///< a directory that a session stands in cannot be renamed (IIS)
  StatStyle stat = StatStyle::k213;

  // How it says things
  bool bare_line_ends = false;  ///< replies end with LF alone
  int ok_code = 0;              ///< in place of 200, 202 and 226; 0: those themselves
  bool ansi_names = false;      ///< names are Latin-1 until OPTS UTF8 ON (IIS)
  ListFormat list_format = ListFormat::kUnix;
  bool list_hides_dotfiles = false;          ///< LIST and NLST show them with -a only
  std::chrono::seconds list_time_offset{0};  ///< the server's zone in LIST, east positive
  std::chrono::seconds mdtm_time_offset{0};  ///< added to MDTM times (vsftpd use_localtime)
  /// Also known: UNIX.uid UNIX.gid UNIX.owner UNIX.group.
  std::vector<std::string> facts{"type", "size", "modify", "perm", "unique", "UNIX.mode"};
  bool facts_upper_case = false;     ///< "TYPE=FILE;SIZE=3;"
  bool facts_path_in_names = false;  ///< MLSD names carry the directory (Pure-FTPd 1.0.48)
  bool facts_cdir_pdir = true;       ///< MLSD begins with cdir and pdir entries
  SymlinkFacts symlink_facts = SymlinkFacts::kSlink;
  bool reasons_told = true;            ///< a 550 names the reason (ProFTPD, Pure-FTPd); else it is bare (vsftpd)
  int stor_ok_code = 226;              ///< or 250
  int mkd_ok_code = 257;               ///< or 250
  int mkd_exists_code = 550;           ///< or 521
  bool missing_list_is_empty = false;  ///< LIST and MLSD of a missing directory: an empty listing and 226
  /// 150 leaves together with the final reply: a client that awaits it before its TLS handshake on the data connection
  /// waits in vain.
  bool late_150 = false;
  std::vector<std::string> abort_replies{"426 Transfer aborted", "226 Abort successful"};  ///< to ABOR in a transfer
  EarlyCloseStyle early_close = EarlyCloseStyle::k426;
};

}  // namespace ftpsfs::test
