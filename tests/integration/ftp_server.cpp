#include "integration/ftp_server.h"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "integration/command.h"

namespace ftpsfs::test {
namespace {

constexpr const char* kScript = FTPSFS_SOURCE_DIR "/tests/servers/ftp-server";
constexpr std::chrono::seconds kScriptLimit{30};

/// Makes a directory that the servers' unprivileged sessions may pass through, unlike those of mkdtemp.
std::filesystem::path make_directory() {
  std::string path = std::filesystem::temp_directory_path() / "ftpsfs-server-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path);
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_all | perms::group_exec | perms::others_exec);
  return path;
}

}  // namespace

const char* to_string(ServerKind kind) {
  switch (kind) {
    case ServerKind::kVsftpd:
      return "vsftpd";
    case ServerKind::kProftpd:
      return "proftpd";
    case ServerKind::kPureFtpd:
      return "pure-ftpd";
  }
  return "unknown";
}

FtpServer FtpServer::start(ServerKind kind, const std::vector<std::string>& settings) {
  FtpServer server(kind, make_directory());
  std::vector<std::string> argv = {kScript, "start", to_string(kind), server.directory_};
  argv.insert(argv.end(), settings.begin(), settings.end());
  const CommandResult started = run_command(argv, kScriptLimit);
  if (started.status != 0) {
    throw std::runtime_error(std::string(to_string(kind)) + " did not start (status " + std::to_string(started.status) +
                             "):\n" + started.output);
  }
  server.read_environment(started.output);
  if (std::find(settings.begin(), settings.end(), "listen=::1") != settings.end()) server.host_ = "[::1]";
  return server;
}

FtpServer::FtpServer(ServerKind kind, std::filesystem::path directory)
    : kind_(kind), directory_(std::move(directory)) {}

FtpServer::FtpServer(FtpServer&& other) noexcept
    : kind_(other.kind_),
      directory_(std::exchange(other.directory_, {})),
      host_(other.host_),
      port_(other.port_),
      user_(std::move(other.user_)),
      password_(std::move(other.password_)),
      home_(std::move(other.home_)),
      ca_(std::move(other.ca_)),
      pid_(other.pid_) {}

FtpServer& FtpServer::operator=(FtpServer&& other) noexcept {
  FtpServer arrived(std::move(other));
  std::swap(kind_, arrived.kind_);
  std::swap(directory_, arrived.directory_);
  std::swap(host_, arrived.host_);
  std::swap(port_, arrived.port_);
  std::swap(user_, arrived.user_);
  std::swap(password_, arrived.password_);
  std::swap(home_, arrived.home_);
  std::swap(ca_, arrived.ca_);
  std::swap(pid_, arrived.pid_);
  return *this;  // what was here stops with `arrived`
}

FtpServer::~FtpServer() {
  try {
    stop();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
}

void FtpServer::stop() {
  if (directory_.empty()) return;
  const std::filesystem::path directory = std::exchange(directory_, {});
  const CommandResult stopped = run_command({kScript, "stop", directory}, kScriptLimit);
  if (stopped.status != 0) {
    throw std::runtime_error(std::string(to_string(kind_)) + " did not stop (status " + std::to_string(stopped.status) +
                             "), see " + directory.string() + ":\n" + stopped.output);
  }
  std::filesystem::remove_all(directory);
}

std::string FtpServer::report() const {
  const bool lives = pid_ != 0 && ::kill(pid_, 0) == 0;
  return std::string(to_string(kind_)) + (lives ? " is running" : " is not running") + "; the end of its log:\n" +
         run_command({"tail", "-n", "20", (directory_ / "log").string()}, kScriptLimit).output;
}

void FtpServer::read_environment(const std::string& lines) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const std::string::size_type equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = line.substr(0, equals);
    std::string value = line.substr(equals + 1);
    if (name == "port") {
      port_ = static_cast<std::uint16_t>(std::stoul(value));
    } else if (name == "user") {
      user_ = std::move(value);
    } else if (name == "password") {
      password_ = std::move(value);
    } else if (name == "home") {
      home_ = std::move(value);
    } else if (name == "ca") {
      ca_ = std::move(value);
    } else if (name == "pid") {
      pid_ = std::stoi(value);
    }
  }
  if (port_ == 0 || password_.empty() || home_.empty() || ca_.empty() || pid_ == 0) {
    throw std::runtime_error("the server script's output makes no sense:\n" + lines);
  }
}

}  // namespace ftpsfs::test
