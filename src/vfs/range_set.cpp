#include "vfs/range_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ftpsfs::vfs {

void RangeSet::add(Range range) {
  if (range.begin >= range.end) return;
  auto next = ranges_.upper_bound(range.begin);
  if (next != ranges_.begin() && std::prev(next)->second >= range.begin) next = std::prev(next);
  while (next != ranges_.end() && next->first <= range.end) {
    range.begin = std::min(range.begin, next->first);
    range.end = std::max(range.end, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(range.begin, range.end);
}

void RangeSet::cut(std::uint64_t end) {
  ranges_.erase(ranges_.lower_bound(end), ranges_.end());
  if (!ranges_.empty()) ranges_.rbegin()->second = std::min(ranges_.rbegin()->second, end);
}

void RangeSet::remove(Range range) {
  const std::vector<Range> parts = present(range);
  for (const Range& part : parts) {
    const auto holder = std::prev(ranges_.upper_bound(part.begin));
    const std::uint64_t end = std::exchange(holder->second, part.begin);
    if (holder->first == part.begin) ranges_.erase(holder);
    if (part.end < end) ranges_.emplace(part.end, end);
  }
}

std::optional<std::uint64_t> RangeSet::first() const {
  if (ranges_.empty()) return std::nullopt;
  return ranges_.begin()->first;
}

std::vector<Range> RangeSet::missing(Range within) const {
  std::vector<Range> gaps;
  std::uint64_t at = within.begin;
  auto next = ranges_.upper_bound(at);
  if (next != ranges_.begin()) at = std::max(at, std::prev(next)->second);
  while (at < within.end) {
    const std::uint64_t gap_end = next == ranges_.end() ? within.end : std::min(next->first, within.end);
    if (at < gap_end) gaps.push_back({at, gap_end});
    if (next == ranges_.end()) break;
    at = next->second;
    ++next;
  }
  return gaps;
}

std::vector<Range> RangeSet::present(Range within) const {
  std::vector<Range> found;
  std::uint64_t at = within.begin;
  for (const Range& gap : missing(within)) {
    if (at < gap.begin) found.push_back({at, gap.begin});
    at = gap.end;
  }
  if (at < within.end) found.push_back({at, within.end});
  return found;
}

}  // namespace ftpsfs::vfs
