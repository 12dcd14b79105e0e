// Sizes of files that MLSx does not tell, and all else that it leaves open.
#pragma once

#include <vector>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// Asks by SIZE for those of `entries` in `directory`, in one round trip for all of them. A file whose size the server
/// does not tell in any way is left out, with a word in the log: shown as empty, it would be copied as empty. Errors:
/// those of a session.
Status settle_sizes(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

/// All that MLSx may leave open of entries: unmask_links(), settle_links() and settle_sizes().
Status settle_facts(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries);

}  // namespace ftpsfs::remote
