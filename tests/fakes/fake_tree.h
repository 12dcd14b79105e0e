// FakeTree: the files of a FakeServer, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::test {

enum class FakeType { kFile, kDirectory, kSymlink };

/// Why the tree refused an operation.
enum class TreeError { kNone, kMissing, kExists, kNotDirectory, kIsDirectory, kNotEmpty, kDenied, kInvalid };

/// The words a server adds to its 550, such as "No such file or directory".
std::string_view describe(TreeError error);

/// `argument` as an absolute path without ".", ".." and doubled slashes, seen from `directory`.
std::string resolve_path(std::string_view directory, std::string_view argument);

/// What is known about one name; a copy.
struct FakeNode {
  std::string name;
  FakeType type = FakeType::kFile;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;    ///< seconds since 1970
  std::uint32_t mode = 0;    ///< permission bits
  std::uint64_t unique = 0;  ///< as an inode number: survives renames, is never given twice
  std::string link_target;
  std::string owner = "ftp";
  std::string group = "ftp";
  bool directory_writable = true;  ///< whether the directory that holds it allows changes
};

/// A tree of files, directories and symbolic links under "/". Paths are absolute; names are any bytes but '/'.
/// Any thread may call any member.
class FakeTree {
  struct Node;

 public:
  static constexpr std::int64_t kDefaultTime = 1700000000;  ///< 2023-11-14 22:13:20 UTC

  /// `folds_case`: names that differ in the case of ASCII letters alone are one (Windows).
  explicit FakeTree(bool folds_case = false);
  ~FakeTree();

  // Setting the scene: missing parents are made, what is there is replaced, permissions do not matter.

  void add_file(std::string_view path, std::string content, std::int64_t mtime = kDefaultTime,
                std::uint32_t mode = 0644);
  void add_directory(std::string_view path, std::int64_t mtime = kDefaultTime, std::uint32_t mode = 0755);
  void add_symlink(std::string_view path, std::string target, std::int64_t mtime = kDefaultTime);
  /// A line sent as it stands (CRLF added) at the end of each listing of `directory`, in every format.
  void add_raw_listing_line(std::string_view directory, std::string line);
  void set_owner(std::string_view path, std::string owner, std::string group);
  /// Removes a file, or a directory with all it holds.
  void remove(std::string_view path);

  // Looking: nullopt (or nothing) when there is no such name. A link at the end of the path is followed, except by
  // stat() with `follow` off.

  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] std::optional<std::string> content(std::string_view path) const;
  [[nodiscard]] std::optional<std::int64_t> mtime(std::string_view path) const;
  [[nodiscard]] std::optional<std::uint32_t> mode(std::string_view path) const;
  [[nodiscard]] std::optional<std::uint64_t> unique(std::string_view path) const;
  [[nodiscard]] std::optional<FakeNode> stat(std::string_view path, bool follow = true) const;
  [[nodiscard]] std::vector<std::string> names(std::string_view directory) const;
  [[nodiscard]] std::vector<FakeNode> children(std::string_view directory) const;
  [[nodiscard]] std::vector<std::string> raw_listing_lines(std::string_view directory) const;

  // What the logged-in user does: the owner's permission bits count, and directories take the time of a change.

  TreeError make_directory(std::string_view path);
  TreeError remove_directory(std::string_view path);
  TreeError remove_file(std::string_view path);
  TreeError rename(std::string_view from, std::string_view to, bool overwrite);
  TreeError set_mtime(std::string_view path, std::int64_t mtime);
  TreeError set_mode(std::string_view path, std::uint32_t mode);

  /// A file held open: it stays readable and writable when its name goes.
  using OpenFile = std::shared_ptr<Node>;
  TreeError open(std::string_view path, OpenFile& file);
  /// Opens for writing; makes the file when it is missing.
  TreeError create(std::string_view path, OpenFile& file);
  [[nodiscard]] std::string read(const OpenFile& file, std::uint64_t offset, std::size_t max_bytes) const;
  [[nodiscard]] std::uint64_t size(const OpenFile& file) const;
  void write(const OpenFile& file, std::uint64_t offset, std::string_view bytes);
  void truncate(const OpenFile& file, std::uint64_t size);

 private:
  using NodePtr = std::shared_ptr<Node>;
  /// A path split into the directory that holds its last name, and that name.
  struct Place {
    NodePtr directory;
    std::string name;
  };

  // All of these want `mutex_` held.
  NodePtr new_node(FakeType type, std::int64_t mtime, std::uint32_t mode);
  TreeError walk(std::string_view path, bool follow_last, NodePtr& found, int links_left = 16) const;
  TreeError place(std::string_view path, Place& found) const;
  TreeError writable_place(std::string_view path, Place& found) const;
  /// An existing name, not followed, in a directory that allows changes.
  TreeError removable(std::string_view path, Place& at, NodePtr& node) const;
  [[nodiscard]] NodePtr find(std::string_view path, bool follow = true) const;
  NodePtr ensure_directory(std::string_view path);
  void plant(std::string_view path, NodePtr node);
  static FakeNode describe_node(std::string name, const Node& node, const Node& directory);

  const bool folds_case_;
  mutable std::mutex mutex_;
  std::uint64_t last_unique_ = 0x1000;
  NodePtr root_;
};

}  // namespace ftpsfs::test
