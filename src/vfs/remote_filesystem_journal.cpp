// RemoteFilesystem: what the journal knows of files that are newer here, from their close, or from the start of a
// mount, until they are on the server.
#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::FileType;
using remote::RemotePath;

// A mount that waits for the server anyhow can do without, beside another of the same source.
Status RemoteFilesystem::start_journal() {
  if (options_.state_dir.empty()) return {};
  if (const Status opened = open_journal(); !opened) {
    if (options_.write_back) return opened;
    spdlog::warn("an upload that fails will be kept in {} alone: {}", options_.staging_dir, opened.error().message);
    return {};
  }
  keep_attributes();
  temporaries_.keep_in(options_.state_dir);
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
    spdlog::warn("files left from before that could not be uploaded: {}; `ftpsfs status` lists them",
                 left.size() - taken_up);
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
  auto staged = StagedFile::reopen(journal_->file(entry.id), entry.lacking, entry.mtime, entry.mode);
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
    if (entry.base && !entry.lacking.empty()) adopt_version(*file, entry.path, *entry.base);
    file->replaces_any = entry.replaces_any;
    file->staged = *std::move(staged);
    file->note_entry(entry.id, file->staged, entry.lacking);
    file->frozen = file->staged;
    file->kept = file->staged->state().generation;
    file->left_over = true;
    file->unconfirmed = entry.unconfirmed;
    if (entry.holds_what_was_sent) {
      (void)file->staged->begin_taking();  // as it was then
      file->unconfirmed_of = file->staged;
    }
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
  FTPSFS_TRY(check_whole(file));
  {
    MutexLock lock(file.mutex);
    if (!file.dirty() || file.journalled()) return {};
  }
  for (std::optional<RemotePath> noted;;) {
    const auto path = nodes_.path(file.node);
    if (!path) finish_entry(file);  // removed meanwhile
    if (!path || noted == *path) return {};
    FTPSFS_TRY(fetch_unless_changes_alone(file, context));
    const Status kept = note_in_journal(file, *path);
    if (!kept && kept.error().kind == ErrorKind::kStale) continue;
    FTPSFS_TRY(kept);
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

// What the journal has to know of a file with that content, beside it.
JournalEntry RemoteFilesystem::entry_of(const OpenFile& file, const RemotePath& path, const StagedFile& content) {
  const StagedState state = content.state();
  JournalEntry entry;
  entry.id = file.journal_id;
  entry.path = path;
  entry.mtime = state.mtime;
  entry.mode = state.mode;
  entry.base = file.base;
  entry.replaces_any = file.replaces_any;
  entry.unconfirmed = file.unconfirmed;
  entry.holds_what_was_sent = file.unconfirmed && content.same_as(file.unconfirmed_of) >= file.unconfirmed->end;
  entry.lacking = file.journal_lacks;
  const auto sent = file.attempted || file.unheard.empty() ? file.attempted : std::optional(file.unheard.back());
  if (!sent) return entry;
  entry.sent_size = sent->size;
  entry.sent_mtime = sent->mtime;
  return entry;
}

// What is not here of a file is the server's, unchanged.
std::vector<Range> RemoteFilesystem::lacking(const StagedFile& staged) {
  return staged.missing({0, staged.state().size});
}

// A file whose changes are all that is sent waits without the rest of its old content.
Status RemoteFilesystem::fetch_unless_changes_alone(OpenFile& file, const Context& context) {
  std::uint64_t size = 0;
  {
    MutexLock lock(file.mutex);
    if (!file.dirty() || uploader_.sends_changes_alone(file, *file.staged)) return {};
    size = file.staged->state().size;
  }
  return Uploader::fetch_missing(file, {0, size}, context.uncancellable());
}

// For a file that is closed now. Frozen before it is written, lest it change meanwhile. kStale when it was written to
// before it was frozen, so that old content is missing.
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
    has_content = file.in_journal(staged);
    entry = entry_of(file, path, *staged);
    if (!has_content) entry.lacking = lacking(*staged);
    if (!has_content && !entry.lacking.empty() && !uploader_.sends_changes_alone(file, *staged)) {
      return fail(ErrorKind::kStale, "old content is missing");
    }
    file.frozen = staged;
  }
  if (has_content) {
    FTPSFS_TRY(journal_->update(entry));
  } else {
    FTPSFS_TRY_ASSIGN(entry.id, journal_->add(entry, *staged));
  }
  MutexLock lock(file.mutex);
  file.note_entry(entry.id, staged, entry.lacking);
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

// All of an entry but its content.
Status RemoteFilesystem::renew_entry(OpenFile& file) {
  MutexLock journaling(file.journaling);
  const auto path = nodes_.path(file.node);
  JournalEntry entry;
  std::uint64_t generation = 0;
  {
    MutexLock lock(file.mutex);
    if (!path || file.journal_id == 0) return {};
    generation = file.journal_content->state().generation;
    entry = entry_of(file, *path, *file.journal_content);
  }
  FTPSFS_TRY(journal_->update(entry));
  MutexLock lock(file.mutex);
  if (file.staged == file.journal_content) file.kept = generation;
  return {};
}

// Of a file that the journal has not, it gets a copy: that one is still written to.
Status RemoteFilesystem::note_unconfirmed(OpenFile& file, const std::shared_ptr<StagedFile>& staged) {
  if (!journal_) return {};
  std::optional<Range> sent;
  bool has_content = false;
  bool lacks_old_content = false;
  {
    MutexLock lock(file.mutex);
    sent = file.unconfirmed;
    has_content = file.in_journal(staged);
    lacks_old_content = !file.journal_lacks.empty();
  }
  if (has_content && lacks_old_content && lacking(*staged).empty()) {
    FTPSFS_TRY(staged->sync());  // what is written over is what was fetched before
    MutexLock lock(file.mutex);
    file.journal_lacks.clear();
  }
  if (has_content || !sent) return renew_entry(file);
  MutexLock journaling(file.journaling);
  const auto path = nodes_.path(file.node);
  if (!path) return {};
  FTPSFS_TRY_ASSIGN(const auto copy, staged->copy(sent->begin));
  JournalEntry entry;
  {
    MutexLock lock(file.mutex);
    entry = entry_of(file, *path, *copy);
    entry.lacking = lacking(*copy);
  }
  FTPSFS_TRY_ASSIGN(entry.id, journal_->add(entry, *copy));
  MutexLock lock(file.mutex);
  file.note_entry(entry.id, copy, entry.lacking);
  return {};
}

// After an upload, or when the name is gone: the journal forgets what needs it no more.
void RemoteFilesystem::finish_entry(OpenFile& file) {
  if (!journal_) return;
  MutexLock journaling(file.journaling);
  {
    MutexLock lock(file.mutex);
    const auto held = file.journal_content;
    const bool waits = held && file.staged == held && file.dirty();
    const bool is_copy = held && file.uploaded && held->same_as(file.uploaded) >= held->state().size;
    const bool on_server = is_copy || file.uploaded == held;
    if (!file.orphaned && (waits || (!on_server && file.dirty()))) return;
  }
  if (const Status dropped = drop_entry(file); !dropped) {
    spdlog::warn("the journal goes on naming a file that is uploaded: {}", dropped.error().message);
  }
}

Status RemoteFilesystem::drop_entry(OpenFile& file) {
  std::int64_t entry = 0;
  {
    MutexLock lock(file.mutex);
    entry = std::exchange(file.journal_id, 0);
    file.journal_content.reset();
  }
  return entry == 0 ? Status{} : journal_->remove(entry);
}

}  // namespace ftpsfs::vfs
