// FakeServer: an FTPS server inside the test program, which can be told to be any server and to misbehave.
//
//   FakeServer server({.mlsd = false, .session_reuse = ReuseRule::kReply425});
//   server.tree().add_file("/pub/a.txt", "hello");
//   server.on("RETR", {.nth = 1, .data = DataFault::kReset, .after = 3});
//   ... connect to server.host():server.port() as server.user() ...
//   EXPECT_EQ(server.count("RETR"), 2);
//
// It shares no code with the program under test. Each control connection has one thread, which runs its transfers too.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fakes/fake_dialect.h"
#include "fakes/fake_fault.h"
#include "fakes/fake_journal.h"
#include "fakes/fake_tree.h"
#include "fakes/test_certificate.h"

namespace ftpsfs::test {

class FakeConnection;
class Interrupt;
class Socket;
struct FakeWorld;

/// Listens on loopback from construction to destruction. The destructor resets what is still connected and never
/// hangs. Any thread may call any member. Throws std::runtime_error when it cannot listen or set up TLS.
class FakeServer {
 public:
  explicit FakeServer(FakeDialect dialect = {},
                      const fakes::CertificateSpec& certificate = fakes::loopback_certificate_spec());
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::string host() const;  ///< "127.0.0.1" or "::1"
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& user() const;
  [[nodiscard]] const std::string& password() const;
  [[nodiscard]] const fakes::TestCertificate& certificate() const { return certificate_; }
  /// A PEM file that holds the server's certificate, to be trusted; lives as long as the server.
  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }

  [[nodiscard]] FakeTree& tree();
  [[nodiscard]] const FakeTree& tree() const;

  /// From the next connection on; what concerns TLS itself, and `ipv6`, stays as constructed.
  void set_dialect(FakeDialect dialect);

  // What happened so far.

  /// Every command received, in order of arrival.
  [[nodiscard]] std::vector<FakeCommand> commands() const;
  /// How many commands had this verb (upper case).
  [[nodiscard]] int count(std::string_view verb) const;
  [[nodiscard]] int connections() const;               ///< control connections accepted
  [[nodiscard]] int open_connections() const;          ///< control connections open now
  [[nodiscard]] int logins() const;                    ///< successful ones
  [[nodiscard]] int data_connections() const;          ///< established, TLS included
  [[nodiscard]] int resumed_data_connections() const;  ///< those that resumed a TLS session of their control connection
  /// In all TLS handshakes so far; a client that guessed the key-exchange group wrong says it twice.
  [[nodiscard]] int client_hellos() const;
  /// Turns of the control connections: how often a client let all its replies arrive before it sent the next command.
  /// Pipelined commands are one turn; for certain when `FakeDialect::latency` is longer than the client needs to send
  /// them. Waits on data connections and TLS handshakes do not count.
  [[nodiscard]] int round_trips() const;
  /// Bytes of commands in the longest TLS record of a control connection.
  [[nodiscard]] std::size_t longest_record() const;
  /// Commands and counters start again from nothing (open_connections excepted).
  void forget_history();

  // Misbehaviour.

  /// Scripts a fault for `verb` (upper case; "*": any command). Earlier ones have precedence. Returns its id.
  int on(std::string verb, Fault fault);
  [[nodiscard]] int hits(int fault_id) const;  ///< how often it struck
  void clear_faults();
  void forget_tls_sessions();  ///< none given out so far is resumed any more (ProFTPD, after a while)
  void release_stalls();       ///< transfers held by DataFault::kStall go on
  void disconnect_all();       ///< resets every connection, as a line that breaks
  void time_out_idle();        ///< what is idle is told 421 and closed, as after `FakeDialect::idle_timeout`
  void stop_accepting();       ///< new connections are refused; those open live on
  void resume_accepting();     ///< on the same port

 private:
  void listen();
  void accept_loop();
  void admit(Socket socket);

  const fakes::TestCertificate certificate_;
  const std::string ca_file_;
  const bool ipv6_;
  const std::unique_ptr<FakeWorld> world_;
  std::uint16_t port_ = 0;  ///< chosen by the constructor

  std::mutex listener_mutex_;  ///< held while the listener starts or stops
  std::unique_ptr<Socket> listener_;
  std::unique_ptr<Interrupt> listener_stop_;
  std::thread accept_thread_;

  std::mutex mutex_;  ///< guards the fields below; never held while listener_mutex_ is taken
  FakeDialect dialect_;
  int last_number_ = 0;
  std::list<std::unique_ptr<FakeConnection>> live_;
};

}  // namespace ftpsfs::test
