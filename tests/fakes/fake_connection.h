// FakeConnection: one control connection of the fake server, its thread and its transfers.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fakes/fake_channel.h"
#include "fakes/fake_dialect.h"
#include "fakes/fake_fault.h"
#include "fakes/fake_journal.h"
#include "fakes/fake_tls.h"
#include "fakes/fake_tree.h"

namespace ftpsfs::test {

/// What the connections of one server share. Every part is thread-safe; nothing here is locked during a wait.
struct FakeWorld {
  /// `stranger`: the certificate of somebody between the server and its clients, if there is one.
  FakeWorld(const fakes::TestCertificate& certificate, const std::optional<fakes::TestCertificate>& stranger,
            const FakeDialect& dialect)
      : tree(dialect.folds_case), tls(certificate, dialect) {
    if (stranger) strange_tls.emplace(*stranger, dialect);
  }

  const std::string user = "ftpuser";
  const std::string password = "correct horse";
  FakeTree tree;
  FakeJournal journal;
  FakePlaces places;
  FaultPlan faults;
  TlsServer tls;
  std::optional<TlsServer> strange_tls;  ///< answers on data connections in place of `tls`
  std::atomic<int> open_connections = 0;
  std::atomic<int> sessions = 0;        ///< logged in and open
  std::atomic<int> stall_releases = 0;  ///< raised to let stalled transfers go on
  std::function<void()> break_line;     ///< resets every connection
};

/// The thread starts with the object and ends when the client leaves or interrupt() is called.
class FakeConnection {
 public:
  FakeConnection(FakeWorld& world, FakeDialect dialect, int number, Socket socket);
  /// Interrupts and joins.
  ~FakeConnection();
  FakeConnection(const FakeConnection&) = delete;
  FakeConnection& operator=(const FakeConnection&) = delete;

  /// Resets the connection and its data connection. Any thread.
  void interrupt() { interrupt_.raise(); }
  /// What is idle now is told 421 and closed. Any thread.
  void time_out_if_idle();
  /// True when the thread has nothing left to do. Any thread.
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  using Handler = void (FakeConnection::*)(const std::string& argument);
  struct Verb {
    std::string_view name;
    Handler handler;
    bool before_login = false;
  };
  static const Verb kVerbs[];

  /// Why a wait ended.
  enum class Wake { kReady, kTimeout, kAborted, kGone };
  /// How the bytes of a transfer ended.
  enum class DataEnd {
    kComplete,
    kEarlyClose,  ///< the client left, or did not end TLS in order
    kAborted,     ///< by ABOR
    kGone,        ///< the control connection went too
    kFault,       ///< a fault closed the data connection
    kRefused,     ///< it never came to data; the reply is given
  };

  // fake_connection.cpp: the control loop.
  void run();
  bool greet();
  void serve();
  void handle(const std::string& line);
  void carry_out(const std::string& verb, const std::string& argument);
  void cut_reply(ControlCut cut);
  [[nodiscard]] std::string fault_path(const std::string& verb, const std::string& argument) const;
  bool shake_hands(Channel& channel);
  std::optional<std::string> next_line();
  std::optional<std::string> buffered_line() const;
  void drop_buffered_line();
  bool pull_input();
  void note_record(std::size_t bytes);
  bool wait_for_input();
  void flush();
  void reply(std::string_view lines);
  [[nodiscard]] std::string with_ok_code(std::string_view line) const;
  /// Names on the wire.
  [[nodiscard]] bool speaks_latin1() const { return dialect_.ansi_names && !utf8_; }
  [[nodiscard]] std::string encoded(std::string text) const;
  void enter(std::string directory);
  void close_control(CloseStyle style);
  Wake wait(int fd, short events, std::chrono::milliseconds limit, bool watch_control);
  void pause(std::chrono::milliseconds span);

  // fake_session_verbs.cpp: login, TLS, and what the server says about itself.
  void do_auth(const std::string& argument);
  void do_user(const std::string& argument);
  void do_pass(const std::string& argument);
  void do_pbsz(const std::string& argument);
  void do_host(const std::string& argument);
  void do_clnt(const std::string& argument);
  void do_lang(const std::string& argument);
  void do_prot(const std::string& argument);
  void do_ccc(const std::string& argument);
  void do_feat(const std::string& argument);
  void do_opts(const std::string& argument);
  void do_syst(const std::string& argument);
  void do_type(const std::string& argument);
  void do_mode(const std::string& argument);
  void do_stru(const std::string& argument);
  void do_noop(const std::string& argument);
  void do_quit(const std::string& argument);
  void do_allo(const std::string& argument);
  [[nodiscard]] std::string feature_list() const;

  // fake_file_verbs.cpp: verbs about names, answered on the control connection.
  void do_pwd(const std::string& argument);
  void do_cwd(const std::string& argument);
  void do_cdup(const std::string& argument);
  void do_mkd(const std::string& argument);
  void do_rmd(const std::string& argument);
  void do_dele(const std::string& argument);
  void do_rnfr(const std::string& argument);
  void do_rnto(const std::string& argument);
  void do_size(const std::string& argument);
  void do_mdtm(const std::string& argument);
  void do_mfmt(const std::string& argument);
  void do_mlst(const std::string& argument);
  void do_stat(const std::string& argument);
  void do_site(const std::string& argument);
  void site_utime(const std::string& argument);
  void tell_quota(const FakeQuota& quota);
  void site_symlink(const std::string& argument);
  void site_cpfr(const std::string& argument);
  void site_cpto(const std::string& argument);
  void change_time(const std::string& time, const std::string& path, std::string_view fact);
  void refuse(TreeError error, const std::string& path);
  [[nodiscard]] std::string resolve(const std::string& argument) const { return resolve_path(cwd_, argument); }

  // fake_checksum_verbs.cpp: checksums, by HASH and by a verb of their own.
  [[nodiscard]] std::string hash_algorithm() const;
  void opts_hash(const std::string& algorithm);
  void do_hash(const std::string& argument);
  void do_xsha256(const std::string& argument) { x_checksum("XSHA256", argument); }
  void do_xsha512(const std::string& argument) { x_checksum("XSHA512", argument); }
  void do_xsha1(const std::string& argument) { x_checksum("XSHA1", argument); }
  void do_xmd5(const std::string& argument) { x_checksum("XMD5", argument); }
  void x_checksum(const std::string& verb, const std::string& argument);
  [[nodiscard]] std::string checksum_of(const std::string& content, const std::string& algorithm) const;

  // fake_transfer_verbs.cpp: data channels asked for, and the verbs that use them.
  void do_epsv(const std::string& argument);
  void do_pasv(const std::string& argument);
  void do_eprt(const std::string& argument);
  void do_port(const std::string& argument);
  void do_pret(const std::string& argument);
  void do_rest(const std::string& argument);
  void do_rang(const std::string& argument);
  void do_retr(const std::string& argument);
  void do_stor(const std::string& argument);
  void do_appe(const std::string& argument);
  void do_list(const std::string& argument);
  void do_nlst(const std::string& argument);
  void do_mlsd(const std::string& argument);
  void do_abor(const std::string& argument);
  std::optional<std::uint16_t> listen_for_data();
  void store(const std::string& path, std::uint64_t offset, bool cut);
  void send_listing(const std::string& listing);

  // fake_data.cpp: the data connection itself.
  using Source = std::function<std::string(std::size_t max_bytes)>;  ///< empty at the end
  using Sink = std::function<void(std::string_view bytes)>;
  void send_data(const std::string& opening, const std::string& done, const Source& source);
  void receive_data(const std::string& opening, const std::string& done, const Sink& sink);
  DataEnd begin_data(const std::string& opening, std::optional<Channel>& data);
  DataEnd connect_data(std::optional<Channel>& data);
  DataEnd protect(Channel& data);
  DataEnd send_all(Channel& data, const Source& source);
  DataEnd receive_all(Channel& data, const Sink& sink);
  DataEnd await_tcp_close(Channel& data);
  DataEnd refuse_data(std::string_view lines);
  /// What a failed wait means for the data connection.
  DataEnd after_wait(Wake wake);
  /// Carries out the data fault; kComplete when the transfer goes on.
  DataEnd strike(Channel& data);
  DataEnd stall();
  void end_data(std::optional<Channel>& data, DataEnd end, const std::string& done);
  [[nodiscard]] bool abort_asked();
  void forget_data_channel();

  FakeWorld& world_;
  const FakeDialect dialect_;
  const int number_;
  Interrupt interrupt_;
  Interrupt time_out_;
  std::atomic<bool> idle_ = false;  ///< waits for the next command
  std::atomic<bool> finished_ = false;

  Channel control_;
  std::string input_;
  std::string output_;
  bool peer_gone_ = false;
  bool turn_begins_ = false;  ///< with what comes next, even if it is here already: the handshake has ended one

  std::string user_;
  bool logged_in_ = false;
  bool pbsz_ = false;
  bool protected_data_ = false;
  bool ascii_ = true;
  bool deflates_ = false;
  std::string host_;      ///< told by HOST
  std::string language_;  ///< chosen by LANG
  bool utf8_ = false;     ///< OPTS UTF8 ON was taken
  std::string cwd_ = "/";
  std::string rename_from_;
  std::string copy_from_;
  std::string hash_;             ///< the algorithm chosen by OPTS HASH
  std::set<std::string> facts_;  ///< in lower case, those that MLSx tells

  Fault fault_;            ///< of the command being carried out
  int releases_seen_ = 0;  ///< of stalls, when the command came
  bool pret_ = false;
  Socket passive_;
  sockaddr_storage active_{};  ///< where PORT or EPRT pointed; ss_family 0: nowhere
  std::uint64_t restart_ = 0;
  std::optional<std::uint64_t> range_end_;  ///< one past the last byte that RANG asked for

  std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace ftpsfs::test
