// What the program says about itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::app {

struct FlagHelp {
  std::string_view flags;  ///< "-h, --help"
  std::string_view help;
};

/// The flags people use; mount(8)'s are in mount.ftpsfs(8).
const std::vector<FlagHelp>& flag_table();

/// "usage: ftpsfs …", one line without a line break.
std::string_view usage_line();

/// For --help: ends with a line break, as does version_text(). Every option of the table with its range and default.
std::string help_text();
std::string version_text();

}  // namespace ftpsfs::app
