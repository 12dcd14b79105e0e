// FakeRemoteFs: a server in memory, whose answers a test directs by what FakeRemoteServer and RequestScript offer.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/fake_remote_server.h"
#include "fakes/fake_remote_streams.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::test {

/// Any thread may call any member.
class FakeRemoteFs final : public remote::RemoteFs, public FakeRemoteServer {
 public:
  using Attributes = remote::Attributes;
  using RemotePath = remote::RemotePath;

  [[nodiscard]] const remote::Capabilities& capabilities() const override { return capable; }

  [[nodiscard]] Status check_new_name(const RemotePath& path) const override {
    if (unwritable_names.empty() || path.name().find(unwritable_names) == std::string_view::npos) return {};
    return fail(ErrorKind::kUnrepresentable, path.text() + " cannot be written");
  }

  Result<Attributes> stat(const RemotePath& path, const Context& context) override {
    return request<Attributes>(Verb::kStat, context, [&]() -> Result<Attributes> {
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(path.text()));
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
        const Node* const found = tree_.find_if_there(directory);
        if (requests[i].itself && found != nullptr) glances[i].itself = found->attributes;
        if (!directory.empty() && (found == nullptr || !found->is_directory())) continue;
        glances[i].entries.emplace();
        for (const auto& [path, each] : tree_.all()) {
          const std::string name = FakeRemoteTree::name_within(directory, path);
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
        const Node* const found = tree_.find_if_there(named.path.text());
        refined.push_back(found == nullptr ? std::nullopt : std::optional(found->attributes));
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
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(wanted.path.text()));
      if (node->is_directory()) return fail(ErrorKind::kIsDirectory, wanted.path.text());
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
      FTPSFS_TRY(tree_.require_parent(path));
      if (wanted.mode == remote::WriteMode::kReplace || !tree_.contains(path)) tree_.store(path, "");
      if (wanted.mode != remote::WriteMode::kPatch) return std::make_unique<FakeWriter>(*this, path);
      if (patches == Patches::kRefused) return fail(ErrorKind::kUnsupported, "no REST before STOR");
      return std::make_unique<FakeWriter>(*this, path, wanted.offset);
    });
  }

  Status copy(const remote::CopyRequest& wanted, const Context& context) override {
    if (!copies) return fail(ErrorKind::kUnsupported, "no SITE CPFR");
    return request<void>(Verb::kCopy, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* source, tree_.find(wanted.source.text()));
      if (!wanted.expected.may_be(source->attributes)) return fail(ErrorKind::kStale, wanted.source.text());
      FTPSFS_TRY(tree_.require_parent(wanted.target.text()));
      tree_.store(wanted.target.text(), *source->content);
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
      FTPSFS_TRY_ASSIGN([[maybe_unused]] const Node* source, tree_.find(from.text()));
      FTPSFS_TRY(tree_.require_parent(to.text()));
      if (!replace && tree_.contains(to.text())) return fail(ErrorKind::kExists, to.text());
      tree_.move(from.text(), to.text());
      return {};
    });
  }

  Status remove(const RemotePath& file, const Context& context) override {
    return request<void>(Verb::kRemove, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(file.text()));
      if (node->is_directory()) return fail(ErrorKind::kIsDirectory, file.text());
      tree_.erase(file.text());
      return {};
    });
  }

  Status make_directory(const RemotePath& directory, const Context& context) override {
    return request<void>(Verb::kMakeDirectory, context, [&]() -> Status {
      FTPSFS_TRY(tree_.require_parent(directory.text()));
      if (tree_.contains(directory.text())) return fail(ErrorKind::kExists, directory.text());
      tree_.put_directory(directory.text());
      return {};
    });
  }

  Status remove_directory(const RemotePath& directory, const Context& context) override {
    return request<void>(Verb::kRemoveDirectory, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(directory.text()));
      if (!node->is_directory()) return fail(ErrorKind::kNotDirectory, directory.text());
      const std::string inside = directory.text() + "/";
      for (const auto& [path, each] : tree_.all()) {
        if (path.starts_with(inside)) return fail(ErrorKind::kNotEmpty, directory.text());
      }
      tree_.erase(directory.text());
      return {};
    });
  }

  Status make_link(const RemotePath& link, const std::string& target, const Context& context) override {
    return request<void>(Verb::kMakeLink, context, [&]() -> Status {
      if (!makes_links) return fail(ErrorKind::kNotPermitted, "no SITE SYMLINK");
      FTPSFS_TRY(tree_.require_parent(link.text()));
      if (tree_.contains(link.text())) return fail(ErrorKind::kExists, link.text());
      const std::filesystem::path there = std::filesystem::path("/" + link.text()).parent_path() / target;
      if (links_need_targets && !tree_.contains(there.lexically_normal().string().substr(1))) {
        return fail(ErrorKind::kNotFound, target);
      }
      Node& node = tree_.at(link.text());
      node.attributes.type = remote::FileType::kSymlink;
      node.attributes.link_target = target;
      return {};
    });
  }

  Status set_mtime(const RemotePath& path, std::int64_t mtime, const Context& context) override {
    return request<void>(Verb::kSetMtime, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(Node* const node, tree_.find(path.text()));
      const bool can = node->is_directory() ? capable.set_directory_mtime : capable.set_file_mtime;
      if (!can) return fail(ErrorKind::kUnsupported, "no MFMT");
      node->attributes.mtime = mtime;
      return {};
    });
  }

  Status set_mode(const RemotePath& path, std::uint32_t mode, const Context& context) override {
    return request<void>(Verb::kSetMode, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(Node* const node, tree_.find(path.text()));
      if (!capable.set_mode) return fail(ErrorKind::kUnsupported, "no SITE CHMOD");
      node->attributes.mode = mode;
      return {};
    });
  }

  Result<std::optional<remote::Checksum>> checksum(const RemotePath& file, const Context& context) override {
    using Told = std::optional<remote::Checksum>;
    return request<Told>(Verb::kChecksum, context, [&]() -> Result<Told> {
      if (!checksums) return Told(std::nullopt);
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(file.text()));
      FTPSFS_TRY_ASSIGN(net::Digest digest, net::Digest::begin(*checksums));
      digest.update(std::as_bytes(std::span(*node->content)));
      return remote::Checksum{*checksums, digest.finish()};
    });
  }

  Result<std::optional<std::string>> facts(const RemotePath& path, const Context& context) override {
    using Told = std::optional<std::string>;
    return request<Told>(Verb::kFacts, context, [&]() -> Result<Told> {
      FTPSFS_TRY_ASSIGN(const Node* node, tree_.find(path.text()));
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
      FTPSFS_TRY(tree_.find(directory.text()));
      Files files;
      for (const auto& [path, each] : tree_.all()) {
        const std::string name = FakeRemoteTree::name_within(directory.text(), path);
        const std::size_t end = name.find_first_of("-_", kHiddenPrefix.size());
        if (!name.starts_with(kHiddenPrefix) || end == std::string::npos) continue;
        files.push_back({name, name.substr(kHiddenPrefix.size(), end - kHiddenPrefix.size()), name[end] == '_'});
      }
      return files;
    });
  }

 private:
  Result<Attributes> publish_locked(const remote::PublishRequest& wanted) {
    FTPSFS_TRY_ASSIGN(Node* const uploaded, tree_.find(wanted.temporary.text()));
    if (wanted.check_size && uploaded->attributes.size != wanted.size) return fail(ErrorKind::kIo, "cut short");
    const Node* const target = tree_.find_if_there(wanted.target.text());
    const bool exists = target != nullptr;
    if (wanted.base_absent && exists) return fail(ErrorKind::kConflict, "created meanwhile");
    if (wanted.base && !exists) return fail(ErrorKind::kConflict, "removed meanwhile");
    if (wanted.base && !is_same(*wanted.base, target->attributes)) {
      return fail(ErrorKind::kConflict, "changed meanwhile");
    }
    if (wanted.mtime && capable.set_file_mtime) uploaded->attributes.mtime = *wanted.mtime;
    if (wanted.mode && capable.set_mode) uploaded->attributes.mode = *wanted.mode;
    tree_.move(wanted.temporary.text(), wanted.target.text());
    Node* const directory = tree_.find_if_there(wanted.target.parent().text());
    if (publishing_touches_directory && directory != nullptr) directory->attributes.mtime = tree_.next_time();
    return tree_.at(wanted.target.text()).attributes;
  }

  std::string new_name(char kind) {
    const std::scoped_lock lock(mutex_);
    return std::string(kHiddenPrefix) + mount + kind + std::to_string(++last_temporary_);
  }

  static bool is_same(const remote::Version& base, const Attributes& now) {
    return base.size == now.size && (base.mtime == 0 || base.mtime == now.mtime) &&
           (base.unique.empty() || base.unique == now.unique);
  }

  int last_temporary_ = 0;
};

}  // namespace ftpsfs::test
