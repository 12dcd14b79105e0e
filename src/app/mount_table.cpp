#include "app/mount_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "app/child_process.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

constexpr const char* kMount = "/bin/mount";
constexpr const char* kTable = "/run/mount/utab";
constexpr const char* kHelper = "uhelper=fuse.ftpsfs";
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
    if (line.starts_with(names) && line.find(kHelper) != line.npos) return true;
  }
  return false;
}

}  // namespace

void note_umount_helper(const std::string& source, const std::string& mount_point) {
  if (::geteuid() != 0 || is_noted(source, mount_point)) return;
  // "-f": the table alone; "-i": by mount(8) itself, which would call us again.
  const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const auto pid = spawn(
      kMount, {"mount", "--no-canonicalize", "-i", "-f", "-t", "fuse.ftpsfs", "-o", kHelper, "--", source, mount_point},
      {STDOUT_FILENO, STDERR_FILENO}, nowhere.get());
  const auto ended = pid ? ChildProcess(*pid).wait(Deadline::after(kLimit)) : std::nullopt;
  if (ended != 0) spdlog::debug("umount will not find its helper: {} cannot note it", kMount);
}

}  // namespace ftpsfs::app
