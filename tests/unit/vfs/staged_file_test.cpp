#include "vfs/staged_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using Ranges = std::vector<Range>;

class StagedFileTest : public testing::Test {
 protected:
  std::shared_ptr<StagedFile> stage(std::uint64_t base_size, std::int64_t mtime = 1000) {
    return StagedFile::create(directory_.path(), base_size, mtime).value();
  }
  static std::string content(const StagedFile& staged) {
    std::string text(staged.state().size, '?');
    const auto count = staged.read(0, std::as_writable_bytes(std::span(text)));
    text.resize(count.value_or(0));
    return text;
  }
  static void write(StagedFile& staged, std::uint64_t offset, std::string_view text) {
    EXPECT_EQ(staged.write(offset, bytes_of(text)).value_or(0), offset + text.size());
  }

  TemporaryDirectory directory_;
};

TEST_F(StagedFileTest, WhatWasNotWrittenIsTheServers) {
  const auto staged = stage(100);
  write(*staged, 10, "0123456789");
  EXPECT_EQ(staged->missing({0, 100}), (Ranges{{0, 10}, {20, 100}}));
  EXPECT_EQ(staged->missing({12, 15}), Ranges{});
}

TEST_F(StagedFileTest, FillNeverOverwritesWhatWasWritten) {
  const auto staged = stage(10);
  write(*staged, 3, "NEW");
  ASSERT_TRUE(staged->fill(0, bytes_of("oldoldoldo")));
  EXPECT_EQ(content(*staged), "oldNEWoldo");
  EXPECT_EQ(staged->missing({0, 10}), Ranges{});
  ASSERT_TRUE(staged->fill(0, bytes_of("XXXXXXXXXX")));
  EXPECT_EQ(content(*staged), "oldNEWoldo") << "nor what was filled in before";
}

TEST_F(StagedFileTest, FillIsNoChange) {
  const auto staged = stage(10);
  const StagedState before = staged->state();
  ASSERT_TRUE(staged->fill(0, bytes_of("0123456789")));
  EXPECT_EQ(staged->state().generation, before.generation);
  EXPECT_EQ(staged->state().mtime, 1000);
}

TEST_F(StagedFileTest, CutAndRegrownReadsZeros) {
  const auto staged = stage(0);
  write(*staged, 0, "abcdefgh");
  ASSERT_TRUE(staged->truncate(3));
  ASSERT_TRUE(staged->truncate(6));
  EXPECT_EQ(content(*staged), std::string("abc\0\0\0", 6));
}

TEST_F(StagedFileTest, BeyondACutNothingIsTheServersAnyMore) {
  const auto staged = stage(100);
  ASSERT_TRUE(staged->truncate(40));
  ASSERT_TRUE(staged->truncate(100));
  EXPECT_EQ(staged->missing({0, 100}), (Ranges{{0, 40}}));
  ASSERT_TRUE(staged->fill(0, bytes_of(std::string(100, 'o'))));
  EXPECT_EQ(content(*staged), std::string(40, 'o') + std::string(60, '\0'));
}

TEST_F(StagedFileTest, AHoleBeyondTheEndReadsZeros) {
  const auto staged = stage(2);
  ASSERT_TRUE(staged->fill(0, bytes_of("ab")));
  write(*staged, 5, "z");
  EXPECT_EQ(content(*staged), std::string("ab\0\0\0z", 6));
}

TEST_F(StagedFileTest, AppendGoesToTheEndWhereverThatIs) {
  const auto staged = stage(5);
  EXPECT_EQ(staged->write(std::nullopt, bytes_of("one")).value_or(0), 8U);
  ASSERT_TRUE(staged->truncate(6));
  EXPECT_EQ(staged->write(std::nullopt, bytes_of("two")).value_or(0), 9U);
  EXPECT_EQ(staged->missing({0, 9}), (Ranges{{0, 5}}));
}

TEST_F(StagedFileTest, WritingNothingChangesNothing) {
  const auto staged = stage(5);
  ASSERT_TRUE(staged->write(50, {}));
  EXPECT_EQ(staged->state().size, 5U);
  EXPECT_EQ(staged->state().generation, 0U);
}

TEST_F(StagedFileTest, GenerationsTellContentFromAttributes) {
  const auto staged = stage(5);
  EXPECT_FALSE(staged->has_new_content_since(0));
  staged->set_mode(0600);
  staged->set_mtime(77);
  const std::uint64_t attributes_only = staged->state().generation;
  EXPECT_GT(attributes_only, 0U);
  EXPECT_FALSE(staged->has_new_content_since(0));
  write(*staged, 0, "x");
  EXPECT_TRUE(staged->has_new_content_since(attributes_only));
  EXPECT_FALSE(staged->has_new_content_since(staged->state().generation));
  const std::uint64_t written = staged->state().generation;
  ASSERT_TRUE(staged->truncate(1));
  EXPECT_TRUE(staged->has_new_content_since(written));
}

TEST_F(StagedFileTest, StateFollowsTheLastChange) {
  const auto staged = stage(5, 1000);
  EXPECT_EQ(staged->state().mtime, 1000);
  EXPECT_FALSE(staged->state().mode);
  write(*staged, 0, "x");
  EXPECT_GT(staged->state().mtime, 1000);
  staged->set_mtime(77);
  staged->set_mode(0640);
  EXPECT_EQ(staged->state().mtime, 77);
  EXPECT_EQ(staged->state().mode, 0640U);
}

TEST_F(StagedFileTest, LeavesNothingBehind) {
  write(*stage(0), 0, "gone");
  EXPECT_TRUE(directory_.contents().empty());
}

TEST_F(StagedFileTest, RescuedContentOutlivesIt) {
  {
    const auto staged = stage(0);
    write(*staged, 0, "precious");
    const auto path = staged->rescue("rescued-notes");
    ASSERT_TRUE(path);
    EXPECT_EQ(*path, directory_.path() + "/rescued-notes");
  }
  EXPECT_EQ(directory_.contents(), (std::multiset<std::string>{"precious"}));
}

TEST_F(StagedFileTest, TwoRescuesUnderOneNameKeepBoth) {
  for (const char* text : {"first", "second", "third"}) {
    const auto staged = stage(0);
    write(*staged, 0, text);
    EXPECT_TRUE(staged->rescue("rescued-notes"));
  }
  EXPECT_EQ(directory_.contents(), (std::multiset<std::string>{"first", "second", "third"}));
}

TEST_F(StagedFileTest, NoDirectoryIsAnError) {
  EXPECT_EQ(outcome(StagedFile::create("/nonexistent/staging", 0, 0)), "input/output error");
}

TEST_F(StagedFileTest, AWriteThatDidNotFitLeavesNoGarbage) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 4096, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto staged = stage(0);
  write(*staged, 0, "ab");
  const auto refused = staged->write(2, bytes_of(std::string(8192, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(outcome(refused), "no space");
  EXPECT_EQ(staged->state().size, 2U);
  write(*staged, 5000, "z");
  EXPECT_EQ(content(*staged), "ab" + std::string(4998, '\0') + "z");
}

TEST_F(StagedFileTest, AgreesWithAStringOnRandomWork) {
  std::mt19937 random(11);
  const auto any = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
  for (int round = 0; round < 30; ++round) {
    const std::string old = pattern(any(2000));
    std::string model = old;
    const auto staged = stage(old.size());
    for (int step = 0; step < 40; ++step) {
      if (any(4) == 0) {
        const std::size_t size = any(2500);
        ASSERT_TRUE(staged->truncate(size));
        model.resize(size, '\0');
      } else if (any(3) == 0) {
        const std::size_t from = any(old.size() + 1);
        ASSERT_TRUE(staged->fill(from, bytes_of(std::string_view(old).substr(from, any(500)))));
      } else {
        const std::size_t offset = any(2500);
        const std::string text = pattern(1 + any(300), static_cast<unsigned>(step));
        write(*staged, offset, text);
        if (model.size() < offset + text.size()) model.resize(offset + text.size(), '\0');
        model.replace(offset, text.size(), text);
      }
    }
    ASSERT_TRUE(staged->fill(0, bytes_of(old)));
    ASSERT_EQ(content(*staged), model);
  }
}

TEST_F(StagedFileTest, ACopyLacksWhatTheOriginalLacks) {
  const auto staged = StagedFile::create(directory_.path(), 1000, 0).value();
  ASSERT_TRUE(staged->write(1000, bytes_of("end")));
  const auto copy = staged->copy().value();
  EXPECT_EQ(copy->missing({0, 1003}), (std::vector<Range>{{0, 1000}}));
  EXPECT_EQ(copy->unchanged_prefix(), 1000U);
  ASSERT_TRUE(copy->fill(0, bytes_of(std::string(1000, 'o'))));
  EXPECT_EQ(content(*copy), std::string(1000, 'o') + "end");
}

TEST_F(StagedFileTest, TheEndCanBeCopiedAlone) {
  const auto staged = StagedFile::create(directory_.path(), 1000, 5).value();
  ASSERT_TRUE(staged->write(1000, bytes_of("end")));
  staged->set_mtime(7);
  const auto end = staged->copy_from(1000).value();
  EXPECT_EQ(content(*end), "end");
  EXPECT_EQ(end->state().mtime, 7);
  EXPECT_TRUE(end->missing({0, 3}).empty());
}

TEST_F(StagedFileTest, WhatACopySharesWithWhatIsBeingSentIsOldOnceThatIsSent) {
  const auto sent = StagedFile::create(directory_.path(), 0, 0).value();
  ASSERT_TRUE(sent->write(0, bytes_of("one two ")));
  const auto before = sent->copy().value();  // nothing is being sent yet
  (void)sent->begin_taking();
  const auto copy = sent->copy().value();
  ASSERT_TRUE(copy->write({}, bytes_of("three ")));
  const auto copy_of_copy = copy->copy().value();
  ASSERT_TRUE(copy_of_copy->write(4, bytes_of("TWO")));
  for (const auto& each : {before, copy, copy_of_copy}) each->note_committed(sent);
  EXPECT_EQ(before->unchanged_prefix(), 0U);
  EXPECT_EQ(copy->unchanged_prefix(), 8U);
  EXPECT_EQ(copy_of_copy->unchanged_prefix(), 4U);
}

TEST_F(StagedFileTest, ItTellsWhichRangesAreChanged) {
  const auto staged = StagedFile::create(directory_.path(), 1000, 0).value();
  EXPECT_TRUE(staged->changed(0).empty());
  ASSERT_TRUE(staged->fill(0, bytes_of(std::string(10, 'o'))));
  ASSERT_TRUE(staged->write(100, bytes_of("one")));
  ASSERT_TRUE(staged->write(110, bytes_of("two")));
  ASSERT_TRUE(staged->write(1010, bytes_of("end")));
  EXPECT_EQ(staged->changed(0), (std::vector<Range>{{100, 103}, {110, 113}, {1000, 1013}}));
  EXPECT_EQ(staged->changed(7), (std::vector<Range>{{100, 113}, {1000, 1013}}));
  ASSERT_TRUE(staged->truncate(111));
  ASSERT_TRUE(staged->truncate(120));
  EXPECT_EQ(staged->changed(0), (std::vector<Range>{{100, 103}, {110, 120}}));
  staged->note_committed(staged->state());
  EXPECT_TRUE(staged->changed(0).empty());
}

TEST_F(StagedFileTest, AfterAnUploadThatBrokeOffTheRestIsUnknown) {
  const auto staged = StagedFile::create(directory_.path(), 0, 0).value();
  ASSERT_TRUE(staged->write(0, bytes_of(std::string(100, 'n'))));
  staged->note_committed(staged->state());
  ASSERT_TRUE(staged->write(50, bytes_of("changed")));
  staged->note_server_has({0, 20});
  EXPECT_EQ(staged->changed(0), (std::vector<Range>{{20, 100}}));
}

TEST_F(StagedFileTest, WhatIsReopenedMayLackItsBeginning) {
  const std::string path = directory_.path() + "/kept";
  {
    const auto staged = StagedFile::create(directory_.path(), 1000, 0).value();
    ASSERT_TRUE(staged->write(1000, bytes_of("end")));
    ASSERT_TRUE(staged->keep(path));
  }
  const auto again = StagedFile::reopen(path, {{0, 1000}}, 7, 0600U).value();
  EXPECT_EQ(again->state().size, 1003U);
  EXPECT_EQ(again->missing({0, 1003}), (std::vector<Range>{{0, 1000}}));
  EXPECT_EQ(again->unchanged_prefix(), 1000U);
}

}  // namespace
}  // namespace ftpsfs::vfs
