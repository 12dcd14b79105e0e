// FtpServer: a real FTPS server for the time of a test, by way of tests/servers/ftp-server.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ftpsfs::test {

enum class ServerKind { kVsftpd, kProftpd, kPureFtpd };

/// The name the script and the test reports use: "vsftpd", "proftpd", "pure-ftpd".
const char* to_string(ServerKind kind);

/// A running server with one account, in a temporary directory of its own; both are gone after stop(). Several may run
/// at once. Not for use by two threads at a time. A moved-from server is a stopped one.
class FtpServer {
 public:
  /// Starts a server. `settings` are the script's, such as "tls=1.2" or "max_sessions=2". Throws std::runtime_error
  /// with the script's output when it does not come up.
  static FtpServer start(ServerKind kind, const std::vector<std::string>& settings = {});

  FtpServer(FtpServer&& other) noexcept;
  FtpServer& operator=(FtpServer&& other) noexcept;
  FtpServer(const FtpServer&) = delete;
  FtpServer& operator=(const FtpServer&) = delete;
  ~FtpServer();  ///< stops; what goes wrong then is told on standard error

  /// Ends the server and all its sessions and removes its directory. Does nothing the second time. Throws
  /// std::runtime_error when processes of the server resist; the directory stays then.
  void stop();

  /// For the message of a failed test: whether the server lives, and the end of its log.
  [[nodiscard]] std::string report() const;

  [[nodiscard]] ServerKind kind() const { return kind_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }  ///< of control connections
  /// As it stands in a URL: "localhost", or "[::1]" where it listens there alone.
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] const std::string& password() const { return password_; }
  /// The local path of the directory a login begins in. Its owner is the account sessions run as.
  [[nodiscard]] const std::filesystem::path& home() const { return home_; }
  /// The certificate to trust (PEM), made out to localhost, 127.0.0.1 and ::1.
  [[nodiscard]] const std::filesystem::path& ca() const { return ca_; }
  /// Everything of the server: its configuration, `home`, and what it wrote to `log`.
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] pid_t pid() const { return pid_; }  ///< of the process that accepts connections

 private:
  FtpServer(ServerKind kind, std::filesystem::path directory);

  void read_environment(const std::string& lines);

  ServerKind kind_;
  std::filesystem::path directory_;  // empty once stopped
  std::string host_ = "localhost";
  std::uint16_t port_ = 0;
  std::string user_;
  std::string password_;
  std::filesystem::path home_;
  std::filesystem::path ca_;
  pid_t pid_ = 0;
};

}  // namespace ftpsfs::test
