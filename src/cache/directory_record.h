// DirectoryRecord: what is known of the names in one directory, however old.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/cache/metadata_cache.h"

namespace ftpsfs::cache {

/// A complete listing, and what was learned since about single names. Two rules keep it simple: a listing never changes
/// once it was handed out, and whatever stands in `newer_` is at least as new as the listing.
/// Not thread-safe: its owner guards it.
class DirectoryRecord {
 public:
  /// Of one name; none when nothing is known.
  [[nodiscard]] std::optional<Knowledge> find(std::string_view name) const;
  /// When the listing was asked for; none when there is no complete one.
  [[nodiscard]] std::optional<Clock::TimePoint> listed() const;
  /// The listing with all that is newer folded in; null when there is no complete one.
  [[nodiscard]] std::shared_ptr<const Listing> listing();

  /// Takes a listing, its entries in order, unless a newer one is known. `told` holds what is not needed any more
  /// afterwards, so that the caller can destroy it outside of a lock.
  void learn_listing(std::shared_ptr<const Listing>& told);
  void learn(std::string_view name, Knowledge knowledge);
  void forget(std::string_view name);

  /// What it costs on the heap, itself not included.
  [[nodiscard]] std::size_t bytes() const { return listing_bytes_ + newer_bytes_; }

 private:
  using Newer = std::map<std::string, std::optional<Knowledge>, std::less<>>;

  static std::size_t weight_of(const Newer::value_type& item);
  void set_newer(std::string_view name, std::optional<Knowledge> knowledge);
  void fold();

  std::shared_ptr<const Listing> listing_;
  Newer newer_;              ///< without knowledge: the name was forgotten, whatever the listing says
  bool folded_ = true;       ///< the listing already shows all of newer_
  std::size_t unknown_ = 0;  ///< names in newer_ without knowledge: while there are any, the listing is not complete
  std::size_t listing_bytes_ = 0;
  std::size_t newer_bytes_ = 0;
};

}  // namespace ftpsfs::cache
