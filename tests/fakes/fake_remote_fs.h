// FakeRemoteFs: a server in memory, whose answers a test directs by its RequestScript.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/request_script.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::test {

/// Any thread may call any member. Paths are texts of RemotePath: "" is the root, "a/b" lies below it. Every stored
/// file gets a time one second later than the one before, and a `unique` that stays with it through renames.
class FakeRemoteFs final : public remote::RemoteFs, public RequestScript {
 public:
  using Attributes = remote::Attributes;
  using RemotePath = remote::RemotePath;

  FakeRemoteFs() { tree_[""].attributes = directory_attributes(); }

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
    store(path, std::move(content));
    if (mtime) tree_[path].attributes.mtime = *mtime;
  }
  /// Only so much of an append arrived.
  void put_end_off(const std::string& path, std::size_t size) {
    const std::scoped_lock lock(mutex_);
    const std::string unique = tree_[path].attributes.unique;
    store(path, tree_[path].content->substr(0, size));
    tree_[path].attributes.unique = unique;
  }
  void put_directory(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    tree_[path].attributes = directory_attributes();
  }
  void put_link(const std::string& path, std::string target) {
    const std::scoped_lock lock(mutex_);
    Node& node = tree_[path];
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
    tree_[path].attributes = attributes;
  }
  [[nodiscard]] std::optional<std::string> content(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    const auto found = tree_.find(path);
    return found == tree_.end() ? std::nullopt : std::optional(*found->second.content);
  }
  [[nodiscard]] std::optional<Attributes> attributes(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    const auto found = tree_.find(path);
    return found == tree_.end() ? std::nullopt : std::optional(found->second.attributes);
  }
  /// Every path but the root, hidden names too, with the content of files and "<dir>" for directories.
  [[nodiscard]] std::map<std::string, std::string> tree() {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, std::string> all;
    for (const auto& [path, node] : tree_) {
      if (!path.empty()) all[path] = is_directory(node) ? "<dir>" : *node.content;
    }
    return all;
  }

  // RemoteFs.
  [[nodiscard]] const remote::Capabilities& capabilities() const override { return capable; }

  [[nodiscard]] Status check_new_name(const RemotePath& path) const override {
    if (unwritable_names.empty() || path.name().find(unwritable_names) == std::string_view::npos) return {};
    return fail(ErrorKind::kUnrepresentable, path.text() + " cannot be written");
  }

  Result<Attributes> stat(const RemotePath& path, const Context& context) override {
    return request<Attributes>(Verb::kStat, context, [&]() -> Result<Attributes> {
      FTPSFS_TRY_ASSIGN(const Node* node, find(path.text()));
      return node->attributes;
    });
  }

  [[nodiscard]] std::unique_ptr<remote::ListingReader> open_listing(const RemotePath& directory) override {
    return std::make_unique<FakeListingReader>(*this, directory.text());
  }

  /// What a listing tells, with times rounded down to the minute.
  Result<std::vector<remote::Glance>> glance(const std::vector<remote::GlanceRequest>& requests,
                                             const Context& context) override {
    using Glances = std::vector<remote::Glance>;
    note_asked(glanced_, requests, [](const auto& each) { return each.directory.text(); });
    return request<Glances>(Verb::kGlance, context, [&]() -> Result<Glances> {
      Glances glances(requests.size());
      for (std::size_t i = 0; i < requests.size(); ++i) {
        const std::string& directory = requests[i].directory.text();
        const auto found = tree_.find(directory);
        if (requests[i].itself && found != tree_.end()) glances[i].itself = found->second.attributes;
        if (!directory.empty() && (found == tree_.end() || !is_directory(found->second))) continue;
        glances[i].entries.emplace();
        for (const auto& [path, each] : tree_) {
          const std::string name = name_within(directory, path);
          if (name.empty() || name.starts_with(kHiddenPrefix)) continue;
          remote::Entry& entry = glances[i].entries->emplace_back(remote::Entry{name, each.attributes});
          entry.attributes.provisional = true;
          entry.attributes.mtime -= entry.attributes.mtime % 60;
          entry.attributes.mtime_exact = false;
          entry.attributes.unique.clear();
        }
      }
      return glances;
    });
  }

  Result<std::vector<std::optional<Attributes>>> refine(const std::vector<remote::Named>& names, bool /*ahead*/,
                                                        const Context& context) override {
    using Refined = std::vector<std::optional<Attributes>>;
    note_asked(refined_, names, [](const auto& each) { return each.path.text(); });
    return request<Refined>(Verb::kRefine, context, [&]() -> Result<Refined> {
      Refined refined;
      for (const remote::Named& named : names) {
        const auto found = tree_.find(named.path.text());
        refined.push_back(found == tree_.end() ? std::nullopt : std::optional(found->second.attributes));
      }
      return refined;
    });
  }

  Result<std::unique_ptr<remote::Reader>> open_reader(const remote::ReadRequest& wanted,
                                                      const Context& context) override {
    using ReaderPtr = std::unique_ptr<remote::Reader>;
    if (wanted.ahead && no_session_to_spare) {
      ++refused_ahead;
      return fail(ErrorKind::kBusy, "no session to spare");
    }
    return request<ReaderPtr>(Verb::kOpenReader, context, [&]() -> Result<ReaderPtr> {
      FTPSFS_TRY_ASSIGN(const Node* node, find(wanted.path.text()));
      if (is_directory(*node)) return fail(ErrorKind::kIsDirectory, wanted.path.text());
      if (wanted.expected && !wanted.expected->may_be(node->attributes))
        return fail(ErrorKind::kStale, wanted.path.text());
      return std::make_unique<FakeReader>(*this, wanted.path.text(), *node, wanted.offset);
    });
  }

  Result<std::unique_ptr<remote::Writer>> open_writer(const remote::WriteRequest& wanted,
                                                      const Context& context) override {
    using WriterPtr = std::unique_ptr<remote::Writer>;
    if (wanted.ahead && no_session_to_spare) {
      ++refused_ahead;
      return fail(ErrorKind::kBusy, "no session to spare");
    }
    return request<WriterPtr>(Verb::kOpenWriter, context, [&]() -> Result<WriterPtr> {
      const std::string& path = wanted.path.text();
      FTPSFS_TRY(require_parent(path));
      if (wanted.mode == remote::WriteMode::kReplace || !tree_.contains(path)) store(path, "");
      if (wanted.mode != remote::WriteMode::kPatch) return std::make_unique<FakeWriter>(*this, path);
      if (patches == Patches::kRefused) return fail(ErrorKind::kUnsupported, "no REST before STOR");
      return std::make_unique<FakeWriter>(*this, path, wanted.offset);
    });
  }

  Status copy(const remote::CopyRequest& wanted, const Context& context) override {
    if (!copies) return fail(ErrorKind::kUnsupported, "no SITE CPFR");
    return request<void>(Verb::kCopy, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* source, find(wanted.source.text()));
      if (!wanted.expected.may_be(source->attributes)) return fail(ErrorKind::kStale, wanted.source.text());
      FTPSFS_TRY(require_parent(wanted.target.text()));
      store(wanted.target.text(), *source->content);
      return {};
    });
  }

  Result<Attributes> publish(const remote::PublishRequest& wanted, const Context& context) override {
    auto published = request<Attributes>(Verb::kPublish, context, [&] { return publish_locked(wanted); });
    if (!published) {
      const std::scoped_lock lock(mutex_);
      tree_.erase(wanted.temporary.text());
    }
    return published;
  }

  Status rename(const RemotePath& from, const RemotePath& to, bool replace, const Context& context) override {
    return request<void>(Verb::kRename, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN([[maybe_unused]] const Node* source, find(from.text()));
      FTPSFS_TRY(require_parent(to.text()));
      if (!replace && tree_.contains(to.text())) return fail(ErrorKind::kExists, to.text());
      move_locked(from.text(), to.text());
      return {};
    });
  }

  Status remove(const RemotePath& file, const Context& context) override {
    return request<void>(Verb::kRemove, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* node, find(file.text()));
      if (is_directory(*node)) return fail(ErrorKind::kIsDirectory, file.text());
      tree_.erase(file.text());
      return {};
    });
  }

  Status make_directory(const RemotePath& directory, const Context& context) override {
    return request<void>(Verb::kMakeDirectory, context, [&]() -> Status {
      FTPSFS_TRY(require_parent(directory.text()));
      if (tree_.contains(directory.text())) return fail(ErrorKind::kExists, directory.text());
      tree_[directory.text()].attributes = directory_attributes();
      return {};
    });
  }

  Status remove_directory(const RemotePath& directory, const Context& context) override {
    return request<void>(Verb::kRemoveDirectory, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* node, find(directory.text()));
      if (!is_directory(*node)) return fail(ErrorKind::kNotDirectory, directory.text());
      const std::string inside = directory.text() + "/";
      for (const auto& [path, each] : tree_) {
        if (path.starts_with(inside)) return fail(ErrorKind::kNotEmpty, directory.text());
      }
      tree_.erase(directory.text());
      return {};
    });
  }

  Status make_link(const RemotePath& link, const std::string& target, const Context& context) override {
    return request<void>(Verb::kMakeLink, context, [&]() -> Status {
      if (!makes_links) return fail(ErrorKind::kNotPermitted, "no SITE SYMLINK");
      FTPSFS_TRY(require_parent(link.text()));
      if (tree_.contains(link.text())) return fail(ErrorKind::kExists, link.text());
      const std::filesystem::path there = std::filesystem::path("/" + link.text()).parent_path() / target;
      if (links_need_targets && !tree_.contains(there.lexically_normal().string().substr(1))) {
        return fail(ErrorKind::kNotFound, target);
      }
      Node& node = tree_[link.text()];
      node.attributes.type = remote::FileType::kSymlink;
      node.attributes.link_target = target;
      return {};
    });
  }

  Status set_mtime(const RemotePath& path, std::int64_t mtime, const Context& context) override {
    return request<void>(Verb::kSetMtime, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(Node* const node, find(path.text()));
      const bool can = is_directory(*node) ? capable.set_directory_mtime : capable.set_file_mtime;
      if (!can) return fail(ErrorKind::kUnsupported, "no MFMT");
      node->attributes.mtime = mtime;
      return {};
    });
  }

  Status set_mode(const RemotePath& path, std::uint32_t mode, const Context& context) override {
    return request<void>(Verb::kSetMode, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(Node* const node, find(path.text()));
      if (!capable.set_mode) return fail(ErrorKind::kUnsupported, "no SITE CHMOD");
      node->attributes.mode = mode;
      return {};
    });
  }

  Result<std::optional<remote::Checksum>> checksum(const RemotePath& file, const Context& context) override {
    using Told = std::optional<remote::Checksum>;
    return request<Told>(Verb::kChecksum, context, [&]() -> Result<Told> {
      if (!checksums) return Told(std::nullopt);
      FTPSFS_TRY_ASSIGN(const Node* node, find(file.text()));
      FTPSFS_TRY_ASSIGN(net::Digest digest, net::Digest::begin(*checksums));
      digest.update(std::as_bytes(std::span(*node->content)));
      return remote::Checksum{*checksums, digest.finish()};
    });
  }

  Result<std::optional<std::string>> facts(const RemotePath& path, const Context& context) override {
    using Told = std::optional<std::string>;
    return request<Told>(Verb::kFacts, context, [&]() -> Result<Told> {
      FTPSFS_TRY_ASSIGN(const Node* node, find(path.text()));
      return "size=" + std::to_string(node->attributes.size) + ";";
    });
  }

  Result<std::optional<remote::Space>> space(const Context& context) override {
    using Told = std::optional<remote::Space>;
    return request<Told>(Verb::kSpace, context, [&]() -> Result<Told> { return free_space; });
  }

  [[nodiscard]] remote::Activity activity() const override {
    const std::scoped_lock lock(mutex_);
    return {2, 1, 8, outage_};
  }
  [[nodiscard]] remote::KnownServer server() const override { return {"a fake", {"no MLSD"}}; }

  [[nodiscard]] std::string new_temporary_name() override { return new_name('-'); }
  [[nodiscard]] std::string new_aside_name() override { return new_name('_'); }
  [[nodiscard]] std::string mount_id() const override { return mount; }

  Result<std::vector<remote::TemporaryFile>> list_temporary_files(const RemotePath& directory,
                                                                  const Context& context) override {
    using Files = std::vector<remote::TemporaryFile>;
    return request<Files>(Verb::kListTemporary, context, [&]() -> Result<Files> {
      FTPSFS_TRY(find(directory.text()));
      Files files;
      for (const auto& [path, each] : tree_) {
        const std::string name = name_within(directory.text(), path);
        const std::size_t end = name.find_first_of("-_", kHiddenPrefix.size());
        if (!name.starts_with(kHiddenPrefix) || end == std::string::npos) continue;
        files.push_back({name, name.substr(kHiddenPrefix.size(), end - kHiddenPrefix.size()), name[end] == '_'});
      }
      return files;
    });
  }

 private:
  static constexpr std::string_view kHiddenPrefix = ".ftpsfs-";

  struct Node {
    Attributes attributes;
    std::shared_ptr<const std::string> content = std::make_shared<const std::string>();
  };
  /// Tells what the directory held at the first next().
  class FakeListingReader final : public remote::ListingReader {
   public:
    FakeListingReader(FakeRemoteFs& owner, std::string directory) : owner_(owner), directory_(std::move(directory)) {}

    Result<std::vector<remote::Entry>> next(const Context& context) override {
      using Entries = std::vector<remote::Entry>;
      const Verb verb = std::exchange(begun_, true) ? Verb::kListPart : Verb::kList;
      return owner_.request<Entries>(verb, context, [&]() -> Result<Entries> {
        if (verb == Verb::kList) FTPSFS_TRY(begin());
        const std::size_t count = std::min(owner_.list_part, entries_.size());
        const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(count);
        Entries part(entries_.begin(), end);
        entries_.erase(entries_.begin(), end);
        return part;
      });
    }

   private:
    Status begin() {
      FTPSFS_TRY_ASSIGN(const Node* node, owner_.find(directory_));
      if (!is_directory(*node)) return fail(ErrorKind::kNotDirectory, directory_);
      for (const auto& [path, each] : owner_.tree_) {
        const std::string name = name_within(directory_, path);
        if (!name.empty() && !name.starts_with(kHiddenPrefix)) entries_.push_back({name, each.attributes});
      }
      return {};
    }

    FakeRemoteFs& owner_;
    const std::string directory_;
    std::vector<remote::Entry> entries_;  ///< not told yet
    bool begun_ = false;
  };

  /// Reads what the file was when it was opened, as a server's open descriptor does.
  class FakeReader final : public remote::Reader {
   public:
    FakeReader(FakeRemoteFs& owner, std::string path, const Node& node, std::uint64_t offset)
        : owner_(owner),
          path_(std::move(path)),
          content_(node.content),
          version_(remote::Version::of(node.attributes)),
          position_(offset) {}

    Result<std::size_t> read(std::span<std::byte> into, const Context& context) override {
      return owner_.request<std::size_t>(Verb::kRead, context, [&]() -> Result<std::size_t> {
        if (std::exchange(parked_, false) && owner_.takes_parked_back) FTPSFS_TRY(begin_again());
        if (position_ >= content_->size()) return 0;
        const std::size_t count = std::min({into.size(), owner_.read_chunk, content_->size() - position_});
        std::memcpy(into.data(), content_->data() + position_, count);
        position_ += count;
        owner_.bytes_read += count;
        return count;
      });
    }
    void park() override { parked_ = true; }
    [[nodiscard]] std::uint64_t position() const override { return position_; }

   private:
    Status begin_again() {
      FTPSFS_TRY_ASSIGN(const Node* node, owner_.find(path_));
      if (remote::Version::of(node->attributes) != version_) return fail(ErrorKind::kStale, path_);
      content_ = node->content;
      return {};
    }

    FakeRemoteFs& owner_;
    const std::string path_;
    std::shared_ptr<const std::string> content_;
    const remote::Version version_;
    std::size_t position_;
    bool parked_ = false;
  };

  class FakeWriter final : public remote::Writer {
   public:
    FakeWriter(FakeRemoteFs& owner, std::string path, std::optional<std::size_t> patch_at = {})
        : owner_(owner), path_(std::move(path)), patch_at_(patch_at) {}

    Status write(std::span<const std::byte> from, const Context& context) override {
      return owner_.request<void>(Verb::kWrite, context, [&]() -> Status {
        FTPSFS_TRY_ASSIGN(const Node* node, owner_.find(path_));
        std::string content = *node->content;
        const std::size_t at = patch_at_.value_or(content.size());
        const bool cuts = patch_at_ && owner_.patches == Patches::kCut;
        content.replace(at, cuts ? content.size() : from.size(), reinterpret_cast<const char*>(from.data()),
                        from.size());
        if (patch_at_) *patch_at_ += from.size();
        if (!from.empty() && owner_.damaged_uploads > 0) --owner_.damaged_uploads, content[at] ^= 1;
        const std::string unique = node->attributes.unique;
        owner_.store(path_, std::move(content));
        owner_.tree_[path_].attributes.unique = unique;
        owner_.bytes_written += from.size();
        return {};
      });
    }
    Status finish(const Context& context) override {
      return owner_.request<void>(Verb::kFinish, context, []() -> Status { return {}; });
    }

   private:
    FakeRemoteFs& owner_;
    const std::string path_;
    std::optional<std::size_t> patch_at_;  ///< of the next byte; absent: they go to the end
  };

  /// One request; `act` runs under the lock.
  template <typename T, typename Act>
  Result<T> request(Verb verb, const Context& context, const Act& act) {
    return RequestScript::request<T>(verb, context, [&]() -> Result<T> {
      const std::scoped_lock lock(mutex_);
      return act();
    });
  }

  Result<Attributes> publish_locked(const remote::PublishRequest& wanted) {
    FTPSFS_TRY_ASSIGN(Node* const uploaded, find(wanted.temporary.text()));
    if (wanted.check_size && uploaded->attributes.size != wanted.size) return fail(ErrorKind::kIo, "cut short");
    const auto target = tree_.find(wanted.target.text());
    const bool exists = target != tree_.end();
    if (wanted.base_absent && exists) return fail(ErrorKind::kConflict, "created meanwhile");
    if (wanted.base && !exists) return fail(ErrorKind::kConflict, "removed meanwhile");
    if (wanted.base && !is_same(*wanted.base, target->second.attributes)) {
      return fail(ErrorKind::kConflict, "changed meanwhile");
    }
    if (wanted.mtime && capable.set_file_mtime) uploaded->attributes.mtime = *wanted.mtime;
    if (wanted.mode && capable.set_mode) uploaded->attributes.mode = *wanted.mode;
    move_locked(wanted.temporary.text(), wanted.target.text());
    const auto directory = tree_.find(wanted.target.parent().text());
    if (publishing_touches_directory && directory != tree_.end()) directory->second.attributes.mtime = ++time_;
    return tree_[wanted.target.text()].attributes;
  }

  std::string new_name(char kind) {
    const std::scoped_lock lock(mutex_);
    return std::string(kHiddenPrefix) + mount + kind + std::to_string(++last_temporary_);
  }

  template <typename Asked, typename PathOf>
  void note_asked(std::vector<std::vector<std::string>>& into, const std::vector<Asked>& asked, PathOf path_of) {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string>& paths = into.emplace_back();
    for (const Asked& each : asked) paths.push_back(path_of(each));
  }

  static bool is_same(const remote::Version& base, const Attributes& now) {
    return base.size == now.size && (base.mtime == 0 || base.mtime == now.mtime) &&
           (base.unique.empty() || base.unique == now.unique);
  }

  void move_locked(const std::string& from, const std::string& to) {
    std::map<std::string, Node> moved;
    for (auto each = tree_.begin(); each != tree_.end();) {
      if (each->first == from || each->first.starts_with(from + "/")) {
        moved[to + each->first.substr(from.size())] = std::move(each->second);
        each = tree_.erase(each);
      } else {
        ++each;
      }
    }
    for (auto& [path, node] : moved) tree_[path] = std::move(node);
  }

  void store(const std::string& path, std::string content) {
    Node& node = tree_[path];
    if (node.attributes.unique.empty() || is_directory(node)) {
      node.attributes = Attributes{};
      node.attributes.unique = "file" + std::to_string(++last_unique_);
      node.attributes.mode = 0644;
    }
    node.attributes.size = content.size();
    node.attributes.mtime = ++time_;
    node.attributes.mtime_exact = true;
    node.content = std::make_shared<const std::string>(std::move(content));
  }

  Attributes directory_attributes() {
    Attributes attributes;
    attributes.type = remote::FileType::kDirectory;
    attributes.mode = 0755;
    attributes.mtime = ++time_;
    attributes.mtime_exact = true;
    attributes.unique = "dir" + std::to_string(++last_unique_);
    return attributes;
  }

  Result<Node*> find(const std::string& path) {
    const auto found = tree_.find(path);
    if (found == tree_.end()) return fail(ErrorKind::kNotFound, path);
    return &found->second;
  }

  Status require_parent(const std::string& path) {
    const auto slash = path.rfind('/');
    FTPSFS_TRY_ASSIGN(const Node* parent, find(slash == std::string::npos ? "" : path.substr(0, slash)));
    if (!is_directory(*parent)) return fail(ErrorKind::kNotDirectory, path);
    return {};
  }

  static bool is_directory(const Node& node) { return node.attributes.type == remote::FileType::kDirectory; }

  /// The name of `path` within `directory`; "" when it is not directly in it.
  static std::string name_within(const std::string& directory, const std::string& path) {
    const std::string prefix = directory.empty() ? "" : directory + "/";
    if (path.size() <= prefix.size() || !path.starts_with(prefix)) return {};
    const std::string name = path.substr(prefix.size());
    return name.find('/') == std::string::npos ? name : std::string();
  }

  mutable std::mutex mutex_;
  std::map<std::string, Node> tree_;
  std::vector<std::vector<std::string>> glanced_;
  std::optional<remote::Outage> outage_;
  std::vector<std::vector<std::string>> refined_;
  std::int64_t time_ = 1'600'000'000;
  int last_unique_ = 0;
  int last_temporary_ = 0;
};

}  // namespace ftpsfs::test
