#include "vfs/uploader.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "vfs/node_claims.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::PublishRequest;
using remote::RemotePath;

namespace {

/// A file is sent while it is written from this size on; below it, the commit takes no longer.
constexpr std::uint64_t kStreamedFrom = 1024 * 1024;
/// Who writes behind what was sent will do so again.
constexpr int kMostStreams = 2;

/// A person who asks sees that the file is being uploaded, and who takes its name away ends that.
class UnderWay {
 public:
  explicit UnderWay(OpenFile& file) : file_(file) {
    MutexLock lock(file_.mutex);
    ++file_.uploading;
    file_.sending = sending_;
    if (file_.removals > 0) sending_->cancel();
  }
  ~UnderWay() {
    MutexLock lock(file_.mutex);
    --file_.uploading;
    file_.sending.reset();
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

  [[nodiscard]] const std::shared_ptr<Cancellation>& sending() const { return sending_; }

 private:
  OpenFile& file_;
  const std::shared_ptr<Cancellation> sending_ = std::make_shared<Cancellation>();
};

// `ahead`: what was sent before the commit, or before the line broke, may be to blame: its name, or what else arrived.
bool worth_another_try(const Error& error, bool ahead) {
  const bool may_be_gone = error.kind == ErrorKind::kIo || error.kind == ErrorKind::kNotFound;
  return line_broke(error) || error.kind == ErrorKind::kBusy || (ahead && may_be_gone);
}

}  // namespace

Status Uploader::note_written(OpenFile& file) {
  std::shared_ptr<StagedFile> staged;
  {
    MutexLock lock(file.mutex);
    if (file.stream) {
      const auto failure = file.stream->failure();
      if (!failure) {
        file.stream->go_on();
        return {};
      }
      file.partial = file.stream->left_over();
      file.stream.reset();
      if (failure->kind == ErrorKind::kNoSpace || failure->kind == ErrorKind::kQuota) return fail(*failure);
    }
    const bool first_commit = file.staged && !file.committed && !file.orphaned && !file.partial;
    if (!first_commit || file.streams >= kMostStreams) return {};
    staged = file.staged;
  }
  const std::uint64_t size = staged->state().size;
  const auto path = services_.nodes.path(file.node);
  if (size < kStreamedFrom || !path || policy_.in_place(*path) || !staged->missing({0, size}).empty()) return {};
  FTPSFS_TRY_ASSIGN(RemotePath temporary, services_.temporaries.make(path->parent()));
  MutexLock lock(file.mutex);
  if (file.stream || file.staged != staged || file.orphaned) {
    services_.temporaries.gone(temporary);
    return {};
  }
  ++file.streams;
  file.stream = UploadStream::begin(
      {services_.remote, services_.workers, services_.temporaries, services_.stall_limit, file.sent, services_.resumes},
      std::move(staged), std::move(temporary));
  return {};
}

void Uploader::give_up_stream(OpenFile& file) {
  MutexLock lock(file.mutex);
  if (const auto stream = std::exchange(file.stream, nullptr)) stream->give_up();
}

Status Uploader::commit(OpenFile& file, const Context& context, const std::shared_ptr<StagedFile>& closed) {
  const Context firm = context.uncancellable();
  for (;;) {
    {
      MutexLock lock(file.mutex);
      if (!file.dirty()) return {};
    }
    const auto claimed = claim_node(services_.nodes, services_.claims, file.node, false, firm);
    if (!claimed) {
      MutexLock lock(file.mutex);
      if (!file.dirty()) return {};  // removed while we waited
      return fail(claimed.error());
    }
    const UnderWay under_way(file);
    Status outcome = commit_claimed(file, claimed->path, closed, under_way.sending(), firm);
    const bool gave_way = !outcome && outcome.error().kind == ErrorKind::kInterrupted;
    if (!gave_way || !under_way.sending()->cancelled()) return outcome;
  }
}

Status Uploader::commit_claimed(OpenFile& file, const RemotePath& path, const std::shared_ptr<StagedFile>& closed,
                                const std::shared_ptr<Cancellation>& sending, const Context& context) {
  Status outcome;
  for (int tries = 1;; ++tries) {
    Attempt attempt;
    attempt.staged = closed;
    attempt.sending = sending;
    outcome = commit_once(file, path, attempt, context);
    note_litter(file, path, attempt, outcome);
    const bool again =
        !outcome && worth_another_try(outcome.error(), attempt.streamed || attempt.resumed || attempt.damaged);
    if (!again || tries >= (attempt.resumed ? 3 : 2)) break;
    await_way_in(*sending);
    spdlog::warn("upload of {}: {}; trying once more", log::printable(path.text()),
                 log::printable(outcome.error().message));
  }
  if (outcome) sweep(file, context);
  const bool failed =
      !outcome && outcome.error().kind != ErrorKind::kStale && outcome.error().kind != ErrorKind::kInterrupted;
  if (failed) {
    spdlog::error("upload of {} failed: {}", log::printable(path.text()), log::printable(outcome.error().message));
  }
  return outcome;
}

/// A server that did not let us in is left alone for a while: another try within it would fail unmade.
void Uploader::await_way_in(const Cancellation& sending) {
  constexpr std::chrono::milliseconds kLeftAlone{2000};
  constexpr std::chrono::milliseconds kSlice{50};
  const Deadline over = Deadline::after(kLeftAlone);
  while (services_.remote.activity().outage && !over.passed() && !sending.cancelled()) {
    std::this_thread::sleep_for(kSlice);
  }
}

/// After the changes of a file alone could not be sent.
bool Uploader::worth_sending_all(const Error& error) {
  const bool is_full = error.kind == ErrorKind::kNoSpace || error.kind == ErrorKind::kQuota;
  const bool is_over =
      error.kind == ErrorKind::kConflict || error.kind == ErrorKind::kStale || error.kind == ErrorKind::kInterrupted;
  return !is_full && !is_over && !line_broke(error);
}

Status Uploader::commit_once(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return {};
    if (!attempt.staged) attempt.staged = file.staged;
  }
  FTPSFS_TRY(check_current(file, attempt.staged));
  FTPSFS_TRY(settle_unconfirmed(file, path, attempt, context));
  attempt.state = attempt.staged->state();  // before a look at what of it is old
  const bool end_alone = [&] {
    MutexLock lock(file.mutex);
    return sends_end_alone(file, *attempt.staged);
  }();
  if (end_alone) {
    Status appended = append(file, path, attempt, context);
    if (appended || !worth_sending_all(appended.error())) return appended;
    spdlog::info("the end of {} alone cannot be sent, so all of it is: {}", log::printable(path.text()),
                 log::printable(appended.error().message));
    FTPSFS_TRY(settle_unconfirmed(file, path, attempt, context));
  }
  return replace(file, path, attempt, context);
}

// With write=back what was closed is written anew in a file of its own; the old one is not wanted on the server then.
Status Uploader::check_current(OpenFile& file, const std::shared_ptr<StagedFile>& staged) {
  MutexLock lock(file.mutex);
  if (file.staged == staged) return {};
  return fail(ErrorKind::kStale, "it is being written anew");
}

Uploader::ParentTime::~ParentTime() {
  if (services_.memory.remembers_mtime(directory_)) services_.metadata.outdate(directory_);
}

/// Where an upload may have gone on, nothing else tells that nothing of it arrived twice; where the server copied the
/// old content, that it got to its end.
bool Uploader::checks_size(const Attempt& attempt) const {
  return services_.verify != VerifyUpload::kNone || attempt.resumed || attempt.streamed || attempt.patched;
}

Status Uploader::rewrite(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  const ParentTime parent_time(services_, path.parent());
  Status ready = send_content(file, path, attempt, Context{context.stall_limit, context.deadline, attempt.sending});
  if (ready) ready = check_current(file, attempt.staged);
  if (ready) ready = verify(attempt, path, context);
  if (!ready) {
    if (attempt.path && !line_broke(ready.error())) discard(*attempt.path, context);
    return ready;
  }
  auto now = publish(file, path, attempt, context);
  if (!now) {
    attempt.damaged = attempt.patched && now.error().kind == ErrorKind::kIo;
    if (attempt.damaged) patching_ = Patching::kRefused;
    return fail(std::move(now).error());
  }
  take_over(file, path, attempt, *now);
  return {};
}

/// What is whole under its temporary name takes the place of the file.
Result<Attributes> Uploader::publish(OpenFile& file, const RemotePath& path, const Attempt& attempt,
                                     const Context& context) {
  const StagedState& state = attempt.state;
  PublishRequest request;
  {
    MutexLock lock(file.mutex);
    request.mode = state.mode;
    request.base_absent = !file.base.has_value() && !file.replaces_any;
    if (file.base) {
      if (!request.mode) request.mode = file.base->mode;
      request.base = remote::Version::exactly(*file.base);
    }
  }
  request.target = path;
  request.size = state.size;
  request.check_size = checks_size(attempt);
  request.keep_standing = policy_.keeps_standing() && attempt.keeps_standing;
  request.mtime = state.mtime;
  request.temporary = *attempt.path;
  services_.metadata.begin_change(path);
  note_unheard(file, state);
  auto published = services_.remote.publish(request, context);
  if (published) services_.temporaries.gone(request.temporary);
  if (!published) services_.metadata.forget(path);
  return published;
}

Status Uploader::copy_by_rename(OpenFile& file, const RemotePath& copy, Attempt& attempt, const Context& context) {
  const ParentTime parent_time(services_, copy.parent());
  Status all = send_all(file, copy.parent(), attempt, context);
  if (all) all = verify(attempt, copy, context);
  if (!all) {
    if (attempt.path && !line_broke(all.error())) discard(*attempt.path, context);
    return all;
  }
  const StagedState& state = attempt.state;
  services_.metadata.begin_change(copy);
  auto published = services_.remote.publish({.temporary = *attempt.path,
                                             .target = copy,
                                             .size = state.size,
                                             .check_size = checks_size(attempt),
                                             .mtime = state.mtime,
                                             .mode = state.mode,
                                             .base = std::nullopt,
                                             .base_absent = true},
                                            context);
  if (!published) {
    services_.metadata.forget(copy);
    services_.temporaries.give_up(*attempt.path);
    return fail(std::move(published).error());
  }
  services_.temporaries.gone(*attempt.path);
  services_.metadata.changed(copy, *published);
  return {};
}

// After a broken line nobody knows what is left of an attempt; the next one may still go on with it.
void Uploader::note_litter(OpenFile& file, const RemotePath& path, const Attempt& attempt, const Status& outcome) {
  constexpr std::size_t kMost = 16;
  if (!attempt.path || attempt.path == path) return;
  MutexLock lock(file.mutex);
  std::erase(file.litter, *attempt.path);
  if (!outcome && file.litter.size() < kMost) file.litter.push_back(*attempt.path);
}

void Uploader::sweep(OpenFile& file, const Context& context) {
  std::vector<RemotePath> litter;
  {
    MutexLock lock(file.mutex);
    litter = std::exchange(file.litter, {});
  }
  for (const RemotePath& path : litter) discard(path, context);
  services_.temporaries.sweep();
}

// Should nobody tell how it ended, what the server has then is no stranger's.
void Uploader::note_unheard(OpenFile& file, const StagedState& state) {
  constexpr std::size_t kMost = 16;
  MutexLock lock(file.mutex);
  if (file.unheard.size() == kMost) file.unheard.erase(file.unheard.begin());
  file.unheard.push_back(state);
}

// What the server has now is what was here in that state.
void Uploader::take_over(OpenFile& file, const RemotePath& path, const Attempt& attempt, const Attributes& now) {
  const StagedState& state = attempt.state;
  note_changed(path, state, now);
  MutexLock lock(file.mutex);
  if (attempt.appended) {
    file.base = now;
    if (file.reader) file.reader->set_version(remote::Version::exactly(now));
  } else {
    file.replace_base(now);
  }
  attempt.staged->note_committed(state);
  if (file.staged && file.staged != attempt.staged) file.staged->note_committed(attempt.staged);
  file.uploaded = attempt.staged;
  if (file.staged == attempt.staged) file.committed = state.generation;
  file.forget_unconfirmed();
  file.unheard.clear();
  file.sends_whole = false;
  ++file.commits;
  const std::uint64_t content = file.reader && !attempt.appended ? file.reader->content() : 0;
  services_.nodes.set_content(file.node, {remote::Version::of(now), content});
}

void Uploader::note_changed(const RemotePath& path, const StagedState& state, const Attributes& now) {
  kept_.changed(path, now);
  services_.metadata.changed(path, now);
  remember_what_was_lost(path, state, now);
}

// A mode remembered from before outlives new content, as it would on a local disk.
void Uploader::remember_what_was_lost(const RemotePath& path, const StagedState& wanted, const Attributes& now) {
  services_.memory.forget_mtime(path);
  if (now.mtime != wanted.mtime) services_.memory.remember_mtime(path, wanted.mtime);
  if (!wanted.mode) return;
  services_.memory.forget_mode(path);
  if (now.mode != wanted.mode) services_.memory.remember_mode(path, *wanted.mode);
}

// What arrived of a failed upload is only in the way.
void Uploader::discard(const RemotePath& temporary, const Context& context) {
  const Status removed = services_.temporaries.remove(temporary, context);
  if (!removed) spdlog::debug("cannot remove {}: {}", temporary.text(), removed.error().message);
}

}  // namespace ftpsfs::vfs
