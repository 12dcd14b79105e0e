// at("a/b"): a RemotePath for tests.
#pragma once

#include <algorithm>
#include <string_view>

#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::test {

inline remote::RemotePath at(std::string_view text) {
  remote::RemotePath path;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('/'));
    path = path.child(name).value();
    text.remove_prefix(std::min(name.size() + 1, text.size()));
  }
  return path;
}

}  // namespace ftpsfs::test
