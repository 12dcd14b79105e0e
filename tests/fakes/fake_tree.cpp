// FakeTree: paths, links, permissions and open files of the in-memory tree.
#include "fakes/fake_tree.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>

#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::size_t first, std::size_t last) {
  std::string path;
  for (std::size_t i = first; i < last; ++i) path += "/" + parts[i];
  return path.empty() ? "/" : path;
}

std::int64_t now() { return std::time(nullptr); }

struct NameOrder {
  bool folds_case = false;

  bool operator()(const std::string& a, const std::string& b) const { return folds_case ? lower(a) < lower(b) : a < b; }
};

}  // namespace

struct FakeTree::Node {
  explicit Node(bool folds_case) : children(NameOrder{folds_case}) {}

  FakeType type = FakeType::kFile;
  std::string content;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::uint64_t unique = 0;
  std::string link_target;
  std::string owner = "ftp";
  std::string group = "ftp";
  std::map<std::string, NodePtr, NameOrder> children;
  std::vector<std::string> raw_lines;

  [[nodiscard]] bool is_directory() const { return type == FakeType::kDirectory; }
  [[nodiscard]] bool writable() const { return (mode & 0200) != 0; }
};

std::string_view describe(TreeError error) {
  switch (error) {
    case TreeError::kNone:
      return "Success";
    case TreeError::kMissing:
      return "No such file or directory";
    case TreeError::kExists:
      return "File exists";
    case TreeError::kNotDirectory:
      return "Not a directory";
    case TreeError::kIsDirectory:
      return "Is a directory";
    case TreeError::kNotEmpty:
      return "Directory not empty";
    case TreeError::kDenied:
      return "Permission denied";
    case TreeError::kInvalid:
      return "Invalid argument";
  }
  return "Unknown error";
}

std::string resolve_path(std::string_view directory, std::string_view argument) {
  std::vector<std::string> parts;
  if (!argument.starts_with('/')) parts = split(directory);
  for (std::string& part : split(argument)) {
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(std::move(part));
    }
  }
  return join(parts, 0, parts.size());
}

FakeTree::FakeTree(bool folds_case)
    : folds_case_(folds_case), root_(new_node(FakeType::kDirectory, kDefaultTime, 0755)) {}
FakeTree::~FakeTree() = default;

FakeTree::NodePtr FakeTree::new_node(FakeType type, std::int64_t mtime, std::uint32_t mode) {
  auto node = std::make_shared<Node>(folds_case_);
  node->type = type;
  node->mtime = mtime;
  node->mode = mode;
  node->unique = ++last_unique_;
  return node;
}

TreeError FakeTree::walk(std::string_view path, bool follow_last, NodePtr& found, int links_left) const {
  const std::vector<std::string> parts = split(path);
  NodePtr at = root_;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!at->is_directory()) return TreeError::kNotDirectory;
    const auto child = at->children.find(parts[i]);
    if (child == at->children.end()) return TreeError::kMissing;
    const bool last = i + 1 == parts.size();
    if (child->second->type == FakeType::kSymlink && (!last || follow_last)) {
      if (links_left == 0) return TreeError::kInvalid;
      std::string target = resolve_path(join(parts, 0, i), child->second->link_target);
      if (!last) target += join(parts, i + 1, parts.size());
      return walk(target, follow_last, found, links_left - 1);
    }
    at = child->second;
  }
  found = at;
  return TreeError::kNone;
}

TreeError FakeTree::place(std::string_view path, Place& found) const {
  const std::vector<std::string> parts = split(path);
  if (parts.empty()) return TreeError::kDenied;
  found.name = parts.back();
  const TreeError error = walk(join(parts, 0, parts.size() - 1), true, found.directory);
  if (error != TreeError::kNone) return error;
  return found.directory->is_directory() ? TreeError::kNone : TreeError::kNotDirectory;
}

TreeError FakeTree::writable_place(std::string_view path, Place& found) const {
  if (const TreeError error = place(path, found); error != TreeError::kNone) return error;
  return found.directory->writable() ? TreeError::kNone : TreeError::kDenied;
}

TreeError FakeTree::removable(std::string_view path, Place& at, NodePtr& node) const {
  if (const TreeError error = walk(path, false, node); error != TreeError::kNone) return error;
  return writable_place(path, at);
}

FakeTree::NodePtr FakeTree::find(std::string_view path, bool follow) const {
  NodePtr node;
  return walk(path, follow, node) == TreeError::kNone ? node : nullptr;
}

FakeTree::NodePtr FakeTree::ensure_directory(std::string_view path) {
  NodePtr at = root_;
  for (const std::string& part : split(path)) {
    NodePtr& child = at->children[part];
    if (!child) child = new_node(FakeType::kDirectory, kDefaultTime, 0755);
    at = NodePtr(child);
  }
  return at;
}

void FakeTree::plant(std::string_view path, NodePtr node) {
  const std::vector<std::string> parts = split(path);
  if (parts.empty()) return;
  ensure_directory(join(parts, 0, parts.size() - 1))->children[parts.back()] = std::move(node);
}

FakeNode FakeTree::describe_node(std::string name, const Node& node, const Node& directory) {
  FakeNode described;
  described.name = std::move(name);
  described.type = node.type;
  described.size = node.type == FakeType::kSymlink ? node.link_target.size() : node.content.size();
  described.mtime = node.mtime;
  described.mode = node.mode;
  described.unique = node.unique;
  described.link_target = node.link_target;
  described.owner = node.owner;
  described.group = node.group;
  described.directory_writable = directory.writable();
  return described;
}

void FakeTree::add_file(std::string_view path, std::string content, std::int64_t mtime, std::uint32_t mode) {
  std::lock_guard lock(mutex_);
  NodePtr node = new_node(FakeType::kFile, mtime, mode);
  node->content = std::move(content);
  plant(path, std::move(node));
}

void FakeTree::add_directory(std::string_view path, std::int64_t mtime, std::uint32_t mode) {
  std::lock_guard lock(mutex_);
  const NodePtr node = ensure_directory(path);
  node->mtime = mtime;
  node->mode = mode;
}

void FakeTree::add_symlink(std::string_view path, std::string target, std::int64_t mtime) {
  std::lock_guard lock(mutex_);
  NodePtr node = new_node(FakeType::kSymlink, mtime, 0777);
  node->link_target = std::move(target);
  plant(path, std::move(node));
}

void FakeTree::add_raw_listing_line(std::string_view directory, std::string line) {
  std::lock_guard lock(mutex_);
  ensure_directory(directory)->raw_lines.push_back(std::move(line));
}

void FakeTree::set_owner(std::string_view path, std::string owner, std::string group) {
  std::lock_guard lock(mutex_);
  if (const NodePtr node = find(path)) {
    node->owner = std::move(owner);
    node->group = std::move(group);
  }
}

void FakeTree::remove(std::string_view path) {
  std::lock_guard lock(mutex_);
  Place at;
  if (place(path, at) == TreeError::kNone) at.directory->children.erase(at.name);
}

bool FakeTree::exists(std::string_view path) const {
  std::lock_guard lock(mutex_);
  return find(path) != nullptr;
}

std::optional<std::string> FakeTree::content(std::string_view path) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  if (!node || node->type != FakeType::kFile) return std::nullopt;
  return node->content;
}

std::optional<std::int64_t> FakeTree::mtime(std::string_view path) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  return node ? std::optional(node->mtime) : std::nullopt;
}

std::optional<std::uint32_t> FakeTree::mode(std::string_view path) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  return node ? std::optional(node->mode) : std::nullopt;
}

std::optional<std::uint64_t> FakeTree::unique(std::string_view path) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  return node ? std::optional(node->unique) : std::nullopt;
}

std::optional<FakeNode> FakeTree::stat(std::string_view path, bool follow) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(path, follow);
  if (!node) return std::nullopt;
  Place at;
  if (place(path, at) != TreeError::kNone) return describe_node("/", *node, *root_);
  return describe_node(at.name, *node, *at.directory);
}

std::vector<std::string> FakeTree::names(std::string_view directory) const {
  std::vector<std::string> names;
  for (FakeNode& node : children(directory)) names.push_back(std::move(node.name));
  return names;
}

std::vector<FakeNode> FakeTree::children(std::string_view directory) const {
  std::lock_guard lock(mutex_);
  std::vector<FakeNode> nodes;
  if (const NodePtr node = find(directory)) {
    for (const auto& [name, child] : node->children) nodes.push_back(describe_node(name, *child, *node));
  }
  return nodes;
}

std::vector<std::string> FakeTree::raw_listing_lines(std::string_view directory) const {
  std::lock_guard lock(mutex_);
  const NodePtr node = find(directory);
  return node ? node->raw_lines : std::vector<std::string>{};
}

TreeError FakeTree::make_directory(std::string_view path) {
  std::lock_guard lock(mutex_);
  Place at;
  if (find(path, false)) return TreeError::kExists;
  if (const TreeError error = writable_place(path, at); error != TreeError::kNone) return error;
  at.directory->children[at.name] = new_node(FakeType::kDirectory, now(), 0755);
  at.directory->mtime = now();
  return TreeError::kNone;
}

TreeError FakeTree::remove_directory(std::string_view path) {
  std::lock_guard lock(mutex_);
  Place at;
  NodePtr node;
  if (const TreeError error = removable(path, at, node); error != TreeError::kNone) return error;
  if (!node->is_directory()) return TreeError::kNotDirectory;
  if (!node->children.empty()) return TreeError::kNotEmpty;
  at.directory->children.erase(at.name);
  at.directory->mtime = now();
  return TreeError::kNone;
}

TreeError FakeTree::remove_file(std::string_view path) {
  std::lock_guard lock(mutex_);
  Place at;
  NodePtr node;
  if (const TreeError error = removable(path, at, node); error != TreeError::kNone) return error;
  if (node->is_directory()) return TreeError::kIsDirectory;
  at.directory->children.erase(at.name);
  at.directory->mtime = now();
  return TreeError::kNone;
}

TreeError FakeTree::rename(std::string_view from, std::string_view to, bool overwrite) {
  std::lock_guard lock(mutex_);
  Place source;
  Place target;
  NodePtr node;
  if (const TreeError error = removable(from, source, node); error != TreeError::kNone) return error;
  if (const TreeError error = writable_place(to, target); error != TreeError::kNone) return error;
  if (to.starts_with(std::string(from) + "/")) return TreeError::kInvalid;
  if (const NodePtr old = find(to, false); old && old != node) {
    if (!overwrite) return TreeError::kExists;
    if (old->is_directory() && !node->is_directory()) return TreeError::kIsDirectory;
    if (!old->is_directory() && node->is_directory()) return TreeError::kNotDirectory;
    if (!old->children.empty()) return TreeError::kNotEmpty;
  }
  source.directory->children.erase(source.name);
  target.directory->children.erase(target.name);
  target.directory->children[target.name] = node;
  source.directory->mtime = target.directory->mtime = now();
  return TreeError::kNone;
}

TreeError FakeTree::set_mtime(std::string_view path, std::int64_t mtime) {
  std::lock_guard lock(mutex_);
  NodePtr node;
  if (const TreeError error = walk(path, true, node); error != TreeError::kNone) return error;
  node->mtime = mtime;
  return TreeError::kNone;
}

TreeError FakeTree::set_mode(std::string_view path, std::uint32_t mode) {
  std::lock_guard lock(mutex_);
  NodePtr node;
  if (const TreeError error = walk(path, true, node); error != TreeError::kNone) return error;
  node->mode = mode & 07777;
  return TreeError::kNone;
}

TreeError FakeTree::open(std::string_view path, OpenFile& file) {
  std::lock_guard lock(mutex_);
  NodePtr node;
  if (const TreeError error = walk(path, true, node); error != TreeError::kNone) return error;
  if (node->is_directory()) return TreeError::kIsDirectory;
  if ((node->mode & 0400) == 0) return TreeError::kDenied;
  file = node;
  return TreeError::kNone;
}

TreeError FakeTree::create(std::string_view path, OpenFile& file) {
  std::lock_guard lock(mutex_);
  if (const NodePtr node = find(path)) {
    if (node->is_directory()) return TreeError::kIsDirectory;
    if (!node->writable()) return TreeError::kDenied;
    file = node;
    return TreeError::kNone;
  }
  Place at;
  if (const TreeError error = writable_place(path, at); error != TreeError::kNone) return error;
  file = at.directory->children[at.name] = new_node(FakeType::kFile, now(), 0644);
  at.directory->mtime = now();
  return TreeError::kNone;
}

std::string FakeTree::read(const OpenFile& file, std::uint64_t offset, std::size_t max_bytes) const {
  std::lock_guard lock(mutex_);
  return offset < file->content.size() ? file->content.substr(offset, max_bytes) : std::string();
}

std::uint64_t FakeTree::size(const OpenFile& file) const {
  std::lock_guard lock(mutex_);
  return file->content.size();
}

void FakeTree::write(const OpenFile& file, std::uint64_t offset, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (file->content.size() < offset + bytes.size()) file->content.resize(offset + bytes.size());
  file->content.replace(offset, bytes.size(), bytes);
  file->mtime = now();
}

void FakeTree::truncate(const OpenFile& file, std::uint64_t size) {
  std::lock_guard lock(mutex_);
  file->content.resize(size);
  file->mtime = now();
}

}  // namespace ftpsfs::test
