// Bell: a way to wake a thread that waits in poll(2).
#pragma once

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::remote {

/// Any thread may ring; it stays audible until silenced.
class Bell {
 public:
  Bell();

  void ring() const;
  void silence() const;
  /// Readable while it rings.
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace ftpsfs::remote
