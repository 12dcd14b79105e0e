// Names in the arguments of SITE.
#pragma once

#include <string_view>

namespace ftpsfs::remote {

/// Can SITE carry an argument of these bytes? ProFTPD takes it apart at blanks and puts it together with one space
/// between the words, and some do not take quotes and backslashes as they are: another file would be meant.
[[nodiscard]] inline bool survives_site(std::string_view bytes) {
  return bytes.find_first_of("\"\\\t\v\f") == bytes.npos && bytes.find("  ") == bytes.npos && !bytes.starts_with(' ') &&
         !bytes.ends_with(' ');
}

}  // namespace ftpsfs::remote
