// DataTransfer: moving the data, ending it in order, leaving it early.
#include "ftp/transfer.h"

#include <array>
#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {
namespace {

/// How long one connection may lag behind what the other one told.
constexpr std::chrono::seconds kLag{2};
/// How long the second of the two replies to an ABOR is awaited before it is asked for.
constexpr std::chrono::milliseconds kSecondReply{300};
constexpr std::chrono::seconds kAbortLimit{5};

/// After these the server's side of the conversation is not to be relied on: ProFTPD's TLS session cache has forgotten
/// us (425), vsftpd wants session reuse and hangs up (522).
bool ends_session(const Reply& reply) { return reply.code == 425 || reply.code == 522; }

}  // namespace

DataTransfer::DataTransfer(ControlConnection& control, DataConnection data, Direction direction)
    : control_(control), data_(std::move(data)), direction_(direction) {
  control_.set_in_transfer(true);
}

DataTransfer::~DataTransfer() {
  if (settled_) return;
  control_.lose();
  settle();
}

Result<std::size_t> DataTransfer::read(std::span<std::byte> into, const Context& context) {
  while (!data_ended_) {
    if (data_.closed()) return fail(ErrorKind::kConnectionLost, "the data connection is closed");
    auto progress = data_.stream().try_read(into);
    if (!progress) return fail(explain(std::move(progress).error(), context));
    if (progress->bytes > 0) return progress->bytes;
    data_ended_ = progress->end;
    if (!data_ended_) FTPSFS_TRY(wait_in_download(progress->want, context));
  }
  return 0;
}

Status DataTransfer::write(std::span<const std::byte> from, const Context& context) {
  if (data_.closed()) return fail(ErrorKind::kConnectionLost, "the data connection is closed");
  while (!from.empty()) {
    FTPSFS_TRY(context.check());
    if (refused()) return fail(refusal());
    auto progress = data_.stream().try_write(from);
    if (!progress) return fail(explain(std::move(progress).error(), context));
    from = from.subspan(progress->bytes);
    if (progress->want != net::Want::kNothing) FTPSFS_TRY(wait(progress->want, context));
  }
  return {};
}

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

Status DataTransfer::abort(const Context& context) {
  if (settled_) return {};
  if (auto aborted = take_replies(); !aborted) return give_up(std::move(aborted).error());
  if (!final_) {
    if (auto aborted = exchange_abor(context); !aborted) return give_up(std::move(aborted).error());
  } else if (ends_session(*final_)) {
    return give_up(refusal());
  }
  settle();
  return {};
}

void DataTransfer::close_data() {
  data_ended_ = true;
  data_.close();
}

Result<bool> DataTransfer::try_conclude() {
  if (auto taken = take_replies(); !taken) return give_up(std::move(taken).error());
  if (!final_) return false;
  if (refused()) spdlog::debug("after all of a download: {}", log::printable(final_->text()));
  settle();
  return true;
}

/// Two replies are owed, one to the transfer and one to ABOR, in either order; the first may be a 150 from Pure-FTPd.
/// The data connection closes behind ABOR, since vsftpd reads no command before that. ProFTPD decides how: behind a
/// close_notify it would fail to write a download and drop the session; without one it takes the TLS 1.2 session of an
/// upload for broken and lets nothing resume it any more.
Status DataTransfer::exchange_abor(const Context& context) {
  FTPSFS_TRY(control_.send_urgent(*Command::make("ABOR"), context));
  if (direction_ == Direction::kUpload) data_.close();
  data_.break_off();
  for (int owed = 2; owed > 0;) {
    FTPSFS_TRY_ASSIGN(const auto reply, control_.poll_reply());
    if (reply) {
      if (!reply->preliminary() || begun_) --owed;
      begun_ = true;
      if (ends_session(*reply)) return fail(ErrorKind::kIo, reply->text(), reply->code);
      continue;
    }
    net::Watch watch = control_.watch();
    auto waited = net::wait_any({&watch, 1}, owed == 2 ? context : at_most(context, kSecondReply));
    const bool only_one = !waited && waited.error().kind == ErrorKind::kTimeout && owed == 1 && context.check();
    if (only_one) return fence(context);
    if (!waited) return waited;
  }
  return {};
}

/// Pure-FTPd answers only ABOR when no data had left it yet. Whatever is still to come then comes before the answer to
/// a question that is unlike all others.
Status DataTransfer::fence(const Context& context) {
  FTPSFS_TRY(control_.send_urgent(*Command::make("PWD"), context));
  for (;;) {
    FTPSFS_TRY_ASSIGN(const Reply reply, control_.receive(at_most(context, kAbortLimit)));
    if (reply.code == 257 || reply.code >= 500) return {};
  }
}

/// Takes in the replies that are here, up to the final one.
Status DataTransfer::take_replies() {
  while (!final_) {
    FTPSFS_TRY_ASSIGN(auto reply, control_.poll_reply());
    if (!reply) return {};
    if (answers_.size() < asked_) {
      if (!reply->preliminary()) answers_.push_back(std::move(*reply));
    } else if (rest_pending_) {
      rest_pending_ = false;
      rest_accepted_ = !reply->refused();
      if (!rest_accepted_) {
        // The command is under way already, and would begin at the wrong place.
        control_.lose();
        return fail(Error{ErrorKind::kIo, "REST: " + reply->text(), reply->code, true});
      }
    } else if (reply->preliminary()) {
      begun_ = true;
    } else {
      final_ = std::move(*reply);
    }
  }
  return {};
}

/// Waits until the data connection is ready as `want` says, or a reply came in, which is then taken. A long line that
/// is still confirming what we wrote has not stalled.
Status DataTransfer::wait(net::Want want, const Context& context) {
  for (;;) {
    std::array<net::Watch, 2> watches{};
    std::size_t count = 0;
    if (!final_) watches[count++] = control_.watch();
    if (want != net::Want::kNothing) watches[count++] = {data_.stream().fd(), want, false};
    const int unconfirmed = data_.unconfirmed();
    auto waited = net::wait_any(std::span(watches).first(count), context);
    if (waited) return take_replies();
    const bool moving = waited.error().kind == ErrorKind::kTimeout && data_.unconfirmed() < unconfirmed;
    if (!moving || !context.check()) return waited;
  }
}

/// As wait(). After a refusal the data may still have something to say, but not for long.
Status DataTransfer::wait_in_download(net::Want want, const Context& context) {
  if (!refused()) return wait(want, context);
  auto waited = net::wait_for(data_.stream().fd(), want, at_most(context, kLag));
  if (waited || !context.check()) return waited;
  return fail(refusal());
}

/// The data connection failed: the server's own words say best why, if it has any.
Error DataTransfer::explain(Error error, const Context& context) {
  const Context brief = at_most(context, kLag);
  while (error.kind == ErrorKind::kConnectionLost && !final_) {
    if (!wait(net::Want::kNothing, brief)) break;
  }
  if (refused()) return refusal();
  error.session_lost = error.session_lost || !control_.usable();
  return error;
}

/// A reply is owed and nobody will wait for it.
tl::unexpected<Error> DataTransfer::give_up(Error error) {
  control_.lose();
  settle();
  error.session_lost = true;
  return fail(std::move(error));
}

Error DataTransfer::refusal() {
  if (ends_session(*final_)) control_.lose();
  return Error{ErrorKind::kIo, final_->text(), final_->code, !control_.usable()};
}

/// No reply is owed any more, or none will be waited for.
void DataTransfer::settle() {
  if (final_ && ends_session(*final_)) control_.lose();
  settled_ = true;
  data_.break_off();
  control_.set_in_transfer(false);
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
