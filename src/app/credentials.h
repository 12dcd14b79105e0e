// Credentials: who logs in, and with which password.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/options.h"
#include "app/source_url.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

struct Credentials {
  std::string user;
  std::string password;
  std::string key_password = {};    ///< of the key of our own certificate; empty: none
  std::string proxy_password = {};  ///< of the user that proxy= names; only the file of credentials tells it
};

/// What the search may look at besides the options.
struct Surroundings {
  std::string local_user;                           ///< name of the user who mounts
  std::string netrc_file;                           ///< empty: none
  std::optional<std::string> environment_password;  ///< FTPSFS_PASSWORD
  std::function<Result<std::string>(const std::string& question)> ask;

  /// Those of this process. Takes FTPSFS_PASSWORD out of the environment and wipes it there, so that neither children
  /// nor /proc/PID/environ show it. To be called before threads start.
  static Surroundings of_this_process();
};

/// The login name is the first of: username=, the user in SOURCE, the credentials file, ~/.netrc, the local user's
/// name. The password is the first of: the credentials file, ~/.netrc (its entry for the host, and for the login name
/// where one is known), password_command, FTPSFS_PASSWORD, a prompt. That of the key comes from its command alone.
/// Errors: kPermission (a file that others can read), kInvalid, kNotFound, kTimeout, kLogin (nothing found and nobody
/// to ask; the message lists the ways).
Result<Credentials> find_credentials(const LoginOptions& options, const Source& source, const Surroundings& around);

}  // namespace ftpsfs::app
