// Text of others made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ftpsfs {

/// Control characters (C0, DEL, C1) and bytes that are not UTF-8 become '?'. A text longer than `most_bytes` is cut
/// between characters and ends in "...".
std::string printable(std::string_view text, std::size_t most_bytes);

}  // namespace ftpsfs
