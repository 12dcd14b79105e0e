// Options: defaults that depend on who runs the program, and libfuse's view of the choices.
#include "app/options.h"

#include <pwd.h>

#include <cstdlib>

namespace ftpsfs::app {
namespace {

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') return home;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_dir : "/";
}

/// libfuse splits at commas that no backslash stands before.
std::string escaped(std::string_view value) {
  std::string result;
  for (const char c : value) {
    if (c == ',' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::string default_staging_directory() {
  if (::getuid() == 0) return "/var/lib/ftpsfs";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/') {
    return std::string(state) + "/ftpsfs";
  }
  return home_directory() + "/.local/state/ftpsfs";
}

std::string fuse_option_string(const KernelOptions& options, std::string_view source) {
  std::string words = "subtype=ftpsfs,nosuid,nodev,fsname=";
  words += escaped(options.filesystem_name.empty() ? source : options.filesystem_name);
  if (options.read_only) words += ",ro";
  if (options.allow_other) words += ",allow_other";
  if (options.allow_root) words += ",allow_root";
  if (options.default_permissions.value_or(options.allow_other)) words += ",default_permissions";
  for (const std::string& flag : options.flags) words += "," + escaped(flag);
  return words;
}

}  // namespace ftpsfs::app
