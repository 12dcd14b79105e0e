#include "vfs/commit_policy.h"

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kMemoryBytes = 256 * 1024;
constexpr std::size_t kEntryBytes = 200;  ///< beside the path

}  // namespace

CommitPolicy::CommitPolicy(CommitMode mode) : mode_(mode), written_in_place_(kMemoryBytes) {}

bool CommitPolicy::in_place(const RemotePath& file) {
  if (mode_ != CommitMode::kAuto) return mode_ == CommitMode::kInPlace;
  MutexLock lock(mutex_);
  return written_in_place_.tryGet(file) != nullptr || written_in_place_.tryGet(file.parent()) != nullptr;
}

bool CommitPolicy::in_place_after(const Error& failure) const {
  if (mode_ != CommitMode::kAuto) return false;
  switch (failure.kind) {
    case ErrorKind::kNotPermitted:  // publish(): owner or mode would be lost
    case ErrorKind::kPermission:    // of the temporary name, or of RNFR and RNTO
    case ErrorKind::kUnsupported:
    case ErrorKind::kInvalid:  // the temporary name is none to this server
      return true;
    default:
      return false;
  }
}

void CommitPolicy::remember(const RemotePath& file, const Error& failure) {
  const bool is_directory = failure.kind != ErrorKind::kNotPermitted;
  const RemotePath what = is_directory ? file.parent() : file;
  {
    MutexLock lock(mutex_);
    written_in_place_.insert(what, {is_directory}, kEntryBytes + what.text().size());
  }
  spdlog::info("{} is written in place from now on: {}", what.is_root() ? "/" : log::printable(what.text()),
               log::printable(failure.message));
}

std::vector<std::string> CommitPolicy::remembered(std::size_t most) {
  std::vector<std::string> all;
  MutexLock lock(mutex_);
  written_in_place_.cwalk([&](const RemotePath& path, const Known& known) {
    if (all.size() < most) all.push_back(path.text() + (known.is_directory ? "/" : ""));
  });
  return all;
}

}  // namespace ftpsfs::vfs
