// What holds for every TCP connection of ours.
#pragma once

namespace ftpsfs::net {

/// Commands are small and each waits for its reply, so none is held back. A line nobody speaks on is probed: one that
/// broke is found out within 45 s, and address translators on the way do not forget the control connection of a long
/// transfer.
void tune(int fd);

}  // namespace ftpsfs::net
