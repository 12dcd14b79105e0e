// NodeTable: owns identity. Which node has which name in which directory, and how often the kernel looked it up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/remote/remote_path.h"
#include "ftpsfs/vfs/node.h"

namespace ftpsfs::vfs {

/// Ties the blocks and kernel pages held for a node to one version of its content.
struct ContentTag {
  remote::Version version;
  std::uint64_t content = 0;  ///< number in the BlockCache
};

/// A tree of parent pointers: renaming a directory is O(1), and a node keeps its number under a new name. Any thread
/// may call any member. A node with a name of 20 bytes costs about 190 bytes.
class NodeTable {
 public:
  NodeTable();

  /// The node of that name, made if need be, with one more kernel lookup. A node known with another type is detached
  /// first, since the kernel forbids a node to change its type.
  NodeId look_up(NodeId parent, std::string_view name, remote::FileType type) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<NodeId> find(NodeId parent, std::string_view name) const EXCLUDES(mutex_);
  /// The kernel gives back `count` lookups.
  void forget(NodeId node, std::uint64_t count) EXCLUDES(mutex_);
  /// Keeps a node while we work with it ourselves; undone by forget(node, 1).
  void pin(NodeId node) EXCLUDES(mutex_);

  /// Errors: kNotFound when the node, or a directory above it, was removed.
  [[nodiscard]] Result<remote::RemotePath> path(NodeId node) const EXCLUDES(mutex_);
  [[nodiscard]] Result<NodeId> parent(NodeId node) const EXCLUDES(mutex_);

  /// st_ino: fixed when the node is made, by hashing its path. Not from the server's `unique`, which changes with every
  /// commit by rename, while a name written twice should keep its number.
  [[nodiscard]] std::uint64_t inode(NodeId node) const EXCLUDES(mutex_);
  /// st_ino of a name in `directory` (whose node is `parent`), whether or not it has a node.
  [[nodiscard]] std::uint64_t inode(const remote::RemotePath& directory, NodeId parent, std::string_view name) const
      EXCLUDES(mutex_);

  /// The name is gone; its node lives on without one until it is forgotten.
  void detach(NodeId parent, std::string_view name) EXCLUDES(mutex_);
  /// The name moved; a node that had the new name is detached.
  void move(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name) EXCLUDES(mutex_);

  [[nodiscard]] std::optional<ContentTag> content(NodeId node) const EXCLUDES(mutex_);
  void set_content(NodeId node, ContentTag tag) EXCLUDES(mutex_);

  /// A fingerprint of what the kernel was told of a node; 0: nothing, or it was told to forget it.
  [[nodiscard]] std::uint64_t told(NodeId node) const EXCLUDES(mutex_);
  void set_told(NodeId node, std::uint64_t fingerprint) EXCLUDES(mutex_);
  /// kFile when the node is not known any more.
  [[nodiscard]] remote::FileType type(NodeId node) const EXCLUDES(mutex_);

  [[nodiscard]] std::size_t size() const EXCLUDES(mutex_);
  /// How many names in the directory have a node; and which, at the cost of a look at every node there is.
  [[nodiscard]] std::size_t children(NodeId directory) const EXCLUDES(mutex_);
  [[nodiscard]] std::vector<std::pair<std::string, NodeId>> names_in(NodeId directory) const EXCLUDES(mutex_);

  struct Surplus {
    NodeId parent = 0;
    std::string name;
    NodeId node = 0;
  };
  /// At most `most` named files and links that the kernel knows, those made longest ago first; each call goes on where
  /// the last one ended, and begins anew after the youngest.
  [[nodiscard]] std::vector<Surplus> surplus(std::size_t most) EXCLUDES(mutex_);

 private:
  struct Node {
    NodeId parent = 0;  ///< 0: detached (or the root)
    std::string name;
    std::uint64_t inode = 0;
    std::uint64_t lookups = 0;
    std::uint64_t told = 0;
    std::uint32_t children = 0;
    remote::FileType type = remote::FileType::kDirectory;
  };
  using Nodes = std::unordered_map<NodeId, Node>;
  using Item = Nodes::value_type;
  /// A name in a directory; of a node that has one, this is its key in names_.
  struct Key {
    Key(NodeId in, std::string_view named) : parent(in), name(named) {}
    Key(const Item* item) : Key(item->second.parent, item->second.name) {}  // NOLINT(*-explicit-*): for finding by name
    bool operator==(const Key&) const = default;

    NodeId parent;
    std::string_view name;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>()(key.name) * 31 + std::hash<NodeId>()(key.parent);
    }
  };
  struct SameKey {
    using is_transparent = void;
    bool operator()(const Key& one, const Key& other) const { return one == other; }
  };

  void link(NodeId id, NodeId parent, std::string_view name) REQUIRES(mutex_);
  void unlink(NodeId id) REQUIRES(mutex_);
  void drop_if_unused(NodeId id) REQUIRES(mutex_);
  [[nodiscard]] Result<remote::RemotePath> path_of(NodeId id) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  Nodes nodes_ GUARDED_BY(mutex_);
  std::unordered_set<const Item*, KeyHash, SameKey> names_ GUARDED_BY(mutex_);
  std::unordered_map<NodeId, ContentTag> contents_ GUARDED_BY(mutex_);  ///< of nodes that were opened
  NodeId next_ GUARDED_BY(mutex_) = kRootNode + 1;
  NodeId next_surplus_ GUARDED_BY(mutex_) = kRootNode + 1;
};

}  // namespace ftpsfs::vfs
