#include "fuse/status_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ftpsfs::fuse {
namespace {

using nlohmann::json;
using vfs::UploadStatus;

const MountDescription kMount{"1.2", "ftps://anna@example.org/d", "/state", true};

vfs::FilesystemStatus with_files(std::size_t count, const std::string& name) {
  vfs::FilesystemStatus status;
  for (std::size_t i = 0; i < count; ++i) {
    status.uploads.push_back({name + std::to_string(i), UploadStatus::State::kPending, 10, 0, {}});
  }
  return status;
}

TEST(StatusText, TellsTheMountAndItsFiles) {
  vfs::FilesystemStatus status;
  status.uploads = {{"d/one", UploadStatus::State::kUploading, 100, 30, {}},
                    {"two", UploadStatus::State::kFailed, 5, 0, "552 full\n"},
                    {"three", UploadStatus::State::kPending, 7, 0, {}}};
  status.sessions = {4, 2, 8};
  status.server = {"IIS", {"no SITE CHMOD"}};
  status.memory = {10, 64};
  status.in_place = {"d/", "f"};
  const json told = json::parse(status_text(kMount, status));
  EXPECT_EQ(told["version"], "1.2");
  EXPECT_EQ(told["source"], "ftps://anna@example.org/d");
  EXPECT_EQ(told["write"], "back");
  EXPECT_EQ(told["staging"]["directory"], "/state");
  EXPECT_EQ(told["files"], (json{{"pending", 1}, {"uploading", 1}, {"failed", 1}, {"bytes", 82}}));
  EXPECT_EQ(told["sessions"], (json{{"open", 4}, {"busy", 2}, {"most", 8}}));
  EXPECT_EQ(told["server"], (json{{"kind", "IIS"}, {"peculiarities", {"no SITE CHMOD"}}}));
  ASSERT_EQ(told["list"].size(), 3U);
  EXPECT_EQ(told["list"][0], (json{{"path", "d/one"}, {"state", "uploading"}, {"size", 100}, {"sent", 30}}));
  EXPECT_EQ(told["list"][1]["error"], "552 full?");
  EXPECT_TRUE(told["listed_all"]);
  EXPECT_EQ(told["in_place"], (json{"d/", "f"}));
  EXPECT_TRUE(told["disk_cache"].is_null());
  status.disk_cache = vfs::Usage{1, 2};
  EXPECT_EQ(json::parse(status_text(kMount, status))["disk_cache"], (json{{"used", 1}, {"most", 2}}));
}

TEST(StatusText, TellsWhyTheServerCannotBeReached) {
  vfs::FilesystemStatus status;
  EXPECT_TRUE(json::parse(status_text(kMount, status))["offline"].is_null());
  status.sessions.outage =
      remote::Outage{std::chrono::seconds(42), Error{ErrorKind::kConnectionLost, "gone\n", 0, true}};
  EXPECT_EQ(json::parse(status_text(kMount, status))["offline"],
            (json{{"seconds", 42}, {"why", "gone?"}, {"serves", "error"}}));
  MountDescription stale = kMount;
  stale.stale_when_offline = true;
  EXPECT_EQ(json::parse(status_text(stale, status))["offline"]["serves"], "stale");
}

TEST(StatusText, OfManyFilesTheFirstAreListedAndAllCounted) {
  const json told = json::parse(status_text(kMount, with_files(5'000, "name")));
  EXPECT_EQ(told["list"].size(), 100U);
  EXPECT_EQ(told["files"]["pending"], 5'000);
  EXPECT_FALSE(told["listed_all"]);
}

TEST(StatusText, FitsIntoAnExtendedAttribute) {
  vfs::FilesystemStatus status = with_files(100, std::string(4'000, 'x'));
  status.in_place.assign(20, std::string(4'000, 'x'));
  const std::string text = status_text(kMount, status);
  EXPECT_LE(text.size(), 60'000U);
  const json told = json::parse(text);
  EXPECT_GT(told["list"].size(), 10U);
  EXPECT_FALSE(told["listed_all"]);
}

TEST(StatusText, NamesThatAreNotUtf8BecomeUtf8) {
  const json told = json::parse(status_text(kMount, with_files(1, "caf\xe9-")));
  EXPECT_EQ(told["list"][0]["path"], "caf\xef\xbf\xbd-0");
}

}  // namespace
}  // namespace ftpsfs::fuse
