// FileReader: what a read needs, and what the order of reads tells.
#include "vfs/file_reader.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/waiting.h"
#include "vfs/read_exactly.h"

namespace ftpsfs::vfs {

using cache::BlockKey;
using cache::BlockPtr;
using cache::DiskContent;
using cache::kBlockSize;

namespace {

// The kernel's own read-ahead arrives out of order on several threads; within this much it still counts as sequential.
constexpr std::uint64_t kReorderBytes = 1024 * 1024;
// Who has read this much in order will read on.
constexpr std::uint64_t kSurelyInOrder = 1024 * 1024;

// The line broke, or the file was renamed just before it was asked for.
bool worth_another_try(const Error& error) {
  return error.kind == ErrorKind::kConnectionLost || error.kind == ErrorKind::kNotFound;
}

}  // namespace

std::shared_ptr<FileReader> FileReader::make(ReadServices services, remote::RemotePath path, std::uint64_t content,
                                             remote::Version version) {
  return std::shared_ptr<FileReader>(new FileReader(services, std::move(path), content, std::move(version)));
}

FileReader::FileReader(ReadServices services, remote::RemotePath path, std::uint64_t content, remote::Version version)
    : services_(services),
      content_(content),
      size_(version.size),
      path_(std::move(path)),
      version_(std::move(version)),
      parallelism_(kMaxAhead, services.learned) {
  const auto kept = services_.disk ? DiskContent::of(path_, version_) : std::nullopt;
  if (kept) disk_content_ = std::make_shared<const DiskContent>(*kept);
}

std::shared_ptr<FileReader> FileReader::renewed(const remote::Version& version) {
  MutexLock lock(mutex_);
  return make(services_, path_, services_.blocks.new_content(), version);
}

Result<std::vector<Slice>> FileReader::read(std::uint64_t offset, std::size_t length, const Context& context) {
  std::vector<Slice> slices;
  if (offset >= size_) return slices;
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
  bool alone = false;
  {
    MutexLock lock(mutex_);
    note_read(offset, length);
    alone = stands_alone(offset, length);
  }
  if (alone && !is_on_disk(offset, length)) return read_piece(offset, length, context);
  while (length > 0) {
    const std::uint64_t index = offset / kBlockSize;
    const std::size_t within = static_cast<std::size_t>(offset % kBlockSize);
    FTPSFS_TRY_ASSIGN(BlockPtr found, block(index, context));
    if (within >= found->size()) return fail(ErrorKind::kStale, "the file became shorter while it was read");
    const std::size_t count = std::min(length, found->size() - within);
    slices.push_back({std::move(found), within, count});
    offset += count;
    length -= count;
  }
  return slices;
}

std::optional<std::vector<Slice>> FileReader::try_read(std::uint64_t offset, std::size_t length) {
  std::vector<Slice> slices;
  if (offset >= size_) return slices;
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
  const std::uint64_t begin = offset;
  const std::size_t whole = length;
  while (length > 0) {
    BlockPtr found = services_.blocks.find({content_, offset / kBlockSize});
    const std::size_t within = static_cast<std::size_t>(offset % kBlockSize);
    if (!found || within >= found->size()) return std::nullopt;
    const std::size_t count = std::min(length, found->size() - within);
    slices.push_back({std::move(found), within, count});
    offset += count;
    length -= count;
  }
  MutexLock lock(mutex_);
  note_read(begin, whole);
  return slices;
}

void FileReader::set_path(remote::RemotePath path) {
  std::vector<std::unique_ptr<remote::Reader>> unused;
  MutexLock lock(mutex_);
  if (path == path_) return;
  path_ = std::move(path);
  disk_content_.reset();
  unused = outdate_streams();
}

void FileReader::set_mtime(std::int64_t mtime) {
  std::vector<std::unique_ptr<remote::Reader>> unused;
  MutexLock lock(mutex_);
  if (mtime == version_.mtime) return;
  version_.mtime = mtime;
  disk_content_.reset();
  unused = outdate_streams();
}

void FileReader::set_version(const remote::Version& version) {
  std::vector<std::unique_ptr<remote::Reader>> unused;
  MutexLock lock(mutex_);
  version_ = version;
  disk_content_.reset();
  unused = outdate_streams();
}

// A download at rest may have to begin again, and would look for the file as it was when it was opened: better a new
// one. Returns what the caller drops without the lock.
std::vector<std::unique_ptr<remote::Reader>> FileReader::outdate_streams() {
  std::vector<std::unique_ptr<remote::Reader>> unused;
  for (Stream& stream : streams_) {
    stream.outdated = stream.running;
    if (!stream.running) unused.push_back(std::move(stream.reader));
  }
  return unused;
}

void FileReader::stop() {
  std::list<Stream> at_rest;
  MutexLock lock(mutex_);
  stopped_ = true;
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    const auto next = std::next(stream);
    if (!stream->running) at_rest.splice(at_rest.end(), streams_, stream);
    stream = next;
  }
  progress_.notify_all();
}

// True for a small read far from all others. A whole block would take several round trips more, as a connection begins
// slowly, and most of it would never be asked for.
bool FileReader::stands_alone(std::uint64_t offset, std::size_t length) {
  constexpr std::size_t kLargestPiece = 32 * 1024;
  constexpr std::size_t kRemembered = 32;
  const std::uint64_t index = offset / kBlockSize;
  const bool in_order = sequential_bytes_ > 0 || offset == 0 || length > kLargestPiece;
  const bool near = std::any_of(pieces_.begin(), pieces_.end(),
                                [=](std::uint64_t other) { return index + 1 >= other && other + 1 >= index; });
  const bool on_its_way = std::any_of(streams_.begin(), streams_.end(), [=](const Stream& stream) {
    return stream.next <= index + 1 && index <= std::max(stream.next, stream.target) + kReadThrough;
  });
  if (in_order || near || on_its_way || services_.blocks.find({content_, index})) return false;
  if (pieces_.size() >= kRemembered) pieces_.pop_front();
  pieces_.push_back(index);
  return true;
}

// On a stream of its own, which is left behind at once: its session gets ready again in the background.
Result<std::vector<Slice>> FileReader::read_piece(std::uint64_t offset, std::size_t length, const Context& context) {
  remote::ReadRequest request;
  {
    MutexLock lock(mutex_);
    if (stopped_) return fail(ErrorKind::kStale, "the file was replaced while it was read");
    request = {path_, version_, offset, length, false};
  }
  FTPSFS_TRY_ASSIGN(const auto reader, services_.remote.open_reader(request, context));
  auto bytes = std::make_shared<cache::Block>(length);
  FTPSFS_TRY(read_exactly(*reader, *bytes, context));
  return std::vector<Slice>{Slice{std::move(bytes), 0, length}};
}

// Learns whether the file is read in order, and lets the stream ahead of the reader go on.
void FileReader::note_read(std::uint64_t offset, std::size_t length) {
  const std::uint64_t end = offset + length;
  const bool sequential = offset <= expected_offset_ + kReorderBytes && end + kReorderBytes >= expected_offset_;
  if (sequential && sequential_bytes_ == 0) parallelism_.begin(std::chrono::steady_clock::now());
  sequential_bytes_ = sequential ? sequential_bytes_ + length : 0;
  expected_offset_ = sequential ? std::max(expected_offset_, end) : end;
  if (sequential_bytes_ == 0) return halt();
  const std::uint64_t reader_at = end / kBlockSize;
  const std::uint64_t window = window_blocks();
  for (Stream& stream : streams_) {
    const bool ahead = stream.next >= reader_at && stream.next <= reader_at + window;
    const bool half_used = stream.next - reader_at <= window / 2;
    if (ahead && (half_used || stream.running)) steer(stream, reader_at + window);
  }
  if (sequential_bytes_ >= kSurelyInOrder) spread(expected_offset_ / kBlockSize);
}

std::uint64_t FileReader::window_blocks() const {
  const std::uint64_t bytes = std::min(2 * sequential_bytes_, services_.max_window);
  return bytes / kBlockSize;
}

Result<BlockPtr> FileReader::block(std::uint64_t index, const Context& context) {
  for (bool retried = false;;) {
    ReaderPtr unused;  // dropped without the lock
    MutexLock lock(mutex_);
    if (stopped_) return fail(ErrorKind::kStale, "the file was replaced while it was read");
    if (BlockPtr found = services_.blocks.find({content_, index})) return found;
    if (last_block_ && last_index_ == index) return last_block_;
    Stream* stream = stream_for(index, unused);
    if (stream != nullptr && stream->error) {
      Error error = *std::exchange(stream->error, std::nullopt);
      streams_.remove_if([&](const Stream& one) { return &one == stream; });
      if (retried || !worth_another_try(error)) return fail(std::move(error));
      retried = true;
      continue;
    }
    if (stream != nullptr) steer(*stream, index + 1 + window_blocks());
    parallelism_.starved();
    FTPSFS_TRY(wait_briefly(progress_, mutex_, context));
  }
}

}  // namespace ftpsfs::vfs
