// DataTransfer: ending it in order, and leaving it early, waited for or not.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ftp/transfer.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {
namespace {

using Steady = std::chrono::steady_clock;

/// A concluded transfer's final reply; it speaks of nothing that is not known, but no command may go before it.
constexpr std::chrono::seconds kConcludeLimit{30};
constexpr std::chrono::seconds kAbortLimit{5};
/// How long the second of the two replies to an ABOR is awaited before it is asked for.
constexpr std::chrono::milliseconds kSecondReply{300};

}  // namespace

Result<Reply> DataTransfer::finish(const Context& context) {
  if (settled_ && !final_) return fail(ErrorKind::kInvalid, "the transfer is over");
  auto ended = direction_ == Direction::kDownload ? end_download(context) : end_upload(context);
  if (ended) ended = await_final(context);
  if (!ended) return give_up(std::move(ended).error());
  discard_arrived();
  data_.close();
  settle();
  return *final_;
}

void DataTransfer::conclude() {
  ending_ = Ending::kConcluding;
  end_by_ = Steady::now() + kConcludeLimit;
  if (data_ended_) data_.close();
}

/// The data connection closes behind ABOR, since vsftpd reads no command before that. ProFTPD decides how: behind a
/// close_notify it would fail to write a download and drop the session; without one it takes the TLS 1.2 session of an
/// upload for broken and lets nothing resume it any more.
Status DataTransfer::leave(const Context& context) {
  if (auto taken = take_replies(); !taken) return give_up(std::move(taken).error());
  conclude();
  if (!final_) {
    if (auto sent = control_.send_urgent(*Command::make("ABOR"), context); !sent) {
      return give_up(std::move(sent).error());
    }
    ending_ = Ending::kAborting;
    end_by_ = Steady::now() + kAbortLimit;
  }
  if (direction_ == Direction::kUpload) data_.close();
  data_.break_off();
  data_ended_ = true;
  return {};
}

Result<bool> DataTransfer::try_end() {
  Result<bool> over = ending_ == Ending::kConcluding ? try_conclude() : try_abort();
  if (!over) return give_up(std::move(over).error());
  if (*over) settle();
  return over;
}

/// All that may still come over the data connection is its end. More than that: the server goes on where we wanted
/// no more.
Result<bool> DataTransfer::try_conclude() {
  FTPSFS_TRY(take_replies());
  if (!data_ended_) {
    std::array<std::byte, 512> scratch;
    const auto progress = data_.stream().try_read(scratch);
    if (progress && progress->bytes > 0 && !final_) {
      FTPSFS_TRY(leave(Context{kAbortLimit, std::nullopt, nullptr}));
      return final_.has_value();
    }
    data_ended_ = !progress || progress->end || final_;
    if (data_ended_) data_.close();
  }
  if (final_) {
    if (refused()) spdlog::debug("after all of a download: {}", log::printable(final_->text()));
    return true;
  }
  if (Steady::now() >= end_by_) return fail(ErrorKind::kTimeout, "no final reply to a transfer");
  return false;
}

/// Two replies are owed, one to the transfer and one to ABOR, in either order; the first may be a 150 from Pure-FTPd,
/// which answers only ABOR when no data had left it yet. Whatever is still to come then comes before the answer to a
/// question that is unlike all others.
Result<bool> DataTransfer::try_abort() {
  for (;;) {
    FTPSFS_TRY_ASSIGN(const auto reply, control_.poll_reply());
    if (!reply) break;
    if (ends_session(*reply)) return fail(ErrorKind::kIo, reply->text(), reply->code);
    if (ending_ == Ending::kFenced) {
      if (reply->code == 257 || reply->code >= 500) return true;
      continue;
    }
    if (!reply->preliminary() || begun_) --owed_;
    begun_ = true;
    if (owed_ == 0) return true;
    // A command that follows ABOR too closely costs Pure-FTPd the session; once it was answered, one may.
    end_by_ = reply->success() ? Steady::now() : std::min(end_by_, Steady::now() + kSecondReply);
  }
  if (Steady::now() < end_by_) return false;
  if (ending_ == Ending::kFenced || owed_ == 2) return fail(ErrorKind::kTimeout, "no answer to ABOR");
  FTPSFS_TRY(control_.send_urgent(*Command::make("PWD"), Context{kAbortLimit, std::nullopt, nullptr}));
  ending_ = Ending::kFenced;
  end_by_ = Steady::now() + kAbortLimit;
  return false;
}

Pending DataTransfer::pending() const {
  if (ending_ == Ending::kConcluding && !data_ended_) return {{data_.fd(), net::Want::kRead, false}, end_by_};
  return {control_.watch(), end_by_};
}

Status DataTransfer::wait_for_end(const Context& context) {
  Pending next = pending();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next.until - Steady::now());
  const auto waited = net::wait_any({&next.watch, 1}, at_most(context, std::max(left, std::chrono::milliseconds(0))));
  const bool due = Steady::now() >= next.until && context.check();
  return waited || due ? Status{} : waited;
}

Status DataTransfer::abort(const Context& context) {
  if (settled_) return {};
  FTPSFS_TRY(leave(context));
  for (;;) {
    FTPSFS_TRY_ASSIGN(const bool over, try_end());
    if (over) break;
    if (auto waited = wait_for_end(context); !waited) return give_up(std::move(waited).error());
  }
  if (final_ && ends_session(*final_)) return fail(refusal());
  return {};
}

Status DataTransfer::end_download(const Context& context) {
  std::array<std::byte, 16 * 1024> scratch;
  while (!data_ended_ && !refused()) {
    const auto dropped = read(scratch, context);
    if (!dropped && !refused()) return fail(dropped.error());
  }
  data_.close();
  return {};
}

/// Our close_notify and FIN; the data connection stays open for reading, because closing it with bytes unread would
/// reset it and cut off what is still on its way.
Status DataTransfer::end_upload(const Context& context) {
  if (data_.closed() || refused()) return {};
  for (;;) {
    discard_arrived();
    const auto want = data_.stream().try_shutdown();
    if (!want) {
      const Error error = explain(want.error(), context);
      if (refused()) return {};
      return fail(error);
    }
    if (*want == net::Want::kNothing) return {};
    FTPSFS_TRY(wait(*want, context));
    if (refused()) return {};
  }
}

Status DataTransfer::await_final(const Context& context) {
  for (;;) {
    FTPSFS_TRY(take_replies());
    if (final_) return {};
    discard_arrived();
    const bool data_may_end = !data_.closed() && !data_ended_;
    FTPSFS_TRY(wait(data_may_end ? net::Want::kRead : net::Want::kNothing, context));
  }
}

/// Upload: takes in TLS session tickets, which the next data connection may need, and notices the end of the server's
/// direction. A failure shows in the reply.
void DataTransfer::discard_arrived() {
  std::array<std::byte, 512> scratch;
  while (!data_.closed() && !data_ended_) {
    const auto progress = data_.stream().try_read(scratch);
    data_ended_ = !progress || progress->end;
    if (data_ended_ || progress->bytes == 0) return;
  }
}

}  // namespace ftpsfs::ftp
