// What is left under temporary names: by this mount, by one that was killed, and by others.
#include "vfs/temporary_files.h"

#include <algorithm>
#include <thread>

#include "unit/vfs/vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using remote::RemotePath;

constexpr ErrorKind kLost = ErrorKind::kConnectionLost;

template <typename Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

/// Whose notes lie in a folder.
std::set<std::string> noted_mounts(const std::string& folder) {
  std::set<std::string> mounts;
  for (const auto& left : TemporaryNotes(folder, "nobody").left()) mounts.insert(left.mount);
  return mounts;
}

TEST(TemporaryNotesTest, TheNextMountFindsThem) {
  const TemporaryDirectory folder;
  TemporaryNotes first(folder.path(), "first");
  EXPECT_TRUE(first.add(at("d")));
  EXPECT_TRUE(first.add(RemotePath()));
  EXPECT_TRUE(first.left().empty());
  TemporaryNotes second(folder.path(), "second");
  const auto left = second.left();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().mount, "first");
  EXPECT_EQ(left.front().directories, (std::vector<RemotePath>{at("d"), RemotePath()}));
  second.forget("first");
  EXPECT_TRUE(second.left().empty());
}

TEST(TemporaryNotesTest, TakeThePlaceOfThoseBefore) {
  const TemporaryDirectory folder;
  TemporaryNotes notes(folder.path(), "first");
  EXPECT_TRUE(notes.add(at("a")));
  EXPECT_TRUE(notes.replace({at("b")}));
  EXPECT_TRUE(notes.add(at("c")));
  const TemporaryNotes next(folder.path(), "second");
  EXPECT_EQ(next.left().front().directories, (std::vector<RemotePath>{at("b"), at("c")}));
  EXPECT_TRUE(notes.replace({}));
  EXPECT_TRUE(next.left().empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

class TemporaryFilesTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.state_dir = staging_.path() + "/source";
    mount();
  }
  /// As after a kill of another mount: its notes and files are there, itself is not.
  void mount_after(const std::string& dead, const std::vector<std::string>& directories) {
    fs_.reset();
    TemporaryNotes notes(options_.state_dir, dead);
    for (const std::string& directory : directories) ASSERT_TRUE(notes.add(at(directory)));
    mount();
  }
  bool is_there(const std::string& path) { return on_server(path).has_value(); }
  std::set<std::string> noted() { return noted_mounts(options_.state_dir); }
  std::size_t temporary_files() {
    const auto tree = server_.tree();
    const auto temporary = [](const auto& each) { return each.first.find(".ftpsfs-") != std::string::npos; };
    return static_cast<std::size_t>(std::count_if(tree.begin(), tree.end(), temporary));
  }
};

TEST_F(TemporaryFilesTest, AKilledMountsAreRemovedAndNobodyElses) {
  server_.put_directory("d");
  server_.put(".ftpsfs-dead-1", "half");
  server_.put("d/.ftpsfs-dead-2", "half");
  server_.put("d/.ftpsfs-alive-1", "of another mount");
  server_.put("d/.ftpsfs-dead", "a user's");
  server_.put("d/file", "a user's");
  mount_after("dead", {"", "d", "gone"});
  EXPECT_TRUE(soon([&] { return noted().empty(); }));
  EXPECT_FALSE(is_there(".ftpsfs-dead-1"));
  EXPECT_FALSE(is_there("d/.ftpsfs-dead-2"));
  EXPECT_TRUE(is_there("d/.ftpsfs-alive-1"));
  EXPECT_TRUE(is_there("d/.ftpsfs-dead"));
  EXPECT_TRUE(is_there("d/file"));
  EXPECT_EQ(server_.count(Verb::kListTemporary), 3);
}

TEST_F(TemporaryFilesTest, EachDirectoryIsListedOnceForAllOfTheDead) {
  server_.put(".ftpsfs-one-1", "half");
  server_.put(".ftpsfs-two-1", "half");
  ASSERT_TRUE(TemporaryNotes(options_.state_dir, "one").add(RemotePath()));
  mount_after("two", {""});
  EXPECT_TRUE(soon([&] { return noted().empty(); }));
  EXPECT_EQ(temporary_files(), 0U);
  EXPECT_EQ(server_.count(Verb::kListTemporary), 1);
}

TEST_F(TemporaryFilesTest, WhatFailsIsLeftToTheNextMount) {
  server_.put_directory("d");
  server_.put(".ftpsfs-dead-1", "half");
  server_.put("d/.ftpsfs-dead-2", "half");
  server_.fail_next(Verb::kRemove, kLost);
  mount_after("dead", {"", "d"});
  EXPECT_TRUE(soon([&] { return temporary_files() == 1; }));
  EXPECT_EQ(noted(), std::set<std::string>{"dead"});
  server_.fail_next(Verb::kListTemporary, kLost);
  mount();
  EXPECT_TRUE(soon([&] { return server_.count(Verb::kListTemporary) == 4; }));
  EXPECT_EQ(noted(), std::set<std::string>{"dead"});
  mount();
  EXPECT_TRUE(soon([&] { return noted().empty(); }));
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(TemporaryFilesTest, ABusyServerIsAskedAgain) {
  server_.put(".ftpsfs-dead-1", "half");
  server_.fail_next(Verb::kListTemporary, ErrorKind::kBusy);
  mount_after("dead", {""});
  EXPECT_TRUE(soon([&] { return noted().empty(); }));
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(TemporaryFilesTest, WhatMayBeAllThereIsOfAFileStays) {
  server_.put(".ftpsfs-dead_1", "precious");
  server_.put(".ftpsfs-dead-2", "half");
  mount_after("dead", {""});
  EXPECT_TRUE(soon([&] { return !is_there(".ftpsfs-dead-2"); }));
  mount();
  EXPECT_TRUE(soon([&] { return server_.count(Verb::kListTemporary) == 2; }));
  EXPECT_EQ(on_server(".ftpsfs-dead_1"), "precious");
  EXPECT_EQ(noted(), std::set<std::string>{"dead"});
}

TEST_F(TemporaryFilesTest, TheDirectoryIsNotedBeforeTheFirstFileIsInIt) {
  const auto gate = server_.hold_next(Verb::kOpenWriter);
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, "content"), "ok");
  std::thread closing([&] { close(handle); });
  EXPECT_TRUE(gate->wait_reached());
  EXPECT_EQ(noted(), std::set<std::string>{"here"});
  gate->release();
  closing.join();
  fs_.reset();
  EXPECT_TRUE(noted().empty());
}

TEST_F(TemporaryFilesTest, ManyDirectoriesAreNotAllRemembered) {
  constexpr int kMany = 200;
  for (int i = 0; i < kMany; ++i) {
    const std::string name = "d" + std::to_string(i);
    server_.put_directory(name);
    EXPECT_EQ(close(create("file", 0644, node(name))), "ok");
  }
  const auto left = TemporaryNotes(options_.state_dir, "nobody").left();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_LE(left.front().directories.size(), 64U);
  EXPECT_EQ(left.front().directories.back(), at("d" + std::to_string(kMany - 1)));
}

TEST_F(TemporaryFilesTest, WhatABrokenLineLeftOfAStreamGoesAfterAnotherUpload) {
  constexpr std::size_t kMiB = 1024 * 1024;
  server_.put("other", "old");
  const HandleId handle = create("given_up");
  EXPECT_EQ(write(handle, 0, pattern(2 * kMiB)), "ok");
  EXPECT_TRUE(soon([&] { return temporary_files() == 1; }));
  server_.fail_next(Verb::kRemove, kLost);
  EXPECT_EQ(remove("given_up"), "ok");
  EXPECT_TRUE(soon([&] { return server_.count(Verb::kRemove) == 1; }));
  EXPECT_EQ(temporary_files(), 1U);
  EXPECT_TRUE(soon([&] { return write_file("other", "new") == "ok" && temporary_files() == 0; }));
  close(handle);
}

TEST_F(TemporaryFilesTest, WhatIsLeftAtTheEndGoes) {
  constexpr std::size_t kMiB = 1024 * 1024;
  const HandleId handle = create("given_up");
  const auto gate = server_.hold_next(Verb::kFinish);
  EXPECT_EQ(write(handle, 0, pattern(2 * kMiB)), "ok");
  EXPECT_TRUE(soon([&] { return temporary_files() == 1; }));
  server_.fail_next(Verb::kRemove, kLost);
  EXPECT_EQ(write(handle, 0, "behind what was sent"), "ok");
  gate->release();
  EXPECT_EQ(close(handle), "ok");
  fs_.reset();
  EXPECT_EQ(temporary_files(), 0U);
  EXPECT_TRUE(noted().empty());
}

TEST_F(TemporaryFilesTest, WhatCannotBeRemovedStaysNoted) {
  TemporaryDirectory folder;
  {
    WorkerPool workers(2);
    TemporaryFiles files(server_, workers, std::chrono::seconds(1));
    files.keep_in(folder.path());
    server_.put(files.make(RemotePath()).value().text(), "half");
    server_.put_directory("d");
    files.gone(files.make(at("d")).value());
    server_.fail_next(Verb::kRemove, kLost);
  }
  const auto left = TemporaryNotes(folder.path(), "nobody").left();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().directories, std::vector<RemotePath>{RemotePath()});
}

TEST_F(TemporaryFilesTest, MoveWithTheirDirectory) {
  WorkerPool workers(2);
  server_.put_directory("old");
  {
    TemporaryFiles files(server_, workers, std::chrono::seconds(1));
    const RemotePath file = files.make(at("old")).value();
    server_.put(file.text(), "half");
    EXPECT_EQ(outcome(server_.rename(at("old"), at("new"), false, context_)), "ok");
    files.moved(at("old"), at("new"));
  }
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(TemporaryFilesTest, WithoutAJournalNothingIsSwept) {
  server_.put(".ftpsfs-dead-1", "half");
  ASSERT_TRUE(TemporaryNotes(options_.state_dir, "dead").add(RemotePath()));
  const auto second = make_filesystem(server_, clock_, options_).value();  // the first one has the journal
  EXPECT_EQ(server_.count(Verb::kListTemporary), 0);
  EXPECT_EQ(noted(), std::set<std::string>{"dead"});
}

}  // namespace
}  // namespace ftpsfs::vfs
