// Symbolic links that may be shown as links, and what stands in for the others.
#pragma once

#include <vector>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// True where unmask_links() or settle_links() may make something else of what MLSx told.
[[nodiscard]] bool may_be_link(const Dialect& dialect, const Attributes& attributes);

/// Gives links that MLSx hid or told without a target (ProFTPD, Pure-FTPd) their target, from one LIST of the directory
/// if there are any. A link shown as the directory it points to would be a trap: removing the tree it stands in would
/// empty that directory. Errors: those of a session; a LIST that is refused changes nothing.
Status unmask_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

/// Settles every link among `entries` of `directory`. One whose target stays inside the mount keeps it, as a relative
/// path. Any other is shown as what it points to where MLST, or SIZE and MDTM, tell that in a round trip or two for all
/// of them, else as a link without a target, which nobody can follow. Errors: those of a session.
Status settle_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

}  // namespace ftpsfs::remote
