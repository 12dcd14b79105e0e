// Dialect: what this server can do; learned from FEAT, from what is known of its kind, and from its refusals while we
// work.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "ftpsfs/ftp/features.h"
#include "ftpsfs/remote/remote_fs.h"
#include "remote/ability.h"
#include "remote/server_kind.h"

namespace ftpsfs::remote {

/// Any thread may call any member. An ability once lost does not come back.
class Dialect {
 public:
  /// `kind` outlives it.
  Dialect(const ftp::Features& features, const ServerKind& kind);

  [[nodiscard]] bool has(Ability ability) const { return (abilities_.load() & set_of(ability)) != 0; }
  void lacks(Ability ability) { abilities_.fetch_and(~set_of(ability)); }

  [[nodiscard]] const ServerKind& kind() const { return kind_; }
  /// The abilities lost to refusals, or to what earlier mounts were refused.
  [[nodiscard]] Abilities lost() const { return told_ & ~abilities_.load(); }

  /// The server takes names that differ in case alone for one.
  [[nodiscard]] bool folds_case() const { return folds_case_.load(); }
  void learn_folds_case() { folds_case_ = true; }
  /// The same, when it was found out by asking; the greeting had not told.
  [[nodiscard]] std::optional<bool> found_folding() const {
    return asked_for_case_ ? std::optional(folds_case()) : std::nullopt;
  }
  void find_folding(bool folds);

  /// What to add to the times in a LIST so that they are UTC; absent until a file's MDTM has told.
  [[nodiscard]] std::optional<std::chrono::seconds> list_zone() const;
  void learn_list_zone(std::chrono::seconds zone) { list_zone_.store(zone.count()); }

  [[nodiscard]] Capabilities capabilities() const;

 private:
  static constexpr std::int64_t kZoneUnknown = INT64_MIN;

  const ServerKind& kind_;
  const Abilities told_;  ///< by FEAT, and by its kind
  std::atomic<Abilities> abilities_;
  std::atomic<std::int64_t> list_zone_{kZoneUnknown};
  std::atomic<bool> folds_case_{false};
  std::atomic<bool> asked_for_case_{false};
};

}  // namespace ftpsfs::remote
