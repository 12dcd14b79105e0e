// DataTransfer: moving the data, with an eye on the control connection.
#include "ftp/transfer.h"

#include <array>
#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {
namespace {

/// How long one connection may lag behind what the other one told.
constexpr std::chrono::seconds kLag{2};

}  // namespace

bool ends_session(const Reply& reply) { return reply.code == 425 || reply.code == 522; }

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

/// Takes in the replies that are here, up to the final one.
Status DataTransfer::take_replies() {
  while (!final_) {
    FTPSFS_TRY_ASSIGN(auto reply, control_.poll_reply());
    if (!reply) return {};
    if (answers_.size() < asked_) {
      if (!reply->preliminary()) answers_.push_back(std::move(*reply));
    } else if (mode_pending_) {
      mode_pending_ = false;
      FTPSFS_TRY(take_mode(*reply));
    } else if (rest_pending_) {
      rest_pending_ = false;
      rest_accepted_ = !reply->refused();
      if (!rest_accepted_) {
        // The command is under way already, and would begin at the wrong place.
        control_.lose();
        return fail(restart_refused(*reply));
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
    if (want != net::Want::kNothing) watches[count++] = {data_.fd(), want, false};
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
  auto waited = net::wait_for(data_.fd(), want, at_most(context, kLag));
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
  if (error.kind == ErrorKind::kTimeout && !data_.connected()) error = no_data_connection(error);
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
  const bool refused_data = final_ && ends_session(*final_);
  if (refused_data) control_.lose();
  if (!control_.usable()) data_.note_loss(refused_data);
  settled_ = true;
  data_.break_off();
  control_.set_in_transfer(false);
}

}  // namespace ftpsfs::ftp
