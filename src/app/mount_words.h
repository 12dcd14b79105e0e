// The vocabulary of mount(8) and fstab(5) that is not ours: what is passed to the kernel, ignored or refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// True when `name` (what stands before '=') belongs to the mount(8) vocabulary.
bool is_mount_word(std::string_view name);

/// Takes one such word, as it stands in the option list. Words the kernel should know are added to `kernel_flags`,
/// their opposites take them away again; the rest means nothing to a mount. Errors: kInvalid for the words that ask for
/// something that must not happen silently (password=, remount), with what to do instead.
Status take_mount_word(std::string_view word, std::vector<std::string>& kernel_flags);

}  // namespace ftpsfs::app
