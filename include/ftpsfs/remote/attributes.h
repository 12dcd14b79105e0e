// What the far side tells of a file, in file-system words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ftpsfs::remote {

enum class FileType { kFile, kDirectory, kSymlink };

struct Attributes {
  FileType type = FileType::kFile;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;             ///< seconds since 1970, UTC; 0 when the server does not tell
  bool mtime_exact = false;           ///< to the second; a listing without MLSD tells minutes or days
  std::optional<std::uint32_t> mode;  ///< permission bits when told, at most 07777
  std::uint32_t links = 1;
  bool size_told = true;     ///< false only on its way here: `size` is 0 until SIZE is asked
  bool provisional = false;  ///< from a quick look, with a rough time: RemoteFs::refine() tells the rest
  bool readable = true;      ///< false when the perm fact forbids what a reader needs
  bool writable = true;      ///< and what a writer needs
  std::string unique;        ///< identity on the server across renames; empty when not told
  std::string link_target;   ///< of a symbolic link, as the server told it

  bool operator==(const Attributes&) const = default;
};

/// One name in a directory.
struct Entry {
  std::string name;
  Attributes attributes;
};

/// Tells one content of a file from another.
struct Version {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::string unique;

  static Version of(const Attributes& attributes) { return {attributes.size, attributes.mtime, attributes.unique}; }
  /// For may_be(): a time that is not exact is left out, as it may be told differently another time.
  static Version exactly(const Attributes& attributes) {
    return {attributes.size, attributes.mtime_exact ? attributes.mtime : 0, attributes.unique};
  }

  /// May this be the content that is told of now? What either side does not tell is no difference.
  [[nodiscard]] bool may_be(const Attributes& now) const {
    if (size != now.size) return false;
    if (mtime != 0 && now.mtime_exact && mtime != now.mtime) return false;
    return unique.empty() || now.unique.empty() || unique == now.unique;
  }
  bool operator==(const Version&) const = default;
};

}  // namespace ftpsfs::remote
