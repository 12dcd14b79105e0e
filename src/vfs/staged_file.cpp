#include "vfs/staged_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "ftpsfs/base/private_folder.h"

namespace ftpsfs::vfs {
namespace {

// A file without a name: a crash leaves nothing behind.
UniqueFd open_unnamed(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) return fd;
  std::string name = directory + "/staged-XXXXXX";  // file systems without O_TMPFILE
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.valid()) ::unlink(name.c_str());
  return fd;
}

// To the same place in the other file, or so many bytes before.
Status copy_range(int from, int to, Range range, std::uint64_t shift = 0) {
  if (::lseek(to, static_cast<off_t>(range.begin - shift), SEEK_SET) < 0) {
    return fail(disk_error("copying a file in staging_dir", errno));
  }
  auto at = static_cast<off_t>(range.begin);
  while (static_cast<std::uint64_t>(at) < range.end) {
    if (::sendfile(to, from, &at, range.end - static_cast<std::uint64_t>(at)) <= 0) {
      return fail(disk_error("copying a file in staging_dir", errno));
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<StagedFile>> StagedFile::create(const std::string& directory, std::uint64_t base_size,
                                                       std::int64_t mtime) {
  UniqueFd fd = open_unnamed(directory);
  if (!fd.valid()) return fail(disk_error("staging_dir " + directory, errno));
  if (::ftruncate(fd.get(), static_cast<off_t>(base_size)) != 0)
    return fail(disk_error("a file in staging_dir", errno));
  return std::shared_ptr<StagedFile>(new StagedFile(std::move(fd), directory, base_size, mtime));
}

StagedFile::StagedFile(UniqueFd fd, std::string directory, std::uint64_t base_size, std::int64_t mtime)
    : fd_(std::move(fd)), directory_(std::move(directory)), base_limit_(base_size) {
  state_.size = base_size;
  state_.mtime = mtime;
}

StagedFile::~StagedFile() {
  MutexLock lock(mutex_);
  set_stored(0);
}

void StagedFile::count_in(std::shared_ptr<StagingSpace> space) {
  MutexLock lock(mutex_);
  space_ = std::move(space);
  if (space_) space_->take(stored_);
}

void StagedFile::set_stored(std::uint64_t bytes) {
  if (space_ && bytes > stored_) space_->take(bytes - stored_);
  if (space_ && bytes < stored_) space_->give_back(stored_ - bytes);
  stored_ = bytes;
}

void StagedFile::add_present(Range range) {
  std::uint64_t fresh = 0;
  for (const Range& gap : present_.missing(range)) fresh += gap.end - gap.begin;
  present_.add(range);
  set_stored(stored_ + fresh);
}

Result<std::uint64_t> StagedFile::write(std::optional<std::uint64_t> offset, std::span<const std::byte> from) {
  MutexLock lock(mutex_);
  const std::uint64_t begin = offset.value_or(state_.size);
  const std::uint64_t end = begin + from.size();
  if (from.empty()) return end;
  if (Status written = write_fully(begin, from); !written) {
    // What did fit must not show when the file grows over it later.
    if (end > state_.size && ::ftruncate(fd_.get(), static_cast<off_t>(state_.size)) != 0) {
      return fail(disk_error("a file in staging_dir", errno));
    }
    return fail(std::move(written).error());
  }
  add_present({begin, end});
  note_new_content({std::min(begin, state_.size), end});
  state_.size = std::max(state_.size, end);
  return end;
}

Status StagedFile::truncate(std::uint64_t size) {
  MutexLock lock(mutex_);
  // What lies between the old and the new end reads as zeros, so it must leave the disk before the file grows again.
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return fail(disk_error("a file in staging_dir", errno));
  base_limit_ = std::min(base_limit_, size);
  present_.cut(size);
  set_stored(std::min(stored_, size));
  changed_.cut(size);
  note_new_content({std::min(state_.size, size), size});
  state_.size = size;
  return {};
}

void StagedFile::set_mtime(std::int64_t mtime) {
  MutexLock lock(mutex_);
  state_.mtime = mtime;
  note_change();
}

void StagedFile::set_mode(std::uint32_t mode) {
  MutexLock lock(mutex_);
  state_.mode = mode;
  note_change();
}

std::vector<Range> StagedFile::missing(Range within) const {
  MutexLock lock(mutex_);
  return present_.missing({within.begin, std::min(within.end, base_limit_)});
}

Status StagedFile::fill(std::uint64_t offset, std::span<const std::byte> from) {
  MutexLock lock(mutex_);
  const Range offered{offset, std::min<std::uint64_t>(offset + from.size(), base_limit_)};
  for (const Range& gap : present_.missing(offered)) {
    FTPSFS_TRY(write_fully(gap.begin, from.subspan(gap.begin - offset, gap.end - gap.begin)));
    add_present(gap);
  }
  return {};
}

Result<std::size_t> StagedFile::read(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(disk_error("reading a file in staging_dir", errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::uint64_t StagedFile::begin_taking() {
  MutexLock lock(mutex_);
  return begin_taking_locked();
}

StagedChanges StagedFile::take_changes(std::uint64_t gap) {
  MutexLock lock(mutex_);
  return {state_, changed_locked(gap), begin_taking_locked()};
}

std::uint64_t StagedFile::begin_taking_locked() {
  taken_ = most_taken_ = 0;
  as_sent_ = state_.size;
  return ++ticket_;
}

void StagedFile::note_taken(std::uint64_t ticket, std::uint64_t end) {
  MutexLock lock(mutex_);
  if (ticket != ticket_) return;
  taken_ = end;
  most_taken_ = std::max(most_taken_, end);
}

bool StagedFile::go_back(std::uint64_t ticket, std::uint64_t offset) {
  MutexLock lock(mutex_);
  if (ticket != ticket_ || offset > taken_) return false;
  taken_ = offset;
  return true;
}

// What is being read counts as taken: a write to it meanwhile must void the ticket.
Result<std::size_t> StagedFile::take(std::uint64_t ticket, std::span<std::byte> into) {
  std::uint64_t begin = 0;
  {
    MutexLock lock(mutex_);
    if (ticket != ticket_) return fail(ErrorKind::kStale, "what was sent already has changed");
    begin = taken_;
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), state_.size - begin)));
    const Range wanted{begin, std::min<std::uint64_t>(begin + into.size(), base_limit_)};
    if (!present_.missing(wanted).empty()) return fail(ErrorKind::kStale, "old content is missing");
    taken_ += into.size();
    most_taken_ = std::max(most_taken_, taken_);
  }
  FTPSFS_TRY_ASSIGN(const std::size_t count, read(begin, into));
  if (count < into.size()) return fail(ErrorKind::kStale, "what was sent already has changed");
  return count;
}

std::optional<StagedState> StagedFile::all_taken(std::uint64_t ticket) const {
  MutexLock lock(mutex_);
  if (ticket != ticket_ || taken_ != state_.size) return std::nullopt;
  return state_;
}

void StagedFile::note_committed(const StagedState& state) {
  MutexLock lock(mutex_);
  if (content_generation_ <= state.generation) changed_ = {};
}

std::uint64_t StagedFile::unchanged_prefix() const {
  MutexLock lock(mutex_);
  return changed_.first().value_or(state_.size);
}

std::vector<Range> StagedFile::changed(std::uint64_t gap) const {
  MutexLock lock(mutex_);
  return changed_locked(gap);
}

std::vector<Range> StagedFile::changed_locked(std::uint64_t gap) const {
  std::vector<Range> ranges;
  for (const Range& range : changed_.present({0, state_.size})) {
    if (!ranges.empty() && range.begin - ranges.back().end <= gap) {
      ranges.back().end = range.end;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

StagedState StagedFile::state() const {
  MutexLock lock(mutex_);
  return state_;
}

bool StagedFile::has_new_content_since(std::uint64_t generation) const {
  MutexLock lock(mutex_);
  return content_generation_ > generation;
}

// What was made alike when it was copied, and not changed since.
void StagedFile::note_committed(const std::shared_ptr<const StagedFile>& sent) {
  MutexLock lock(mutex_);
  if (origin_.lock() == sent) changed_.remove({0, alike_});
}

std::uint64_t StagedFile::same_as(const std::shared_ptr<const StagedFile>& sent) const {
  MutexLock lock(mutex_);
  if (sent == nullptr) return 0;
  if (sent.get() == this) return as_sent_;
  return origin_.lock() == sent ? alike_ : 0;
}

void StagedFile::note_server_has(Range same) {
  MutexLock lock(mutex_);
  const std::uint64_t first = changed_.first().value_or(state_.size);
  changed_ = {};
  changed_.add({first < same.begin ? first : same.end, state_.size});
}

Result<std::shared_ptr<StagedFile>> StagedFile::reopen(const std::string& path, const std::vector<Range>& lacking,
                                                       std::int64_t mtime, std::optional<std::uint32_t> mode) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return fail(disk_error(path, errno));
  const std::string directory = path.substr(0, path.rfind('/'));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t base_limit = lacking.empty() ? 0 : std::min(lacking.back().end, size);
  std::shared_ptr<StagedFile> staged(new StagedFile(std::move(fd), directory, base_limit, mtime));
  RangeSet elsewhere;
  for (const Range& range : lacking) elsewhere.add(range);
  MutexLock lock(staged->mutex_);
  staged->state_.size = size;
  staged->state_.mode = mode;
  for (const Range& range : elsewhere.missing({0, size})) {
    staged->add_present(range);
    staged->changed_.add(range);
  }
  return staged;
}

Result<std::shared_ptr<StagedFile>> StagedFile::copy(std::uint64_t from) const {
  FTPSFS_TRY_ASSIGN(std::shared_ptr<StagedFile> other, create(directory_, 0, 0));
  std::vector<Range> here;
  {
    MutexLock lock(mutex_);
    MutexLock other_lock(other->mutex_);
    here = present_.present({from, state_.size});
    const bool is_being_sent = ticket_ > 0;
    other->origin_ = is_being_sent ? weak_from_this() : origin_;
    other->alike_ = is_being_sent ? as_sent_ : alike_;
    other->state_ = state_;
    other->changed_ = changed_;
    other->base_limit_ = std::max(base_limit_, from);
    other->content_generation_ = content_generation_;
    other->space_ = space_;
    for (const Range& range : here) other->add_present(range);
  }
  const int to = other->fd_.get();
  if (::ioctl(to, FICLONE, fd_.get()) == 0) return other;
  if (::ftruncate(to, static_cast<off_t>(other->state().size)) != 0)
    return fail(disk_error("a file in staging_dir", errno));
  for (const Range& range : here) FTPSFS_TRY(copy_range(fd_.get(), to, range));
  return other;
}

Result<std::shared_ptr<StagedFile>> StagedFile::copy_from(std::uint64_t begin) const {
  FTPSFS_TRY_ASSIGN(std::shared_ptr<StagedFile> other, create(directory_, 0, 0));
  MutexLock lock(mutex_);
  MutexLock other_lock(other->mutex_);
  other->state_ = state_;
  other->state_.size -= begin;
  other->content_generation_ = state_.generation;
  other->space_ = space_;
  const std::uint64_t size = other->state_.size;
  other->add_present({0, size});
  other->changed_.add({0, size});
  if (::ftruncate(other->fd_.get(), static_cast<off_t>(size)) != 0)
    return fail(disk_error("a file in staging_dir", errno));
  for (const Range& range : present_.present({begin, state_.size})) {
    FTPSFS_TRY(copy_range(fd_.get(), other->fd_.get(), range, begin));
  }
  return other;
}

Status StagedFile::keep(const std::string& path) const {
  FTPSFS_TRY(sync());
  const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    if (errno == EEXIST) return fail(ErrorKind::kExists, path + " exists");
    return fail(disk_error(path, errno));
  }
  const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return fail(disk_error(directory_, errno));
  return {};
}

Status StagedFile::sync() const {
  if (::fdatasync(fd_.get()) != 0) return fail(disk_error("a file in staging_dir", errno));
  return {};
}

Result<std::string> StagedFile::rescue(const std::string& name) const {
  constexpr int kAttempts = 1000;
  const std::string wanted = directory_ + "/" + name;
  const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
  std::string path = wanted;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return path;
    const UniqueFd copy(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (copy.valid()) {
      FTPSFS_TRY(copy_range(fd_.get(), copy.get(), {0, state().size}));
      return path;
    }
    if (errno != EEXIST) return fail(disk_error(path, errno));
    path = wanted + "." + std::to_string(attempt);
  }
  return fail(ErrorKind::kExists, wanted + " and its like are all taken");
}

Status StagedFile::write_fully(std::uint64_t offset, std::span<const std::byte> from) const {
  while (!from.empty()) {
    const ssize_t count = ::pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(disk_error("writing a file in staging_dir", errno));
    from = from.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

void StagedFile::note_change() { ++state_.generation; }

// Before the size is the new one.
void StagedFile::note_new_content(Range written) {
  note_change();
  state_.mtime = std::time(nullptr);
  content_generation_ = state_.generation;
  changed_.add(written);
  alike_ = std::min(alike_, written.begin);
  as_sent_ = std::min(as_sent_, written.begin);
  if (written.begin < most_taken_) ++ticket_;
}

}  // namespace ftpsfs::vfs
