// The lines by which a source is mounted.
#include "app/mount_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/option_table.h"

namespace ftpsfs::app {
namespace {

constexpr std::string_view kMountPoint = "MOUNTPOINT";

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

std::string octal(char c) { return fmt::format("\\{:03o}", static_cast<unsigned char>(c)); }

/// Bytes for which `taken_literally` does not hold as three octal digits behind a backslash.
template <typename Predicate>
std::string octal_escaped(std::string_view text, Predicate taken_literally) {
  std::string escaped;
  for (const char c : text) escaped += taken_literally(c) ? std::string(1, c) : octal(c);
  return escaped;
}

/// A field of fstab(5): no blanks, and nothing that begins a comment.
std::string fstab_field(std::string_view text) {
  return octal_escaped(text, [](char c) { return is_printable(c) && c != '\\' && c != '#'; });
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  const auto harmless = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("@%+=:,./-_").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return std::string(word);
  if (std::all_of(word.begin(), word.end(), [](char c) { return is_printable(c) || c == ' '; })) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
  }
  return "$'" + octal_escaped(word, [](char c) { return (is_printable(c) || c == ' ') && c != '\\' && c != '\''; }) +
         "'";
}

std::string option_list(const std::vector<std::string>& options) {
  std::string list;
  for (const std::string& option : options) {
    if (!list.empty()) list += ',';
    // A quote would be one to mount(8).
    list += octal_escaped(option, [](char c) { return c != ',' && c != '\\' && c != '"'; });
  }
  return list;
}

std::string mount_line(const std::string& source, const std::vector<std::string>& options) {
  const std::string list = options.empty() ? "" : "-o " + shell_quoted(option_list(options)) + " ";
  return fmt::format("ftpsfs {}{} {}", list, shell_quoted(source), kMountPoint);
}

std::string fstab_line(const std::string& source, const std::vector<std::string>& options) {
  std::vector<std::string> all{"_netdev", "noauto", "user"};
  const bool has_credentials = std::any_of(
      options.begin(), options.end(), [](const std::string& option) { return option_name(option) == "credentials"; });
  if (!has_credentials) all.emplace_back("credentials=FILE");
  all.insert(all.end(), options.begin(), options.end());
  return fmt::format("{}  {}  fuse.ftpsfs  {}  0  0", fstab_field(source), kMountPoint, fstab_field(option_list(all)));
}

}  // namespace ftpsfs::app
