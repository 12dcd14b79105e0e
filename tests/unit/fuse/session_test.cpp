// The whole edge, from a request's bytes to the file system's calls and back, with a socket in the kernel's place.
#include "ftpsfs/fuse/session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <future>

#include "unit/fuse/fake_kernel.h"
#include "unit/fuse/mock_filesystem.h"

namespace ftpsfs::fuse {
namespace {

using testing::_;
using testing::DoDefault;
using testing::Gt;
using testing::InSequence;
using testing::NiceMock;
using testing::Return;

vfs::NodeAttributes file_node(vfs::NodeId node) {
  vfs::NodeAttributes attributes;
  attributes.node = node;
  attributes.inode = node + 1000;
  attributes.mode = 0644;
  attributes.size = 12;
  attributes.valid_for = std::chrono::milliseconds(2500);
  return attributes;
}

std::vector<vfs::Slice> slices_of(std::initializer_list<std::string_view> texts) {
  std::vector<vfs::Slice> slices;
  for (const std::string_view text : texts) {
    cache::Block block{std::byte{'#'}};
    for (const char c : text) block.push_back(static_cast<std::byte>(c));
    slices.push_back({std::make_shared<const cache::Block>(std::move(block)), 1, text.size()});
  }
  return slices;
}

class SessionTest : public testing::Test {
 protected:
  std::uint64_t open_file(vfs::HandleId handle, int flags) {
    EXPECT_CALL(filesystem_, open).WillOnce(Return(vfs::Opened{handle, false, false}));
    fuse_open_in request{};
    request.flags = static_cast<std::uint32_t>(flags);
    const KernelAnswer answer = kernel_.ask(FUSE_OPEN, 5, bytes_of(request));
    EXPECT_EQ(answer.error, 0);
    return answer.as<fuse_open_out>().fh;
  }

  KernelAnswer read_file(std::uint64_t handle) { return kernel_.await(send_read(handle, ::getpid())); }

  std::uint64_t send_read(std::uint64_t handle, pid_t caller) {
    fuse_read_in request{};
    request.fh = handle;
    request.size = 4096;
    return kernel_.send(FUSE_READ, 5, bytes_of(request), caller);
  }

  static std::string release_of(std::uint64_t handle) {
    fuse_release_in request{};
    request.fh = handle;
    return bytes_of(request);
  }

  NiceMock<MockFilesystem> filesystem_;
  FakeKernel kernel_{filesystem_};
};

TEST_F(SessionTest, AgreesOnTheTermsOfAMount) {
  const fuse_init_out& agreed = kernel_.agreed();
  EXPECT_EQ(agreed.max_write, 1024U * 1024U);
  EXPECT_EQ(agreed.time_gran, 1'000'000'000U);
  EXPECT_EQ(agreed.max_background, 256);
  for (const unsigned wanted :
       {FUSE_DO_READDIRPLUS, FUSE_READDIRPLUS_AUTO, FUSE_ATOMIC_O_TRUNC, FUSE_ASYNC_READ, FUSE_AUTO_INVAL_DATA}) {
    EXPECT_TRUE(agreed.flags & wanted) << wanted;
  }
  for (const unsigned unwanted : {FUSE_WRITEBACK_CACHE, FUSE_EXPORT_SUPPORT, FUSE_POSIX_LOCKS, FUSE_FLOCK_LOCKS}) {
    EXPECT_FALSE(agreed.flags & unwanted) << unwanted;
  }
}

TEST_F(SessionTest, AnswersALookupFromMemory) {
  EXPECT_CALL(filesystem_, try_look_up(1, std::string_view("name"))).WillOnce(Return(MaybeAttributes(file_node(5))));
  EXPECT_CALL(filesystem_, look_up).Times(0);
  const KernelAnswer answer = kernel_.ask(FUSE_LOOKUP, 1, name_bytes("name"));
  ASSERT_EQ(answer.error, 0);
  const auto entry = answer.as<fuse_entry_out>();
  EXPECT_EQ(entry.nodeid, 5U);
  EXPECT_EQ(entry.attr.ino, 1005U);
  EXPECT_EQ(entry.attr.mode, S_IFREG | 0644U);
  EXPECT_EQ(entry.entry_valid, 2U);
  EXPECT_EQ(entry.entry_valid_nsec, 500'000'000U);
  EXPECT_EQ(entry.attr_valid, 2U);
}

TEST_F(SessionTest, AsksTheServerWhereMemoryDoesNotKnow) {
  EXPECT_CALL(filesystem_, try_look_up).WillOnce(Return(std::nullopt));
  EXPECT_CALL(filesystem_, look_up(1, std::string_view("name"), _)).WillOnce(Return(file_node(6)));
  EXPECT_EQ(kernel_.ask(FUSE_LOOKUP, 1, name_bytes("name")).as<fuse_entry_out>().nodeid, 6U);
}

TEST_F(SessionTest, AnAbsentNameIsAnAnswerWithAnAge) {
  for (const ErrorKind kind : {ErrorKind::kNotFound, ErrorKind::kUnrepresentable}) {
    EXPECT_CALL(filesystem_, try_look_up).WillOnce(Return(MaybeAttributes(fail(kind, "no"))));
    const KernelAnswer answer = kernel_.ask(FUSE_LOOKUP, 1, name_bytes("name"));
    EXPECT_EQ(answer.error, 0);
    EXPECT_EQ(answer.as<fuse_entry_out>().nodeid, 0U);
    EXPECT_EQ(answer.as<fuse_entry_out>().entry_valid, 3U);
  }
  EXPECT_CALL(filesystem_, try_look_up).WillOnce(Return(MaybeAttributes(fail(ErrorKind::kNameTooLong, "long"))));
  EXPECT_EQ(kernel_.ask(FUSE_LOOKUP, 1, name_bytes("name")).error, -ENAMETOOLONG);
}

TEST_F(SessionTest, ReadsGoOutPieceByPiece) {
  const std::uint64_t handle = open_file(31, O_RDONLY);
  EXPECT_CALL(filesystem_, try_read(31, 0, 4096)).WillOnce(Return(slices_of({"from ", "memory"})));
  const KernelAnswer cached = read_file(handle);
  EXPECT_EQ(std::string(cached.body.begin(), cached.body.end()), "from memory");

  EXPECT_CALL(filesystem_, try_read).WillOnce(Return(std::nullopt));
  EXPECT_CALL(filesystem_, read(31, 0, 4096, _)).WillOnce(Return(std::vector<vfs::Slice>{}));
  const KernelAnswer end = read_file(handle);
  EXPECT_EQ(end.error, 0);
  EXPECT_TRUE(end.body.empty());

  EXPECT_CALL(filesystem_, try_read).WillOnce(Return(std::nullopt));
  EXPECT_CALL(filesystem_, read).WillOnce(Return(fail(ErrorKind::kTimeout, "no byte for 15 s")));
  EXPECT_EQ(read_file(handle).error, -ETIMEDOUT);
}

class SessionWriteTest : public SessionTest {
 protected:
  KernelAnswer write_data() {
    fuse_write_in request{};
    request.fh = open_file(32, O_WRONLY);
    request.offset = 7;
    request.size = 4;
    return kernel_.ask(FUSE_WRITE, 5, bytes_of(request) + "data");
  }
  Status note(std::span<const std::byte> from) {
    written_.assign(reinterpret_cast<const char*>(from.data()), from.size());
    return {};
  }

  std::string written_;
};

TEST_F(SessionWriteTest, GoesToTheFileSystemAtOnce) {
  EXPECT_CALL(filesystem_, has_room(4)).WillOnce(Return(true));
  EXPECT_CALL(filesystem_, write(32, 7, _)).WillOnce([this](auto, auto, std::span<const std::byte> from) {
    return note(from);
  });
  EXPECT_EQ(write_data().as<fuse_write_out>().size, 4U);
  EXPECT_EQ(written_, "data");
}

TEST_F(SessionWriteTest, WaitsForRoom) {
  EXPECT_CALL(filesystem_, has_room(4)).WillOnce(Return(false));
  EXPECT_CALL(filesystem_, write_when_room(32, 7, _, _)).WillOnce([this](auto, auto, auto from, auto&) {
    return note(from);
  });
  EXPECT_EQ(write_data().as<fuse_write_out>().size, 4U);
  EXPECT_EQ(written_, "data");
}

TEST_F(SessionWriteTest, WithoutRoomIsENOSPC) {
  EXPECT_CALL(filesystem_, has_room(4)).WillOnce(Return(false));
  EXPECT_CALL(filesystem_, write_when_room(32, 7, _, _)).WillOnce([](auto, auto, auto, auto&) {
    return Status(fail(ErrorKind::kNoSpace, "full"));
  });
  EXPECT_EQ(write_data().error, -ENOSPC);
}

TEST_F(SessionTest, CopyFileRange) {
  vfs::CopyRange asked;
  EXPECT_CALL(filesystem_, copy_range(_, _)).WillOnce([&](const vfs::CopyRange& range, const Context&) {
    asked = range;
    return Result<std::uint64_t>(1000);
  });
  fuse_copy_file_range_in request{};
  request.fh_in = 31;
  request.off_in = 1;
  request.nodeid_out = 6;
  request.fh_out = 32;
  request.off_out = 2;
  request.len = 1ULL << 40;
  EXPECT_EQ(kernel_.ask(FUSE_COPY_FILE_RANGE, 5, bytes_of(request)).as<fuse_write_out>().size, 1000U);
  EXPECT_EQ(asked.from, 31U);
  EXPECT_EQ(asked.from_offset, 1U);
  EXPECT_EQ(asked.to, 32U);
  EXPECT_EQ(asked.to_offset, 2U);
  EXPECT_EQ(asked.length, 0xFFFF'F000U) << "what the answer has room for";
}

TEST_F(SessionTest, WhatTheServerCannotCopyTheKernelReadsAndWrites) {
  EXPECT_CALL(filesystem_, copy_range(_, _))
      .WillOnce(Return(Result<std::uint64_t>(fail(ErrorKind::kUnsupported, "no SITE CPFR"))));
  EXPECT_EQ(kernel_.ask(FUSE_COPY_FILE_RANGE, 5, bytes_of(fuse_copy_file_range_in{})).error, -EOPNOTSUPP);
}

TEST_F(SessionTest, OpenFlagsAreDecoded) {
  vfs::OpenMode seen;
  EXPECT_CALL(filesystem_, create(1, std::string_view("new"), 0640, _, ::getpid(), _))
      .WillOnce([&](auto, auto, auto, vfs::OpenMode mode, auto, auto&) {
        seen = mode;
        return vfs::Created{file_node(8), {33, false, true}};
      });
  fuse_create_in request{};
  request.flags = O_RDWR | O_APPEND | O_EXCL | O_TRUNC;
  request.mode = S_IFREG | 0640;
  const KernelAnswer answer = kernel_.ask(FUSE_CREATE, 1, bytes_of(request) + name_bytes("new"));
  ASSERT_EQ(answer.error, 0);
  EXPECT_TRUE(seen.read && seen.write && seen.append && seen.exclusive && seen.truncate);
  fuse_open_out opened{};
  std::memcpy(&opened, answer.body.data() + sizeof(fuse_entry_out), sizeof opened);
  EXPECT_EQ(opened.fh, 33U);
  EXPECT_EQ(opened.open_flags & (FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE), unsigned{FOPEN_DIRECT_IO});
}

TEST_F(SessionTest, ClosingAWriterCommitsAndTellsWhoCloses) {
  const std::uint64_t handle = open_file(34, O_WRONLY);
  EXPECT_CALL(filesystem_, flush(34, ::getpid(), _)).WillOnce(Return(fail(ErrorKind::kQuota, "552")));
  fuse_flush_in request{};
  request.fh = handle;
  pid_t thread = 0;
  std::thread([&] {
    thread = ::gettid();
    EXPECT_EQ(kernel_.await(kernel_.send(FUSE_FLUSH, 5, bytes_of(request), thread)).error, -EDQUOT);
  }).join();
  EXPECT_NE(thread, ::getpid()) << "the process was told, not the thread";
}

TEST_F(SessionTest, ClosingAReaderAsksNobody) {
  const std::uint64_t handle = open_file(35, O_RDONLY);
  EXPECT_CALL(filesystem_, flush).Times(0);
  fuse_flush_in request{};
  request.fh = handle;
  EXPECT_EQ(kernel_.ask(FUSE_FLUSH, 5, bytes_of(request)).error, 0);
}

TEST_F(SessionTest, ReadsADirectoryInParts) {
  Entries entries;
  for (int i = 0; i < 200; ++i) entries.push_back({"entry-number-" + std::to_string(i), file_node(0)});
  EXPECT_CALL(filesystem_, open_directory(1, _)).WillOnce(Return(vfs::HandleId{41}));
  fuse_read_in request{};
  request.fh = kernel_.ask(FUSE_OPENDIR, 1, bytes_of(fuse_open_in{})).as<fuse_open_out>().fh;
  ASSERT_EQ(request.fh, 41U);
  request.size = 4096;
  {
    const InSequence sequence;
    EXPECT_CALL(filesystem_, rewind_directory(41));
    EXPECT_CALL(filesystem_, try_read_directory(41, 0, Gt(85U))).WillOnce(Return(std::nullopt));
    EXPECT_CALL(filesystem_, read_directory(41, 0, Gt(85U), _)).WillOnce(Return(entries));
    EXPECT_CALL(filesystem_, try_read_directory(41, 98, _)).WillOnce(Return(MaybeEntries(entries)));
    EXPECT_CALL(filesystem_, try_read_directory(41, 198, _)).WillOnce(Return(std::nullopt));
    EXPECT_CALL(filesystem_, read_directory(41, 198, _, _)).WillOnce(Return(fail(ErrorKind::kConnectionLost, "cut")));
    EXPECT_CALL(filesystem_, try_read_directory(41, 298, _)).WillOnce(Return(MaybeEntries(Entries())));
  }
  EXPECT_GT(kernel_.ask(FUSE_READDIR, 1, bytes_of(request)).body.size(), 3000U);
  request.offset = 100;
  EXPECT_GT(kernel_.ask(FUSE_READDIR, 1, bytes_of(request)).body.size(), 3000U) << "memory answers";
  request.offset = 200;
  EXPECT_NE(kernel_.ask(FUSE_READDIR, 1, bytes_of(request)).error, 0) << "no short end";
  request.offset = 300;
  EXPECT_EQ(kernel_.ask(FUSE_READDIR, 1, bytes_of(request)).body.size(), 0U) << "the end";
  EXPECT_CALL(filesystem_, release_directory(41));
  EXPECT_EQ(kernel_.ask(FUSE_RELEASEDIR, 1, release_of(41)).error, 0);
}

TEST_F(SessionTest, AnOpenThatFindsAnotherVersionHasTheAttributesAskedForAgain) {
  vfs::Opened opened{38, false, false};
  opened.attributes_outdated = true;
  EXPECT_CALL(filesystem_, open).WillOnce(Return(opened));
  EXPECT_EQ(kernel_.ask(FUSE_OPEN, 5, bytes_of(fuse_open_in{})).error, 0);
  ASSERT_TRUE(kernel_.has_notification()) << "before the answer";
  EXPECT_EQ(kernel_.next_notification().as<fuse_notify_inval_inode_out>().ino, 5U);
}

TEST(InvalidationTest, TheKernelIsToldWhatIsNotTrueAnyMore) {
  NiceMock<MockFilesystem> filesystem;
  std::promise<void> mounted;
  EXPECT_CALL(filesystem, next_invalidations)
      .WillOnce([&](const Context&) {
        mounted.get_future().wait();
        return std::vector<vfs::Invalidation>{{0, {}, 7}};
      })
      .WillOnce(Return(std::vector<vfs::Invalidation>{{5, "name", 9}}))
      .WillRepeatedly(DoDefault());
  FakeKernel kernel(filesystem);
  mounted.set_value();
  const KernelAnswer attributes = kernel.next_notification();
  EXPECT_EQ(attributes.error, FUSE_NOTIFY_INVAL_INODE);
  EXPECT_EQ(attributes.as<fuse_notify_inval_inode_out>().ino, 7U);
  EXPECT_LT(attributes.as<fuse_notify_inval_inode_out>().off, 0) << "its pages stay";
  const KernelAnswer entry = kernel.next_notification();
  EXPECT_EQ(entry.error, FUSE_NOTIFY_INVAL_ENTRY);
  EXPECT_EQ(entry.as<fuse_notify_inval_entry_out>().parent, 5U);
  EXPECT_STREQ(entry.body.data() + sizeof(fuse_notify_inval_entry_out), "name");
}

TEST_F(SessionTest, WhatFtpCannotDoIsRefusedAsToolsExpect) {
  EXPECT_CALL(filesystem_, make_link(1, std::string_view("link"), std::string_view("target"), _))
      .WillOnce(Return(Result<vfs::NodeAttributes>(fail(ErrorKind::kNotPermitted, "no SITE SYMLINK"))));
  EXPECT_EQ(kernel_.ask(FUSE_SYMLINK, 1, name_bytes("link") + name_bytes("target")).error, -EPERM);
  fuse_link_in link{};
  link.oldnodeid = 5;
  EXPECT_EQ(kernel_.ask(FUSE_LINK, 1, bytes_of(link) + name_bytes("hard")).error, -EPERM);
  fuse_mknod_in pipe{};
  pipe.mode = S_IFIFO | 0600;
  EXPECT_EQ(kernel_.ask(FUSE_MKNOD, 1, bytes_of(pipe) + name_bytes("pipe")).error, -EPERM);
  fuse_rename2_in exchange{};
  exchange.newdir = 1;
  exchange.flags = RENAME_EXCHANGE;
  EXPECT_EQ(kernel_.ask(FUSE_RENAME2, 1, bytes_of(exchange) + name_bytes("a") + name_bytes("b")).error, -EINVAL);
  EXPECT_EQ(kernel_.ask(FUSE_GETXATTR, 5, bytes_of(fuse_getxattr_in{64, 0}) + name_bytes("user.x")).error, -ENODATA);
}

TEST_F(SessionTest, RenamesWithAndWithoutReplacing) {
  EXPECT_CALL(filesystem_, rename(1, std::string_view("a"), 2, std::string_view("b"), vfs::RenameMode::kNoReplace, _))
      .WillOnce(Return(fail(ErrorKind::kExists, "b is there")));
  fuse_rename2_in request{};
  request.newdir = 2;
  request.flags = RENAME_NOREPLACE;
  EXPECT_EQ(kernel_.ask(FUSE_RENAME2, 1, bytes_of(request) + name_bytes("a") + name_bytes("b")).error, -EEXIST);
}

TEST_F(SessionTest, MakesARegularFileByMknod) {
  EXPECT_CALL(filesystem_, create(1, std::string_view("new"), 0600, _, _, _))
      .WillOnce(Return(vfs::Created{file_node(9), {36, false, false}}));
  EXPECT_CALL(filesystem_, release(36, _));
  fuse_mknod_in request{};
  request.mode = S_IFREG | 0600;
  EXPECT_EQ(kernel_.ask(FUSE_MKNOD, 1, bytes_of(request) + name_bytes("new")).as<fuse_entry_out>().nodeid, 9U);
}

TEST_F(SessionTest, AccessTimesAloneChangeNothing) {
  EXPECT_CALL(filesystem_, change_attributes).Times(0);
  EXPECT_CALL(filesystem_, try_attributes(5)).WillOnce(Return(MaybeAttributes(file_node(5))));
  fuse_setattr_in request{};
  request.valid = FATTR_ATIME | FATTR_ATIME_NOW;
  EXPECT_EQ(kernel_.ask(FUSE_SETATTR, 5, bytes_of(request)).error, 0);
}

TEST_F(SessionTest, TruncatesThroughTheOpenFile) {
  const std::uint64_t handle = open_file(37, O_RDWR);
  EXPECT_CALL(filesystem_, change_attributes(5, 37, _, _))
      .WillOnce([](auto, auto, const vfs::AttributeChange& change, auto&) -> Result<vfs::NodeAttributes> {
        EXPECT_EQ(change.size, 3U);
        return file_node(5);
      });
  fuse_setattr_in request{};
  request.valid = FATTR_SIZE | FATTR_FH;
  request.fh = handle;
  request.size = 3;
  EXPECT_EQ(kernel_.ask(FUSE_SETATTR, 5, bytes_of(request)).error, 0);
}

/// Waits until given up, as a file system that hangs at its server does.
Result<std::vector<vfs::Slice>> wait_for_cancellation(const Context& context) {
  const Deadline limit = Deadline::after(std::chrono::seconds(10));
  while (!limit.passed()) {
    FTPSFS_TRY(context.check());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return fail(ErrorKind::kTimeout, "nobody gave it up");
}

/// A process that is stopped, so that what is sent to it stays pending.
class StoppedProcess {
 public:
  StoppedProcess() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  ~StoppedProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  StoppedProcess(const StoppedProcess&) = delete;
  StoppedProcess& operator=(const StoppedProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }

 private:
  pid_t pid_;
};

TEST_F(SessionTest, AnInterruptedReadIsGivenUpOnlyWhenItsCallerIsToldToEnd) {
  const StoppedProcess caller;
  const std::uint64_t handle = open_file(38, O_RDONLY);
  std::promise<std::shared_ptr<Cancellation>> waiting;
  EXPECT_CALL(filesystem_, try_read).WillRepeatedly(Return(std::nullopt));
  EXPECT_CALL(filesystem_, read).WillOnce([&](auto, auto, auto, const Context& context) {
    waiting.set_value(context.cancellation);
    return wait_for_cancellation(context);
  });
  const std::uint64_t request = send_read(handle, caller.pid());
  const auto cancellation = waiting.get_future().get();
  caller.send(SIGALRM);
  kernel_.interrupt(request);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(cancellation->cancelled()) << "a timer tears no read";
  caller.send(SIGTERM);
  EXPECT_EQ(kernel_.await(request).error, -EINTR) << "though the kernel says nothing a second time";
}

TEST_F(SessionTest, AnInterruptedCloseIsAnsweredAndTheUploadGoesOn) {
  const StoppedProcess caller;
  fuse_flush_in request{};
  request.fh = open_file(43, O_WRONLY);
  std::promise<void> under_way;
  std::promise<void> go_on;
  bool ended = false;
  EXPECT_CALL(filesystem_, flush).WillOnce([&](auto, auto, const Context& context) -> Status {
    under_way.set_value();
    go_on.get_future().wait();
    ended = true;
    return context.check();
  });
  const std::uint64_t closing = kernel_.send(FUSE_FLUSH, 5, bytes_of(request), caller.pid());
  under_way.get_future().get();
  caller.send(SIGINT);
  kernel_.interrupt(closing);
  EXPECT_EQ(kernel_.await(closing).error, -EINTR);
  EXPECT_FALSE(ended);
  go_on.set_value();
  kernel_.unmount();
  EXPECT_TRUE(ended) << "the end of the mount waits for it";
}

TEST_F(SessionTest, TheEndReleasesWhatTheKernelNoLongerDoes) {
  open_file(39, O_WRONLY);
  open_file(40, O_RDONLY);
  EXPECT_CALL(filesystem_, open_directory).WillOnce(Return(vfs::HandleId{41}));
  kernel_.ask(FUSE_OPENDIR, 1, bytes_of(fuse_open_in{}));
  EXPECT_CALL(filesystem_, release(39, _));
  EXPECT_CALL(filesystem_, release(40, _)).Times(1);
  EXPECT_EQ(kernel_.ask(FUSE_RELEASE, 5, release_of(40)).error, 0);
  EXPECT_CALL(filesystem_, release_directory(41));
  kernel_.unmount();
}

TEST_F(SessionTest, TheEndGivesUpWaits) {
  const std::uint64_t handle = open_file(42, O_RDONLY);
  std::promise<void> waiting;
  EXPECT_CALL(filesystem_, try_read).WillRepeatedly(Return(std::nullopt));
  Result<std::vector<vfs::Slice>> outcome;
  EXPECT_CALL(filesystem_, read).WillOnce([&](auto, auto, auto, const Context& context) {
    waiting.set_value();
    return outcome = wait_for_cancellation(context);
  });
  send_read(handle, ::getpid());
  waiting.get_future().get();
  kernel_.unmount();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace ftpsfs::fuse
