// FileReader: the streams that fill the cache.
#include <algorithm>
#include <utility>

#include "vfs/file_reader.h"
#include "vfs/read_exactly.h"

namespace ftpsfs::vfs {

using cache::BlockPtr;
using cache::kBlockSize;

namespace {

// A download under way is left for blocks on disk when there are this many: what it sends next is on its way already.
constexpr std::uint64_t kWorthLeaving = 16;
// What several streams together may run ahead, in windows of one.
constexpr std::uint64_t kMostWindows = 2;
// Fewer blocks than this are not worth a stream of their own.
constexpr std::uint64_t kLeastShare = 4;

}  // namespace

// The stream that will make block `index`: one about to reach it, else a new one, else the one at rest that was used
// longest ago. Null when all are busy elsewhere.
FileReader::Stream* FileReader::stream_for(std::uint64_t index, ReaderPtr& unused) {
  ++uses_;
  for (Stream& stream : streams_) {
    const std::uint64_t reach = std::max(stream.next, stream.target) + kReadThrough;
    if (stream.next > index || index > reach || index >= stream.end) continue;
    stream.last_used = uses_;
    return &stream;
  }
  Stream* chosen = nullptr;
  if (std::count_if(streams_.begin(), streams_.end(), [](const Stream& one) { return !one.ahead; }) < kMaxStreams) {
    chosen = &streams_.emplace_back();
  } else {
    for (Stream& stream : streams_) {
      if (!stream.running && (chosen == nullptr || stream.last_used < chosen->last_used)) chosen = &stream;
    }
  }
  if (chosen == nullptr) return nullptr;
  if (frontier_ && index >= *frontier_) frontier_.reset();
  unused = std::move(chosen->reader);
  *chosen = Stream{};
  chosen->begin = chosen->next = chosen->target = index;
  chosen->end = end_of_gap(index);
  chosen->last_used = uses_;
  return chosen;
}

// Where the next segment ahead begins that a stream has for itself.
std::uint64_t FileReader::end_of_gap(std::uint64_t index) const {
  std::uint64_t end = frontier_.value_or(block_count());
  for (const Stream& stream : streams_) {
    if (stream.running && stream.begin > index) end = std::min(end, stream.begin);
  }
  return end;
}

// Keeps as many streams ahead of a sequential reader as pay off, each on a segment of its own.
void FileReader::spread(std::uint64_t reader_at) {
  const std::size_t wanted = parallelism_.streams();
  if (wanted == 1) return gather();
  const std::uint64_t most = kMostWindows * services_.max_window / wanted;
  const std::uint64_t segment = std::max<std::uint64_t>(1, std::min(parallelism_.segment_bytes(), most) / kBlockSize);
  if (!frontier_) frontier_ = cut(reader_at, segment);
  const std::uint64_t reach = std::min(block_count(), reader_at + wanted * segment);
  for (std::size_t running = count_running(); running < wanted; ++running) {
    if (*frontier_ < reach) {
      const std::uint64_t begin = *frontier_;
      frontier_ = std::min(begin + segment, block_count());
      start_ahead(begin, *frontier_);
    } else if (!share(std::max(segment / 4, kLeastShare), reach)) {
      return;
    }
  }
}

std::size_t FileReader::count_running() const {
  const auto is_running = [](const Stream& stream) { return stream.running; };
  return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), is_running));
}

void FileReader::start_ahead(std::uint64_t begin, std::uint64_t end) {
  Stream& stream = streams_.emplace_back();
  stream.begin = stream.next = begin;
  stream.end = end;
  stream.ahead = true;
  steer(stream, end);
}

// Splits what is left of the stream that has most to do, lest all wait for it. False when none within `reach` has
// `least` twice.
bool FileReader::share(std::uint64_t least, std::uint64_t reach) {
  Stream* busiest = nullptr;
  for (Stream& stream : streams_) {
    const bool more = busiest == nullptr || stream.end - stream.next > busiest->end - busiest->next;
    if (stream.running && stream.end > stream.next && stream.end <= reach && more) busiest = &stream;
  }
  if (busiest == nullptr || busiest->end - busiest->next < 2 * least) return false;
  const std::uint64_t end = busiest->end;
  busiest->end = busiest->next + (end - busiest->next + 1) / 2;
  busiest->target = std::min(busiest->target, busiest->end);
  start_ahead(busiest->end, end);
  return true;
}

// Takes from the stream that would read to the end of the file all but the next segment. Returns where others may
// begin.
std::uint64_t FileReader::cut(std::uint64_t reader_at, std::uint64_t segment) {
  std::uint64_t frontier = reader_at;
  for (Stream& stream : streams_) {
    const bool near = stream.next + kReadThrough >= reader_at && stream.next <= reader_at + window_blocks();
    if (!near) continue;
    if (stream.end == block_count()) {
      stream.end = std::min(stream.next + segment, block_count());
      stream.target = std::min(stream.target, stream.end);
    }
    frontier = std::max(frontier, stream.end);
  }
  return frontier;
}

// One stream is enough: the farthest goes on alone.
void FileReader::gather() {
  if (!frontier_) return;
  frontier_.reset();
  const auto last = std::max_element(streams_.begin(), streams_.end(),
                                     [](const Stream& one, const Stream& other) { return one.end < other.end; });
  if (last != streams_.end()) last->end = block_count();
  for (Stream& stream : streams_) stream.ahead = false;
}

// The reader went elsewhere: what is ahead of where it was is not wanted now.
void FileReader::halt() {
  frontier_.reset();
  for (Stream& stream : streams_) {
    if (std::exchange(stream.ahead, false)) stream.target = std::min(stream.target, stream.next + 1);
  }
}

void FileReader::steer(Stream& stream, std::uint64_t target) {
  stream.target = std::max(stream.target, std::min(target, stream.end));
  if (stream.running || stream.next >= stream.target || stream.error) return;
  stream.running = true;
  services_.workers.submit([self = shared_from_this(), &stream] { self->run(stream); });
}

void FileReader::run(Stream& stream) {
  for (;;) {
    std::list<Stream> over;  // dropped without the lock, as is `unused`
    ReaderPtr unused;
    std::uint64_t index = 0;
    {
      MutexLock lock(mutex_);
      if (!stopped_ && stream.next >= block_count()) break;
      if (!stopped_ && stream.next >= stream.end) return leave(stream, over);
      if (stopped_ || stream.next >= stream.target) return rest(stream, unused);
      index = stream.next;
      if (!stream.reader && services_.blocks.find({content_, index})) {
        ++stream.next;
        continue;
      }
    }
    const Status filled = fill_next(stream, index);
    MutexLock lock(mutex_);
    if (filled) {
      ++stream.next;
      progress_.notify_all();
      continue;
    }
    unused = std::move(stream.reader);
    const bool no_session = filled.error().kind == ErrorKind::kBusy && filled.error().reply_code == 0;
    if (no_session) return give_way(stream, over);
    stream.error = filled.error();
    stream.target = stream.next;
    return rest(stream, unused);
  }
  finish(stream);
}

// `unused` takes what is to be dropped without the lock.
void FileReader::rest(Stream& stream, ReaderPtr& unused) {
  const bool outdated = std::exchange(stream.outdated, false);
  if ((stopped_ || outdated) && stream.reader) unused = std::move(stream.reader);
  if (stream.reader) stream.reader->park();
  stream.running = false;
  progress_.notify_all();
}

void FileReader::take_out(Stream& stream, std::list<Stream>& over) {
  const auto place = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& one) { return &one == &stream; });
  over.splice(over.end(), streams_, place);
}

// Its segment is done; the next one may be anybody's.
void FileReader::leave(Stream& stream, std::list<Stream>& over) {
  take_out(stream, over);
  if (frontier_) spread(expected_offset_ / kBlockSize);
  progress_.notify_all();
}

// Somebody else needs the session. What is left of the segment waits for the reader to come by.
void FileReader::give_way(Stream& stream, std::list<Stream>& over) {
  take_out(stream, over);
  parallelism_.held_to(count_running(), std::chrono::steady_clock::now());
  progress_.notify_all();
}

void FileReader::finish(Stream& stream) {
  if (stream.reader) read_end(*stream.reader, Context{services_.stall_limit, std::nullopt, nullptr});
  ReaderPtr unused;
  MutexLock lock(mutex_);
  unused = std::move(stream.reader);
  rest(stream, unused);
}

// Gets block `index` into the cache. Runs without the lock: the stream is this thread's alone.
Status FileReader::fill_next(Stream& stream, std::uint64_t index) {
  const DiskContentPtr kept = disk_content();
  const bool ask_disk = kept && (!stream.reader || services_.disk->holds(*kept, index, kWorthLeaving));
  BlockPtr block = ask_disk ? services_.disk->find(*kept, index) : nullptr;
  if (block) {
    stream.reader.reset();
  } else {
    FTPSFS_TRY_ASSIGN(block, download(stream, index, kept && cache::is_settled(*kept)));
    if (kept && stream.settled) services_.disk->offer(*kept, index, block);
  }
  services_.blocks.insert({content_, index}, block);
  MutexLock lock(mutex_);
  last_block_ = std::move(block);
  last_index_ = index;
  return {};
}

// `settled`: whether what is downloaded from now on may be kept on disk.
Result<BlockPtr> FileReader::download(Stream& stream, std::uint64_t index, bool settled) {
  const Context context{services_.stall_limit, std::nullopt, nullptr};
  const std::uint64_t begin = index * kBlockSize;
  if (!stream.reader) {
    remote::ReadRequest request;
    {
      MutexLock lock(mutex_);
      const std::uint64_t end = std::min(stream.end * kBlockSize, size_);
      request = {path_, version_, begin, stream.ahead ? end - begin : 0, stream.ahead};
    }
    FTPSFS_TRY_ASSIGN(stream.reader, services_.remote.open_reader(request, context));
    stream.settled = settled;
  }
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlockSize, size_ - begin));
  auto bytes = std::make_shared<cache::Block>(wanted);
  FTPSFS_TRY(read_exactly(*stream.reader, *bytes, context));
  MutexLock lock(mutex_);
  parallelism_.arrived(wanted, std::chrono::steady_clock::now());
  return bytes;
}

FileReader::DiskContentPtr FileReader::disk_content() {
  MutexLock lock(mutex_);
  return disk_content_;
}

bool FileReader::is_on_disk(std::uint64_t offset, std::size_t length) {
  const DiskContentPtr kept = disk_content();
  const std::uint64_t first = offset / kBlockSize;
  const std::uint64_t last = (offset + length - 1) / kBlockSize;
  return kept && services_.disk->holds(*kept, first, last - first + 1);
}

}  // namespace ftpsfs::vfs
