// RangeSet: disjoint half-open ranges of byte offsets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace ftpsfs::vfs {

/// Bytes [begin, end).
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool operator==(const Range&) const = default;
};

/// Adjacent and overlapping ranges merge. Not thread-safe.
class RangeSet {
 public:
  void add(Range range);
  /// Takes out all from `end` on.
  void cut(std::uint64_t end);
  void remove(Range range);
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// Where the first of them begins; nullopt: there is none.
  [[nodiscard]] std::optional<std::uint64_t> first() const;
  /// The parts of `within` that are not in the set, in order.
  [[nodiscard]] std::vector<Range> missing(Range within) const;
  /// The parts of `within` that are in the set, in order.
  [[nodiscard]] std::vector<Range> present(Range within) const;

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  ///< begin to end
};

}  // namespace ftpsfs::vfs
