// Listings, reads and writes of a FakeRemoteFs.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_remote_server.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::test {

/// Tells what the directory held at the first next().
class FakeListingReader final : public remote::ListingReader {
 public:
  FakeListingReader(FakeRemoteServer& owner, std::string directory) : owner_(owner), directory_(std::move(directory)) {}

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
    FTPSFS_TRY_ASSIGN(const FakeRemoteTree::Node* node, owner_.files().find(directory_));
    if (!node->is_directory()) return fail(ErrorKind::kNotDirectory, directory_);
    for (const auto& [path, each] : owner_.files().all()) {
      const std::string name = FakeRemoteTree::name_within(directory_, path);
      if (!name.empty() && !name.starts_with(FakeRemoteServer::kHiddenPrefix))
        entries_.push_back({name, each.attributes});
    }
    return {};
  }

  FakeRemoteServer& owner_;
  const std::string directory_;
  std::vector<remote::Entry> entries_;  ///< not told yet
  bool begun_ = false;
};

/// Reads what the file was when it was opened, as a server's open descriptor does.
class FakeReader final : public remote::Reader {
 public:
  FakeReader(FakeRemoteServer& owner, std::string path, const FakeRemoteTree::Node& node, std::uint64_t offset)
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
    FTPSFS_TRY_ASSIGN(const FakeRemoteTree::Node* node, owner_.files().find(path_));
    if (remote::Version::of(node->attributes) != version_) return fail(ErrorKind::kStale, path_);
    content_ = node->content;
    return {};
  }

  FakeRemoteServer& owner_;
  const std::string path_;
  std::shared_ptr<const std::string> content_;
  const remote::Version version_;
  std::size_t position_;
  bool parked_ = false;
};

class FakeWriter final : public remote::Writer {
 public:
  FakeWriter(FakeRemoteServer& owner, std::string path, std::optional<std::size_t> patch_at = {})
      : owner_(owner), path_(std::move(path)), patch_at_(patch_at) {}

  Status write(std::span<const std::byte> from, const Context& context) override {
    return owner_.request<void>(Verb::kWrite, context, [&]() -> Status {
      FTPSFS_TRY_ASSIGN(const FakeRemoteTree::Node* node, owner_.files().find(path_));
      std::string content = *node->content;
      const std::size_t at = patch_at_.value_or(content.size());
      const bool cuts = patch_at_ && owner_.patches == FakeRemoteServer::Patches::kCut;
      content.replace(at, cuts ? content.size() : from.size(), reinterpret_cast<const char*>(from.data()), from.size());
      if (patch_at_) *patch_at_ += from.size();
      if (!from.empty() && owner_.damaged_uploads > 0) --owner_.damaged_uploads, content[at] ^= 1;
      const std::string unique = node->attributes.unique;
      owner_.files().store(path_, std::move(content));
      owner_.files().at(path_).attributes.unique = unique;
      owner_.bytes_written += from.size();
      return {};
    });
  }
  Status finish(const Context& context) override {
    return owner_.request<void>(Verb::kFinish, context, []() -> Status { return {}; });
  }

 private:
  FakeRemoteServer& owner_;
  const std::string path_;
  std::optional<std::size_t> patch_at_;  ///< of the next byte; absent: they go to the end
};

}  // namespace ftpsfs::test
