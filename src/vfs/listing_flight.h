// ListingFlight: a listing on its way from the server, which others read while it grows.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "vfs/entry_index.h"

namespace ftpsfs::vfs {

/// Any thread may call any member; one fetches. It costs what its entries cost, and ten bytes more for each until it
/// lands. A name told twice counts as told first.
class ListingFlight {
 public:
  /// How it ended.
  struct Landing {
    std::shared_ptr<const cache::Listing> listing;  ///< null after a failure
    bool current = false;                           ///< no change of ours came between
    std::optional<Error> error;                     ///< of a failure that is to be told
  };

  /// `mark`: taken before the request was sent.
  explicit ListingFlight(cache::Mark mark) : mark_(mark) {}

  [[nodiscard]] const cache::Mark& mark() const { return mark_; }

  /// For the one who fetches: more entries, in the server's order; then all of them; then how it ended, once.
  void add(const std::vector<remote::Entry>& entries) EXCLUDES(mutex_);
  [[nodiscard]] cache::EntryList told() const EXCLUDES(mutex_);
  void land(Landing landing) EXCLUDES(mutex_);

  /// Waits until more than `count` entries are told or it has landed. Errors: those of `context`.
  Status await(std::size_t count, const Context& context) const EXCLUDES(mutex_);
  /// Nothing while it is under way.
  [[nodiscard]] std::optional<Landing> landing() const EXCLUDES(mutex_);
  /// At most `most` of the entries told so far, from number `first` on. Numbers keep their meaning.
  [[nodiscard]] std::vector<remote::Entry> entries(std::size_t first, std::size_t most) const EXCLUDES(mutex_);
  /// How many are told so far.
  [[nodiscard]] std::size_t size() const EXCLUDES(mutex_);
  /// What was told of the name so far.
  [[nodiscard]] std::optional<remote::Attributes> find(std::string_view name) const EXCLUDES(mutex_);

 private:
  const cache::Mark mark_;
  mutable Mutex mutex_;  ///< nothing else is locked while it is held
  mutable ConditionVariable changed_;
  cache::EntryList told_ GUARDED_BY(mutex_);
  EntryIndex index_ GUARDED_BY(mutex_);  ///< of told_; empty after landing
  std::optional<Landing> landing_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
