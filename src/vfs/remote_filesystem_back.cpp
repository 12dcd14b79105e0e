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

// A mount that waits for the server anyhow can do without, beside another of the same source.
Status RemoteFilesystem::start_journal() {
  if (options_.state_dir.empty()) return {};
  if (const Status opened = open_journal(); !opened) {
    if (options_.write_back) return opened;
    spdlog::warn("an upload that fails will be kept in {} alone: {}", options_.staging_dir, opened.error().message);
    return {};
  }
  keep_attributes();
  const Drainer::Options how{options_.settle, options_.uploads};
  drainer_ = std::make_unique<Drainer>(workers_, how, [this](NodeId node) { return upload_waiting(node); });
  FTPSFS_TRY_ASSIGN(const std::vector<JournalEntry> left, journal_->recover());
  std::size_t taken_up = 0;
  for (const JournalEntry& entry : left) {
    const OpenFilePtr file = entry.failure.empty() ? take_up(entry) : nullptr;
    if (!file) continue;
    let_wait(file);
    ++taken_up;
  }
  if (taken_up > 0) spdlog::info("going on with {} files that an earlier mount left to be uploaded", taken_up);
  if (left.size() > taken_up) {
    spdlog::warn("{} files are here that the server refused; `ftpsfs status` lists them", left.size() - taken_up);
  }
  return {};
}

Status RemoteFilesystem::open_journal() {
  const std::chrono::seconds patience(options_.write_back ? 5 : 1);  // an unmount returns before its process ends
  FTPSFS_TRY_ASSIGN(auto journal, Journal::open(options_.state_dir, Deadline::after(patience)));
  FTPSFS_TRY(journal->probe());
  journal_ = std::move(journal);
  staging_dir_ = options_.state_dir;
  staging_space_ = std::make_shared<StagingSpace>(staging_dir_, options_.staging_bytes);
  return {};
}

// What the server cannot hold outlives the mount, too. Only for whoever has the folder locked.
void RemoteFilesystem::keep_attributes() {
  auto opened = AttributeStore::open(options_.state_dir + "/attributes.sqlite");
  if (opened) return memory_.keep_in(*std::move(opened), workers_);
  spdlog::warn("times and modes that the server cannot hold are remembered for this mount alone: {}",
               opened.error().message);
}

// What an earlier mount did not bring to its end is a file that was written and closed just now. Null when its content
// cannot be read, or the file is open.
RemoteFilesystem::OpenFilePtr RemoteFilesystem::take_up(const JournalEntry& entry) {
  auto staged = StagedFile::reopen(journal_->file(entry.id), entry.mtime, entry.mode);
  if (staged) (*staged)->count_in(staging_space_);
  if (!staged) {
    spdlog::error("{} cannot be uploaded: {}", log::printable(entry.path.text()), staged.error().message);
    return nullptr;
  }
  NodeId node = kRootNode;
  std::string_view rest = entry.path.text();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const bool last = end == rest.size();
    const NodeId child = nodes_.look_up(node, rest.substr(0, end), last ? FileType::kFile : FileType::kDirectory);
    if (node != kRootNode) nodes_.forget(node, 1);  // its child holds it now
    node = child;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto file = std::make_shared<OpenFile>(node);  // the lookup is its pin
  {
    MutexLock lock(mutex_);
    MutexLock file_lock(file->mutex);
    file->base = entry.base;
    file->replaces_any = entry.replaces_any;
    file->staged = *std::move(staged);
    file->journal_id = entry.id;
    file->frozen = file->staged;
    file->kept = file->staged->state().generation;
    file->left_over = true;
    if (entry.in_place) file->unconfirmed = Range{0, *entry.in_place};
    if (entry.sent_size) file->unheard.push_back({*entry.sent_size, entry.sent_mtime, {}, 0});
    const bool added = open_files_.emplace(node, file).second;
    if (added) return file;
  }
  nodes_.forget(node, 1);
  return nullptr;
}

// On the local disk on return: content, name and attributes. Does not wait for an upload of the same file, hence the
// name is not claimed.
Status RemoteFilesystem::keep(OpenFile& file, const Context& context) {
  {
    MutexLock lock(file.mutex);
    if (!file.dirty() || file.kept == file.staged->state().generation) return {};
  }
  for (std::optional<RemotePath> noted;;) {
    const auto path = nodes_.path(file.node);
    if (!path) finish_entry(file);  // removed meanwhile
    if (!path || noted == *path) return {};
    std::uint64_t size = 0;
    {
      MutexLock lock(file.mutex);
      if (!file.dirty()) return {};
      size = file.staged->state().size;
    }
    FTPSFS_TRY(Uploader::fetch_missing(file, {0, size}, context.uncancellable()));
    FTPSFS_TRY(note_in_journal(file, *path));
    noted = *path;
  }
}

// What was closed stays as it is, on disk and on its way to the server, until what is written now is closed, too: the
// next writer gets a file of its own, `next`.
void RemoteFilesystem::take_next(OpenFile& file, std::shared_ptr<StagedFile> next, bool has_content) {
  const bool clean = file.committed == file.staged->state().generation;
  const auto mode = file.staged->state().mode;
  if (!has_content && mode) next->set_mode(*mode);
  file.staged = std::move(next);
  file.committed.reset();
  if (clean && has_content) file.committed = file.staged->state().generation;
  file.kept.reset();
  file.streams = 0;
  if (const auto stream = std::exchange(file.stream, nullptr)) stream->give_up();
}

// What the journal has to know of a file in that state, beside its content.
JournalEntry RemoteFilesystem::entry_of(const OpenFile& file, const RemotePath& path, const StagedState& state) {
  JournalEntry entry;
  entry.id = file.journal_id;
  entry.path = path;
  entry.mtime = state.mtime;
  entry.mode = state.mode;
  entry.base = file.base;
  entry.replaces_any = file.replaces_any;
  if (file.unconfirmed && file.unconfirmed->begin == 0) entry.in_place = file.unconfirmed->end;
  const auto sent = file.attempted || file.unheard.empty() ? file.attempted : std::optional(file.unheard.back());
  if (!sent) return entry;
  entry.sent_size = sent->size;
  entry.sent_mtime = sent->mtime;
  return entry;
}

// For a file that is closed now. Frozen before it is written, lest it change meanwhile.
Status RemoteFilesystem::note_in_journal(OpenFile& file, const RemotePath& path) {
  MutexLock journaling(file.journaling);
  FTPSFS_TRY(thaw_unless_journalled(file));
  JournalEntry entry;
  std::shared_ptr<StagedFile> staged;
  StagedState state;
  bool has_content = false;
  {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return {};
    staged = file.staged;
    state = staged->state();
    has_content = file.journal_id != 0 && staged == file.frozen;
    entry = entry_of(file, path, state);
    file.frozen = staged;
  }
  if (has_content) {
    FTPSFS_TRY(journal_->update(entry));
  } else {
    FTPSFS_TRY_ASSIGN(entry.id, journal_->add(entry, *staged));
  }
  MutexLock lock(file.mutex);
  file.journal_id = entry.id;
  if (file.staged == staged) file.kept = state.generation;
  return {};
}

// What the journal had before, or failed to take, has no name on the disk to be given any more.
Status RemoteFilesystem::thaw_unless_journalled(OpenFile& file) {
  std::shared_ptr<StagedFile> old;
  {
    MutexLock lock(file.mutex);
    if (file.journal_id != 0 || !file.staged || file.staged != file.frozen) return {};
    old = file.staged;
  }
  FTPSFS_TRY_ASSIGN(auto copy, old->copy());
  MutexLock lock(file.mutex);
  if (file.staged == old) take_next(file, std::move(copy), true);
  return {};
}

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

// All of an entry but its content.
Status RemoteFilesystem::renew_entry(OpenFile& file) {
  MutexLock journaling(file.journaling);
  const auto path = nodes_.path(file.node);
  JournalEntry entry;
  StagedState state;
  {
    MutexLock lock(file.mutex);
    if (!path || file.journal_id == 0) return {};
    state = file.frozen->state();
    entry = entry_of(file, *path, state);
  }
  FTPSFS_TRY(journal_->update(entry));
  MutexLock lock(file.mutex);
  if (file.staged == file.frozen) file.kept = state.generation;
  return {};
}

RemoteFilesystem::OpenFilePtr RemoteFilesystem::waiting_file(NodeId node) {
  MutexLock lock(mutex_);
  const auto found = waiting_.find(node);
  return found == waiting_.end() ? nullptr : found->second->file;
}

// After an upload, or when the name is gone: the journal forgets what needs it no more.
void RemoteFilesystem::finish_entry(OpenFile& file) {
  if (!journal_) return;
  MutexLock journaling(file.journaling);
  std::int64_t done = 0;
  {
    MutexLock lock(file.mutex);
    const bool waits = file.staged == file.frozen && file.dirty();
    const bool on_server = file.uploaded == file.frozen;
    if (file.orphaned || (!waits && (on_server || !file.dirty()))) done = std::exchange(file.journal_id, 0);
  }
  if (done == 0) return;
  if (const Status removed = journal_->remove(done); !removed) {
    spdlog::warn("the journal goes on naming a file that is uploaded: {}", removed.error().message);
  }
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
  file.base = now;
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
  if (ours) file.base = now;
  return ours;
}

// The server's version stays under the name, ours goes beside it. Where the server's is gone, ours takes its place.
Status RemoteFilesystem::keep_both(OpenFile& file, const std::shared_ptr<StagedFile>& closed, const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(file.node));
  const auto theirs = remote_.stat(path, context);
  if (!theirs && theirs.error().kind != ErrorKind::kNotFound) return fail(theirs.error());
  if (!theirs) {
    MutexLock lock(file.mutex);
    file.base.reset();
    file.replaces_any = false;
  }
  if (!theirs) return uploader_.commit(file, context, closed);
  if (adopt_if_ours(file, *theirs)) return {};
  if (is_what_we_sent_before(file, *theirs)) return uploader_.commit(file, context, closed);

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
  ++file.commits;
  adopt_version(file, path, *theirs);
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
