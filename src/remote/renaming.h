// Renaming, also where a server will not rename onto what exists.
#pragma once

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// `aside` is a name of our own beside `to`, where the old file waits while a server that refuses to replace is got
/// round.
struct Move {
  RemotePath from;
  RemotePath to;
  RemotePath aside;
};

/// kExists where something stands at `to` and `replace` is false. With it, an existing file gives way, and so does an
/// empty directory to a directory; kNotEmpty, kIsDirectory and kNotDirectory as rename(2) has them.
Status rename_entry(Conversation& conversation, const Move& move, bool replace);

/// Moves the old file at `to` aside, `from` in, and removes the old one; rolled back when the second step is refused.
Status replace_by_swap(Conversation& conversation, const Move& move);

/// After a connection was lost in the middle of a rename with the same arguments: finds out how far it came, and goes
/// on.
Status resume_rename(Conversation& conversation, const Move& move, bool replace);

/// Removes what a swap may have left aside; that it is not there is no error.
void sweep_aside(Conversation& conversation, const RemotePath& aside);

}  // namespace ftpsfs::remote
