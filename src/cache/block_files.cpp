#include "cache/block_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <thread>
#include <utility>

namespace ftpsfs::cache {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr const char* kIncoming = "incoming";  // a block until it is whole
constexpr int kHashDigits = 16;

Error disk_error(const std::string& what, int saved_errno) {
  const bool full = saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG;
  return os_error(full ? ErrorKind::kNoSpace : ErrorKind::kIo, what, saved_errno);
}

std::string shard_name(std::uint64_t shard) { return fmt::format("{:02x}", shard); }

std::string name_of(const BlockPlace& place) {
  return fmt::format("{}/{:016x}-{}", shard_name(place.hash >> 56U), place.hash, place.index);
}

/// The reverse, of the name within its folder.
std::optional<BlockPlace> place_of(std::string_view name) {
  BlockPlace place;
  const char* const end = name.data() + name.size();
  const auto hash = std::from_chars(name.data(), end, place.hash, 16);
  if (hash.ec != std::errc{} || hash.ptr != name.data() + kHashDigits || hash.ptr == end || *hash.ptr != '-') {
    return std::nullopt;
  }
  const auto index = std::from_chars(hash.ptr + 1, end, place.index);
  if (index.ec != std::errc{} || index.ptr != end) return std::nullopt;
  return place;
}

std::string label_of(const DiskContent& content, std::uint64_t index) {
  return fmt::format("ftpsfs block 1\n{}{}\n", content.key, index);
}

std::uint64_t cost_of(std::uint64_t file_bytes) {
  constexpr std::uint64_t kPage = 4096;
  constexpr std::uint64_t kIndexed = 256;
  return (file_bytes + kPage - 1) / kPage * kPage + kIndexed;
}

/// Opens a directory that is ours alone, made when it is missing.
Result<UniqueFd> open_private(int parent, const std::string& path) {
  if (::mkdirat(parent, path.c_str(), kPrivateDirectory) != 0 && errno != EEXIST) return fail(disk_error(path, errno));
  UniqueFd fd(::openat(parent, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return fail(disk_error(path, errno));
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorKind::kPermission, fmt::format("{} belongs to somebody else", path));
  }
  const bool open_to_others = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (open_to_others && ::fchmod(fd.get(), kPrivateDirectory) != 0) return fail(disk_error(path, errno));
  return fd;
}

Result<UniqueFd> take_lock(int directory, const std::string& path, const Deadline& patience) {
  constexpr std::chrono::milliseconds kBetweenTries{20};
  UniqueFd lock(::openat(directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
  if (!lock.valid()) return fail(disk_error(path + "/lock", errno));
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(disk_error(path + "/lock", errno));
    if (patience.passed()) return fail(ErrorKind::kBusy, fmt::format("{} is in use by another mount", path));
    std::this_thread::sleep_for(kBetweenTries);
  }
  return lock;
}

}  // namespace

Result<BlockFiles> BlockFiles::open(const std::string& directory, const Deadline& patience) {
  FTPSFS_TRY_ASSIGN(UniqueFd fd, open_private(AT_FDCWD, directory));
  FTPSFS_TRY_ASSIGN(UniqueFd lock, take_lock(fd.get(), directory, patience));
  return BlockFiles(directory, std::move(fd), std::move(lock));
}

Result<BlockPtr> BlockFiles::read(const DiskContent& content, std::uint64_t index) const {
  const BlockPlace place{content.hash, index};
  const std::string name = name_of(place);
  const UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) {
    const bool failed = errno != ENOENT && errno != EMFILE && errno != ENFILE;
    if (failed) return fail(disk_error(name, errno));
    return BlockPtr{};
  }
  const std::string label = label_of(content, index);
  std::string found(label.size(), '\0');
  auto block = std::make_shared<Block>(content.block_length(index));
  std::uint64_t checksum = 0;
  char beyond = 0;
  const std::array parts{iovec{found.data(), found.size()}, iovec{block->data(), block->size()},
                         iovec{&checksum, sizeof checksum}, iovec{&beyond, 1}};
  const ssize_t got = ::readv(file.get(), parts.data(), parts.size());
  if (got < 0) return fail(disk_error(name, errno));
  const bool whole = static_cast<std::size_t>(got) == label.size() + block->size() + sizeof checksum;
  if (whole && found == label && checksum == XXH3_64bits(block->data(), block->size())) return block;
  FTPSFS_TRY(remove(place));
  return BlockPtr{};
}

bool BlockFiles::holds(const BlockPlace& place) const {
  return ::faccessat(fd_.get(), name_of(place).c_str(), F_OK, 0) == 0;
}

// Under its name only when it is written. What a power cut leaves of it is told by the checksum, so nothing is synced.
Status BlockFiles::write(const DiskContent& content, std::uint64_t index, const Block& block) const {
  const UniqueFd file(
      ::openat(fd_.get(), kIncoming, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kPrivateFile));
  if (!file.valid()) return fail(disk_error(directory_, errno));
  std::string label = label_of(content, index);
  std::uint64_t checksum = XXH3_64bits(block.data(), block.size());
  const std::array parts{iovec{label.data(), label.size()},
                         iovec{const_cast<std::byte*>(block.data()), block.size()},  // NOLINT: writev only reads
                         iovec{&checksum, sizeof checksum}};
  const ssize_t put = ::writev(file.get(), parts.data(), parts.size());
  if (put < 0) return fail(disk_error(directory_, errno));
  const bool whole = static_cast<std::size_t>(put) == label.size() + block.size() + sizeof checksum;
  if (!whole) return fail(disk_error(directory_, ENOSPC));
  const std::string name = name_of({content.hash, index});
  const auto give_name = [&] { return ::renameat(fd_.get(), kIncoming, fd_.get(), name.c_str()) == 0; };
  if (give_name()) return {};
  const bool first_of_shard = errno == ENOENT;
  const std::string shard = name.substr(0, name.find('/'));
  if (first_of_shard && ::mkdirat(fd_.get(), shard.c_str(), kPrivateDirectory) == 0 && give_name()) return {};
  return fail(disk_error(name, errno));
}

Status BlockFiles::remove(const BlockPlace& place) const {
  const std::string name = name_of(place);
  if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) return fail(disk_error(name, errno));
  return {};
}

std::uint64_t BlockFiles::cost(const DiskContent& content, std::uint64_t index) {
  return cost_of(label_of(content, index).size() + content.block_length(index) + sizeof(std::uint64_t));
}

Result<std::map<BlockPlace, std::uint64_t>> BlockFiles::list(unsigned shard) const {
  const std::string folder = shard_name(shard);
  const int fd = ::openat(fd_.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  std::map<BlockPlace, std::uint64_t> found;
  if (fd < 0 && errno == ENOENT) return found;
  if (fd < 0) return fail(disk_error(folder, errno));
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    struct stat status {};
    if (name == "." || name == ".." || ::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const auto place = place_of(name);
    if (place && place->hash >> 56U == shard && S_ISREG(status.st_mode)) {
      found.emplace(*place, cost_of(static_cast<std::uint64_t>(status.st_size)));
    } else {
      ::unlinkat(fd, entry->d_name, 0);
    }
  }
  return found;
}

}  // namespace ftpsfs::cache
