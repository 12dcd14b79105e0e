// What the program says about itself.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

struct FlagHelp {
  std::string_view flags;  ///< "-h, --help"
  std::string_view help;
};

/// The flags people use; mount(8)'s are in mount.ftpsfs(8).
const std::vector<FlagHelp>& flag_table();

/// "usage: ftpsfs …", one line without a line break.
std::string_view usage_line();

/// Of a command line that cannot be meant: kInvalid, `what` and how the program is called.
tl::unexpected<Error> misused(std::string_view what);
/// The same for one way to call it, whose lines of --help are `usage`.
tl::unexpected<Error> misused(std::string_view what, std::string_view usage);

/// True for a verb with nothing but --help behind it.
[[nodiscard]] bool asks_for_help(std::span<const std::string> words);

/// For --help: ends with a line break, as does version_text(). Every option of the table with its range and default.
std::string help_text();
std::string version_text();

}  // namespace ftpsfs::app
