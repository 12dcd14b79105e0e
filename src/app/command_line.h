// The command line: flags, option lists, SOURCE and MOUNTPOINT.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "app/source_url.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

enum class Action {
  kMount,
  kFakeMount,  ///< mount(8) asked to do everything but mount (`mount -f`)
  kHelp,
  kVersion,
};

struct CommandLine {
  Action action = Action::kMount;
  std::string source_text;  ///< SOURCE as it was given
  Source source;
  std::string mount_point;  ///< as it was given
  Options options;
  std::vector<std::string> hints;  ///< what may surprise the user, one line each; to be logged when debugging
};

/// Reads the command line of `ftpsfs`, or that of `mount.ftpsfs`, which mount(8) calls as `SOURCE MOUNTPOINT [-sfnv]
/// [-o OPT,…] [-t TYPE]`: there -f means "fake". `words` begins with the program's name. Flags and arguments may come
/// in any order, each option's last word wins, "--" ends the flags. With kHelp and kVersion nothing else is set.
/// Errors: kInvalid.
Result<CommandLine> parse_command_line(std::span<const std::string> words);

/// The words of an option list, as libfuse splits it: at commas; a backslash takes the next character literally, or
/// the byte that three octal digits tell.
std::vector<std::string> split_option_list(std::string_view list);

}  // namespace ftpsfs::app
