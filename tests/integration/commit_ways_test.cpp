// How an upload gets to its name, and what is compared before, by the program as a whole.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "integration/fake_mount_point.h"
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

/// ProFTPD reads .ftpaccess in the directory it works in.
class Proftpd : public ::testing::Test {
 protected:
  Proftpd() : server_(FtpServer::start(ServerKind::kProftpd)) {}

  void mount(const std::string& option) { mount_ = std::make_unique<Mount>(server_, std::vector{option}); }
  void write(const std::string& name, const std::string& content) { write_file(mount_->path() / name, content); }
  [[nodiscard]] std::string on_server(const std::string& name) const { return read_file(server_.home() / name); }
  [[nodiscard]] struct stat status(const std::string& name) const {
    struct stat result {};
    EXPECT_EQ(::stat((server_.home() / name).c_str(), &result), 0) << name;
    return result;
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(server_.home()), {}));
  }

  FtpServer server_;
  std::unique_ptr<Mount> mount_;
};

TEST_F(Proftpd, ItsChecksumsAgreeWithOurs) {
  mount("verify_upload=checksum");
  std::filesystem::create_directory(mount_->path() / "a directory");
  for (const std::size_t size : {1, 70'000, 5'000'000}) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 4096);
    write("a directory/a file", content);
    EXPECT_TRUE(on_server("a directory/a file") == content) << size;
  }
}

TEST_F(Proftpd, WhereItForbidsRenamesFilesAreWrittenInPlace) {
  write_file(server_.home() / ".ftpaccess", "<Limit RNFR RNTO>\n  DenyAll\n</Limit>\n");
  mount("verify_upload=checksum");
  write("f", "first");
  const auto inode = status("f").st_ino;
  write("f", "the second");
  EXPECT_EQ(on_server("f"), "the second");
  EXPECT_EQ(status("f").st_ino, inode);
  write("f", "3rd");
  EXPECT_EQ(on_server("f"), "3rd");
  EXPECT_EQ(read_file(mount_->path() / "f"), "3rd");
  EXPECT_EQ(entries(), 2U) << ".ftpaccess and f, nothing temporary";
}

TEST_F(Proftpd, AFileOfAnotherOwnerKeepsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "chown needs root";
  write_file(server_.home() / "f", "old");
  constexpr uid_t kOther = 4321;
  ASSERT_EQ(::chown((server_.home() / "f").c_str(), kOther, 0), 0);
  ASSERT_EQ(::chmod((server_.home() / "f").c_str(), 0666), 0);
  mount("commit=auto");
  write("f", "new content");
  EXPECT_EQ(on_server("f"), "new content");
  EXPECT_EQ(status("f").st_uid, kOther);
  EXPECT_EQ(entries(), 1U);
  mount_.reset();
  mount("commit=rename");
  write("f", "newer content");
  EXPECT_EQ(on_server("f"), "newer content");
  EXPECT_NE(status("f").st_uid, kOther);
}

TEST_F(Proftpd, InPlaceByOption) {
  mount("commit=inplace");
  write("f", "first");
  const auto inode = status("f").st_ino;
  write("f", "second, longer");
  write("f", "third");
  EXPECT_EQ(on_server("f"), "third");
  EXPECT_EQ(status("f").st_ino, inode);
}

TEST_F(Proftpd, WhereItForbidsTheTemporaryName) {
  write_file(server_.home() / ".ftpaccess", "PathDenyFilter [.]ftpsfs-\n");
  mount("commit=auto");
  write("f", "first");
  write("f", "second");
  EXPECT_EQ(on_server("f"), "second");
  mount_.reset();
  mount("commit=rename");
  EXPECT_THROW(write("f", "third"), std::runtime_error);
  EXPECT_EQ(on_server("f"), "second");
}

TEST(DamagedUpload, IsAnErrorAndLeavesTheOldFile) {
  FakeDialect lying;
  lying.hash = {"SHA-1", "SHA-256"};
  lying.checksums_lie = true;
  FakeServer server(lying);
  server.tree().add_file("/f", "old");
  const FakeMountPoint mount_point(server, "verify_upload=checksum");
  ASSERT_EQ(mount_point.mount().status, 0);
  const int fd = ::open((mount_point.path() / "f").c_str(), O_WRONLY | O_TRUNC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::write(fd, "new", 3), 3);
  EXPECT_EQ(::close(fd), -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_GE(server.count("HASH"), 2) << "it was sent once more";
  EXPECT_EQ(server.tree().content("/f"), "old");
  EXPECT_EQ(server.tree().names("/"), std::vector<std::string>{"f"});
}

}  // namespace
}  // namespace ftpsfs::test
