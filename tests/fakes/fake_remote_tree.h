// FakeRemoteTree: the files of a server in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::test {

/// Paths are texts of RemotePath: "" is the root, "a/b" lies below it. Every stored file gets a time one second later
/// than the one before, and a `unique` that stays with it through renames. Not thread-safe.
class FakeRemoteTree {
 public:
  using Attributes = remote::Attributes;

  struct Node {
    Attributes attributes;
    std::shared_ptr<const std::string> content = std::make_shared<const std::string>();

    [[nodiscard]] bool is_directory() const { return attributes.type == remote::FileType::kDirectory; }
  };

  FakeRemoteTree() { put_directory(""); }

  [[nodiscard]] const std::map<std::string, Node>& all() const { return nodes_; }
  [[nodiscard]] bool contains(const std::string& path) const { return nodes_.contains(path); }
  /// Null when there is none.
  [[nodiscard]] Node* find_if_there(const std::string& path) {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second;
  }
  Result<Node*> find(const std::string& path) {
    Node* const node = find_if_there(path);
    if (node == nullptr) return fail(ErrorKind::kNotFound, path);
    return node;
  }
  Status require_parent(const std::string& path) {
    const auto slash = path.rfind('/');
    FTPSFS_TRY_ASSIGN(const Node* parent, find(slash == std::string::npos ? "" : path.substr(0, slash)));
    if (!parent->is_directory()) return fail(ErrorKind::kNotDirectory, path);
    return {};
  }

  /// Made when it is missing.
  [[nodiscard]] Node& at(const std::string& path) { return nodes_[path]; }
  void erase(const std::string& path) { nodes_.erase(path); }

  void put_directory(const std::string& path) {
    Attributes attributes;
    attributes.type = remote::FileType::kDirectory;
    attributes.mode = 0755;
    attributes.mtime = next_time();
    attributes.mtime_exact = true;
    attributes.unique = "dir" + std::to_string(++last_unique_);
    nodes_[path].attributes = attributes;
  }

  void store(const std::string& path, std::string content) {
    Node& node = nodes_[path];
    if (node.attributes.unique.empty() || node.is_directory()) {
      node.attributes = Attributes{};
      node.attributes.unique = "file" + std::to_string(++last_unique_);
      node.attributes.mode = 0644;
    }
    node.attributes.size = content.size();
    node.attributes.mtime = next_time();
    node.attributes.mtime_exact = true;
    node.content = std::make_shared<const std::string>(std::move(content));
  }

  /// With all that lies below it.
  void move(const std::string& from, const std::string& to) {
    std::map<std::string, Node> moved;
    for (auto each = nodes_.begin(); each != nodes_.end();) {
      if (each->first == from || each->first.starts_with(from + "/")) {
        moved[to + each->first.substr(from.size())] = std::move(each->second);
        each = nodes_.erase(each);
      } else {
        ++each;
      }
    }
    for (auto& [path, node] : moved) nodes_[path] = std::move(node);
  }

  std::int64_t next_time() { return ++time_; }

  /// The name of `path` within `directory`; "" when it is not directly in it.
  static std::string name_within(const std::string& directory, const std::string& path) {
    const std::string prefix = directory.empty() ? "" : directory + "/";
    if (path.size() <= prefix.size() || !path.starts_with(prefix)) return {};
    const std::string name = path.substr(prefix.size());
    return name.find('/') == std::string::npos ? name : std::string();
  }

 private:
  std::map<std::string, Node> nodes_;
  std::int64_t time_ = 1'600'000'000;
  int last_unique_ = 0;
};

}  // namespace ftpsfs::test
