// How the server of a command line is reached.
#include "app/remote_options.h"

#include <fmt/format.h>

namespace ftpsfs::app {

Result<remote::RemoteOptions> remote_options(const CommandLine& line, const Credentials& credentials) {
  remote::RemoteOptions options;
  options.server.host = line.source.host;
  options.server.port = line.source.port;
  options.server.tls = line.source.tls;
  if (line.source.tls != ftp::TlsMode::kOff) {
    FTPSFS_TRY_ASSIGN(options.server.tls_context, net::TlsContext::create(line.options.certificate));
  }
  options.server.user = credentials.user;
  options.server.password = credentials.password;
  options.pool = line.options.pool;
  options.pool.spare = 1;  // what looks ahead needs not wait for a login then
  options.charset = line.options.charset;
  options.pool.reopen_in_background = line.options.cache.stale_when_offline;
  options.root = line.source.path;
  return options;
}

std::string warning_of_risks(const CommandLine& line) {
  if (line.source.tls == ftp::TlsMode::kOff) {
    return "ftpsfs: warning: no TLS: the password and all files cross the network readable by others\n";
  }
  if (line.options.certificate.verify) return {};
  return fmt::format(
      "ftpsfs: warning: verify=no: whoever sits between here and {} can read and change everything; "
      "-o pin=sha256:… or -o ca=FILE would prevent it\n",
      line.source.host);
}

}  // namespace ftpsfs::app
