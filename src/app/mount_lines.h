// The lines by which a source is mounted, as a person pastes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::app {

/// A word as a shell reads it back, and a terminal shows it: plain ASCII, or in quotes.
[[nodiscard]] std::string shell_quoted(std::string_view word);

/// `options` as -o takes them, one string: commas and backslashes in values are escaped.
[[nodiscard]] std::string option_list(const std::vector<std::string>& options);

/// "ftpsfs -o OPT,... SOURCE MOUNTPOINT", for a shell.
[[nodiscard]] std::string mount_line(const std::string& source, const std::vector<std::string>& options);

/// The line of fstab(5), which any user may mount. Without the option `credentials` there is a place to fill in.
[[nodiscard]] std::string fstab_line(const std::string& source, const std::vector<std::string>& options);

}  // namespace ftpsfs::app
