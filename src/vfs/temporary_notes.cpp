#include "vfs/temporary_notes.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <utility>

#include "ftpsfs/base/private_folder.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::string_view kPrefix = "temporaries-";
constexpr std::string_view kUnfinished = ".new";

UniqueFd make(const std::string& file) {
  return UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
}

std::vector<RemotePath> read_lines(const std::string& file) {
  std::vector<RemotePath> directories;
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (auto path = RemotePath::parse(line)) directories.push_back(*std::move(path));
  }
  return directories;
}

}  // namespace

std::string TemporaryNotes::file_of(const std::string& mount) const {
  return folder_ + "/" + std::string(kPrefix) + mount;
}

std::vector<TemporaryNotes::Left> TemporaryNotes::left() const {
  std::vector<Left> all;
  DIR* const directory = ::opendir(folder_.c_str());
  if (directory == nullptr) return all;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name(entry->d_name);
    if (!name.starts_with(kPrefix) || name.ends_with(kUnfinished)) continue;
    std::string mount(name.substr(kPrefix.size()));
    if (mount == mount_) continue;
    auto directories = read_lines(file_of(mount));
    all.push_back({std::move(mount), std::move(directories)});
  }
  ::closedir(directory);
  return all;
}

void TemporaryNotes::forget(const std::string& mount) const { ::unlink(file_of(mount).c_str()); }

Status TemporaryNotes::add(const RemotePath& directory) {
  if (!file_.valid()) {
    file_ = make(file_of(mount_));
    size_ = 0;
  }
  if (!file_.valid()) return fail(disk_error(file_of(mount_), errno));
  return append(file_.get(), directory.text() + "\n");
}

Status TemporaryNotes::replace(const std::set<RemotePath>& directories) {
  const std::string name = file_of(mount_);
  if (directories.empty()) {
    file_.reset();
    ::unlink(name.c_str());
    return {};
  }
  const std::string unfinished = name + std::string(kUnfinished);
  UniqueFd file = make(unfinished);
  if (!file.valid()) return fail(disk_error(unfinished, errno));
  const std::uint64_t size_before = std::exchange(size_, 0);
  Status written;
  for (auto each = directories.begin(); written && each != directories.end(); ++each) {
    written = append(file.get(), each->text() + "\n");
  }
  if (written && std::rename(unfinished.c_str(), name.c_str()) != 0) written = fail(disk_error(name, errno));
  if (written) {
    file_ = std::move(file);
  } else {
    size_ = size_before;
    ::unlink(unfinished.c_str());
  }
  return written;
}

// What a full disk cuts short is written over by the next.
Status TemporaryNotes::append(int fd, const std::string& text) {
  const ssize_t count = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(size_));
  if (count < 0) return fail(disk_error(file_of(mount_), errno));
  if (static_cast<std::size_t>(count) < text.size()) return fail(disk_error(file_of(mount_), ENOSPC));
  size_ += text.size();
  return {};
}

}  // namespace ftpsfs::vfs
