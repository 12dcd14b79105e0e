#include "ftpsfs/cache/entry_list.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "cache/weight.h"

namespace ftpsfs::cache {

using remote::Attributes;
using remote::Entry;
using remote::FileType;

/// A record begins with this, then come name, identity and link target. It stands at any address.
struct EntryList::Header {
  std::uint64_t size;
  std::int64_t mtime;
  std::uint32_t links;
  std::uint32_t target_length;
  std::uint16_t unique_length;
  std::uint16_t mode;
  std::uint16_t name_length;
  std::uint8_t type : 2;  ///< a FileType
  bool mode_told : 1;
  bool mtime_exact : 1;
  bool provisional : 1;
  bool readable : 1;
  bool writable : 1;

  [[nodiscard]] std::size_t record_bytes() const { return sizeof *this + name_length + unique_length + target_length; }
};

EntryList::Header EntryList::header_of(const char* record) {
  Header header;
  std::memcpy(&header, record, sizeof header);
  return header;
}

std::string_view EntryList::name_of(const char* record) {
  return {record + sizeof(Header), header_of(record).name_length};
}

void EntryList::append(std::span<const Entry> entries) {
  if (entries.empty()) return;
  constexpr std::size_t kLongestIdentity = std::numeric_limits<std::uint16_t>::max();
  const auto make_header = [](const Entry& entry) {
    const Attributes& told = entry.attributes;
    return Header{
        .size = told.size,
        .mtime = told.mtime,
        .links = told.links,
        .target_length = static_cast<std::uint32_t>(told.link_target.size()),
        .unique_length = static_cast<std::uint16_t>(told.unique.size() > kLongestIdentity ? 0 : told.unique.size()),
        .mode = static_cast<std::uint16_t>(told.mode.value_or(0)),
        .name_length = static_cast<std::uint16_t>(entry.name.size()),
        .type = static_cast<std::uint8_t>(told.type),
        .mode_told = told.mode.has_value(),
        .mtime_exact = told.mtime_exact,
        .provisional = told.provisional,
        .readable = told.readable,
        .writable = told.writable};
  };
  std::size_t total = 0;
  for (const Entry& entry : entries) total += make_header(entry).record_bytes();
  const auto block = std::make_shared_for_overwrite<char[]>(total);
  char* end = block.get();
  const auto put = [&end](const void* from, std::size_t length) {
    std::memcpy(end, from, length);
    end += length;
  };
  for (const Entry& entry : entries) {
    const Header header = make_header(entry);
    order_.push_back(end);
    put(&header, sizeof header);
    put(entry.name.data(), header.name_length);
    put(entry.attributes.unique.data(), header.unique_length);
    put(entry.attributes.link_target.data(), header.target_length);
  }
  blocks_.push_back(block);
  block_bytes_ += heap_bytes(total + kControlBlock);
}

std::string_view EntryList::name(std::size_t place) const { return name_of(order_[place]); }

FileType EntryList::type(std::size_t place) const { return static_cast<FileType>(header_of(order_[place]).type); }

bool EntryList::provisional(std::size_t place) const { return header_of(order_[place]).provisional; }

Attributes EntryList::attributes(std::size_t place) const {
  const char* record = order_[place];
  const Header header = header_of(record);
  const char* strings = record + sizeof header + header.name_length;
  Attributes told;
  told.type = static_cast<FileType>(header.type);
  told.size = header.size;
  told.mtime = header.mtime;
  told.mtime_exact = header.mtime_exact;
  if (header.mode_told) told.mode = header.mode;
  told.links = header.links;
  told.provisional = header.provisional;
  told.readable = header.readable;
  told.writable = header.writable;
  told.unique.assign(strings, header.unique_length);
  told.link_target.assign(strings + header.unique_length, header.target_length);
  return told;
}

Entry EntryList::operator[](std::size_t place) const { return {std::string(name(place)), attributes(place)}; }

EntryList EntryList::in_order() const {
  EntryList ordered = *this;
  std::vector<const char*>& records = ordered.order_;
  if (!std::ranges::is_sorted(records, {}, name_of)) std::ranges::stable_sort(records, {}, name_of);
  const auto same_name = [](const char* one, const char* other) { return name_of(one) == name_of(other); };
  records.erase(std::unique(records.begin(), records.end(), same_name), records.end());
  records.shrink_to_fit();
  return ordered;
}

std::size_t EntryList::lower_bound(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(order_, name, {}, name_of) - order_.begin());
}

std::optional<std::size_t> EntryList::find(std::string_view name) const {
  const std::size_t place = lower_bound(name);
  return place < size() && this->name(place) == name ? std::optional(place) : std::nullopt;
}

EntryList EntryList::amended(const EntryList& newer, const std::vector<std::string_view>& gone) const {
  EntryList result;
  result.order_.reserve(size() + newer.size());
  auto next_newer = newer.order_.begin();
  auto next_gone = gone.begin();
  for (const char* record : order_) {
    const std::string_view name = name_of(record);
    while (next_newer != newer.order_.end() && name_of(*next_newer) < name) result.order_.push_back(*next_newer++);
    while (next_gone != gone.end() && *next_gone < name) ++next_gone;
    const bool replaced = next_newer != newer.order_.end() && name_of(*next_newer) == name;
    const bool removed = next_gone != gone.end() && *next_gone == name;
    if (!replaced && !removed) result.order_.push_back(record);
  }
  result.order_.insert(result.order_.end(), next_newer, newer.order_.end());
  result.compact();
  return result;
}

/// Moves all records into one block.
void EntryList::compact() {
  std::size_t total = 0;
  for (const char* record : order_) total += header_of(record).record_bytes();
  const auto block = std::make_shared_for_overwrite<char[]>(total);
  char* end = block.get();
  for (const char*& record : order_) {
    const std::size_t length = header_of(record).record_bytes();
    std::memcpy(end, record, length);
    record = std::exchange(end, end + length);
  }
  order_.shrink_to_fit();
  blocks_ = {block};
  block_bytes_ = heap_bytes(total + kControlBlock);
}

std::size_t EntryList::bytes() const {
  if (empty()) return 0;
  return block_bytes_ + heap_bytes(order_.capacity() * sizeof order_[0]) +
         heap_bytes(blocks_.capacity() * sizeof(Block));
}

}  // namespace ftpsfs::cache
