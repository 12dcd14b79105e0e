// The file of -o credentials=FILE.
#include "app/credentials_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace ftpsfs::app {
namespace {

Status parse_line(std::string_view line, StoredLogin& login) {
  const std::size_t equals = line.find('=');
  const std::string_view key = line.substr(0, equals);
  std::optional<std::string>* field = nullptr;
  if (key == "username") field = &login.user;
  if (key == "password") field = &login.password;
  if (key == "proxy_password") field = &login.proxy_password;
  if (equals == line.npos || field == nullptr) {
    return fail(ErrorKind::kInvalid,
                "a line must be username=NAME, password=SECRET or proxy_password=SECRET, without blanks around '='");
  }
  if (field->has_value()) return fail(ErrorKind::kInvalid, fmt::format("{}= stands there twice", key));
  *field = line.substr(equals + 1);
  return {};
}

}  // namespace

Result<StoredLogin> parse_credentials(std::string_view text) {
  StoredLogin login;
  std::size_t begin = 0;
  for (int number = 1; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const Status parsed = parse_line(line, login);
    if (!parsed) return fail(parsed.error().with_context(fmt::format("line {}", number)));
  }
  return login;
}

}  // namespace ftpsfs::app
