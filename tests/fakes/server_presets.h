// Servers that the FakeServer can play, by name: what each is known to do.
#pragma once

#include <string>
#include <vector>

#include "fakes/fake_dialect.h"

namespace ftpsfs::test {

struct ServerPreset {
  std::string name;   ///< fit for the name of a test
  std::string title;  ///< for people
  FakeDialect dialect;
  std::string path{};  ///< what to mount, behind the address of a source; empty: the login directory
};

/// In the order of the table that ./run interop prints.
const std::vector<ServerPreset>& server_presets();

/// Throws std::out_of_range for a name that is none.
const ServerPreset& server_preset(const std::string& name);

}  // namespace ftpsfs::test
