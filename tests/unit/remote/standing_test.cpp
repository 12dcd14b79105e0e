#include "remote/standing.h"

#include <gtest/gtest.h>

namespace ftpsfs::remote {
namespace {

TEST(StandingTest, WhatARenameWouldLose) {
  struct Row {
    const char* what;
    Standing old, ours;
    bool loses;
  };
  const Row table[] = {
      {"nothing is told", {}, {}, false},
      {"the same", {1000, 0644, "adfrw"}, {1000, 0644, "adfrw"}, false},
      {"another owner", {0, 0644, {}}, {1000, 0644, {}}, true},
      {"only one owner is told", {0, {}, {}}, {}, false},
      {"another mode", {1000, 0600, {}}, {1000, 0644, {}}, true},
      {"a mode that was set", {1000, 0600, {}}, {1000, {}, {}}, false},
      {"ours may not be renamed", {{}, {}, "adfrw"}, {{}, {}, "adrw"}, true},
      {"the old one may be neither renamed nor deleted", {{}, {}, "arw"}, {{}, {}, "adfrw"}, true},
      {"the old one may be deleted", {{}, {}, "dr"}, {{}, {}, "adfrw"}, false},
  };
  for (const Row& row : table) EXPECT_EQ(!loss_by_rename(row.old, row.ours).empty(), row.loses) << row.what;
}

}  // namespace
}  // namespace ftpsfs::remote
