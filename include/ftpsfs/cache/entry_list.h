// EntryList: the entries of a directory, packed.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ftpsfs/remote/attributes.h"

namespace ftpsfs::cache {

/// Grows at its end only. An entry costs 40 bytes and its strings; what is packed once never moves, and copies of the
/// list share it. Not thread-safe while it grows.
class EntryList {
 public:
  class Iterator;

  EntryList() = default;
  EntryList(std::initializer_list<remote::Entry> entries) { append(std::span(entries.begin(), entries.size())); }
  EntryList(const std::vector<remote::Entry>& entries) { append(entries); }  // NOLINT(*-explicit-*): the same, packed

  /// An identity (`unique`) over 64 KiB is left out.
  void append(std::span<const remote::Entry> entries);

  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] bool empty() const { return order_.empty(); }
  /// Valid while this list or a copy lives.
  [[nodiscard]] std::string_view name(std::size_t place) const;
  [[nodiscard]] remote::FileType type(std::size_t place) const;
  [[nodiscard]] bool provisional(std::size_t place) const;
  [[nodiscard]] remote::Attributes attributes(std::size_t place) const;
  [[nodiscard]] remote::Entry operator[](std::size_t place) const;
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

  /// The same entries ordered by name, each name once: the first of several stays.
  [[nodiscard]] EntryList in_order() const;
  /// Of a list in order: where the name stands; its first place not before the name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] std::size_t lower_bound(std::string_view name) const;
  /// Of a list in order: a copy in memory of its own, in order, without the names in `gone` and with the entries of
  /// `newer` in the place of those of the same name. Both are in order too.
  [[nodiscard]] EntryList amended(const EntryList& newer, const std::vector<std::string_view>& gone) const;

  /// What it costs on the heap, itself not included.
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Block = std::shared_ptr<const char[]>;
  struct Header;

  static Header header_of(const char* record);
  static std::string_view name_of(const char* record);
  void compact();

  std::vector<const char*> order_;  ///< records in blocks_
  std::vector<Block> blocks_;
  std::size_t block_bytes_ = 0;
};

/// Goes through the entries; each is made when it is looked at.
class EntryList::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = remote::Entry;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = remote::Entry;

  Iterator(const EntryList& list, std::size_t place) : list_(&list), place_(place) {}
  remote::Entry operator*() const { return (*list_)[place_]; }
  Iterator& operator++() {
    ++place_;
    return *this;
  }
  bool operator==(const Iterator&) const = default;

 private:
  const EntryList* list_;
  std::size_t place_;
};

inline EntryList::Iterator EntryList::begin() const { return {*this, 0}; }
inline EntryList::Iterator EntryList::end() const { return {*this, size()}; }

}  // namespace ftpsfs::cache
