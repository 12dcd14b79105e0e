// Readers: whole files, offsets, rests, and lines that break.
#include <gtest/gtest.h>

#include <future>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i * 7 % 26);
  return bytes;
}

class ReaderTest : public RemoteTest {
 protected:
  std::unique_ptr<Reader> open_range(const char* name, std::uint64_t offset, std::uint64_t length) {
    auto reader = fs_->open_reader({at(name), std::nullopt, offset, length}, context_);
    EXPECT_TRUE(reader) << reader.error().message;
    return reader ? std::move(*reader) : nullptr;
  }

  std::string read_exactly(Reader& reader, std::size_t length) {
    std::string all(length, '?');
    for (std::size_t done = 0; done < length;) {
      const auto count = reader.read(std::as_writable_bytes(std::span(all)).subspan(done), context_);
      if (!count || *count == 0) return "failed";
      done += *count;
    }
    return all;
  }

  const std::string content_ = pattern(300'000);
};

TEST_F(ReaderTest, ReadsAWholeFile) {
  start();
  tree().add_file("/f", content_);
  connect();
  const auto reader = open("f");
  ASSERT_TRUE(reader);
  EXPECT_EQ(read_all(*reader).value(), content_);
  EXPECT_EQ(reader->position(), content_.size());
  EXPECT_EQ(read_all(*reader).value(), "");
  EXPECT_EQ(server_->count("RETR"), 1);
}

TEST_F(ReaderTest, ALinkOutOfTheMountIsReadWhole) {
  for (const auto facts : {test::SymlinkFacts::kFollowed, test::SymlinkFacts::kSymlink}) {
    test::FakeDialect dialect;
    dialect.symlink_facts = facts;
    if (facts == test::SymlinkFacts::kFollowed) dialect.facts.emplace_back("UNIX.owner");  // ProFTPD
    start(dialect);
    tree().add_file("/other/f", content_, test::FakeTree::kDefaultTime + 1);
    tree().add_symlink("/home/out", "../other/f");
    connect("/home");
    const Version version = Version::exactly(stat("out"));
    for (const std::uint64_t offset : {0U, 1000U, 299'000U, 300'000U}) {
      server_->on("RETR", {.nth = 1, .data = test::DataFault::kReset, .after = 500});
      auto reader = fs_->open_reader({at("out"), version, offset}, context_);
      ASSERT_TRUE(reader) << reader.error().message;
      EXPECT_EQ(read_all(**reader).value(), content_.substr(offset)) << offset;
    }
    tree().add_file("/other/f", "another");
    EXPECT_EQ(kind_of(fs_->open_reader({at("out"), version, 0}, context_)), ErrorKind::kStale);
  }
}

TEST_F(ReaderTest, BeginsAtAnOffset) {
  start();
  tree().add_file("/f", content_);
  connect();
  EXPECT_EQ(read_all(*open("f", 299'000)).value(), content_.substr(299'000));
  EXPECT_EQ(read_all(*open("f", 300'000)).value(), "");
  EXPECT_EQ(read_all(*open("f", 400'000)).value(), "");
}

TEST_F(ReaderTest, ReadsUpToTheOffsetWhereThereIsNoRest) {
  test::FakeDialect dialect;
  dialect.rest = false;
  start(dialect);
  tree().add_file("/f", content_);
  connect();
  EXPECT_EQ(read_all(*open("f", 299'000)).value(), content_.substr(299'000));
  EXPECT_EQ(read_all(*open("f", 1)).value(), content_.substr(1));
}

TEST_F(ReaderTest, ARangeIsAskedForWhereTheServerHasThem) {
  test::FakeDialect dialect;
  dialect.rang = true;
  start(dialect);
  tree().add_file("/f", content_);
  connect();
  for (const std::uint64_t offset : {0U, 1000U, 295'904U}) {
    const auto reader = open_range("f", offset, 4096);
    EXPECT_EQ(read_exactly(*reader, 4096), content_.substr(offset, 4096));
  }
  EXPECT_EQ(server_->count("RANG"), 3);
  EXPECT_EQ(read_all(*open("f")).value(), content_) << "no range outlives its transfer";
  EXPECT_EQ(server_->count("ABOR"), 0);
}

TEST_F(ReaderTest, WhoReadsPastARangeGetsTheRest) {
  test::FakeDialect dialect;
  dialect.rang = true;
  start(dialect);
  tree().add_file("/f", content_);
  connect();
  EXPECT_EQ(read_all(*open_range("f", 1000, 4096)).value(), content_.substr(1000));
  EXPECT_EQ(read_all(*open_range("f", 299'000, 1000)).value(), content_.substr(299'000));
  EXPECT_EQ(server_->count("RANG"), 2);
}

TEST_F(ReaderTest, ARangeThatBreaksOffGoesOnWhereItWas) {
  test::FakeDialect dialect;
  dialect.rang = true;
  start(dialect);
  tree().add_file("/f", content_);
  server_->on("RETR", {.nth = 1, .data = test::DataFault::kReset, .after = 10'000});
  connect();
  EXPECT_EQ(read_exactly(*open_range("f", 100'000, 50'000), 50'000), content_.substr(100'000, 50'000));
  EXPECT_EQ(server_->count("RETR"), 2);
}

TEST_F(ReaderTest, AServerThatRefusesItsOwnRangesIsAskedWithoutThem) {
  test::FakeDialect dialect;
  dialect.rang = true;
  start(dialect);
  tree().add_file("/f", content_);
  server_->on("RANG", {.reply = "502 Not today"});
  connect();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_exactly(*open_range("f", 1000, 4096), 4096), content_.substr(1000, 4096));
  EXPECT_EQ(server_->count("RANG"), 1);
}

TEST_F(ReaderTest, AnOffsetThatIsNotReachedIsAnError) {
  test::FakeDialect dialect;
  dialect.rest = false;
  start(dialect);
  tree().add_file("/f", content_);
  server_->on("RETR", {.data = test::DataFault::kReset, .after = 1000});
  connect();
  EXPECT_FALSE(fs_->open_reader({at("f"), std::nullopt, 299'000}, context_));
  EXPECT_TRUE(fs_->stat(at("f"), context_));
}

TEST_F(ReaderTest, WithoutRestAnOffsetFarAwayIsRefused) {
  test::FakeDialect dialect;
  dialect.rest = false;
  dialect.mlsd = false;
  dialect.size = false;
  start(dialect);
  tree().add_file("/f", content_);
  connect();
  EXPECT_EQ(kind_of(fs_->open_reader({at("f"), std::nullopt, 65U << 20U}, context_)), ErrorKind::kUnsupported);
}

TEST_F(ReaderTest, ErrorsAtOpen) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    tree().add_directory("/d");
    tree().add_file("/secret", "x", test::FakeTree::kDefaultTime, 0000);
    connect();
    EXPECT_EQ(kind_of(fs_->open_reader({at("missing"), std::nullopt, 0}, context_)), ErrorKind::kNotFound);
    EXPECT_EQ(kind_of(fs_->open_reader({at("d"), std::nullopt, 0}, context_)), ErrorKind::kIsDirectory);
    EXPECT_EQ(kind_of(fs_->open_reader({at("secret"), std::nullopt, 0}, context_)), ErrorKind::kPermission);
    EXPECT_EQ(server_->logins(), 0);  // no refusal cost the session
  }
}

TEST_F(ReaderTest, AParkedReaderGoesOnWhereItWas) {
  start();
  tree().add_file("/f", content_);
  connect();
  const auto reader = open("f");
  const std::string first = read_some(*reader, 1000).value();
  reader->park();
  EXPECT_EQ(first + read_all(*reader).value(), content_);
  EXPECT_EQ(server_->count("RETR"), 1);
}

TEST_F(ReaderTest, AParkedReaderWhoseSessionWasTakenBeginsAgain) {
  start();
  tree().add_file("/f", content_);
  connect("", 1);
  const auto reader = open("f");
  const std::string first = read_some(*reader, 1000).value();
  reader->park();
  EXPECT_EQ(stat("f").size, content_.size());
  EXPECT_EQ(first + read_all(*reader).value(), content_);
  EXPECT_EQ(server_->count("RETR"), 2);
  EXPECT_EQ(server_->logins(), 0);
}

TEST_F(ReaderTest, TwoReadersShareOneSession) {
  start();
  tree().add_file("/f", content_);
  connect("", 1);
  const auto one = open("f");
  one->park();
  const auto two = open("f");
  two->park();
  EXPECT_EQ(read_all(*one).value(), content_);
  EXPECT_EQ(read_all(*two).value(), content_);
}

TEST_F(ReaderTest, AnAbandonedReaderGivesItsSessionBack) {
  start();
  tree().add_file("/f", pattern(8'000'000));
  connect("", 1);
  read_some(*open("f"), 1000).value();
  EXPECT_EQ(stat("f").size, 8'000'000U);
  EXPECT_EQ(server_->logins(), 0);
}

TEST_F(ReaderTest, GoesOnAfterABrokenLine) {
  for (const auto fault : {test::DataFault::kCut, test::DataFault::kReset, test::DataFault::kLineBreak}) {
    for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
      start(dialect);
      tree().add_file("/f", content_);
      connect();
      server_->on("RETR", {.nth = 1, .data = fault, .after = 150'000});
      const auto reader = open("f");
      ASSERT_TRUE(reader);
      const auto content = read_all(*reader);
      ASSERT_TRUE(content) << static_cast<int>(fault) << ": " << content.error().message;
      EXPECT_TRUE(*content == content_);
    }
  }
}

TEST_F(ReaderTest, NeverMixesTwoVersions) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    tree().add_file("/f", content_, 1600000000);
    connect("", 1);
    const auto reader = open("f");
    read_some(*reader, 1000).value();
    reader->park();
    stat("f");
    tree().add_file("/f", content_, 1600000001);
    EXPECT_EQ(kind_of(read_all(*reader)), ErrorKind::kStale);
  }
}

TEST_F(ReaderTest, ReadsOnlyTheVersionExpected) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    tree().add_file("/f", content_, 1600000000);
    connect();
    const Version expected{content_.size(), 1600000000, {}};
    auto reader = fs_->open_reader({at("f"), expected, 0}, context_);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(read_all(**reader).value_or("?"), content_);
    const Version any_time{content_.size(), 0, {}};
    EXPECT_TRUE(fs_->open_reader({at("f"), any_time, 0}, context_));
    for (const Version& other : {Version{content_.size(), 1600000001, {}}, Version{1, 1600000000, {}}}) {
      EXPECT_EQ(kind_of(fs_->open_reader({at("f"), other, 0}, context_)), ErrorKind::kStale);
    }
  }
}

TEST_F(ReaderTest, GivesItsSessionUpWhenItsTurnIsOverAndOthersWait) {
  const std::string large = pattern(8 << 20);
  start();
  tree().add_file("/f", large);
  options_.pool.turn = std::chrono::milliseconds(0);
  connect("", 1);
  const auto reader = open("f");
  std::string got = read_some(*reader, 4096).value();
  auto other = std::async(std::launch::async, [&] { return fs_->stat(at("f"), context_).has_value(); });
  while (other.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    ASSERT_LT(got.size(), large.size()) << "the other one had to wait for the end of the file";
    got += read_some(*reader, 4096).value_or("");
  }
  EXPECT_TRUE(other.get());
  got += read_all(*reader).value_or("?");
  EXPECT_TRUE(got == large);
}

TEST_F(ReaderTest, A426AfterCompleteDataIsNoError) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    tree().add_file("/f", content_);
    connect();
    server_->on("RETR", {.final_reply = "426 Failure writing network stream."});
    const auto reader = open("f");
    EXPECT_EQ(read_all(*reader).value_or("?"), content_);
  }
}

TEST_F(ReaderTest, A426AfterShortDataGoesOn) {
  start();
  tree().add_file("/f", content_);
  connect();
  server_->on(
      "RETR",
      {.nth = 1, .data = test::DataFault::kEnd, .after = 1000, .final_reply = "426 Failure writing network stream."});
  const auto reader = open("f");
  EXPECT_EQ(read_all(*reader).value_or("?"), content_);
  EXPECT_EQ(server_->count("RETR"), 2);
}

TEST_F(ReaderTest, AReadCanBeInterruptedAndGoesOn) {
  start();
  tree().add_file("/f", content_);
  connect();
  server_->on("RETR", {.nth = 1, .data = test::DataFault::kStall, .after = 1000});
  const auto reader = open("f");
  std::string all;
  while (all.size() < 1000) all += read_some(*reader, 1000).value();
  Context context = context_;
  context.cancellation = std::make_shared<Cancellation>();
  context.cancellation->cancel();
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(kind_of(reader->read(buffer, context)), ErrorKind::kInterrupted);
  server_->release_stalls();
  EXPECT_EQ(all + read_all(*reader).value_or("?"), content_);
}

TEST_F(ReaderTest, OutlivesItsFileSystem) {
  start();
  tree().add_file("/f", content_);
  connect();
  const auto reader = open("f");
  fs_.reset();
  EXPECT_EQ(read_all(*reader).value(), content_);
}

}  // namespace
}  // namespace ftpsfs::remote
