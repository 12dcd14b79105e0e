// ~/.netrc, where ftp(1) and its kin look up logins.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/credentials_file.h"

namespace ftpsfs::app {

/// The first entry for `host` (compared without case), or the `default` entry before it; with `login`, one that has
/// another login is passed over. Reads machine, default, login, password, account and macdef; words may stand in
/// double quotes, a backslash takes the next character literally, '#' begins a comment where a keyword could stand.
/// Never fails: words that make no sense are passed over, as other programs do.
std::optional<StoredLogin> find_in_netrc(std::string_view text, std::string_view host,
                                         const std::optional<std::string>& login);

}  // namespace ftpsfs::app
