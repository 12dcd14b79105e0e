// Time values: RFC 3659 times read, refused and written.
#include <gtest/gtest.h>

#include <limits>

#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {
namespace {

struct Case {
  std::string_view text;
  std::int64_t seconds;
};

TEST(TimeValue, ReadsTimes) {
  const Case cases[] = {
      {"19700101000000", 0},
      {"20240303140533", 1709474733},
      {"20240303140533.1", 1709474733},
      {"20240303140533.999999999", 1709474733},
      {"20240303140533.", 1709474733},
      {" 20240303140533 ", 1709474733},
      {"20240229235959", 1709251199},
      {"20000229000000", 951782400},
      {"19691231235959", -1},
      {"16010101000000", -11644473600},
      {"20380119031408", 2147483648},
      {"99991231235959", 253402300799},
      {"20161231235960", 1483228800},
      {"191000229000000", 951782400},
      {"191240303140533", 1709474733},
  };
  for (const Case& c : cases) {
    const auto seconds = parse_time_value(c.text);
    ASSERT_TRUE(seconds) << c.text;
    EXPECT_EQ(*seconds, c.seconds) << c.text;
  }
}

TEST(TimeValue, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      ".",
                                      "2024",
                                      "202403031405",
                                      "2024030314053",
                                      "202403031405333",
                                      "20230229000000",
                                      "19000229000000",
                                      "20240230000000",
                                      "20240431000000",
                                      "20240001000000",
                                      "20241301000000",
                                      "20240100000000",
                                      "20240132000000",
                                      "20240303240000",
                                      "20240303146000",
                                      "20240303140561",
                                      "20240303140533.x",
                                      "20240303140533.1.2",
                                      "+2024030314053",
                                      "-0240303140533",
                                      "2024-03-03T14:05:33",
                                      "0x240303140533",
                                      "20240303 140533",
                                      "20240303140533,5",
                                      "99999999999999999999999999"}) {
    const auto seconds = parse_time_value(text);
    ASSERT_FALSE(seconds) << text;
    EXPECT_EQ(seconds.error().kind, ErrorKind::kProtocol) << text;
  }
}

TEST(TimeValue, WritesTimes) {
  EXPECT_EQ(format_time_value(0), "19700101000000");
  EXPECT_EQ(format_time_value(-1), "19691231235959");
  EXPECT_EQ(format_time_value(1709474733), "20240303140533");
  EXPECT_EQ(format_time_value(253402300799), "99991231235959");
}

TEST(TimeValue, WritesTheNearestTimeThatHasFourDigitsOfYear) {
  EXPECT_EQ(format_time_value(253402300800), "99991231235959");
  EXPECT_EQ(format_time_value(std::numeric_limits<std::int64_t>::max()), "99991231235959");
  EXPECT_EQ(format_time_value(std::numeric_limits<std::int64_t>::min()), "00000101000000");
}

TEST(TimeValue, ReadsWhatItWrites) {
  for (std::int64_t seconds = -62'000'000'000; seconds < 250'000'000'000; seconds += 98'765'432) {
    EXPECT_EQ(parse_time_value(format_time_value(seconds)).value_or(-1), seconds);
  }
}

}  // namespace
}  // namespace ftpsfs::ftp
