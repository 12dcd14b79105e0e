#include "vfs/temporary_files.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/waiting.h"
#include "vfs/partial_upload.h"

namespace ftpsfs::vfs {

using remote::RemotePath;
using remote::TemporaryFile;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t kMostFiles = 4096;
/// The next mount lists each of them if this one is killed.
constexpr std::size_t kFewDirectories = 64;
constexpr seconds kLastSweep{3};

}  // namespace

TemporaryFiles::TemporaryFiles(remote::RemoteFs& remote, WorkerPool& workers, milliseconds stall_limit)
    : remote_(remote), workers_(workers), stall_limit_(stall_limit), most_noted_(kFewDirectories) {}

TemporaryFiles::~TemporaryFiles() {
  const Context brief{std::min<milliseconds>(stall_limit_, kLastSweep), Deadline::after(kLastSweep), nullptr};
  std::vector<RemotePath> left;
  bool all = true;
  {
    MutexLock lock(mutex_);
    all = !overlooked_;
    for (const auto& [file, use] : files_) left.push_back(file);
  }
  for (const RemotePath& file : left) {
    const Status removed = remove(file, brief);
    if (!removed && line_broke(removed.error())) break;
  }
  MutexLock noting(noting_);
  if (notes_ && all) (void)notes_->replace(directories());
}

void TemporaryFiles::keep_in(const std::string& folder) {
  MutexLock noting(noting_);
  notes_ = std::make_unique<TemporaryNotes>(folder, remote_.mount_id());
  auto left = notes_->left();
  if (!left.empty()) workers_.submit([this, left = std::move(left)] { sweep_left(left); });
}

void TemporaryFiles::stop() { stop_->cancel(); }

Result<RemotePath> TemporaryFiles::make(const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(RemotePath file, directory.child(remote_.new_temporary_name()));
  {
    MutexLock lock(mutex_);
    remember(file, Use::kWanted);
  }
  note(directory);
  return file;
}

Result<RemotePath> TemporaryFiles::make_aside(const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(RemotePath file, directory.child(remote_.new_aside_name()));
  note(directory);
  return file;
}

void TemporaryFiles::gone(const RemotePath& file) {
  MutexLock lock(mutex_);
  files_.erase(file);
}

void TemporaryFiles::moved(const RemotePath& from, const RemotePath& to) {
  std::vector<std::pair<RemotePath, Use>> taken_along;
  {
    MutexLock lock(mutex_);
    for (auto each = files_.begin(); each != files_.end();) {
      const auto next = std::next(each);
      if (each->first.is_within(from)) {
        taken_along.emplace_back(each->first, each->second);
        files_.erase(each);
      }
      each = next;
    }
    for (auto& [file, use] : taken_along) {
      if (auto moved = RemotePath::parse(to.text() + file.text().substr(from.text().size()))) file = *std::move(moved);
      remember(file, use);
    }
  }
  for (const auto& [file, use] : taken_along) note(file.parent());
}

Status TemporaryFiles::remove(const RemotePath& file, const Context& context) {
  Status removed = remote_.remove(file, context);
  MutexLock lock(mutex_);
  if (removed || removed.error().kind == ErrorKind::kNotFound) {
    files_.erase(file);
  } else {
    remember(file, line_broke(removed.error()) ? Use::kGivenUp : Use::kWanted);  // what is refused is not tried again
  }
  return removed;
}

void TemporaryFiles::give_up(const RemotePath& file) {
  MutexLock lock(mutex_);
  remember(file, Use::kGivenUp);
}

void TemporaryFiles::sweep() {
  {
    MutexLock lock(mutex_);
    const auto unwanted = [](const auto& each) { return each.second == Use::kGivenUp; };
    if (sweeping_ || !std::any_of(files_.begin(), files_.end(), unwanted)) return;
    sweeping_ = true;
  }
  workers_.submit([this] { sweep_given_up(); });
}

void TemporaryFiles::sweep_given_up() {
  const Context context{stall_limit_, std::nullopt, stop_};
  for (const RemotePath& file : given_up()) {
    const Status removed = remove(file, context);
    if (!removed) spdlog::debug("cannot remove {}: {}", file.text(), removed.error().message);
    if (!removed && (line_broke(removed.error()) || stop_->cancelled())) break;
  }
  MutexLock lock(mutex_);
  sweeping_ = false;
}

void TemporaryFiles::remember(const RemotePath& file, Use use) {
  if (files_.size() >= kMostFiles && !files_.contains(file)) {
    overlooked_ = true;
  } else {
    files_[file] = use;
  }
}

std::vector<RemotePath> TemporaryFiles::given_up() {
  std::vector<RemotePath> all;
  MutexLock lock(mutex_);
  for (const auto& [file, use] : files_) {
    if (use == Use::kGivenUp) all.push_back(file);
  }
  return all;
}

std::set<RemotePath> TemporaryFiles::directories() {
  std::set<RemotePath> all;
  MutexLock lock(mutex_);
  for (const auto& [file, use] : files_) all.insert(file.parent());
  return all;
}

/// Before anything is in the directory. A disk that does not take it is no reason to send nothing.
void TemporaryFiles::note(const RemotePath& directory) {
  MutexLock noting(noting_);
  if (!notes_ || noted_.contains(directory)) return;
  Status written;
  if (noted_.size() < most_noted_) {
    written = notes_->add(directory);
    if (written) noted_.insert(directory);
  } else {
    std::set<RemotePath> wanted = directories();
    wanted.insert(directory);
    written = notes_->replace(wanted);
    if (written) noted_ = std::move(wanted);
    most_noted_ = std::max(kFewDirectories, noted_.size() * 2);
  }
  if (!written && !std::exchange(told_note_failed_, true)) {
    spdlog::warn("what a crash leaves on the server may stay there: {}", written.error().message);
  }
}

/// Each directory is listed once, for all of those mounts. What fails is left for the next mount.
void TemporaryFiles::sweep_left(const std::vector<TemporaryNotes::Left>& left) {
  std::set<std::string> mounts;
  std::set<RemotePath> failed;
  std::set<RemotePath> directories;
  for (const auto& each : left) {
    mounts.insert(each.mount);
    directories.insert(each.directories.begin(), each.directories.end());
  }
  for (const RemotePath& directory : directories) {
    const Status swept = sweep_directory(directory, mounts);
    if (stop_->cancelled()) return;
    if (swept) continue;
    failed.insert(directory);
    spdlog::info("what an earlier mount left in /{} is left to the next one: {}", log::printable(directory.text()),
                 log::printable(swept.error().message));
  }
  MutexLock noting(noting_);
  for (const auto& each : left) {
    const auto has_failed = [&](const RemotePath& directory) { return failed.contains(directory); };
    if (std::none_of(each.directories.begin(), each.directories.end(), has_failed)) notes_->forget(each.mount);
  }
}

Status TemporaryFiles::sweep_directory(const RemotePath& directory, const std::set<std::string>& mounts) {
  const Context context{stall_limit_, std::nullopt, stop_};
  const auto files = list_patiently(directory);
  if (!files) {
    const ErrorKind kind = files.error().kind;
    if (kind == ErrorKind::kNotFound || kind == ErrorKind::kNotDirectory) return {};
    return fail(files.error());
  }
  Status outcome;
  for (const TemporaryFile& file : *files) {
    if (!mounts.contains(file.mount)) continue;
    FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(file.name));
    if (file.set_aside) {
      spdlog::warn("{} may be all there is of a file that was being replaced when a mount was killed",
                   log::printable(path.text()));
      outcome = fail(ErrorKind::kBusy, "a person has to look at it");
      continue;
    }
    const Status removed = remote_.remove(path, context);
    if (!removed && removed.error().kind != ErrorKind::kNotFound) outcome = removed;
    if (removed) spdlog::info("removed {}, which an earlier mount left", log::printable(path.text()));
  }
  return outcome;
}

/// On a session that nobody else wants, hence perhaps later.
Result<std::vector<TemporaryFile>> TemporaryFiles::list_patiently(const RemotePath& directory) {
  constexpr int kTries = 20;
  constexpr seconds kPause{1};
  const Context context{stall_limit_, std::nullopt, stop_};
  for (int tries = 1;; ++tries) {
    auto files = remote_.list_temporary_files(directory, context);
    if (files || files.error().kind != ErrorKind::kBusy || tries == kTries) return files;
    const Deadline pause = Deadline::after(kPause);
    MutexLock lock(mutex_);
    while (!pause.passed()) FTPSFS_TRY(wait_briefly(never_, mutex_, context));
  }
}

}  // namespace ftpsfs::vfs
