// ListingReader: an MLSD while it comes in, and how it ends.
#include <set>

#include "unit/remote/remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using test::ControlCut;
using test::DataFault;

class ListingReaderTest : public RemoteTest {
 protected:
  static constexpr std::size_t kFiles = 3000;

  void serve_large_directory() {
    start();
    for (std::size_t i = 0; i < kFiles; ++i) tree().add_file("/large/" + std::to_string(10'000 + i), "x");
    connect();
  }
  /// The sizes of the parts, and how it ended.
  struct Read {
    std::vector<std::size_t> parts;
    std::set<std::string> names;
    std::string outcome = "ok";
  };
  Read read(std::string_view directory) {
    const auto listing = fs_->open_listing(at(directory));
    for (Read so_far;;) {
      const auto part = listing->next(context_);
      if (!part) so_far.outcome = to_string(part.error().kind);
      if (!part || part->empty()) return so_far;
      so_far.parts.push_back(part->size());
      for (const Entry& entry : *part) so_far.names.insert(entry.name);
    }
  }
};

TEST_F(ListingReaderTest, TellsALargeDirectoryInParts) {
  serve_large_directory();
  const Read all = read("large");
  EXPECT_EQ(all.outcome, "ok");
  EXPECT_EQ(all.names.size(), kFiles);
  EXPECT_GT(all.parts.size(), 3U);
  EXPECT_EQ(server_->count("MLSD"), 1);
}

TEST_F(ListingReaderTest, BeginsAgainOnceAfterALossMidway) {
  serve_large_directory();
  server_->on("MLSD", {.nth = 1, .cut = ControlCut::kBeforeReply, .data = DataFault::kReset, .after = 100'000});
  const Read all = read("large");
  EXPECT_EQ(all.outcome, "ok");
  EXPECT_EQ(all.names.size(), kFiles);
  EXPECT_EQ(server_->count("MLSD"), 2);
}

TEST_F(ListingReaderTest, ARefusalAfterHalfTheDataIsAnError) {
  serve_large_directory();
  server_->on("MLSD", {.data = DataFault::kEnd, .after = 100'000, .final_reply = "451 Local error"});
  const Read half = read("large");
  EXPECT_NE(half.outcome, "ok");
  EXPECT_GT(half.names.size(), 0U);
  EXPECT_LT(half.names.size(), kFiles);
}

TEST_F(ListingReaderTest, LinksComeLastWithTheirTargets) {
  serve_large_directory();
  tree().add_symlink("/large/a-link", "10000");
  const Read all = read("large");
  EXPECT_EQ(all.names.size(), kFiles + 1);
  const auto listing = try_list("large").value();
  EXPECT_EQ(listing.back().name, "a-link");
  EXPECT_EQ(listing.back().attributes.type, FileType::kSymlink);
  EXPECT_EQ(listing.back().attributes.link_target, "10000");
}

TEST_F(ListingReaderTest, OneLeftInTheMiddleCostsNoOtherItsSession) {
  serve_large_directory();
  {
    const auto listing = fs_->open_listing(at("large"));
    ASSERT_TRUE(listing->next(context_));
  }
  EXPECT_EQ(names("large").size(), kFiles);
  EXPECT_EQ(stat("large/10000").size, 1U);
}

}  // namespace
}  // namespace ftpsfs::remote
