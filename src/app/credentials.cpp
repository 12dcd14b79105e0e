// Credentials: the order in which they are looked for.
#include "app/credentials.h"

#include <fmt/format.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "app/credentials_file.h"
#include "app/netrc.h"
#include "app/password_command.h"
#include "app/private_file.h"
#include "app/terminal.h"

namespace ftpsfs::app {
namespace {

constexpr const char* kPasswordVariable = "FTPSFS_PASSWORD";

std::optional<std::string> take_environment_password() {
  char* value = std::getenv(kPasswordVariable);
  if (value == nullptr) return std::nullopt;
  std::string password = value;
  ::explicit_bzero(value, password.size());
  ::unsetenv(kPasswordVariable);
  if (password.empty()) return std::nullopt;
  return password;
}

Result<StoredLogin> from_credentials_file(const std::string& path) {
  if (path.empty()) return StoredLogin{};
  auto file = read_private_file(path);
  if (!file) return fail(file.error().with_context("-o credentials"));
  if (file->exposed) return fail(file->exposed->with_context("-o credentials"));
  auto login = parse_credentials(file->text.text());
  if (!login) return fail(login.error().with_context(path));
  return login;
}

Result<StoredLogin> from_netrc(const std::string& path, const Source& source, const std::optional<std::string>& user) {
  if (path.empty()) return StoredLogin{};
  const auto file = read_private_file(path);
  if (!file && file.error().kind == ErrorKind::kNotFound) return StoredLogin{};
  if (!file) return fail(file.error());
  auto login = find_in_netrc(file->text.text(), source.host, user);
  if (!login) return StoredLogin{};
  if (login->password && file->exposed) return fail(*file->exposed);
  return *std::move(login);
}

Result<std::string> from_prompt(const std::string& user, const std::string& host, const Surroundings& around) {
  auto password = around.ask(fmt::format("Password for {}@{}: ", user, host));
  if (password || password.error().kind != ErrorKind::kNotFound) return password;
  return fail(ErrorKind::kLogin,
              fmt::format("no password for {}@{} and no terminal to ask on; use -o credentials=FILE, ~/.netrc, "
                          "-o password_command=CMD or {}",
                          user, host, kPasswordVariable));
}

Status check_representable(std::string_view what, std::string_view text) {
  const auto ends_a_command = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (std::none_of(text.begin(), text.end(), ends_a_command)) return {};
  return fail(ErrorKind::kInvalid, fmt::format("the {} has a line break or a NUL, which FTP cannot carry", what));
}

}  // namespace

Surroundings Surroundings::of_this_process() {
  const passwd* entry = ::getpwuid(::getuid());
  const char* home = std::getenv("HOME");
  if (home == nullptr && entry != nullptr) home = entry->pw_dir;
  return {.local_user = entry != nullptr ? entry->pw_name : "",
          .netrc_file = home != nullptr ? std::string(home) + "/.netrc" : "",
          .environment_password = take_environment_password(),
          .ask = [](const std::string& question) { return ask_for_password(question); }};
}

Result<Credentials> find_credentials(const LoginOptions& options, const Source& source, const Surroundings& around) {
  std::optional<std::string> user = source.user;
  if (!options.username.empty()) user = options.username;
  FTPSFS_TRY_ASSIGN(StoredLogin stored, from_credentials_file(options.credentials_file));
  if (!user) user = stored.user;
  if (!user || !stored.password) {
    FTPSFS_TRY_ASSIGN(StoredLogin netrc, from_netrc(around.netrc_file, source, user));
    if (!user) user = std::move(netrc.user);
    if (!stored.password) stored.password = std::move(netrc.password);
  }
  Credentials found{.user = user.value_or(around.local_user), .password = {}};
  found.proxy_password = stored.proxy_password.value_or("");
  if (found.user.empty()) return fail(ErrorKind::kLogin, "no login name; use -o username=NAME or NAME@ in SOURCE");

  if (stored.password) {
    found.password = *std::move(stored.password);
  } else if (!options.password_command.empty()) {
    FTPSFS_TRY_ASSIGN(found.password, run_password_command("password_command", options.password_command));
  } else if (around.environment_password) {
    found.password = *around.environment_password;
  } else {
    FTPSFS_TRY_ASSIGN(found.password, from_prompt(found.user, source.host, around));
  }
  if (!options.key_password_command.empty()) {
    FTPSFS_TRY_ASSIGN(found.key_password, run_password_command("key_password_command", options.key_password_command));
  }
  FTPSFS_TRY(check_representable("login name", found.user));
  FTPSFS_TRY(check_representable("password", found.password));
  return found;
}

}  // namespace ftpsfs::app
