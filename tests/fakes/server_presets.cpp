#include "fakes/server_presets.h"

#include <algorithm>
#include <stdexcept>

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;

/// IIS 10: MLSD and MLST are 500, listings are those of DOS, names are in the ANSI code page until UTF8 is on.
FakeDialect iis() {
  FakeDialect dialect;
  dialect.greeting = "220 Microsoft FTP Service";
  dialect.mlsd = false;
  dialect.mfmt = false;
  dialect.site_chmod = false;
  dialect.list_format = ListFormat::kDos;
  dialect.list_time_offset = -8h;
  dialect.rnto_overwrites = false;
  dialect.cwd_locks = true;
  dialect.ansi_names = true;
  dialect.stat = StatStyle::kOff;
  return dialect;
}

FakeDialect filezilla() {
  FakeDialect dialect;
  dialect.greeting = "220-FileZilla Server 1.8.2\n220 Please visit https://filezilla-project.org/";
  dialect.system = "UNIX emulated by FileZilla.";
  dialect.session_reuse = ReuseRule::kReply425;
  dialect.opts_utf8_code = 202;
  dialect.rnto_overwrites = false;
  dialect.site_chmod = false;
  dialect.stat = StatStyle::kOff;
  return dialect;
}

FakeDialect proftpd() {
  FakeDialect dialect;
  dialect.greeting = "220 ProFTPD Server ready";
  dialect.session_reuse = ReuseRule::kReply425;
  dialect.facts = {"modify", "perm", "size", "type", "unique", "UNIX.group", "UNIX.mode", "UNIX.owner"};
  dialect.symlink_facts = SymlinkFacts::kFollowed;
  dialect.stat = StatStyle::k212Indented;
  dialect.epsv_refused_when_busy = true;
  dialect.early_close = EarlyCloseStyle::kControlDropped;
  dialect.rang = true;
  return dialect;
}

/// Rental servers: FEAT before the login is never answered.
FakeDialect sakura() {
  FakeDialect dialect = proftpd();
  dialect.feat = FeatStyle::kSilentUntilLogin;
  return dialect;
}

/// Wants to know by PRET what a data connection is for.
FakeDialect drftpd() {
  FakeDialect dialect;
  dialect.greeting = "220 DrFTPD 3.4.5 ready";
  dialect.feat = FeatStyle::kOnlyAfterLogin;
  dialect.pret_required = true;
  return dialect;
}

FakeDialect glftpd() {
  FakeDialect dialect;
  dialect.greeting = "220 FTP server (glFTPd 2.12) ready.";
  dialect.feat = FeatStyle::kOnlyAfterLogin;
  dialect.mlsd = false;
  dialect.mfmt = false;
  dialect.rest_stor_cuts = true;
  return dialect;
}

/// AWS Transfer Family: the address of a PASV reply says nothing, and there is no EPSV.
FakeDialect aws() {
  FakeDialect dialect;
  dialect.epsv = false;
  dialect.pasv_address = "0.0.0.0";
  dialect.session_reuse = ReuseRule::kReply425;
  dialect.site_chmod = false;
  dialect.stat = StatStyle::kOff;
  dialect.appe = false;
  dialect.rest_stor = false;
  return dialect;
}

FakeDialect axway() {
  FakeDialect dialect;
  dialect.greeting = "220 Axway SecureTransport FTP server ready";
  dialect.auth_in_feat = false;
  dialect.mlsd = false;
  return dialect;
}

FakeDialect behind_nat() {
  FakeDialect dialect;
  dialect.epsv = false;
  dialect.pasv_address = "10.0.0.5";
  return dialect;
}

FakeDialect two_sessions() {
  FakeDialect dialect;
  dialect.max_sessions = 2;
  return dialect;
}

/// As a host that closes idle sessions after 60 s, a hundred times faster.
FakeDialect short_idle_limit() {
  FakeDialect dialect;
  dialect.idle_timeout = std::chrono::milliseconds(600);
  return dialect;
}

FakeDialect no_size() {
  FakeDialect dialect;
  dialect.size = false;
  dialect.mlsd = false;
  return dialect;
}

FakeDialect no_mdtm() {
  FakeDialect dialect;
  dialect.mdtm = false;
  dialect.mfmt = false;
  dialect.mlsd = false;
  dialect.list_time_offset = 3h;
  return dialect;
}

FakeDialect odd_replies() {
  FakeDialect dialect;
  dialect.bare_line_ends = true;
  dialect.ok_code = 250;
  dialect.stor_ok_code = 250;
  dialect.mkd_ok_code = 250;
  dialect.mkd_exists_code = 521;
  dialect.missing_list_is_empty = true;
  dialect.mlsd = false;
  return dialect;
}

FakeDialect pureftpd_1_0_48() {
  FakeDialect dialect;
  dialect.greeting =
      "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\n220-You are user number 1 of 50 allowed.\n"
      "220 You will be disconnected after 15 minutes of inactivity.";
  dialect.tls13_tickets = 0;
  dialect.facts_path_in_names = true;
  dialect.symlink_facts = SymlinkFacts::kSymlink;
  dialect.stat = StatStyle::k213Brief;
  dialect.rest_stor_cuts = true;
  dialect.early_close = EarlyCloseStyle::kSilent;
  return dialect;
}

/// z/OS: a login begins among data sets; below "/" there are files.
FakeDialect zos() {
  FakeDialect dialect;
  dialect.greeting = "220-FTPD1 IBM FTP CS V2R5 at SYS1, 10:00:00 on 2026-11-27.\n220 Connection will close if idle.";
  dialect.system = "MVS is the operating system of this server. FTP Server is running on z/OS.";
  dialect.pwd = PwdStyle::kDataSet;
  dialect.mlsd = false;
  dialect.mfmt = false;
  dialect.stat = StatStyle::kOff;
  return dialect;
}

}  // namespace

const std::vector<ServerPreset>& server_presets() {
  static const std::vector<ServerPreset> presets{
      {"iis", "IIS", iis()},
      {"filezilla", "FileZilla Server", filezilla()},
      {"sakura", "Sakura (FEAT before AUTH unanswered)", sakura()},
      {"drftpd", "drftpd (FEAT after the login, PRET)", drftpd()},
      {"glftpd", "glftpd (FEAT after the login)", glftpd()},
      {"aws", "AWS Transfer (PASV 0.0.0.0, no EPSV)", aws()},
      {"axway", "Axway (AUTH not announced)", axway()},
      {"nat", "behind NAT (PASV 10.0.0.5)", behind_nat()},
      {"twosessions", "two sessions", two_sessions()},
      {"shortidle", "idle sessions closed soon", short_idle_limit()},
      {"nosize", "no SIZE", no_size()},
      {"nomdtm", "no MDTM", no_mdtm()},
      {"oddreplies", "LF alone, 250 to everything", odd_replies()},
      {"pureftpd1048", "Pure-FTPd 1.0.48", pureftpd_1_0_48()},
      {"zos", "z/OS (files, not data sets)", zos(), "//u/anna"},
  };
  return presets;
}

const ServerPreset& server_preset(const std::string& name) {
  const auto& presets = server_presets();
  const auto found = std::find_if(presets.begin(), presets.end(), [&](const auto& each) { return each.name == name; });
  if (found == presets.end()) throw std::out_of_range("no preset " + name);
  return *found;
}

}  // namespace ftpsfs::test
