#include "vfs/node_table.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

// FNV-1a, 64 bits: the same on every machine and in every release, as a stable st_ino needs.
std::uint64_t hash_path(std::string_view directory, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  };
  mix(directory);
  mix("/");
  mix(name);
  return std::max<std::uint64_t>(hash, kRootNode + 1);
}

}  // namespace

NodeTable::NodeTable() {
  Node root;
  root.inode = kRootNode;
  root.lookups = 1;
  nodes_.emplace(kRootNode, std::move(root));
}

NodeId NodeTable::look_up(NodeId parent, std::string_view name, remote::FileType type) {
  MutexLock lock(mutex_);
  if (const auto found = names_.find(Key{parent, name}); found != names_.end()) {
    const NodeId id = (*found)->first;
    Node& node = nodes_.at(id);
    if (node.type == type) {
      ++node.lookups;
      return id;
    }
    unlink(id);
    drop_if_unused(id);
  }
  const NodeId id = next_++;
  const auto directory = path_of(parent);
  Node& node = nodes_[id];
  node.type = type;
  node.lookups = 1;
  node.inode = hash_path(directory ? directory->text() : std::string(), name);
  link(id, parent, name);
  return id;
}

std::optional<NodeId> NodeTable::find(NodeId parent, std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = names_.find(Key{parent, name});
  return found == names_.end() ? std::nullopt : std::optional((*found)->first);
}

void NodeTable::forget(NodeId node, std::uint64_t count) {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(node);
  if (found == nodes_.end() || node == kRootNode) return;
  found->second.lookups -= std::min(found->second.lookups, count);
  drop_if_unused(node);
}

void NodeTable::pin(NodeId node) {
  MutexLock lock(mutex_);
  if (const auto found = nodes_.find(node); found != nodes_.end()) ++found->second.lookups;
}

Result<RemotePath> NodeTable::path(NodeId node) const {
  MutexLock lock(mutex_);
  return path_of(node);
}

Result<RemotePath> NodeTable::path_of(NodeId id) const {
  std::vector<const std::string*> names;
  while (id != kRootNode) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end() || found->second.parent == 0) return fail(ErrorKind::kNotFound, "the name was removed");
    names.push_back(&found->second.name);
    id = found->second.parent;
  }
  RemotePath path;
  std::reverse(names.begin(), names.end());
  for (const std::string* name : names) {
    FTPSFS_TRY_ASSIGN(path, path.child(*name));
  }
  return path;
}

Result<NodeId> NodeTable::parent(NodeId node) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(node);
  if (found == nodes_.end() || found->second.parent == 0) return fail(ErrorKind::kNotFound, "the name was removed");
  return found->second.parent;
}

std::uint64_t NodeTable::inode(NodeId node) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? 0 : found->second.inode;
}

std::uint64_t NodeTable::inode(const RemotePath& directory, NodeId parent, std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = names_.find(Key{parent, name});
  return found == names_.end() ? hash_path(directory.text(), name) : (*found)->second.inode;
}

void NodeTable::detach(NodeId parent, std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = names_.find(Key{parent, name});
  if (found == names_.end()) return;
  const NodeId id = (*found)->first;
  unlink(id);
  drop_if_unused(id);
}

void NodeTable::move(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name) {
  MutexLock lock(mutex_);
  const auto moved = names_.find(Key{parent, name});
  const auto replaced = names_.find(Key{new_parent, new_name});
  if (moved == names_.end() && replaced == names_.end()) return;
  if (moved != names_.end() && replaced != names_.end() && *moved == *replaced) return;
  const std::optional<NodeId> mover = moved == names_.end() ? std::nullopt : std::optional((*moved)->first);
  if (replaced != names_.end()) {
    const NodeId id = (*replaced)->first;
    unlink(id);
    drop_if_unused(id);
  }
  if (!mover) return;
  ++nodes_.at(*mover).lookups;  // it must survive the moment without a name
  unlink(*mover);
  link(*mover, new_parent, new_name);
  --nodes_.at(*mover).lookups;
}

std::optional<ContentTag> NodeTable::content(NodeId node) const {
  MutexLock lock(mutex_);
  const auto found = contents_.find(node);
  return found == contents_.end() ? std::nullopt : std::optional(found->second);
}

void NodeTable::set_content(NodeId node, ContentTag tag) {
  MutexLock lock(mutex_);
  if (nodes_.contains(node)) contents_.insert_or_assign(node, std::move(tag));
}

std::uint64_t NodeTable::told(NodeId node) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? 0 : found->second.told;
}

void NodeTable::set_told(NodeId node, std::uint64_t fingerprint) {
  MutexLock lock(mutex_);
  if (const auto found = nodes_.find(node); found != nodes_.end()) found->second.told = fingerprint;
}

remote::FileType NodeTable::type(NodeId node) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? remote::FileType::kFile : found->second.type;
}

std::size_t NodeTable::children(NodeId directory) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(directory);
  return found == nodes_.end() ? 0 : found->second.children;
}

std::vector<std::pair<std::string, NodeId>> NodeTable::names_in(NodeId directory) const {
  MutexLock lock(mutex_);
  std::vector<std::pair<std::string, NodeId>> names;
  for (const auto& [id, node] : nodes_) {
    if (node.parent == directory) names.emplace_back(node.name, id);
  }
  return names;
}

std::vector<NodeTable::Surplus> NodeTable::surplus(std::size_t most) {
  constexpr std::size_t kLooksForEach = 64;  // numbers of nodes long gone are many
  MutexLock lock(mutex_);
  std::vector<Surplus> some;
  for (std::size_t looks = 0; looks < most * kLooksForEach && some.size() < most; ++looks) {
    if (next_surplus_ >= next_) next_surplus_ = kRootNode + 1;
    const NodeId id = next_surplus_++;
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) continue;
    const Node& node = found->second;
    const bool named_file = node.parent != 0 && node.type != remote::FileType::kDirectory;
    if (named_file && node.lookups > 0) some.push_back({node.parent, node.name, id});
  }
  return some;
}

std::size_t NodeTable::size() const {
  MutexLock lock(mutex_);
  return nodes_.size();
}

void NodeTable::link(NodeId id, NodeId parent, std::string_view name) {
  Item& item = *nodes_.find(id);
  item.second.parent = parent;
  item.second.name = std::string(name);
  names_.insert(&item);
  if (const auto found = nodes_.find(parent); found != nodes_.end()) ++found->second.children;
}

void NodeTable::unlink(NodeId id) {
  Node& node = nodes_.at(id);
  if (node.parent == 0) return;
  names_.erase(names_.find(Key(node.parent, node.name)));
  const NodeId parent = std::exchange(node.parent, 0);
  if (const auto found = nodes_.find(parent); found != nodes_.end()) {
    --found->second.children;
    drop_if_unused(parent);
  }
}

void NodeTable::drop_if_unused(NodeId id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end() || id == kRootNode) return;
  if (found->second.lookups > 0 || found->second.children > 0) return;
  unlink(id);
  nodes_.erase(id);
  contents_.erase(id);
}

}  // namespace ftpsfs::vfs
