#include "vfs/upload_stream.h"

#include <array>
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/waiting.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
/// A session is not kept for a program that writes nothing for so long.
constexpr std::chrono::seconds kLongestPause{30};
/// Over a broken line, in a row without a byte sent.
constexpr int kMostFailures = 4;
constexpr std::chrono::seconds kFirstPause{1};

}  // namespace

std::shared_ptr<UploadStream> UploadStream::begin(const Services& services, std::shared_ptr<StagedFile> staged,
                                                  RemotePath temporary) {
  std::shared_ptr<UploadStream> stream(new UploadStream(services, std::move(staged), std::move(temporary)));
  services.workers.submit([stream] { stream->run(); });
  return stream;
}

void UploadStream::go_on() {
  MutexLock lock(mutex_);
  more_ = true;
  changed_.notify_all();
}

Result<StagedState> UploadStream::finish(const Context& context) {
  MutexLock lock(mutex_);
  if (wish_ == Wish::kGoOn) wish_ = Wish::kFinish;
  changed_.notify_all();
  while (!outcome_) FTPSFS_TRY(wait_briefly(changed_, mutex_, context));
  return *outcome_;
}

void UploadStream::give_up() {
  stop_->cancel();
  MutexLock lock(mutex_);
  wish_ = Wish::kGiveUp;
  changed_.notify_all();
}

std::optional<PartialUpload> UploadStream::left_over() const {
  MutexLock lock(mutex_);
  return left_over_;
}

std::optional<Error> UploadStream::failure() const {
  MutexLock lock(mutex_);
  if (!outcome_ || *outcome_) return std::nullopt;
  return outcome_->error();
}

void UploadStream::run() {
  const Context context{services_.stall_limit, std::nullopt, stop_};
  Result<StagedState> outcome = send(context, false);
  std::uint64_t progress = *services_.sent;
  for (int failures = 1; may_go_on(outcome) && failures <= kMostFailures && pause(failures); ++failures) {
    outcome = send(context, true);
    if (*services_.sent > progress) failures = 0;
    progress = *services_.sent;
  }
  const bool left = may_go_on(outcome);
  if (!outcome) {
    spdlog::debug("an upload on the way is given up: {}", log::printable(outcome.error().message));
    if (!left) clear_away(outcome.error());
  }
  MutexLock lock(mutex_);
  if (left) left_over_ = PartialUpload{staged_, ticket_, temporary_};
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

void UploadStream::clear_away(const Error& why) {
  const Context brief{services_.stall_limit, Deadline::after(services_.stall_limit), nullptr};
  if (began_) {
    (void)services_.temporaries.remove(temporary_, brief);
  } else if (line_broke(why)) {
    services_.temporaries.give_up(temporary_);
  } else {
    services_.temporaries.gone(temporary_);
  }
}

Result<StagedState> UploadStream::send(const Context& context, bool again) {
  std::unique_ptr<remote::Writer> writer;
  if (again) {
    FTPSFS_TRY_ASSIGN(Resumed resumed, resume(services_.remote, {staged_, ticket_, temporary_}, true, context));
    writer = std::move(resumed.writer);
    *services_.sent = resumed.from;
  } else {
    FTPSFS_TRY_ASSIGN(writer, services_.remote.open_writer({temporary_, remote::WriteMode::kReplace, true}, context));
    *services_.sent = 0;
  }
  began_ = true;
  return send_all(*writer, context);
}

bool UploadStream::may_go_on(const Result<StagedState>& outcome) const {
  return !outcome && line_broke(outcome.error()) && began_ && services_.resumes && !stop_->cancelled();
}

// False when nobody wants it meanwhile.
bool UploadStream::pause(int failures) {
  const auto until = std::chrono::steady_clock::now() + kFirstPause * (1 << (failures - 1));
  MutexLock lock(mutex_);
  while (wish_ == Wish::kGoOn && std::chrono::steady_clock::now() < until) changed_.wait_until(mutex_, until);
  return wish_ != Wish::kGiveUp;
}

Result<StagedState> UploadStream::send_all(remote::Writer& writer, const Context& context) {
  std::vector<std::byte> chunk(kChunkBytes);
  for (;;) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, staged_->take(ticket_, chunk));
    if (count > 0) {
      FTPSFS_TRY(writer.write(std::span(chunk).first(count), context));
      *services_.sent += count;
      continue;
    }
    FTPSFS_TRY_ASSIGN(const std::optional<StagedState> all, await_more());
    if (!all) continue;
    FTPSFS_TRY(writer.finish(context));
    return *all;
  }
}

/// All that was written is sent. Returns the state that is on the server then, when no more is to be awaited.
Result<std::optional<StagedState>> UploadStream::await_more() {
  const auto until = std::chrono::steady_clock::now() + kLongestPause;
  MutexLock lock(mutex_);
  while (wish_ == Wish::kGoOn && !std::exchange(more_, false)) {
    if (std::chrono::steady_clock::now() >= until) return fail(ErrorKind::kBusy, "the program pauses for too long");
    changed_.wait_until(mutex_, until);
  }
  if (wish_ == Wish::kGiveUp) return fail(ErrorKind::kInterrupted, "nobody wants it");
  if (wish_ == Wish::kFinish) return staged_->all_taken(ticket_);
  return std::nullopt;
}

}  // namespace ftpsfs::vfs
