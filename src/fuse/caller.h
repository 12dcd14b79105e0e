// The thread behind a request, as /proc tells of it (proc(5), /proc/TID/status and /proc/TID/stat).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ftpsfs::fuse {

struct ThreadStatus {
  pid_t process = 0;          ///< its thread group
  std::uint64_t signals = 0;  ///< pending for the thread or its process and not blocked; bit N-1 is signal N
};

/// nullopt when one of the lines it needs is missing or makes no sense.
[[nodiscard]] std::optional<ThreadStatus> parse_thread_status(std::string_view text);

/// True when a signal is pending with which people end programs: KILL, INT, TERM, QUIT or HUP. Any other (a timer, a
/// child that ended, a window that changed its size) must not tear a file operation.
[[nodiscard]] bool is_told_to_end(const ThreadStatus& status);

/// From the text of /proc/TID/stat: true when the thread is ending, or has ended, because a signal killed its process.
[[nodiscard]] bool is_killed(std::string_view stat);

/// The process a thread belongs to; the thread itself when that cannot be told.
[[nodiscard]] pid_t process_of(pid_t thread);

/// True when the thread is seen to be told to end, or killed.
[[nodiscard]] bool is_ending(pid_t thread);

/// True when nobody waits any more for what this thread asked: it is told to end, killed, or gone. A thread that cannot
/// be seen (0: it lives in another pid namespace) waits.
[[nodiscard]] bool has_given_up(pid_t thread);

}  // namespace ftpsfs::fuse
