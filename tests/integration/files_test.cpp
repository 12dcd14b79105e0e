// Files as POSIX programs use them, on each real server.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Files : public RealServers {
 protected:
  std::filesystem::path at(const std::string& name) { return mount().path() / name; }
  [[nodiscard]] std::string on_server(const std::string& name) const { return read_file(server_.home() / name); }
};

/// A descriptor that is closed, with its outcome checked.
class Fd {
 public:
  Fd(const std::filesystem::path& path, int flags, mode_t mode = 0644) : fd_(::open(path.c_str(), flags, mode)) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  operator int() const { return fd_; }  // NOLINT: stands for the descriptor in system calls
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

TEST_P(Files, CloseMeansOnTheServer) {
  write_file(at("new"), "one");
  EXPECT_EQ(on_server("new"), "one");
  write_file(at("new"), "two, longer");
  EXPECT_EQ(on_server("new"), "two, longer");
  EXPECT_EQ(read_file(at("new")), "two, longer");
}

TEST_P(Files, FsyncMeansOnTheServer) {
  const Fd fd(at("f"), O_WRONLY | O_CREAT);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::write(fd, "abc", 3), 3);
  EXPECT_FALSE(std::filesystem::exists(server_.home() / "f"));
  ASSERT_EQ(::fsync(fd), 0);
  EXPECT_EQ(on_server("f"), "abc");
}

TEST_P(Files, AppendsGoToTheEnd) {
  write_file(at("log"), "1\n");
  {
    Fd fd(at("log"), O_WRONLY | O_APPEND);
    ASSERT_EQ(::write(fd, "2\n", 2), 2);
    ASSERT_EQ(::write(fd, "3\n", 2), 2);
    ASSERT_EQ(fd.close(), 0);
  }
  EXPECT_EQ(on_server("log"), "1\n2\n3\n");
  expect_script(R"sh(echo 4 >> "$MNT/log"; echo 5 >> "$MNT/log"; printf '1\n2\n3\n4\n5\n' | cmp - "$HOME_DIR/log")sh");
}

TEST_P(Files, RandomWritesKeepTheRest) {
  const std::string old(300'000, 'o');
  write_file(at("f"), old);
  mount().remount();
  std::string expected = old;
  {
    Fd fd(at("f"), O_RDWR);
    ASSERT_EQ(::pwrite(fd, "XYZ", 3, 150'000), 3);
    expected.replace(150'000, 3, "XYZ");
    char read_back[5] = {};
    ASSERT_EQ(::pread(fd, read_back, 5, 149'999), 5);
    EXPECT_EQ(std::string(read_back, 5), "oXYZo");
    ASSERT_EQ(fd.close(), 0);
  }
  EXPECT_EQ(on_server("f"), expected);
}

TEST_P(Files, HolesReadAsZeros) {
  {
    Fd fd(at("holes"), O_WRONLY | O_CREAT);
    ASSERT_EQ(::pwrite(fd, "end", 3, 100'000), 3);
    ASSERT_EQ(fd.close(), 0);
  }
  EXPECT_EQ(on_server("holes"), std::string(100'000, '\0') + "end");
}

TEST_P(Files, TruncateShortensAndLengthens) {
  write_file(at("f"), "0123456789");
  ASSERT_EQ(::truncate(at("f").c_str(), 4), 0);
  EXPECT_EQ(on_server("f"), "0123");
  ASSERT_EQ(::truncate(at("f").c_str(), 6), 0);
  EXPECT_EQ(on_server("f"), std::string("0123\0\0", 6));
  ASSERT_EQ(::truncate(at("f").c_str(), 0), 0);
  EXPECT_EQ(on_server("f"), "");
  Fd fd(at("f"), O_RDWR);
  ASSERT_EQ(::write(fd, "abcdef", 6), 6);
  ASSERT_EQ(::ftruncate(fd, 3), 0);
  struct stat status {};
  ASSERT_EQ(::fstat(fd, &status), 0);
  EXPECT_EQ(status.st_size, 3);
  ASSERT_EQ(fd.close(), 0);
  EXPECT_EQ(on_server("f"), "abc");
}

TEST_P(Files, ExclusiveCreateFailsOnAnExistingFile) {
  write_file(server_.home() / "there", "x");
  const Fd fd(at("there"), O_WRONLY | O_CREAT | O_EXCL);
  EXPECT_LT(fd, 0);
  EXPECT_EQ(errno, EEXIST);
}

TEST_P(Files, EmptyFilesArriveAtTheLatestWithTheNextUse) {
  expect_script(R"sh(
    touch "$MNT/empty"
    : > "$MNT/empty2"
    mv "$MNT/empty2" "$MNT/empty3"
    test -e "$MNT/empty" -a -e "$MNT/empty3" -a ! -e "$MNT/empty2"
  )sh");
  mount().unmount();
  EXPECT_EQ(on_server("empty"), "");
  EXPECT_EQ(on_server("empty3"), "");
}

TEST_P(Files, UnlinkedWhileOpenStaysReadable) {
  const std::string content(500'000, 'u');
  write_file(at("f"), content);
  mount().remount();
  const Fd fd(at("f"), O_RDONLY);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::unlink(at("f").c_str()), 0);
  EXPECT_FALSE(std::filesystem::exists(at("f")));
  EXPECT_TRUE(std::filesystem::is_empty(mount().path()));
  struct stat status {};
  ASSERT_EQ(::fstat(fd, &status), 0);
  EXPECT_EQ(status.st_nlink, 0U);
  std::string read_back(content.size(), '\0');
  std::size_t done = 0;
  while (done < read_back.size()) {
    const ssize_t count = ::pread(fd, read_back.data() + done, read_back.size() - done, static_cast<off_t>(done));
    ASSERT_GT(count, 0);
    done += static_cast<std::size_t>(count);
  }
  EXPECT_EQ(read_back, content);
}

TEST_P(Files, NothingIsLeftOfAFileUnlinkedWhileOpen) {
  write_file(at("f"), "content");
  mount().remount();
  {
    const Fd fd(at("f"), O_RDONLY);
    ASSERT_EQ(::unlink(at("f").c_str()), 0);
  }
  mount().unmount();
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Files, RenameWhileOpenKeepsReadingAndWriting) {
  write_file(at("old"), "12345");
  Fd fd(at("old"), O_RDWR);
  ASSERT_EQ(::rename(at("old").c_str(), at("new").c_str()), 0);
  ASSERT_EQ(::pwrite(fd, "ab", 2, 1), 2);
  ASSERT_EQ(fd.close(), 0);
  EXPECT_EQ(on_server("new"), "1ab45");
  EXPECT_FALSE(std::filesystem::exists(server_.home() / "old"));
}

TEST_P(Files, RenameReplacesUnlessForbidden) {
  write_file(at("a"), "a");
  write_file(at("b"), "b");
  EXPECT_NE(::renameat2(AT_FDCWD, at("a").c_str(), AT_FDCWD, at("b").c_str(), RENAME_NOREPLACE), 0);
  EXPECT_EQ(errno, EEXIST);
  EXPECT_NE(::renameat2(AT_FDCWD, at("a").c_str(), AT_FDCWD, at("b").c_str(), RENAME_EXCHANGE), 0);
  EXPECT_EQ(errno, EINVAL);
  ASSERT_EQ(::rename(at("a").c_str(), at("b").c_str()), 0);
  EXPECT_EQ(on_server("b"), "a");
  ASSERT_EQ(::renameat2(AT_FDCWD, at("b").c_str(), AT_FDCWD, at("c").c_str(), RENAME_NOREPLACE), 0);
  EXPECT_EQ(on_server("c"), "a");
}

TEST_P(Files, DirectoriesAreMadeRenamedAndRemoved) {
  expect_script(R"sh(
    mkdir "$MNT/d" "$MNT/d/e"; echo x > "$MNT/d/e/f"
    mv "$MNT/d" "$MNT/d2"
    test "$(cat "$MNT/d2/e/f")" = x
    test "$(cat "$HOME_DIR/d2/e/f")" = x
  )sh");
  EXPECT_NE(::rmdir(at("d2").c_str()), 0);
  EXPECT_EQ(errno, ENOTEMPTY);
  EXPECT_NE(::mkdir(at("d2").c_str(), 0755), 0);
  EXPECT_EQ(errno, EEXIST);
  EXPECT_NE(::rmdir(at("nothing").c_str()), 0);
  EXPECT_EQ(errno, ENOENT);
  expect_script(R"sh(rm -r "$MNT/d2"; test ! -e "$HOME_DIR/d2")sh");
}

TEST_P(Files, MissingFilesAreENOENT) {
  EXPECT_LT(::open(at("missing").c_str(), O_RDONLY), 0);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_NE(::unlink(at("missing").c_str()), 0);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_NE(::rename(at("missing").c_str(), at("other").c_str()), 0);
  EXPECT_EQ(errno, ENOENT);
}

TEST_P(Files, ModeAndTimeAreSetAndKept) {
  write_file(at("f"), "x");
  ASSERT_EQ(::chmod(at("f").c_str(), 0640), 0);
  const timespec times[2] = {{1'000'000'000, 0}, {1'234'567'890, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, at("f").c_str(), times, 0), 0);
  mount().remount();
  struct stat status {};
  ASSERT_EQ(::stat(at("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  EXPECT_EQ(status.st_mtime, 1'234'567'890);
  write_file(at("f"), "replaced");
  ASSERT_EQ(::stat((server_.home() / "f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U) << "a replaced file keeps its mode";
}

TEST_P(Files, ChangesOfOwnerAreRefusedUnlessNothingChanges) {
  write_file(at("f"), "x");
  EXPECT_EQ(::chown(at("f").c_str(), ::getuid(), ::getgid()), 0);
  EXPECT_EQ(::chown(at("f").c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(-1)), 0);
  EXPECT_NE(::chown(at("f").c_str(), 12345, static_cast<gid_t>(-1)), 0);
  EXPECT_EQ(errno, EPERM);
}

TEST_P(Files, ALargeFileSurvivesBothWays) {
  expect_script(R"sh(
    head -c 300M /dev/urandom > "$TMP/large"
    cp "$TMP/large" "$MNT/large"
    cmp "$TMP/large" "$HOME_DIR/large"
  )sh",
                std::chrono::seconds(240));
  mount().remount();
  expect_script(R"sh(
    cmp "$TMP/large" "$MNT/large"
    tail -c 1000003 "$MNT/large" | cmp - <(tail -c 1000003 "$TMP/large")
  )sh",
                std::chrono::seconds(240));
}

// vsftpd locks what it receives: whoever reads the name itself would wait for the upload.
TEST_P(Files, WhileAFileIsReplacedOthersReadTheOldContent) {
  expect_script(R"sh(
    head -c 1000000 /dev/urandom >"$TMP/old"; head -c 4000000 /dev/urandom >"$TMP/new"
    cp "$TMP/old" "$HOME_DIR/f"; chown --reference="$HOME_DIR" "$HOME_DIR/f"
  )sh");
  mount().remount();
  const Mount other(server_);
  std::filesystem::create_symlink(other.path(), scratch_ / "other");
  expect_script(R"sh(
    exec 3>"$MNT/f"
    head -c 2000000 "$TMP/new" >&3
    for i in $(seq 100); do  # until its upload has begun
      part=$(find "$HOME_DIR" -name '.ftpsfs-*' -size +500k); [ -z "$part" ] || break; sleep 0.05
    done
    [ -n "$part" ]
    timeout 10 cmp "$TMP/other/f" "$TMP/old"
    tail -c 2000000 "$TMP/new" >&3
    exec 3>&-
    cmp "$HOME_DIR/f" "$TMP/new"
  )sh");
}

FTPSFS_ON_REAL_SERVERS(Files);

}  // namespace
}  // namespace ftpsfs::test
