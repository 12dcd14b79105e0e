// What SITE QUOTA tells, in ProFTPD's words.
#include "remote/quota.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ftpsfs::remote {
namespace {

struct Row {
  std::string uploaded;                                         ///< the line that counts
  std::optional<std::pair<std::uint64_t, std::uint64_t>> told;  ///< total, available
};

ftp::Reply proftpd_reply(const std::string& uploaded) {
  return {200,
          {"The current quota for this session are [current/limit]:", " Name: demo", " Quota Type: User",
           " Per Session: False", " Limit Type: Hard", uploaded, "   Downloaded bytes:\tunlimited",
           "   Transferred bytes:\t0.00/5.00", "   Uploaded files:\t0/7", "   Downloaded files:\tunlimited",
           "   Transferred files:\tunlimited", "Please contact root@127.0.0.1 if these entries are inaccurate"}};
}

TEST(QuotaTest, TellsTotalAndAvailable) {
  const std::vector<Row> rows = {
      {"   Uploaded bytes:\t0.00/10485760.00", {{10485760, 10485760}}},
      {"   Uploaded bytes:\t85760.00/10485760.00", {{10485760, 10400000}}},
      {"   Uploaded Kb:\t1.50/4.00", {{4096, 2560}}},
      {"   Uploaded Mb:\t\t0.25/10.00", {{10 << 20, (10 << 20) - (1 << 18)}}},
      {"   Uploaded Gb:\t\t1.00/4.00", {{std::uint64_t{4} << 30U, std::uint64_t{3} << 30U}}},
      {"   Uploaded bytes:\t200.00/100.00", {{100, 0}}},    // a soft limit was passed
      {"   Uploaded bytes:\t-50.00/100.00", {{100, 100}}},  // what was there before counts as it goes
      {"   Uploaded bytes:\tunlimited", {}},
      {"   Uploaded bytes:\t0.00/0.00", {}},
      {"   Uploaded bytes:\t0.00/1e400", {}},
      {"   Uploaded bytes:\t0.00/inf", {}},
      {"   Uploaded bytes:\t0.00/99999999999999999999.00", {}},
      {"   Uploaded bytes:\t/", {}},
      {"   Uploaded bytes:", {}},
      {"   Uploaded Tb:\t0.00/4.00", {}},
      {"", {}},
  };
  for (const Row& row : rows) {
    const auto space = parse_quota(proftpd_reply(row.uploaded));
    ASSERT_EQ(space.has_value(), row.told.has_value()) << row.uploaded;
    if (!space) continue;
    EXPECT_EQ(space->total, row.told->first) << row.uploaded;
    EXPECT_EQ(space->available, row.told->second) << row.uploaded;
  }
}

TEST(QuotaTest, NoneIsToldByOtherReplies) {
  EXPECT_FALSE(parse_quota({202, {"No quotas in effect"}}));
  EXPECT_FALSE(parse_quota({500, {"'SITE QUOTA' not understood."}}));
  EXPECT_FALSE(parse_quota({500, {"Uploaded bytes: 1.00/2.00"}}));
}

}  // namespace
}  // namespace ftpsfs::remote
