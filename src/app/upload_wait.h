// Waiting until what was written to a mount is on the server, with the progress on the terminal.
#pragma once

#include <chrono>
#include <optional>

#include "app/mount_call.h"
#include "app/mount_control.h"

namespace ftpsfs::app {

struct UploadWait {
  std::optional<MountOwner> identity;            ///< see MountCall
  std::optional<std::chrono::seconds> patience;  ///< without any progress; none: for ever
  int interrupts = -1;                           ///< readable when the wait is to be given up; -1: nothing is
};

/// Asks the mount to sync, and shows on standard error, when that is a terminal, how it gets on. Errors: those of
/// MountControl::sync(); kInterrupted, also when `interrupts` became readable; kTimeout when there was no progress.
Status wait_for_uploads(MountControl& control, const UploadWait& wait);

}  // namespace ftpsfs::app
