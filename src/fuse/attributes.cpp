// Conversions to stat(2) and statvfs(3).
#include "fuse/attributes.h"

#include <algorithm>
#include <cstdint>

namespace ftpsfs::fuse {
namespace {

constexpr std::uint64_t kStatBlock = 512;                        ///< st_blocks counts these, whatever st_blksize is
constexpr blksize_t kPreferredTransfer = 128L * 1024;            ///< what cp and cat then read and write at a time
constexpr unsigned long kFragment = 4096;                        ///< unit of the numbers in statvfs
constexpr std::uint64_t kUnknownSpace = std::uint64_t{1} << 50;  ///< 1 PiB
constexpr std::uint64_t kUnknownFiles = 1'000'000'000;
constexpr unsigned long kLongestName = 255;

}  // namespace

mode_t type_bits(remote::FileType type) {
  switch (type) {
    case remote::FileType::kFile:
      return S_IFREG;
    case remote::FileType::kDirectory:
      return S_IFDIR;
    case remote::FileType::kSymlink:
      return S_IFLNK;
  }
  return S_IFREG;
}

struct stat to_stat(const vfs::NodeAttributes& attributes) {
  struct stat result {};
  result.st_ino = attributes.inode;
  result.st_mode = type_bits(attributes.type) | (attributes.mode & 07777U);
  // 1 says of a directory that its links do not count sub-directories, so that find(1) looks at each entry.
  const bool is_directory = attributes.type == remote::FileType::kDirectory;
  result.st_nlink = is_directory ? std::min(attributes.links, 1U) : attributes.links;
  result.st_uid = attributes.uid;
  result.st_gid = attributes.gid;
  result.st_size = static_cast<off_t>(attributes.size);
  result.st_blocks = static_cast<blkcnt_t>((attributes.size + kStatBlock - 1) / kStatBlock);
  result.st_blksize = kPreferredTransfer;
  result.st_mtim.tv_sec = attributes.mtime;
  result.st_atim = result.st_mtim;
  result.st_ctim = result.st_mtim;
  return result;
}

struct statvfs to_statvfs(const std::optional<remote::Space>& space) {
  struct statvfs result {};
  const std::uint64_t total = space ? space->total : kUnknownSpace;
  const std::uint64_t available = space ? space->available : kUnknownSpace;
  result.f_bsize = kFragment;
  result.f_frsize = kFragment;
  result.f_blocks = std::max(total, available) / kFragment;  // some servers tell only what is available
  result.f_bfree = available / kFragment;
  result.f_bavail = result.f_bfree;
  result.f_files = kUnknownFiles;
  result.f_ffree = kUnknownFiles;
  result.f_favail = kUnknownFiles;
  result.f_namemax = kLongestName;
  return result;
}

}  // namespace ftpsfs::fuse
