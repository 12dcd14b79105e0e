// Waiting with poll(2), and the blocking forms of the stream's attempts.
#include "ftpsfs/net/stream.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <vector>

namespace ftpsfs::net {

namespace {

short events_of(Want want) {
  switch (want) {
    case Want::kRead:
      return POLLIN;
    case Want::kWrite:
      return POLLOUT;
    case Want::kNothing:
      return 0;
  }
  return 0;
}

/// poll(2) until something is ready or `until` passed, whatever signals come in between. Returns poll's count.
Result<int> poll_until(std::vector<pollfd>& polled, const Deadline& until) {
  for (;;) {
    const int ready = ::poll(polled.data(), polled.size(), until.poll_timeout_ms());
    if (ready >= 0) return ready;
    if (errno != EINTR) return fail(os_error(ErrorKind::kIo, "poll", errno));
  }
}

}  // namespace

Status wait_any(std::span<Watch> watches, const Context& context) {
  std::vector<pollfd> polled;
  polled.reserve(watches.size() + 1);
  for (const Watch& watch : watches) polled.push_back({watch.fd, events_of(watch.want), 0});
  polled.push_back({context.cancellation ? context.cancellation->fd() : -1, POLLIN, 0});

  FTPSFS_TRY_ASSIGN(const int ready, poll_until(polled, context.next_wait()));
  if (polled.back().revents != 0) return fail(ErrorKind::kInterrupted, "interrupted");
  if (ready == 0) {
    FTPSFS_TRY(context.check());
    const auto waited = std::chrono::duration<double>(context.stall_limit).count();
    return fail(ErrorKind::kTimeout, fmt::format("no answer for {:.3g} s", waited));
  }
  for (std::size_t i = 0; i < watches.size(); ++i) watches[i].ready = polled[i].revents != 0;
  return {};
}

Status wait_for(int fd, Want want, const Context& context) {
  if (want == Want::kNothing) return {};
  Watch watch{fd, want, false};
  return wait_any({&watch, 1}, context);
}

// A fast peer never makes these two wait, so the limits are looked at before each attempt too.

Result<std::size_t> read_some(Stream& stream, std::span<std::byte> into, const Context& context) {
  for (;;) {
    FTPSFS_TRY(context.check());
    FTPSFS_TRY_ASSIGN(const Progress progress, stream.try_read(into));
    if (progress.want == Want::kNothing) return progress.bytes;
    FTPSFS_TRY(wait_for(stream.fd(), progress.want, context));
  }
}

Status write_all(Stream& stream, std::span<const std::byte> from, const Context& context) {
  while (!from.empty()) {
    FTPSFS_TRY(context.check());
    FTPSFS_TRY_ASSIGN(const Progress progress, stream.try_write(from));
    from = from.subspan(progress.bytes);
    FTPSFS_TRY(wait_for(stream.fd(), progress.want, context));
  }
  return {};
}

}  // namespace ftpsfs::net
