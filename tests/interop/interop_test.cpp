// Every scenario on every server, real or played, through the kernel. Those of
// one server share its mount, each in a directory of its own, in which
// everything is put before it is looked at.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

#include "integration/mount.h"
#include "interop/interop_server.h"

namespace ftpsfs::test {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

/// `size` bytes that do not repeat soon.
std::string sample(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& c : bytes) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  return bytes;
}

constexpr std::size_t kLarge = 3'000'000;

std::vector<std::string> names_to_list() {
  std::vector<std::string> names{".hidden"};
  for (int i = 0; i < 40; ++i) names.push_back("file" + std::to_string(i));
  return names;
}

/// "List" of "List/iis"
std::string scenario_of(const testing::TestInfo& test) {
  const std::string name = test.name();
  return name.substr(0, name.find('/'));
}

/// Everything that lies on the server before the mount, which looks ahead and
/// remembers what it has seen.
void set_the_scene(InteropServer& server) {
  const testing::TestSuite& suite = *testing::UnitTest::GetInstance()->current_test_suite();
  for (int i = 0; i < suite.total_test_count(); ++i) server.put_directory(scenario_of(*suite.GetTestInfo(i)));

  server.put_directory("List/directory");
  for (const std::string& name : names_to_list()) server.put("List/" + name, name);
  server.put("Stat/file", std::string(12'345, 'x'));
  server.put_directory("Stat/directory");
  server.put("ReadSmall/empty", "");
  server.put("ReadSmall/line", "a line\n");
  server.put("ReadSmall/crlf", "a\r\nb\nc\r");
  server.put("ReadLarge/large", sample(kLarge));
  server.put("ReadLarge/other", sample(kLarge));
  server.put("Overwrite/file", "the old content, which is longer");
  server.put("Append/log", "one\n");
  server.put("Truncate/file", "0123456789");
  server.put("WriteWithin/file", sample(200'000));
  server.put("Rename/old", "content");
  server.put("Rename/directory/file", "inside");
  server.put("RenameOver/from", "new");
  server.put("RenameOver/onto", "old");
  server.put("RenameOver/another", "third");
  server.put("Delete/file", "x");
  server.put_directory("Delete/directory");
  server.put("Times/file", "x");
  server.put("Mode/file", "x");
  server.put("ParallelCopies/source", sample(100'000));
  for (const std::string scenario : {"Reconnect/", "IdleTooLong/"}) {
    server.put(scenario + "file", "content");
    server.put(scenario + "other", "other");
  }
}

class Interop : public testing::TestWithParam<InteropKind> {
 protected:
  Interop() : directory_(scenario_of(*testing::UnitTest::GetInstance()->current_test_info())) {
    RecordProperty("server", GetParam().title);
  }
  static void TearDownTestSuite() {
    server_.reset();
    server_name_.clear();
  }

  void SetUp() override {
    if (server_name_ != GetParam().name) {
      server_.reset();
      server_ = start_interop_server(GetParam().name, set_the_scene);
      server_name_ = GetParam().name;
    }
  }

  static InteropServer& server() { return *server_; }
  /// `name` in the scenario's directory, as seen through the mount and as the
  /// server calls it.
  [[nodiscard]] fs::path here(const std::string& name = {}) const {
    const fs::path directory = server_->mount_point() / directory_;
    return name.empty() ? directory : directory / name;
  }
  [[nodiscard]] std::string there(const std::string& name = {}) const {
    return name.empty() ? directory_ : directory_ + "/" + name;
  }
  void put(const std::string& name, const std::string& content) { server_->put(there(name), content); }
  [[nodiscard]] std::string on_server(const std::string& name) const {
    return server_->content(there(name)).value_or("(nothing)");
  }
  [[nodiscard]] std::vector<std::string> names_on_server() const { return server_->names(directory_); }
  [[nodiscard]] std::vector<std::string> listed() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(here())) names.push_back(entry.path().filename());
    return names;
  }
  /// The errno that a call left; 0 when it worked.
  static int outcome(int result) { return result == 0 ? 0 : errno; }

 private:
  static std::unique_ptr<InteropServer> server_;
  static std::string server_name_;
  const std::string directory_;
};

std::unique_ptr<InteropServer> Interop::server_;
std::string Interop::server_name_;

TEST_P(Interop, List) {
  std::vector<std::string> names = names_to_list();
  names.emplace_back("directory");
  EXPECT_THAT(listed(), UnorderedElementsAreArray(names));
  for (const auto& entry : fs::directory_iterator(here())) {
    const std::string name = entry.path().filename();
    EXPECT_EQ(entry.is_directory(), name == "directory") << name;
    EXPECT_TRUE(entry.is_directory() || entry.file_size() == name.size()) << name;
  }
  EXPECT_TRUE(fs::is_empty(here("directory")));
}

TEST_P(Interop, Stat) {
  struct stat status {};
  ASSERT_EQ(::stat(here("file").c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
  EXPECT_EQ(status.st_size, 12'345);
  EXPECT_NE(status.st_mtime, 0);
  ASSERT_EQ(::stat(here("directory").c_str(), &status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
  EXPECT_EQ(outcome(::stat(here("missing").c_str(), &status)), ENOENT);
  EXPECT_EQ(outcome(::stat(here("file/below").c_str(), &status)), ENOTDIR);
}

TEST_P(Interop, ReadSmall) {
  EXPECT_EQ(read_file(here("empty")), "");
  EXPECT_EQ(read_file(here("line")), "a line\n");
  EXPECT_EQ(read_file(here("crlf")), "a\r\nb\nc\r");
}

TEST_P(Interop, ReadLarge) {
  const std::string content = sample(kLarge);
  EXPECT_TRUE(read_file(here("large")) == content);
  const int fd = ::open(here("other").c_str(), O_RDONLY);
  ASSERT_GE(fd, 0);
  std::string part(1000, '\0');
  for (const off_t offset : {2'500'000, 10, 1'234'567}) {
    ASSERT_EQ(::pread(fd, part.data(), part.size(), offset), std::ssize(part));
    EXPECT_TRUE(part == content.substr(static_cast<std::size_t>(offset), part.size())) << offset;
  }
  ::close(fd);
}

TEST_P(Interop, Write) {
  const std::string large = sample(kLarge);
  write_file(here("small"), "small\r\n");
  write_file(here("large"), large);
  EXPECT_EQ(on_server("small"), "small\r\n");
  EXPECT_TRUE(on_server("large") == large);
  EXPECT_THAT(names_on_server(), UnorderedElementsAre("small", "large"));
}

TEST_P(Interop, Overwrite) {
  write_file(here("file"), "new");
  EXPECT_EQ(on_server("file"), "new");
  EXPECT_EQ(read_file(here("file")), "new");
  EXPECT_THAT(names_on_server(), ElementsAre("file"));
}

TEST_P(Interop, Append) {
  for (const std::string line : {"two\n", "three\n"}) {
    const int fd = ::open(here("log").c_str(), O_WRONLY | O_APPEND);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(::write(fd, line.data(), line.size()), std::ssize(line));
    EXPECT_EQ(outcome(::close(fd)), 0);
  }
  EXPECT_EQ(on_server("log"), "one\ntwo\nthree\n");
}

TEST_P(Interop, Truncate) {
  EXPECT_EQ(outcome(::truncate(here("file").c_str(), 4)), 0);
  EXPECT_EQ(on_server("file"), "0123");
  EXPECT_EQ(outcome(::truncate(here("file").c_str(), 6)), 0);
  EXPECT_EQ(on_server("file"), std::string("0123\0\0", 6));
  EXPECT_EQ(outcome(::truncate(here("file").c_str(), 0)), 0);
  EXPECT_EQ(on_server("file"), "");
}

TEST_P(Interop, WriteWithin) {
  std::string content = sample(200'000);
  const int fd = ::open(here("file").c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::pwrite(fd, "within", 6, 100'000), 6);
  EXPECT_EQ(outcome(::close(fd)), 0);
  EXPECT_TRUE(on_server("file") == content.replace(100'000, 6, "within"));
}

TEST_P(Interop, Rename) {
  EXPECT_EQ(outcome(::rename(here("old").c_str(), here("new").c_str())), 0);
  EXPECT_EQ(on_server("new"), "content");
  EXPECT_EQ(read_file(here("directory/file")), "inside");
  EXPECT_FALSE(fs::is_empty(here("directory")));
  EXPECT_EQ(outcome(::rename(here("directory").c_str(), here("moved").c_str())), 0);
  EXPECT_EQ(on_server("moved/file"), "inside");
  EXPECT_EQ(read_file(here("moved/file")), "inside");
  EXPECT_EQ(outcome(::rename(here("missing").c_str(), here("other").c_str())), ENOENT);
  EXPECT_THAT(names_on_server(), UnorderedElementsAre("new", "moved"));
}

TEST_P(Interop, RenameOver) {
  EXPECT_EQ(outcome(::rename(here("from").c_str(), here("onto").c_str())), 0);
  EXPECT_EQ(on_server("onto"), "new");
  EXPECT_EQ(read_file(here("onto")), "new");
  EXPECT_THAT(names_on_server(), UnorderedElementsAre("onto", "another"));
  EXPECT_EQ(outcome(::renameat2(AT_FDCWD, here("another").c_str(), AT_FDCWD, here("onto").c_str(), RENAME_NOREPLACE)),
            EEXIST);
  EXPECT_EQ(on_server("onto"), "new");
}

TEST_P(Interop, Delete) {
  EXPECT_EQ(outcome(::unlink(here("file").c_str())), 0);
  EXPECT_EQ(outcome(::unlink(here("file").c_str())), ENOENT);
  EXPECT_EQ(outcome(::unlink(here("directory").c_str())), EISDIR);
  EXPECT_THAT(names_on_server(), ElementsAre("directory"));
}

TEST_P(Interop, Directories) {
  EXPECT_EQ(outcome(::mkdir(here("a").c_str(), 0755)), 0);
  EXPECT_EQ(outcome(::mkdir(here("a").c_str(), 0755)), EEXIST);
  EXPECT_EQ(outcome(::mkdir(here("a/b").c_str(), 0755)), 0);
  EXPECT_EQ(outcome(::mkdir(here("missing/c").c_str(), 0755)), ENOENT);
  EXPECT_TRUE(server().exists(there("a/b")));
  EXPECT_EQ(outcome(::rmdir(here("a").c_str())), ENOTEMPTY);
  EXPECT_EQ(outcome(::rmdir(here("a/b").c_str())), 0);
  EXPECT_EQ(outcome(::rmdir(here("a").c_str())), 0);
  EXPECT_EQ(outcome(::rmdir(here("a").c_str())), ENOENT);
  EXPECT_THAT(names_on_server(), IsEmpty());
}

TEST_P(Interop, Tree) {
  const fs::path source = make_temporary_directory();
  for (const char* directory : {"", "one", "one/two"}) {
    fs::create_directory(source / directory);
    for (int i = 0; i < 4; ++i) write_file(source / directory / ("file" + std::to_string(i)), sample(1000));
  }
  const CommandResult copied =
      run_shell("cp -r '" + source.string() + "/.' '" + here("tree").string() + "' && diff -r '" + source.string() +
                    "' '" + here("tree").string() + "' && find '" + here("tree").string() + "' | wc -l",
                std::chrono::seconds(60));
  fs::remove_all(source);
  EXPECT_EQ(copied.status, 0) << copied.output;
  EXPECT_EQ(copied.output, "15\n");
  EXPECT_TRUE(server().exists(there("tree/one/two/file3")));
  EXPECT_EQ(fs::remove_all(here("tree")), 15U);
  EXPECT_THAT(names_on_server(), IsEmpty());
}

TEST_P(Interop, Times) {
  const timespec times[2] = {{1'000'000'000, 0}, {1'234'567'890, 0}};
  EXPECT_EQ(outcome(::utimensat(AT_FDCWD, here("file").c_str(), times, 0)), 0);
  struct stat status {};
  ASSERT_EQ(::stat(here("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtime, 1'234'567'890);
}

TEST_P(Interop, Mode) {
  EXPECT_EQ(outcome(::chmod(here("file").c_str(), 0640)), 0);
  struct stat status {};
  ASSERT_EQ(::stat(here("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

TEST_P(Interop, HardNames) {
  const std::vector<std::string> names{"with space",
                                       " leading",
                                       "-dash",
                                       "~tilde",
                                       "[brackets]",
                                       "star*",
                                       "quote\"",
                                       "percent%41",
                                       "arrow -> to",
                                       "gr\xc3\xbc\xc3\x9f",
                                       "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
                                       std::string(200, 'n')};
  for (const std::string& name : names) {
    write_file(here(name), name);
    EXPECT_EQ(on_server(name), name);
    EXPECT_EQ(read_file(here(name)), name);
  }
  EXPECT_THAT(listed(), UnorderedElementsAreArray(names));
  for (const std::string& name : names) EXPECT_EQ(outcome(::unlink(here(name).c_str())), 0) << name;
}

TEST_P(Interop, ParallelCopies) {
  constexpr int kThreads = 6;
  const std::string content = sample(100'000);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        std::error_code error;
        fs::copy_file(here("source"), here("copy" + std::to_string(i)), error);
        EXPECT_FALSE(error) << i << ": " << error.message();
      });
    }
  }
  for (int i = 0; i < kThreads; ++i) EXPECT_TRUE(on_server("copy" + std::to_string(i)) == content) << i;
  EXPECT_EQ(names_on_server().size(), kThreads + 1U);
}

TEST_P(Interop, Reconnect) {
  EXPECT_EQ(read_file(here("file")), "content");
  server().break_line();
  EXPECT_THAT(listed(), UnorderedElementsAre("file", "other"));
  server().break_line();
  EXPECT_EQ(read_file(here("other")), "other");
  server().break_line();
  write_file(here("written"), "written");
  EXPECT_EQ(on_server("written"), "written");
}

TEST_P(Interop, IdleTooLong) {
  EXPECT_EQ(read_file(here("file")), "content");
  if (!server().time_out_idle()) GTEST_SKIP() << "real servers close idle sessions after a minute at the earliest";
  EXPECT_THAT(listed(), UnorderedElementsAre("file", "other"));
  server().time_out_idle();
  EXPECT_EQ(read_file(here("other")), "other");
  server().time_out_idle();
  write_file(here("written"), "written");
  EXPECT_EQ(on_server("written"), "written");
}

INSTANTIATE_TEST_SUITE_P(, Interop, testing::ValuesIn(interop_kinds()),
                         [](const testing::TestParamInfo<InteropKind>& kind) { return kind.param.name; });

}  // namespace
}  // namespace ftpsfs::test
