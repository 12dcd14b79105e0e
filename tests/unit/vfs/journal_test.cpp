#include "vfs/journal.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

class JournalTest : public testing::Test {
 protected:
  JournalTest() { reopen(); }

  void reopen() {
    journal_.reset();
    auto opened = Journal::open(folder(), Deadline::after(milliseconds(100)));
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = *std::move(opened);
  }
  [[nodiscard]] std::string folder() const { return scratch_.path() + "/journal"; }
  std::shared_ptr<StagedFile> staged(std::string_view text) {
    auto made = StagedFile::create(folder(), 0, 0).value();
    EXPECT_TRUE(made->write(0, bytes_of(text)));
    return made;
  }
  std::int64_t add(const std::string& path, std::string_view text) {
    JournalEntry entry;
    entry.path = at(path);
    return journal_->add(entry, *staged(text)).value_or(0);
  }
  std::vector<JournalEntry> entries() { return journal_->recover().value_or(std::vector<JournalEntry>()); }
  std::map<std::string, std::string> recovered() {
    reopen();
    std::map<std::string, std::string> all;
    for (const JournalEntry& entry : entries()) {
      std::ifstream in(journal_->file(entry.id), std::ios::binary);
      all[entry.path.text()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder())) {
      if (std::isdigit(each.path().filename().string().front()) != 0) ++count;
    }
    return count;
  }

  TemporaryDirectory scratch_;
  std::unique_ptr<Journal> journal_;
};

using Paths = std::map<std::string, std::string>;

TEST_F(JournalTest, WhatWasAddedIsThereAfterwards) {
  JournalEntry entry;
  entry.path = at("a/b");
  entry.mtime = -5;
  entry.mode = 0640;
  entry.base.emplace();
  entry.base->size = 17;
  entry.base->mtime = 1'000'000'000;
  entry.base->mtime_exact = true;
  entry.base->mode = 0600;
  entry.base->unique = "u1";
  entry.replaces_any = true;
  entry.unconfirmed = Range{3, 7};
  entry.lacking = {{0, 2}, {5, 70}};
  entry.holds_what_was_sent = true;
  ASSERT_TRUE(journal_->add(entry, *staged("content")));
  reopen();
  const auto all = entries();
  ASSERT_EQ(all.size(), 1U);
  const JournalEntry& found = all.front();
  EXPECT_EQ(found.path, entry.path);
  EXPECT_EQ(found.mtime, -5);
  EXPECT_EQ(found.mode, 0640U);
  ASSERT_TRUE(found.base);
  EXPECT_EQ(remote::Version::exactly(*found.base), remote::Version::exactly(*entry.base));
  EXPECT_EQ(found.base->mode, 0600U);
  EXPECT_TRUE(found.replaces_any);
  EXPECT_EQ(found.unconfirmed, (Range{3, 7}));
  EXPECT_EQ(found.lacking, entry.lacking);
  EXPECT_TRUE(found.holds_what_was_sent);
  EXPECT_EQ(recovered(), (Paths{{"a/b", "content"}}));
}

TEST_F(JournalTest, ANewFileHasNoBase) {
  add("new", "");
  reopen();
  EXPECT_FALSE(entries().front().base);
}

TEST_F(JournalTest, TheOldestComesFirst) {
  for (const char* name : {"c", "a", "b"}) add(name, "");
  std::vector<std::string> order;
  for (const JournalEntry& entry : entries()) order.push_back(entry.path.text());
  EXPECT_THAT(order, testing::ElementsAre("c", "a", "b"));
}

TEST_F(JournalTest, ADirectoryTakesWhatIsBelowItAlong) {
  for (const char* name : {"d/x", "d/e/y", "dd/z", "d"}) add(name, name);
  EXPECT_TRUE(journal_->move(at("d"), at("new/place"), false));
  EXPECT_EQ(recovered(),
            (Paths{{"new/place/x", "d/x"}, {"new/place/e/y", "d/e/y"}, {"dd/z", "dd/z"}, {"new/place", "d"}}));
}

TEST_F(JournalTest, WhatWasAtTheNewNameIsGone) {
  add("a", "first");
  add("b", "second");
  EXPECT_TRUE(journal_->move(at("b"), at("a"), true));
  EXPECT_EQ(recovered(), (Paths{{"a", "second"}}));
  EXPECT_EQ(files(), 1U);
  EXPECT_TRUE(entries().front().replaces_any);
}

TEST_F(JournalTest, NamesAreBytes) {
  for (const char* name : {"100%_a", "it's", "\xff\xfe", "ü", "a\"b"}) {
    add(name, name);
    EXPECT_TRUE(journal_->move(at(name), at(std::string(name) + "2"), false));
  }
  EXPECT_EQ(recovered(), (Paths{{"100%_a2", "100%_a"},
                                {"it's2", "it's"},
                                {"\xff\xfe"
                                 "2",
                                 "\xff\xfe"},
                                {"ü2", "ü"},
                                {"a\"b2", "a\"b"}}));
}

TEST_F(JournalTest, WhatIsDoneIsGone) {
  const std::int64_t done = add("done", "x");
  add("left", "y");
  EXPECT_TRUE(journal_->remove(done));
  EXPECT_EQ(recovered(), (Paths{{"left", "y"}}));
  EXPECT_EQ(files(), 1U);
}

TEST_F(JournalTest, AnEntryIsRenewed) {
  JournalEntry entry;
  entry.path = at("old");
  entry.id = journal_->add(entry, *staged("content")).value();
  entry.path = at("new");
  entry.mtime = 7;
  EXPECT_TRUE(journal_->update(entry));
  EXPECT_EQ(recovered(), (Paths{{"new", "content"}}));
  EXPECT_EQ(entries().front().mtime, 7);
}

TEST_F(JournalTest, NewContentTakesThePlaceOfTheOld) {
  JournalEntry entry;
  entry.path = at("file");
  entry.id = journal_->add(entry, *staged("first")).value();
  const std::int64_t second = journal_->add(entry, *staged("second")).value();
  EXPECT_NE(second, entry.id);
  EXPECT_EQ(recovered(), (Paths{{"file", "second"}}));
  EXPECT_EQ(files(), 1U);
}

TEST_F(JournalTest, AFileWithoutEntryWasNeverClosed) {
  add("a", "x");
  ASSERT_TRUE(staged("torn")->keep(journal_->file(99)));
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(recovered(), (Paths{{"a", "x"}}));
  EXPECT_EQ(files(), 1U);
}

TEST_F(JournalTest, AnIdIsNotUsedTwice) {
  const std::int64_t first = add("a", "");
  EXPECT_TRUE(journal_->remove(first));
  reopen();
  EXPECT_GT(add("b", ""), first);
}

TEST_F(JournalTest, AFailureIsKeptWithItsWords) {
  JournalEntry entry;
  entry.path = at("d/failed");
  entry.failure = "552 full";
  ASSERT_TRUE(journal_->add(entry, *staged("content")));
  add("d/waits", "x");
  reopen();
  const auto failed = journal_->failed({}).value();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.front().path, at("d/failed"));
  EXPECT_EQ(failed.front().failure, "552 full");
  EXPECT_EQ(journal_->size(failed.front().id), 7U);
  EXPECT_EQ(journal_->failed(at("d/waits")).value().size(), 0U);
  ASSERT_TRUE(journal_->remove(failed.front().id));
  EXPECT_EQ(journal_->failed({}).value().size(), 0U);
}

TEST_F(JournalTest, ATableWithoutFailuresIsExtended) {
  add("file", "content");
  journal_.reset();
  {
    auto database = Database::open(folder() + "/journal.sqlite").value();
    ASSERT_TRUE(database.execute("ALTER TABLE entry DROP COLUMN failure"));
  }
  EXPECT_EQ(recovered(), (Paths{{"file", "content"}}));
  add("other", "more");
  EXPECT_EQ(recovered(), (Paths{{"file", "content"}, {"other", "more"}}));
}

TEST_F(JournalTest, AMountThatDrainsIsWaitedForAndTold) {
  add("file", "content");
  EXPECT_FALSE(Journal::open(folder(), Deadline::after(milliseconds(10))));  // who gives up leaves nothing behind
  std::ofstream(folder() + "/wanted");                                       // unless it is killed
  journal_->note_draining();
  EXPECT_FALSE(journal_->is_wanted());
  auto next =
      std::async(std::launch::async, [this] { return Journal::open(folder(), Deadline::after(milliseconds(0))); });
  for (int i = 0; i < 1000 && !journal_->is_wanted(); ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(journal_->is_wanted());
  journal_.reset();
  auto opened = next.get();
  ASSERT_TRUE(opened) << opened.error().message;
  journal_ = *std::move(opened);
  EXPECT_FALSE(journal_->is_wanted());
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(JournalTest, OnlyOneMountHasIt) {
  const auto other = Journal::open(folder(), Deadline::after(milliseconds(10)));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::kBusy);
  EXPECT_THAT(other.error().message, testing::HasSubstr("in use by another mount"));
}

}  // namespace
}  // namespace ftpsfs::vfs
