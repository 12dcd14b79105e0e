// FakeRemoteServer: what a test programs, and asks, of the server behind a FakeRemoteFs.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/fake_remote_tree.h"
#include "fakes/request_script.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::test {

/// Any thread may call any member.
class FakeRemoteServer : public RequestScript {
 public:
  using Attributes = remote::Attributes;

  // Programming. Capabilities and behaviours are set before others use the fake.
  remote::Capabilities capable;
  std::size_t read_chunk = 32 * 1024;            ///< most bytes one Reader::read() gives
  std::atomic<bool> no_session_to_spare{false};  ///< readers ahead are refused with kBusy
  std::atomic<int> refused_ahead{0};
  std::atomic<bool> publishing_touches_directory{false};  ///< a new name gives its directory a new time, as on a disk
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::size_t list_part = 1'000'000;              ///< most entries one ListingReader::next() gives
  std::optional<net::DigestAlgorithm> checksums;  ///< what it tells checksums by
  bool copies = false;                            ///< files by itself
  bool makes_links = false;
  bool links_need_targets = false;  ///< and makes none to what does not exist (ProFTPD)
  enum class Patches { kKeepTheRest, kCut, kRefused };
  Patches patches = Patches::kKeepTheRest;  ///< what a patch does to what is behind it
  std::atomic<int> damaged_uploads{0};      ///< of so many to come, the first byte arrives as another
  std::string unwritable_names;             ///< names that hold this cannot be written on the server
  std::string mount = "here";               ///< the id in temporary names
  std::optional<remote::Space> free_space;  ///< absent: it does not tell
  bool takes_parked_back = false;           ///< a parked reader begins again, on what its path then leads to

  /// What each glance, and each refine, asked about, refused ones included.
  [[nodiscard]] std::vector<std::vector<std::string>> glanced() {
    const std::scoped_lock lock(mutex_);
    return glanced_;
  }
  [[nodiscard]] std::vector<std::vector<std::string>> refined() {
    const std::scoped_lock lock(mutex_);
    return refined_;
  }

  /// Says that no session can be had; requests fail as programmed.
  void set_outage(std::optional<remote::Outage> outage) {
    const std::scoped_lock lock(mutex_);
    outage_ = std::move(outage);
  }

  // What others do on the server, and what is there.
  void put(const std::string& path, std::string content, std::optional<std::int64_t> mtime = {}) {
    const std::scoped_lock lock(mutex_);
    tree_.store(path, std::move(content));
    if (mtime) tree_.at(path).attributes.mtime = *mtime;
  }
  /// Only so much of an append arrived.
  void put_end_off(const std::string& path, std::size_t size) {
    const std::scoped_lock lock(mutex_);
    const std::string unique = tree_.at(path).attributes.unique;
    tree_.store(path, tree_.at(path).content->substr(0, size));
    tree_.at(path).attributes.unique = unique;
  }
  void put_directory(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    tree_.put_directory(path);
  }
  void put_link(const std::string& path, std::string target) {
    const std::scoped_lock lock(mutex_);
    Node& node = tree_.at(path);
    node.attributes = Attributes{};
    node.attributes.type = remote::FileType::kSymlink;
    node.attributes.link_target = std::move(target);
  }
  void erase(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    tree_.erase(path);
  }
  void set_attributes(const std::string& path, const Attributes& attributes) {
    const std::scoped_lock lock(mutex_);
    tree_.at(path).attributes = attributes;
  }
  [[nodiscard]] std::optional<std::string> content(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    const Node* const found = tree_.find_if_there(path);
    return found == nullptr ? std::nullopt : std::optional(*found->content);
  }
  [[nodiscard]] std::optional<Attributes> attributes(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    const Node* const found = tree_.find_if_there(path);
    return found == nullptr ? std::nullopt : std::optional(found->attributes);
  }
  /// Every path but the root, hidden names too, with the content of files and "<dir>" for directories.
  [[nodiscard]] std::map<std::string, std::string> tree() {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, std::string> all;
    for (const auto& [path, node] : tree_.all()) {
      if (!path.empty()) all[path] = node.is_directory() ? "<dir>" : *node.content;
    }
    return all;
  }

  // For the parts of the fake.
  static constexpr std::string_view kHiddenPrefix = ".ftpsfs-";

  /// One request; `act` runs under the lock.
  template <typename T, typename Act>
  Result<T> request(Verb verb, const Context& context, const Act& act) {
    return RequestScript::request<T>(verb, context, [&]() -> Result<T> {
      const std::scoped_lock lock(mutex_);
      return act();
    });
  }
  /// Only within a request.
  [[nodiscard]] FakeRemoteTree& files() { return tree_; }

 protected:
  using Node = FakeRemoteTree::Node;

  template <typename Asked, typename PathOf>
  void note_asked(std::vector<std::vector<std::string>>& into, const std::vector<Asked>& asked, PathOf path_of) {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string>& paths = into.emplace_back();
    for (const Asked& each : asked) paths.push_back(path_of(each));
  }

  mutable std::mutex mutex_;  ///< guards what follows
  FakeRemoteTree tree_;
  std::vector<std::vector<std::string>> glanced_;
  std::vector<std::vector<std::string>> refined_;
  std::optional<remote::Outage> outage_;
};

}  // namespace ftpsfs::test
