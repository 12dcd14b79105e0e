// RemoteFilesystem: what the server refused. With write=sync the program was told, and the content leaves the tree for
// the journal; with write=back it stays in the tree, and waits. A person has either tried again, or drops it.
#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kMostInPlace = 20;  // told by status()

// "": all there are.
Result<std::optional<RemotePath>> parse_wish(std::string_view path) {
  if (path.empty()) return std::nullopt;
  FTPSFS_TRY_ASSIGN(RemotePath parsed, RemotePath::parse(path));
  return parsed;
}

tl::unexpected<Error> none_failed() { return fail(ErrorKind::kNotFound, "no upload of that file failed"); }

}  // namespace

// After a commit that failed when nobody could be told any more, or when somebody was: the content must outlive the
// mount.
void RemoteFilesystem::keep_failed(OpenFile& file, const Error& why) {
  std::shared_ptr<StagedFile> staged;
  {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return;  // another handle's commit went through
    staged = file.staged;
    nodes_.set_content(file.node, {});  // the kernel's pages are of what the server never got
  }
  const Status noted = journal_ ? note_failed(file, staged, why) : fail(ErrorKind::kUnsupported, "no journal");
  if (noted) return;
  if (journal_) spdlog::warn("the journal cannot take what failed: {}", noted.error().message);
  rescue(file, *staged);
}

Status RemoteFilesystem::note_failed(OpenFile& file, const std::shared_ptr<StagedFile>& staged, const Error& why) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(file.node));
  MutexLock journaling(file.journaling);
  JournalEntry entry;
  {
    MutexLock lock(file.mutex);
    if (file.staged != staged) return fail(ErrorKind::kStale, "it was written anew");
    if (staged == file.journal_content) return {};  // kept before
    entry = entry_of(file, path, *staged);
    entry.lacking = lacking(*staged);
    entry.failure = why.message;
    file.frozen = staged;  // who writes to it again writes to a copy
  }
  const auto earlier = journal_->failed(path);
  FTPSFS_TRY(journal_->add(entry, *staged));  // in the place of what was noted before it was sent
  {
    MutexLock lock(file.mutex);
    file.journal_id = 0;  // the entry outlives us
    file.journal_content = staged;
  }
  if (earlier) drop_failed(*earlier);
  spdlog::error("{} is not on the server; `ftpsfs status` lists it", log::printable(path.text()));
  return {};
}

// Something newer of that name is on the server.
void RemoteFilesystem::forget_failed(const RemotePath& path) {
  if (const auto failed = journal_->failed(path)) drop_failed(*failed);
}

void RemoteFilesystem::drop_failed(const std::vector<JournalEntry>& superseded) {
  for (const JournalEntry& entry : superseded) {
    spdlog::info("an earlier content of {}, which the server refused, is dropped", log::printable(entry.path.text()));
    (void)journal_->remove(entry.id);
  }
}

FilesystemStatus RemoteFilesystem::status() {
  FilesystemStatus now;
  now.sessions = remote_.activity();
  now.server = remote_.server();
  now.memory = {blocks_.bytes() + metadata_.bytes(), options_.memory_bytes};
  if (options_.disk != nullptr) now.disk_cache = Usage{options_.disk->bytes(), options_.disk->capacity()};
  now.staged = staging_space_->used();
  now.in_place = uploader_.written_in_place(kMostInPlace);
  std::map<NodeId, Waiting> waiting;
  if (drainer_) {
    for (Waiting& each : drainer_->list()) waiting.emplace(each.node, std::move(each));
  }
  for (const OpenFilePtr& file : all_open()) {
    const auto found = waiting.find(file->node);
    auto status = upload_status(*file, found == waiting.end() ? nullptr : &found->second);
    if (status) now.uploads.push_back(*std::move(status));
  }
  if (const auto failed = journal_ ? journal_->failed({}) : Result<std::vector<JournalEntry>>()) {
    for (const JournalEntry& entry : *failed) {
      now.uploads.push_back(
          {entry.path.text(), UploadStatus::State::kFailed, journal_->size(entry.id), 0, entry.failure});
    }
  }
  const auto rank = [](const UploadStatus& each) {
    return each.state == UploadStatus::State::kUploading ? 0 : each.state == UploadStatus::State::kFailed ? 1 : 2;
  };
  std::stable_sort(now.uploads.begin(), now.uploads.end(),
                   [&](const UploadStatus& a, const UploadStatus& b) { return rank(a) < rank(b); });
  return now;
}

// `waiting`: what the drainer says of it, if anything. A file that is only written to is nobody's concern yet.
std::optional<UploadStatus> RemoteFilesystem::upload_status(const OpenFile& file, const Waiting* waiting) {
  const auto path = nodes_.path(file.node);
  MutexLock lock(file.mutex);
  if (!path || !file.dirty()) return std::nullopt;
  const bool uploading = file.uploading > 0 || file.stream || (waiting != nullptr && waiting->running);
  if (!uploading && waiting == nullptr) return std::nullopt;
  UploadStatus status{path->text(), UploadStatus::State::kPending, file.staged->state().size, 0, {}};
  if (uploading) {
    status.state = UploadStatus::State::kUploading;
    status.sent = std::min(file.sent->load(), status.size);
  } else if (waiting->refused) {
    status.state = UploadStatus::State::kFailed;
  }
  if (waiting != nullptr && waiting->failure) status.error = waiting->failure->message;
  return status;
}

Status RemoteFilesystem::sync_all(const Context& context) {
  if (!drainer_) return {};
  FTPSFS_TRY(drainer_->finish(context));
  FTPSFS_TRY_ASSIGN(const auto failed, journal_->failed({}));
  if (failed.empty()) return {};
  return fail(ErrorKind::kIo, failed.front().path.text() + ": " + failed.front().failure);
}

std::vector<NodeId> RemoteFilesystem::failing(const std::optional<RemotePath>& path) {
  std::vector<NodeId> nodes;
  for (const Waiting& each : drainer_->list()) {
    const auto at = nodes_.path(each.node);
    if (each.failure && at && (!path || *path == *at)) nodes.push_back(each.node);
  }
  return nodes;
}

Status RemoteFilesystem::retry(std::string_view path, const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto wish, parse_wish(path));
  if (!journal_) return none_failed();
  FTPSFS_TRY_ASSIGN(const std::vector<JournalEntry> entries, journal_->failed(wish));
  const std::vector<NodeId> nodes = failing(wish);
  if (wish && entries.empty() && nodes.empty()) return none_failed();
  Status outcome = drainer_->hurry(nodes, context);
  for (const JournalEntry& entry : entries) {
    Status again = retry_entry(entry, context);
    if (outcome) outcome = std::move(again);
  }
  return outcome;
}

// In the tree while it is tried, and out of it when that fails again.
Status RemoteFilesystem::retry_entry(const JournalEntry& entry, const Context& context) {
  const OpenFilePtr file = take_up(entry);
  if (!file) return fail(ErrorKind::kBusy, entry.path.text() + " is open");
  refreshed_.add_outdated(Invalidation{0, {}, file->node});
  let_wait(file);
  Status outcome = drainer_->hurry({file->node}, context);
  if (outcome || outcome.error().kind == ErrorKind::kInterrupted) return outcome;
  FTPSFS_TRY(note_failed_again(*file, entry, outcome.error()));
  if (drop_waiting(file->node)) return outcome;
  MutexLock lock(file->mutex);  // on its way once more, or written anew: it waits like any other
  if (file->journal_id == 0 && file->staged == file->frozen) file->journal_id = entry.id;
  return outcome;
}

// With what the attempt left: a part of it may be on the server.
Status RemoteFilesystem::note_failed_again(OpenFile& file, const JournalEntry& entry, const Error& why) {
  MutexLock journaling(file.journaling);
  const auto path = nodes_.path(file.node);
  JournalEntry again = entry;
  {
    MutexLock lock(file.mutex);
    if (path && file.journal_content) again = entry_of(file, *path, *file.journal_content);
    file.journal_id = 0;  // the entry outlives this attempt
  }
  again.id = entry.id;
  again.failure = why.message;
  return journal_->update(again);
}

Status RemoteFilesystem::discard(std::string_view path, const Context& /*context*/) {
  FTPSFS_TRY_ASSIGN(const auto wish, parse_wish(path));
  if (!wish) return fail(ErrorKind::kInvalid, "which file?");
  if (!journal_) return none_failed();
  FTPSFS_TRY_ASSIGN(const std::vector<JournalEntry> entries, journal_->failed(wish));
  const std::vector<NodeId> nodes = failing(wish);
  if (entries.empty() && nodes.empty()) return none_failed();
  for (const JournalEntry& entry : entries) FTPSFS_TRY(journal_->remove(entry.id));
  for (const NodeId node : nodes) FTPSFS_TRY(drop_waiting(node));
  spdlog::warn("{}: what could not be uploaded is dropped, as asked for", log::printable(wish->text()));
  return {};
}

// What is newer here goes; the name stands for what the server has.
Status RemoteFilesystem::drop_waiting(NodeId node) {
  const OpenFilePtr file = waiting_file(node);
  if (!file) return {};
  if (!drainer_->forget(node)) return fail(ErrorKind::kBusy, "it is on its way to the server");
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  const std::shared_ptr<StagedFile> closed = [&] {
    MutexLock lock(file->mutex);
    return file->frozen;
  }();
  if (!drop_staged(*file, path, closed)) {
    drainer_->add(node);
    return fail(ErrorKind::kBusy, "it is being written");
  }
  forget_waiting(node);
  return {};
}

// False when there is something else, or somebody may write.
bool RemoteFilesystem::drop_staged(OpenFile& file, const RemotePath& path, const std::shared_ptr<StagedFile>& dropped) {
  bool is_new = false;
  {
    MutexLock lock(mutex_);
    MutexLock file_lock(file.mutex);
    if (file.writers > 0 || file.staged != dropped) return false;
    file.torn = {};
    is_new = !file.base.has_value();
    if (!is_new) {
      file.staged.reset();
      file.committed.reset();
      file.forget_unconfirmed();
      ++file.commits;
      adopt_version(file, path, *file.base);
    }
  }
  const auto parent = nodes_.parent(file.node);
  if (is_new && parent) {
    orphan(file.node, [&] { nodes_.detach(*parent, path.name()); });
    refreshed_.add_outdated(Invalidation{*parent, std::string(path.name()), file.node});
  } else {
    refreshed_.add_outdated(Invalidation{0, {}, file.node});
  }
  metadata_.forget(path);
  return true;
}

}  // namespace ftpsfs::vfs
