// What the tests of the vfs layer share: a file system over a fake server, and short ways to use it as a kernel would.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "fakes/fake_remote_fs.h"
#include "fakes/manual_clock.h"
#include "ftpsfs/vfs/filesystem.h"
#include "unit/path_at.h"

namespace ftpsfs::vfs {

using test::Verb;
using test::When;

using test::at;

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string text_of(const std::vector<Slice>& slices) {
  std::string text;
  for (const Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.block->data()) + slice.offset, slice.length);
  }
  return text;
}

/// Bytes that differ from one place of a file to the next.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251 + seed * 13) % 26);
  return text;
}

/// In one word: the value's name of an error, or "ok".
template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().kind));
}

/// A directory of its own, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(testing::TempDir() + "/ftpsfs-vfs-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The contents of all files in it.
  [[nodiscard]] std::multiset<std::string> contents() const {
    std::multiset<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      all.emplace(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return all;
  }

 private:
  std::string path_;
};

inline constexpr OpenMode kRead{.read = true};
inline constexpr OpenMode kWrite{.write = true};
inline constexpr OpenMode kTruncate{.write = true, .truncate = true};
inline constexpr OpenMode kReadWrite{.read = true, .write = true};
inline constexpr OpenMode kAppend{.write = true, .append = true};
inline const pid_t kProgram = ::getpid();
inline constexpr pid_t kOtherProgram = 200;

inline AttributeChange to_size(std::uint64_t size) {
  AttributeChange change;
  change.size = size;
  return change;
}
inline AttributeChange to_mtime(std::int64_t mtime) {
  AttributeChange change;
  change.mtime = mtime;
  return change;
}
inline AttributeChange to_mode(std::uint32_t mode, std::optional<std::int64_t> mtime = {}) {
  AttributeChange change;
  change.mode = mode;
  change.mtime = mtime;
  return change;
}
inline AttributeChange to_owner(std::optional<uid_t> uid, std::optional<gid_t> gid = {},
                                std::optional<std::uint32_t> mode = {}) {
  AttributeChange change;
  change.uid = uid;
  change.gid = gid;
  change.mode = mode;
  return change;
}

class FilesystemTest : public testing::Test {
 protected:
  void SetUp() override { mount(); }

  void mount() {
    options_.staging_dir = staging_.path();
    options_.uid = 1000;
    options_.gid = 1000;
    fs_.reset();
    fs_ = make_filesystem(server_, clock_, options_).value();
  }

  Result<NodeAttributes> find(std::string_view path) {
    NodeAttributes now;
    now.node = kRootNode;
    for (const auto& part : std::filesystem::path(path)) {
      FTPSFS_TRY_ASSIGN(now, fs_->look_up(now.node, part.string(), context_));
    }
    return now;
  }
  NodeId node(std::string_view path) {
    const auto found = find(path);
    EXPECT_TRUE(found) << path;
    return found ? found->node : 0;
  }
  NodeAttributes stat(NodeId node) { return fs_->attributes(node, context_).value_or(NodeAttributes{}); }

  HandleId open(std::string_view path, OpenMode mode, pid_t process = kProgram) {
    const auto opened = fs_->open(node(path), mode, process, context_);
    EXPECT_EQ(outcome(opened), "ok") << path;
    return opened ? opened->handle : 0;
  }
  bool open_keeps_cache(std::string_view path) {
    const auto opened = fs_->open(node(path), kRead, kProgram, context_);
    EXPECT_EQ(outcome(opened), "ok") << path;
    fs_->release(opened->handle, context_);
    return opened->keep_cache;
  }
  HandleId create(std::string_view name, std::uint32_t permissions = 0644, NodeId parent = kRootNode) {
    const auto created = fs_->create(parent, name, permissions, kReadWrite, kProgram, context_);
    EXPECT_EQ(outcome(created), "ok") << name;
    return created ? created->opened.handle : 0;
  }
  std::string write(HandleId handle, std::uint64_t offset, std::string_view text) {
    return outcome(fs_->write(handle, offset, bytes_of(text)));
  }
  /// What is read, or the name of the error.
  std::string read(HandleId handle, std::uint64_t offset = 0, std::size_t length = 1 << 20) {
    if (const auto at_once = fs_->try_read(handle, offset, length)) return text_of(*at_once);
    const auto slices = fs_->read(handle, offset, length, context_);
    return slices ? text_of(*slices) : outcome(slices);
  }
  std::string flush(HandleId handle, pid_t process = kProgram) {
    return outcome(fs_->flush(handle, process, context_));
  }
  /// close(2) by the last holder; what flush said.
  std::string close(HandleId handle) {
    std::string flushed = flush(handle);
    fs_->release(handle, context_);
    return flushed;
  }
  std::string read_file(std::string_view path) {
    const HandleId handle = open(path, kRead);
    std::string text = read(handle);
    close(handle);
    return text;
  }
  std::string write_file(std::string_view path, std::string_view text) {
    const HandleId handle = open(path, kTruncate);
    EXPECT_EQ(write(handle, 0, text), "ok");
    return close(handle);
  }
  std::string remove(std::string_view name, NodeId parent = kRootNode) {
    return outcome(fs_->remove(parent, name, context_));
  }
  std::string rename(std::string_view from, std::string_view to, RenameMode mode = RenameMode::kReplace) {
    return outcome(fs_->rename(kRootNode, from, kRootNode, to, mode, context_));
  }
  std::string change(NodeId node, const AttributeChange& wanted, HandleId handle = 0) {
    return outcome(fs_->change_attributes(node, handle, wanted, context_));
  }
  /// All entries, read in parts as the kernel does.
  Result<std::vector<DirectoryEntry>> read_all(HandleId handle, std::size_t most = 100) {
    std::vector<DirectoryEntry> all;
    for (;;) {
      auto part = fs_->try_read_directory(handle, all.size(), most);
      if (!part) part = fs_->read_directory(handle, all.size(), most, context_);
      if (!*part) return fail(part->error());
      if ((*part)->empty()) return all;
      all.insert(all.end(), (*part)->begin(), (*part)->end());
    }
  }
  std::set<std::string> names(NodeId directory = kRootNode) {
    const HandleId handle = fs_->open_directory(directory, context_).value();
    const auto entries = read_all(handle);
    fs_->release_directory(handle);
    std::set<std::string> all;
    if (!entries) return {outcome(entries)};
    for (const DirectoryEntry& entry : *entries) {
      EXPECT_TRUE(all.insert(entry.name).second) << entry.name << " is told twice";
    }
    return all;
  }
  std::optional<std::string> on_server(const std::string& path) { return server_.content(path); }

  test::FakeRemoteFs server_;
  test::ManualClock clock_;
  TemporaryDirectory staging_;
  FilesystemOptions options_;
  Context context_;
  std::unique_ptr<Filesystem> fs_;
};

}  // namespace ftpsfs::vfs
