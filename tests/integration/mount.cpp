#include "integration/mount.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace ftpsfs::test {

using std::chrono::seconds;

namespace {

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

bool is_mounted(const std::filesystem::path& path) {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" " + path.string() + " ") != std::string::npos) return true;
  }
  return false;
}

/// The process that serves a mount; it goes on for a moment after its mount is gone: last closes, sessions.
std::optional<pid_t> daemon_of(const std::filesystem::path& mount_point) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::ifstream arguments(process.path() / "cmdline", std::ios::binary);
    bool ftpsfs = false;
    for (std::string argument; std::getline(arguments, argument, '\0');) {
      if (argument == FTPSFS_BINARY) ftpsfs = true;
      if (ftpsfs && argument == mount_point) return std::stoi(process.path().filename());
    }
  }
  return std::nullopt;
}

}  // namespace

Mount::Mount(const FtpServer& server, const std::vector<std::string>& options, const std::string& path)
    : directory_(make_temporary_directory()), mount_point_(directory_ / "mnt") {
  std::filesystem::create_directory(mount_point_);
  write_credentials(server, directory_ / "credentials");
  source_ = "ftpes://" + server.host() + ":" + std::to_string(server.port()) + path;
  options_ = "credentials=" + (directory_ / "credentials").string() + ",ca=" + server.ca().string() +
             ",staging_dir=" + (directory_ / "staging").string();
  for (const std::string& option : options) options_ += "," + option;
  try {
    mount();
  } catch (const std::runtime_error& error) {
    std::filesystem::remove_all(directory_);
    throw std::runtime_error(error.what() + server.report());
  }
}

Mount::~Mount() {
  try {
    if (mounted_) unmount();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    (void)run_command({"umount", "-l", mount_point_.string()}, seconds(10));
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Mount::mount() {
  const CommandResult result = run_ftpsfs({"-o", options_, source_, mount_point_.string()});
  if (result.status != 0) throw std::runtime_error("mount failed: " + result.output);
  mounted_ = true;
}

void Mount::detach() {
  const CommandResult result = run_command({"fusermount3", "-u", mount_point_.string()}, seconds(20));
  if (result.status != 0) throw std::runtime_error("unmount failed: " + result.output);
  mounted_ = false;
}

void Mount::unmount() {
  detach();
  for (int i = 0; i < 500 && (is_mounted(mount_point_) || daemon_of(mount_point_)); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Mount::remount() {
  unmount();
  mount();
}

void Mount::remount_at_once() {
  detach();
  mount();
}

void Mount::kill() {
  const auto daemon = daemon_of(mount_point_);
  if (!daemon || ::kill(*daemon, SIGKILL) != 0) give_up("killing the daemon");
}

void Mount::crash() {
  kill();
  remount();
}

CommandResult run_ftpsfs(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  std::vector<std::string> argv{FTPSFS_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_command(argv, seconds(60), environment);
}

void write_credentials(const FtpServer& server, const std::filesystem::path& file) {
  write_file(file, "username=" + server.user() + "\npassword=" + server.password() + "\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

std::filesystem::path make_temporary_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "ftpsfs-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) give_up("mkdtemp");
  return name;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) give_up(file.string());
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) give_up(file.string());
  return content.str();
}

void write_file(const std::filesystem::path& file, const std::string& content) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) give_up(file.string());
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t count = ::write(fd, content.data() + done, content.size() - done);
    if (count < 0) give_up(file.string());
    done += static_cast<std::size_t>(count);
  }
  if (::close(fd) != 0) give_up(file.string());
}

}  // namespace ftpsfs::test
