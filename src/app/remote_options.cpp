// How the server of a command line is reached.
#include "app/remote_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/state_directory.h"

namespace ftpsfs::app {

Result<remote::RemoteOptions> remote_options(const CommandLine& line, const Credentials& credentials) {
  remote::RemoteOptions options;
  options.server.host = line.source.host;
  options.server.port = line.source.port;
  options.server.tls = line.source.tls;
  if (line.source.tls != ftp::TlsMode::kOff) {
    net::TlsOptions tls = line.options.certificate;
    if (tls.client.file.empty() && !(tls.client.key_file.empty() && line.options.login.key_password_command.empty())) {
      return fail(ErrorKind::kInvalid, "-o key and -o key_password_command need -o cert=FILE beside them");
    }
    tls.client.password = credentials.key_password;
    FTPSFS_TRY_ASSIGN(options.server.tls_context, net::TlsContext::create(std::move(tls)));
  }
  options.server.encrypt_data = line.options.encrypt_data;
  options.server.proxy = line.options.proxy;
  if (options.server.proxy) options.server.proxy->password = credentials.proxy_password;
  options.server.data = line.options.data;
  options.server.client_name = "ftpsfs " FTPSFS_VERSION;
  if (options.server.proxy && options.server.data.active) {
    return fail(ErrorKind::kInvalid,
                "-o active and -o proxy contradict each other: no server can connect to us through one");
  }
  options.server.user = credentials.user;
  options.server.password = credentials.password;
  options.pool = line.options.pool;
  if (const auto& active = options.server.data.active; active && active->ports.first > 0) {
    const std::size_t ports = active->ports.last - active->ports.first + 1U;
    options.pool.max_sessions = std::min(options.pool.max_sessions, ports);  // each of them holds one
  }
  options.pool.spare = 1;  // what looks ahead needs not wait for a login then
  options.charset = line.options.charset;
  options.pool.reopen_in_background = line.options.cache.stale_when_offline;
  options.root = line.source.path;
  options.memory_file = server_memory_file(line);
  return options;
}

std::string warning_of_risks(const CommandLine& line) {
  if (line.source.tls == ftp::TlsMode::kOff) {
    return "ftpsfs: warning: no TLS: the password and all files cross the network readable by others\n";
  }
  const net::TlsOptions& tls = line.options.certificate;
  std::string warnings;
  if (!tls.verify && tls.pins.empty()) {
    warnings += fmt::format(
        "ftpsfs: warning: verify=no: whoever sits between here and {} can read and change everything; "
        "-o pin=sha256:… or -o ca=FILE would prevent it\n",
        line.source.host);
  }
  if (tls.least < net::TlsVersion::k12) {
    warnings +=
        "ftpsfs: warning: tls_min below 1.2: old versions of TLS, weak keys and weak ciphers are taken, which others "
        "may "
        "be able to break\n";
  }
  if (!line.options.encrypt_data) {
    warnings += "ftpsfs: warning: data_tls=off: all files and listings cross the network readable by others\n";
  }
  return warnings;
}

}  // namespace ftpsfs::app
