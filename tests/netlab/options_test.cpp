#include "netlab/options.h"

#include <gtest/gtest.h>

namespace ftpsfs::netlab {
namespace {

using std::chrono::milliseconds;

TEST(WanlinkOptions, AreReadByName) {
  const std::array arguments{"--client", "a",   "--server",   "b",  "--rtt-ms", "20", "--mbit",   "100",
                             "--loss",   "0.1", "--queue-ms", "50", "--owner",  "1",  "--report", "/tmp/r"};
  const auto options = parse_options(arguments);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->client, "a");
  EXPECT_EQ(options->server, "b");
  EXPECT_EQ(options->device, "wan0");
  EXPECT_EQ(options->owner, 1);
  EXPECT_EQ(options->report, "/tmp/r");
  const WireOptions wire = wire_options(*options, 7);
  EXPECT_EQ(wire.delay, milliseconds(10));
  EXPECT_DOUBLE_EQ(wire.bytes_per_second, 12.5e6);
  EXPECT_DOUBLE_EQ(wire.loss, 0.001);
  EXPECT_EQ(wire.queue_bytes, 625'000U);
  EXPECT_EQ(wire.seed, 7U);
}

TEST(WanlinkOptions, ThatMakeNoSenseAreNamed) {
  const std::vector<std::pair<const char*, const char*>> bad = {
      {"--mbit", "0"},     {"--mbit", "fast"}, {"--rtt-ms", "-1"},   {"--rtt-ms", "20ms"}, {"--loss", "101"},
      {"--queue-ms", "0"}, {"--owner", "0"},   {"--client", "../a"}, {"--report", ""},     {"--colour", "red"}};
  for (const auto& [name, value] : bad) {
    const std::array arguments{"--client", "a", "--server", "b", name, value};
    const auto options = parse_options(arguments);
    ASSERT_FALSE(options) << name << ' ' << value;
    EXPECT_TRUE(options.error().message.starts_with(name)) << options.error().message;
  }
}

TEST(WanlinkOptions, NeedBothEndsAndPairs) {
  EXPECT_FALSE(parse_options(std::array{"--client", "a"}));
  EXPECT_FALSE(parse_options(std::array{"--client", "a", "--server"}));
  EXPECT_FALSE(parse_options({}));
}

}  // namespace
}  // namespace ftpsfs::netlab
