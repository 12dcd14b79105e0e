// Symbolic links that may be shown as links, and what stands in for the others.
#pragma once

#include <vector>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// True where unmask_links() or settle_links() may make something else of what MLSx told.
[[nodiscard]] bool may_be_link(const Dialect& dialect, const Attributes& attributes);

/// Gives links that MLSx hid or told without a target (ProFTPD, Pure-FTPd) their target, from one LIST of the directory
/// if there are any. A link shown as the directory it points to would be a trap: removing the tree it stands in would
/// empty that directory. So what looks like such a link, and is not in that LIST (ProFTPD's leaves out links to "." and
/// ".."), is one without a target. Errors: those of a session; a LIST that is refused tells of no name.
Status unmask_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

/// Settles every link among `entries` of `directory`. One whose target stays inside the mount keeps it, as a relative
/// path. Any other is shown as the file it points to where SIZE tells that there is one, with its time by MDTM, in a
/// round trip for all of them; that file can be read alone. What is left is a link without a target, which nobody can
/// follow: never a directory. Errors: those of a session.
Status settle_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

}  // namespace ftpsfs::remote
