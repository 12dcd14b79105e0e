#include "cache/content_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ftpsfs/base/private_folder.h"

namespace ftpsfs::cache {
namespace {

constexpr std::string_view kMagic = "ftpsfs content 1";
constexpr std::size_t kHashDigits = 16;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kIndexed = 256;  // bytes of a block's row
using Checksum = std::uint64_t;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

/// The fixed part of a head; then come the content's key and the table of checksums. In the machine's own byte order:
/// the files stay here.
struct Head {
  std::array<char, kMagic.size()> magic{};
  std::uint64_t key_bytes = 0;
  std::uint64_t content_bytes = 0;

  [[nodiscard]] std::uint64_t block_count() const { return (content_bytes + kBlockSize - 1) / kBlockSize; }
  [[nodiscard]] std::size_t block_bytes(std::uint64_t index) const { return block_length(content_bytes, index); }
  /// Where a block's checksum stands.
  [[nodiscard]] off_t checksum_at(std::uint64_t index) const {
    return static_cast<off_t>(sizeof(Head) + key_bytes + index * sizeof(Checksum));
  }
  /// Where a block begins: at a page, so that its space can be given back; a single one goes with its file.
  [[nodiscard]] off_t block_at(std::uint64_t index) const {
    const auto table_end = static_cast<std::uint64_t>(checksum_at(block_count()));
    const std::uint64_t begin = block_count() == 1 ? table_end : whole_pages(table_end);
    return static_cast<off_t>(begin + index * kBlockSize);
  }
  /// What a block takes on disk, with a page for its share of head, table and index.
  [[nodiscard]] std::uint64_t cost(std::uint64_t index) const {
    if (block_count() == 1) return whole_pages(static_cast<std::uint64_t>(block_at(0)) + block_bytes(0)) + kIndexed;
    return whole_pages(block_bytes(index)) + kPage + kIndexed;
  }
};

Head head_of(const DiskContent& content) {
  Head head{{}, content.key.size(), content.size};
  std::copy(kMagic.begin(), kMagic.end(), head.magic.begin());
  return head;
}

/// The whole head of a file, key included, as bytes to compare.
std::string head_bytes(const DiskContent& content) {
  const Head head = head_of(content);
  std::string bytes(sizeof head, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes + content.key;
}

std::string shard_name(std::uint64_t shard) { return fmt::format("{:02x}", shard); }

std::string name_of(std::uint64_t hash) { return fmt::format("{}/{:016x}", shard_name(hash >> 56U), hash); }

/// The reverse, of a name within its folder.
std::optional<std::uint64_t> hash_of(std::string_view name) {
  std::uint64_t hash = 0;
  const char* const end = name.data() + name.size();
  const auto [parsed, error] = std::from_chars(name.data(), end, hash, 16);
  if (error != std::errc{} || parsed != end || name.size() != kHashDigits) return std::nullopt;
  return hash;
}

Checksum checksum_of(const Block& block, std::uint64_t index) {
  return XXH3_64bits_withSeed(block.data(), block.size(), index);
}

bool has_head(int file, const std::string& head) {
  std::string found(head.size(), '\0');
  return ::pread(file, found.data(), found.size(), 0) == static_cast<ssize_t>(found.size()) && found == head;
}

std::optional<Head> read_head(int file) {
  Head head;
  if (::pread(file, &head, sizeof head, 0) != sizeof head) return std::nullopt;
  constexpr std::uint64_t kLongestKey = 1U << 16U;
  constexpr std::uint64_t kLargestContent = std::uint64_t{1} << 60U;
  const bool makes_sense = std::string_view(head.magic.data(), head.magic.size()) == kMagic &&
                           head.key_bytes <= kLongestKey && head.content_bytes <= kLargestContent;
  return makes_sense ? std::optional(head) : std::nullopt;
}

/// The blocks whose places are no holes.
std::vector<std::uint64_t> filled_places(int file, const Head& head) {
  std::vector<std::uint64_t> filled;
  std::uint64_t index = 0;
  for (off_t hole = 0;;) {
    const off_t data = ::lseek(file, hole, SEEK_DATA);
    if (data < 0) return filled;
    hole = ::lseek(file, data, SEEK_HOLE);
    if (hole < 0) return filled;
    while (index < head.block_count() && head.block_at(index) < data) ++index;
    for (; index < head.block_count(); ++index) {
      if (head.block_at(index) + static_cast<off_t>(head.block_bytes(index)) > hole) break;
      filled.push_back(index);
    }
  }
}

bool write_all(int file, const void* bytes, std::size_t size, off_t at) {
  const ssize_t put = ::pwrite(file, bytes, size, at);
  if (put >= 0 && static_cast<std::size_t>(put) != size) errno = ENOSPC;
  return put == static_cast<ssize_t>(size);
}

bool read_all(int file, void* bytes, std::size_t size, off_t at) {
  return ::pread(file, bytes, size, at) == static_cast<ssize_t>(size);
}

}  // namespace

Result<ContentFiles> ContentFiles::open(const std::string& directory, const Deadline& patience) {
  FTPSFS_TRY_ASSIGN(UniqueFd fd, open_private_folder(directory));
  FTPSFS_TRY_ASSIGN(UniqueFd lock, lock_folder(fd.get(), directory, patience));
  return ContentFiles(directory, std::move(fd), std::move(lock));
}

Result<BlockPtr> ContentFiles::read(const DiskContent& content, std::uint64_t index) const {
  const std::string name = name_of(content.hash);
  const UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) {
    const bool failed = errno != ENOENT && errno != EMFILE && errno != ENFILE;
    if (failed) return fail(disk_error(name, errno));
    return BlockPtr{};
  }
  if (!has_head(file.get(), head_bytes(content))) return BlockPtr{};
  const Head head = head_of(content);
  auto block = std::make_shared<Block>(head.block_bytes(index));
  Checksum checksum = 0;
  errno = 0;
  const bool whole = read_all(file.get(), &checksum, sizeof checksum, head.checksum_at(index)) &&
                     read_all(file.get(), block->data(), block->size(), head.block_at(index));
  if (!whole && errno == EIO) return fail(disk_error(name, errno));
  if (!whole || checksum != checksum_of(*block, index)) return BlockPtr{};
  return block;
}

bool ContentFiles::holds(const DiskContent& content, std::uint64_t first, std::uint64_t count) const {
  const Head head = head_of(content);
  if (first + count > head.block_count()) return false;
  const UniqueFd file(::openat(fd_.get(), name_of(content.hash).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return false;
  const off_t begin = head.block_at(first);
  const off_t end = head.block_at(first + count - 1) + static_cast<off_t>(head.block_bytes(first + count - 1));
  return ::lseek(file.get(), begin, SEEK_DATA) == begin && ::lseek(file.get(), begin, SEEK_HOLE) >= end;
}

// A file of another content with the same hash, or with a torn head, makes way.
Result<UniqueFd> ContentFiles::open_for_writing(const DiskContent& content) const {
  const std::string name = name_of(content.hash);
  const std::string head = head_bytes(content);
  UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (file.valid() && has_head(file.get(), head)) return file;
  if (!file.valid() && errno != ENOENT) return fail(disk_error(name, errno));
  if (file.valid()) FTPSFS_TRY(remove_all(content.hash));
  const std::string shard = name.substr(0, name.find('/'));
  if (::mkdirat(fd_.get(), shard.c_str(), 0700) != 0 && errno != EEXIST) return fail(disk_error(name, errno));
  file.reset(::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return fail(disk_error(name, errno));
  if (!write_all(file.get(), head.data(), head.size(), 0)) return fail(disk_error(name, errno));
  return file;
}

// What a power cut leaves of it is told by the checksum, so nothing is synced.
Status ContentFiles::write(const DiskContent& content, std::uint64_t index, const Block& block) const {
  FTPSFS_TRY_ASSIGN(const UniqueFd file, open_for_writing(content));
  const Head head = head_of(content);
  const Checksum checksum = checksum_of(block, index);
  const bool written = write_all(file.get(), block.data(), block.size(), head.block_at(index)) &&
                       write_all(file.get(), &checksum, sizeof checksum, head.checksum_at(index));
  if (!written) return fail(disk_error(directory_, errno));
  return {};
}

Status ContentFiles::remove(const BlockPlace& place) const {
  const std::string name = name_of(place.hash);
  const UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid() && errno != ENOENT) return fail(disk_error(name, errno));
  const auto head = file.valid() ? read_head(file.get()) : std::nullopt;
  if (!head) return {};
  if (place.index >= head->block_count()) return {};
  // The end of the last page with it: beyond the end of the file there is nothing.
  const auto bytes = static_cast<off_t>(whole_pages(head->block_bytes(place.index)));
  constexpr int kMakeHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(file.get(), kMakeHole, head->block_at(place.index), bytes) == 0) return {};
  if (errno == EOPNOTSUPP) return fail(ErrorKind::kUnsupported, name);
  return fail(disk_error(name, errno));
}

Status ContentFiles::remove_all(std::uint64_t hash) const {
  const std::string name = name_of(hash);
  if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) return fail(disk_error(name, errno));
  return {};
}

std::uint64_t ContentFiles::cost(const DiskContent& content, std::uint64_t index) {
  return head_of(content).cost(index);
}

Result<std::map<BlockPlace, std::uint64_t>> ContentFiles::list(unsigned shard) const {
  const std::string folder = shard_name(shard);
  std::map<BlockPlace, std::uint64_t> found;
  const int fd = ::openat(fd_.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return found;
  if (fd < 0) return fail(disk_error(folder, errno));
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const UniqueFd file(::openat(fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const auto hash = hash_of(name);
    const auto head = file.valid() && hash && *hash >> 56U == shard ? read_head(file.get()) : std::nullopt;
    if (!head) {
      ::unlinkat(fd, entry->d_name, 0);
      continue;
    }
    for (const std::uint64_t index : filled_places(file.get(), *head)) {
      found.emplace(BlockPlace{*hash, index}, head->cost(index));
    }
  }
  return found;
}

}  // namespace ftpsfs::cache
