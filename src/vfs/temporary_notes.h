// TemporaryNotes: where the temporary files of a mount may lie, on the local disk, for the mount that comes after it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

/// A file for each mount, `temporaries-ID` in the folder of its source, with a line for each directory. Never synced:
/// the end of the process loses nothing of it, a power cut may. One thread at a time, one mount at a time in a folder.
class TemporaryNotes {
 public:
  /// What a mount noted that did not come to its end.
  struct Left {
    std::string mount;
    std::vector<remote::RemotePath> directories;
  };

  TemporaryNotes(std::string folder, std::string mount) : folder_(std::move(folder)), mount_(std::move(mount)) {}

  /// Of all mounts but this one.
  [[nodiscard]] std::vector<Left> left() const;
  /// Of another mount: nothing of it is left.
  void forget(const std::string& mount) const;

  /// Of this mount. Errors: kNoSpace, kIo.
  Status add(const remote::RemotePath& directory);
  /// These, in place of all before; of none no file is left. Errors: as add().
  Status replace(const std::set<remote::RemotePath>& directories);

 private:
  [[nodiscard]] std::string file_of(const std::string& mount) const;
  Status append(int fd, const std::string& text);

  const std::string folder_;
  const std::string mount_;
  UniqueFd file_;
  std::uint64_t size_ = 0;  ///< bytes of whole lines
};

}  // namespace ftpsfs::vfs
