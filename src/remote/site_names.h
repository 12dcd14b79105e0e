// Names in the arguments of SITE.
#pragma once

#include <string_view>

namespace ftpsfs::remote {

/// Does SITE take an argument of these bytes as it is? ProFTPD takes it apart at blanks, where a quote may begin a word
/// in quotes, and puts it together with one space between the words: another file would be meant.
[[nodiscard]] inline bool survives_site(std::string_view bytes) {
  return bytes.find_first_of("\"\t\v\f") == bytes.npos && bytes.find("  ") == bytes.npos && !bytes.starts_with(' ') &&
         !bytes.ends_with(' ');
}

}  // namespace ftpsfs::remote
