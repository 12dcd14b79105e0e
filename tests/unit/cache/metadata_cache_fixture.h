// What the tests of MetadataCache share: a clock to turn, short ways to write paths and attributes.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/manual_clock.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "unit/path_at.h"

namespace ftpsfs::cache {

using test::at;

inline remote::Attributes file(std::uint64_t size, std::string unique = {}) {
  remote::Attributes attributes;
  attributes.size = size;
  attributes.unique = std::move(unique);
  return attributes;
}

inline remote::Attributes directory(std::string unique = {}) {
  remote::Attributes attributes;
  attributes.type = remote::FileType::kDirectory;
  attributes.unique = std::move(unique);
  return attributes;
}

class MetadataCacheTest : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kTimeToLive = std::chrono::seconds(10);

  bool list(std::string_view path, std::vector<remote::Entry> entries) {
    return cache_.learn_listing(at(path), std::move(entries), cache_.mark(at(path)));
  }
  bool stat(std::string_view path, const remote::Attributes& attributes) {
    return cache_.learn(at(path), attributes, cache_.mark(at(path).parent()));
  }
  bool stat_absent(std::string_view path) { return cache_.learn_absent(at(path), cache_.mark(at(path).parent())); }

  /// In one word: "?" unknown, "-" known not to exist, "d" a directory, else the size.
  std::string known(std::string_view path) {
    const auto knowledge = cache_.find(at(path));
    if (!knowledge) return "?";
    if (!knowledge->attributes) return "-";
    if (knowledge->attributes->type == remote::FileType::kDirectory) return "d";
    return std::to_string(knowledge->attributes->size);
  }

  /// "a=1 b=2", or "?" when no fresh listing is known.
  std::string listed(std::string_view path) {
    const auto listing = cache_.listing(at(path));
    if (!listing) return "?";
    std::string text;
    for (const auto& [name, attributes] : listing->entries) {
      if (!text.empty()) text += ' ';
      const bool is_directory = attributes.type == remote::FileType::kDirectory;
      text += name + '=' + (is_directory ? "d" : std::to_string(attributes.size));
    }
    return text;
  }

  void pass(std::chrono::milliseconds span) { clock_.advance(span); }

  test::ManualClock clock_;
  MetadataCache cache_{1 << 20, kTimeToLive, clock_};
};

}  // namespace ftpsfs::cache
