// The table of our own -o options, from which parsing, --help and hints are derived.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Under which heading --help lists an option, in this order.
enum class OptionGroup { kLogin, kTls, kLine, kConnections, kCaches, kWriting, kFiles, kMount };

struct OptionSpec {
  OptionGroup group = OptionGroup::kMount;
  std::string_view name;
  std::string_view value;  ///< placeholder of the value ("FILE", "yes|no"); empty: the option takes none
  std::string limits;      ///< "1..64, default 8"; empty when there is neither a range nor a default to tell
  std::string_view help;   ///< one line, without a full stop
  std::function<Status(Options&, std::string_view value)> set;  ///< its message begins after "-o NAME=VALUE: "
  bool value_optional = false;
  bool hides_value = false;  ///< somebody may have put a password into it
};

const std::vector<OptionSpec>& option_table();

/// "sessions=N", "ro", "debug[=TOPICS]".
std::string heading(const OptionSpec& option);

/// What stands before '=' in a word of an option list.
std::string_view option_name(std::string_view word);

/// True when set_option() knows the word's name.
bool is_known_option(std::string_view word);

/// Takes one word of an option list ("sessions=4"): ours, or one of mount(8). Errors: kInvalid, with the word's name,
/// and for an unknown one the nearest that is known.
Status set_option(Options& options, std::string_view word);

}  // namespace ftpsfs::app
