// Judging a mount point.
#include "app/mount_point.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/mount_lines.h"

namespace ftpsfs::app {
namespace {

/// The next word of `line`, which loses it.
std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

/// Blanks, tabs, line breaks and backslashes stand as three octal digits there.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// The number after `name` in a list of options that commas part; 0 when it is not there.
unsigned number_after(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
    if (!option.starts_with(name)) continue;
    unsigned number = 0;
    std::from_chars(option.data() + name.size(), option.data() + option.size(), number);
    return number;
  }
  return 0;
}

tl::unexpected<Error> refused(const std::string& path, int saved_errno) {
  if (saved_errno == ENOENT) {
    return fail(ErrorKind::kNotFound, fmt::format("mount point {} does not exist; mkdir it first", path));
  }
  if (saved_errno == ENOTCONN) {
    return fail(ErrorKind::kBusy, fmt::format("{} is the mount point of a program that has died; free it with: "
                                              "fusermount3 -u {}",
                                              path, shell_quoted(path)));
  }
  if (saved_errno == ENOTDIR) {
    return fail(ErrorKind::kNotDirectory, fmt::format("mount point {} is not a directory", path));
  }
  const ErrorKind kind = saved_errno == EACCES ? ErrorKind::kPermission : ErrorKind::kIo;
  return fail(os_error(kind, fmt::format("mount point {}", path), saved_errno));
}

}  // namespace

std::optional<MountOwner> find_ftpsfs_mount(std::string_view mount_info, std::string_view path) {
  constexpr int kFieldsBeforePath = 4;  // mount, parent, device, root
  constexpr std::string_view kOptionalFieldsEnd = " - ";
  std::optional<MountOwner> owner;
  while (!mount_info.empty()) {
    std::string_view line = mount_info.substr(0, mount_info.find('\n'));
    mount_info.remove_prefix(std::min(line.size() + 1, mount_info.size()));
    for (int i = 0; i < kFieldsBeforePath; ++i) take_word(line);
    if (unescaped(take_word(line)) != path) continue;
    const std::size_t end = line.find(kOptionalFieldsEnd);
    if (end == line.npos) continue;
    line.remove_prefix(end + kOptionalFieldsEnd.size());
    owner.reset();
    if (take_word(line) != "fuse.ftpsfs") continue;
    take_word(line);  // the source
    owner = MountOwner{number_after(line, "user_id="), number_after(line, "group_id=")};
  }
  return owner;
}

bool is_ftpsfs_mounted(std::string_view mount_info, std::string_view path) {
  return find_ftpsfs_mount(mount_info, path).has_value();
}

std::string read_mount_info() {
  std::ifstream table("/proc/self/mountinfo");
  return {std::istreambuf_iterator<char>(table), {}};
}

Result<std::string> find_mount_point(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (resolved == nullptr) return refused(path, errno);
  std::string place = resolved.get();
  const std::string mount_info = read_mount_info();
  struct stat status {};
  const int saved_errno = ::stat(place.c_str(), &status) == 0 ? 0 : errno;
  if (saved_errno != ENOTCONN && is_ftpsfs_mounted(mount_info, place)) {
    return fail(ErrorKind::kBusy, fmt::format("an ftpsfs is already mounted on {}; unmount it with: fusermount3 -u {}",
                                              place, shell_quoted(place)));
  }
  if (saved_errno != 0) return refused(place, saved_errno);
  if (!S_ISDIR(status.st_mode)) return refused(place, ENOTDIR);
  return place;
}

}  // namespace ftpsfs::app
