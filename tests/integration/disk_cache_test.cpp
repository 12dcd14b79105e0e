// What a mount with cache_dir keeps on disk: it outlives unmounting and crashes, and serves only what the server still
// has.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class KeptOnDisk : public RealServers {
 protected:
  KeptOnDisk() {
    std::string content(3'000'000, '\0');
    std::generate(content.begin(), content.end(), std::mt19937());
    write_file(server_.home() / "f", content);
    (void)run_command({"touch", "-d", "2020-02-03 04:05:06 UTC", (server_.home() / "f").string()},
                      std::chrono::seconds(10));
    mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{cache_option()});
  }

  [[nodiscard]] std::filesystem::path cache() const { return scratch_ / "cache"; }
  [[nodiscard]] std::string cache_option() const { return "cache_dir=" + cache().string(); }
  [[nodiscard]] std::string on_server() const { return read_file(server_.home() / "f"); }
  [[nodiscard]] std::string here() { return read_file(mount().path() / "f"); }
  void run(const std::string& script) { expect_script(script); }

  /// Other bytes behind the server's back, which show in neither size, time nor identity: who reads them has asked the
  /// server for the content, who reads the old ones has not.
  void swap_content() {
    run(R"sh(
      touch -r "$HOME_DIR/f" "$TMP/time"
      head -c 3000000 /dev/urandom | dd of="$HOME_DIR/f" conv=notrunc status=none
      touch -r "$TMP/time" "$HOME_DIR/f"
    )sh");
  }
  /// What the kept contents take on disk; their files lie in folders with names of two digits.
  [[nodiscard]] std::uint64_t kept_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache())) {
      struct stat status {};
      const bool is_content = entry.path().parent_path().filename().string().size() == 2;
      if (is_content && ::stat(entry.path().c_str(), &status) == 0) bytes += status.st_blocks * 512;
    }
    return bytes;
  }
  /// Until all of `f` is on disk.
  void await_kept() {
    for (int i = 0; i < 1000 && kept_bytes() < 3'000'000; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_GE(kept_bytes(), 3'000'000U);
  }
};

TEST_P(KeptOnDisk, IsReadAfterTheNextMountWithoutADownload) {
  const std::string content = on_server();
  EXPECT_TRUE(here() == content);
  swap_content();
  mount().remount();
  EXPECT_TRUE(here() == content) << "from disk";
}

TEST_P(KeptOnDisk, OutlivesACrash) {
  const std::string content = on_server();
  EXPECT_TRUE(here() == content);
  await_kept();
  swap_content();
  mount().crash();
  EXPECT_TRUE(here() == content) << "from disk";
}

TEST_P(KeptOnDisk, IsNotUsedForAFileThatChanged) {
  EXPECT_TRUE(here() == on_server());
  swap_content();
  run("touch -d '2020-02-03 04:05:07 UTC' \"$HOME_DIR/f\"");
  mount().remount();
  EXPECT_TRUE(here() == on_server());
}

TEST_P(KeptOnDisk, IsNotUsedAfterAChangeOfOurs) {
  EXPECT_TRUE(here() == on_server());
  run("printf new | dd of=\"$MNT/f\" conv=notrunc status=none; touch -d '2020-02-03 04:05:07 UTC' \"$MNT/f\"");
  EXPECT_TRUE(here() == on_server());
  mount().remount();
  EXPECT_TRUE(here() == on_server());
}

TEST_P(KeptOnDisk, ASecondMountGoesWithout) {
  const std::string content = on_server();
  EXPECT_TRUE(here() == content);
  const Mount second(server_, {cache_option()});
  EXPECT_TRUE(read_file(second.path() / "f") == content);
}

FTPSFS_ON_REAL_SERVERS(KeptOnDisk);

}  // namespace
}  // namespace ftpsfs::test
