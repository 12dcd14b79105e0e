#include "app/mount_table.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "app/child_process.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

constexpr const char* kMount = "/bin/mount";
constexpr const char* kTable = "/run/mount/utab";
constexpr std::chrono::seconds kLimit{5};

/// As the table writes names: blanks, line ends and backslashes in octal.
std::string as_in_table(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool plain = c != ' ' && c != '\t' && c != '\n' && c != '\\';
    text += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return text;
}

/// Left by an earlier mount that fusermount3(1) took away.
bool is_noted(const std::string& source, const std::string& mount_point) {
  const std::string names = fmt::format("SRC={} TARGET={} ", as_in_table(source), as_in_table(mount_point));
  std::ifstream table(kTable);
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with(names) && line.find("uhelper=fuse.ftpsfs") != line.npos) return true;
  }
  return false;
}

}  // namespace

void note_umount_helper(const std::string& source, const std::string& mount_point) {
  if (::geteuid() != 0 || is_noted(source, mount_point)) return;
  // "-f": the table alone; "-i": by mount(8) itself, which would call us again.
  std::array<std::string, 11> words{"mount", "--no-canonicalize",   "-i", "-f",   "-t",       "fuse.ftpsfs",
                                    "-o",    "uhelper=fuse.ftpsfs", "--", source, mount_point};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  }
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, kMount, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  const auto ended = error == 0 ? ChildProcess(pid).wait(Deadline::after(kLimit)) : std::nullopt;
  if (ended != 0) spdlog::debug("umount will not find its helper: {} cannot note it", kMount);
}

}  // namespace ftpsfs::app
