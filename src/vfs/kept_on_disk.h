// KeptOnDisk: what our own changes mean for the contents kept on disk.
#pragma once

#include "ftpsfs/cache/disk_cache.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

class KeptOnDisk {
 public:
  /// `disk` outlives this; null: nothing is kept.
  explicit KeptOnDisk(cache::DiskCache* disk) : disk_(disk) {}

  /// We made the file what it is now. An earlier content of that name may have looked the same: a server that tells no
  /// identity has only size and time to tell them apart by, and both can be set.
  void changed(const remote::RemotePath& path, const remote::Attributes& now) const {
    if (disk_ == nullptr) return;
    const auto content = cache::DiskContent::of(path, remote::Version::exactly(now));
    if (content) disk_->forget(*content);
  }

 private:
  cache::DiskCache* disk_;
};

}  // namespace ftpsfs::vfs
