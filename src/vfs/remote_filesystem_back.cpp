// RemoteFilesystem: write=back, where a close waits for the local disk only. A file that waits for its upload stays
// open in our hands, so that whatever happens to it meanwhile finds it as it finds every open file.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/node_claims.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::FileType;
using remote::RemotePath;

namespace {

constexpr int kMostConflicts = 100;  // of one name on one day

std::string conflict_name(std::string_view name, int number) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::array<char, 16> date{};
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  (void)std::strftime(date.data(), date.size(), "%Y-%m-%d", &local);
  std::string mark = fmt::format(" (conflict {} from {})", date.data(), host.data());
  if (number > 1) mark += fmt::format(" {}", number);
  constexpr std::size_t kLongestName = 255;
  return std::string(name.substr(0, kLongestName - std::min(kLongestName, mark.size()))) + mark;
}

}  // namespace

// Its last writer is gone, or it changed since: the settle time begins.
void RemoteFilesystem::let_wait(const OpenFilePtr& file) {
  {
    MutexLock lock(mutex_);
    FileHandlePtr& hold = waiting_[file->node];
    if (!hold) {
      hold = std::make_shared<FileHandle>();
      hold->file = file;
      MutexLock file_lock(file->mutex);
      ++file->handles;
    }
  }
  drainer_->add(file->node);
}

// Name or attributes of a file have changed. One that is being written anew is noted when it is closed.
Status RemoteFilesystem::keep_change(NodeId node) {
  const OpenFilePtr file = find_open(node);
  if (!file) return {};
  FTPSFS_TRY(renew_entry(*file));
  if (waiting_file(node)) drainer_->add(node);
  return {};
}

RemoteFilesystem::OpenFilePtr RemoteFilesystem::waiting_file(NodeId node) {
  MutexLock lock(mutex_);
  const auto found = waiting_.find(node);
  return found == waiting_.end() ? nullptr : found->second->file;
}

// Lets go of a file that waits for nothing any more.
void RemoteFilesystem::end_waiting(NodeId node) {
  FileHandlePtr hold;
  {
    MutexLock lock(mutex_);
    const auto found = waiting_.find(node);
    if (found == waiting_.end()) return;
    MutexLock file_lock(found->second->file->mutex);
    if (found->second->file->dirty()) return;
    hold = std::move(found->second);
    waiting_.erase(found);
  }
  let_go(hold, Context{options_.stall_limit, std::nullopt, nullptr});
}

void RemoteFilesystem::forget_waiting(NodeId node) {
  if (!journal_) return;
  if (const OpenFilePtr file = find_open(node)) finish_entry(*file);
  drainer_->forget(node);
  end_waiting(node);
}

// For the Drainer: true when nothing is left to do, false while somebody writes to it.
Result<bool> RemoteFilesystem::upload_waiting(NodeId node) {
  const OpenFilePtr file = find_open(node);
  if (!file) return true;
  std::shared_ptr<StagedFile> closed;
  bool newer = false;
  {
    MutexLock lock(file->mutex);
    newer = file->dirty();
    if (newer && (file->writers > 0 || file->staged != file->frozen)) return false;
    closed = file->frozen;
    if (closed) file->attempted = closed->state();
  }
  const Context context{options_.stall_limit, std::nullopt, nullptr};
  Status outcome = was_uploaded_before(*file, context) ? Status{} : uploader_.commit(*file, context, closed);
  if (!outcome && outcome.error().kind == ErrorKind::kConflict) outcome = keep_both(*file, closed, context);
  {
    MutexLock lock(file->mutex);
    file->attempted.reset();
  }
  if (!outcome && outcome.error().kind == ErrorKind::kStale) return false;
  if (!outcome) return fail(std::move(outcome).error());
  finish_entry(*file);
  if (const auto path = nodes_.path(node); path && newer) forget_failed(*path);
  end_waiting(node);
  const OpenFilePtr next = waiting_file(node);
  if (!next) return true;
  // Closed anew meanwhile: what it replaces is now what was uploaded.
  if (const Status renewed = renew_entry(*next); !renewed) return fail(renewed.error());
  return false;
}

// The mount that left it over may have got as far as the last step.
bool RemoteFilesystem::was_uploaded_before(OpenFile& file, const Context& context) {
  const auto path = nodes_.path(file.node);
  {
    MutexLock lock(file.mutex);
    if (!path || !std::exchange(file.left_over, false)) return false;
  }
  const auto now = remote_.stat(*path, context);
  return now && adopt_if_ours(file, *now);
}

// True when what the server has can only be what we sent, though nobody told us that it arrived.
bool RemoteFilesystem::adopt_if_ours(OpenFile& file, const Attributes& now) {
  MutexLock lock(file.mutex);
  if (!file.dirty()) return false;
  const StagedState state = file.staged->state();
  const bool like_ours = now.type == FileType::kFile && now.size == state.size && now.mtime_exact &&
                         now.mtime == state.mtime && remote_.capabilities().set_file_mtime;
  const bool not_replaced_yet = file.base && remote::Version::exactly(*file.base).may_be(now);
  if (!like_ours || not_replaced_yet) return false;
  file.replace_base(now);
  file.committed = state.generation;
  file.uploaded = file.staged;
  return true;
}

// Then it is what our newer content takes the place of.
bool RemoteFilesystem::is_what_we_sent_before(OpenFile& file, const Attributes& now) {
  MutexLock lock(file.mutex);
  const bool ours = now.mtime_exact && std::any_of(file.unheard.begin(), file.unheard.end(), [&](const auto& sent) {
                      return now.size == sent.size && now.mtime == sent.mtime;
                    });
  if (ours) file.replace_base(now);
  return ours;
}

// The server's version stays under the name, ours goes beside it. Where the server's is gone, ours takes its place.
Status RemoteFilesystem::keep_both(OpenFile& file, std::shared_ptr<StagedFile> closed, const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(file.node));
  const auto theirs = remote_.stat(path, context);
  if (!theirs && theirs.error().kind != ErrorKind::kNotFound) return fail(theirs.error());
  if (theirs && adopt_if_ours(file, *theirs)) return {};
  if (theirs && is_what_we_sent_before(file, *theirs)) return uploader_.commit(file, context, closed);
  Status whole = Uploader::fetch_missing(file, {0, closed->state().size}, context);
  if (!whole && whole.error().kind == ErrorKind::kConflict) whole = stand_for_whole(file, closed);
  FTPSFS_TRY(whole);
  if (!theirs) {
    MutexLock lock(file.mutex);
    file.base.reset();
    file.replaces_any = false;
  }
  if (!theirs) return uploader_.commit(file, context, closed);

  Status copied;
  for (int number = 1; number <= kMostConflicts; ++number) {
    FTPSFS_TRY_ASSIGN(const RemotePath copy, path.parent().child(conflict_name(path.name(), number)));
    copied = uploader_.commit_copy(file, copy, closed, context);
    if (copied) {
      spdlog::warn("{} was changed on the server meanwhile; what was written here is {}", log::printable(path.text()),
                   log::printable(copy.name()));
      break;
    }
    if (copied.error().kind != ErrorKind::kConflict) return copied;
  }
  if (!copied) return copied;
  metadata_.forget(path);
  MutexLock lock(mutex_);
  MutexLock file_lock(file.mutex);
  if (file.staged != closed) return fail(ErrorKind::kStale, "it is being written anew");
  file.staged.reset();
  file.committed.reset();
  file.forget_unconfirmed();
  ++file.commits;
  adopt_version(file, path, *theirs);
  return {};
}

// Old content is on the server no more, and was never here. Of a file that became longer the new end is what was
// written here, of any other what was changed, with zeros between.
Status RemoteFilesystem::stand_for_whole(OpenFile& file, std::shared_ptr<StagedFile>& closed) {
  const std::vector<Range> missing = lacking(*closed);
  if (missing.empty()) return {};
  const bool is_end = missing.back().end <= closed->unchanged_prefix();
  FTPSFS_TRY_ASSIGN(auto written, closed->copy_from(is_end ? missing.back().end : 0));
  if (!is_end)
    spdlog::warn("a file is kept as what was changed of it here, with zeros between: its old content is gone");
  MutexLock journaling(file.journaling);
  const auto path = nodes_.path(file.node);
  if (!path) return fail(ErrorKind::kStale, "it was removed");
  JournalEntry entry;
  {
    MutexLock lock(file.mutex);
    if (file.staged != closed) return fail(ErrorKind::kStale, "it is being written anew");
    file.forget_unconfirmed();
    entry = entry_of(file, *path, *written);
    entry.lacking.clear();
  }
  FTPSFS_TRY_ASSIGN(entry.id, journal_->add(entry, *written));
  MutexLock lock(file.mutex);
  file.note_entry(entry.id, written, {});
  if (file.staged != closed) return fail(ErrorKind::kStale, "it is being written anew");
  file.staged = file.frozen = closed = std::move(written);
  file.committed.reset();
  file.kept = file.staged->state().generation;
  return {};
}

Undrained RemoteFilesystem::drain(const Context& context) {
  if (!drainer_) return {};
  journal_->note_draining();
  drainer_->close();
  (void)drainer_->await_rest(context);
  const std::vector<Waiting> left = drainer_->list();
  const auto fails = [](const Waiting& each) { return each.failure.has_value(); };
  const auto refused = [](const Waiting& each) { return each.refused; };
  return {left.size(), static_cast<std::size_t>(std::count_if(left.begin(), left.end(), fails)),
          static_cast<std::size_t>(std::count_if(left.begin(), left.end(), refused)), journal_->is_wanted()};
}

}  // namespace ftpsfs::vfs
