// DataTransfer: from the command to the first byte.
#include <spdlog/spdlog.h>

#include <array>
#include <string>
#include <utility>

#include "ftp/transfer.h"

namespace ftpsfs::ftp {
namespace {

/// How long a server that is ready for the data may owe its 1xx reply. Some send it with the final reply only, or
/// never.
constexpr std::chrono::seconds kLateMark{1};

}  // namespace

Status DataTransfer::begin(const TransferRequest& request, const Context& context) {
  if (auto sent = send_request(request, context); !sent) {
    if (rest_accepted_) control_.lose();
    settle();
    sent.error().session_lost = !control_.usable();
    return sent;
  }
  if (auto started = await_start(context); !started) {
    Error error = explain(std::move(started).error(), context);
    const bool nothing_came = error.kind == ErrorKind::kConnectionLost && direction_ == Direction::kDownload;
    if (!final_ || !(refused() || nothing_came)) return give_up(std::move(error));
    // A 2xx, and a data connection that closed before its handshake: some servers answer so when there is nothing to
    // send. What a server holds back cannot be told from this, since its success is said under TLS.
    data_ended_ = true;
    data_.break_off();
  }
  if (!refused()) return {};
  Error error = refusal();
  settle();
  if (rest_accepted_ && control_.usable()) withdraw_rest(context);
  error.session_lost = !control_.usable();
  return fail(std::move(error));
}

/// An upload waits for the answer to REST: begun at the wrong place it would destroy the file. So does a download whose
/// server did not announce REST.
Status DataTransfer::send_request(const TransferRequest& request, const Context& context) {
  if (request.offset == 0) return control_.send(std::span(&request.command, 1), context);
  const std::array<Command, 2> commands{*Command::make("REST", std::to_string(request.offset)), request.command};
  if (request.rest_with_command) {
    rest_pending_ = true;
    return control_.send(commands, context);
  }
  FTPSFS_TRY_ASSIGN(const Reply reply, control_.execute(commands[0], context));
  if (reply.refused()) return fail(ErrorKind::kIo, "REST: " + reply.text(), reply.code);
  rest_accepted_ = true;
  return control_.send(std::span(&request.command, 1), context);
}

/// Returns when data may move, or the server refused.
Status DataTransfer::await_start(const Context& context) {
  std::optional<Context> brief;  // once only the 1xx is missing
  for (;;) {
    FTPSFS_TRY(take_replies());
    if (refused()) return {};
    FTPSFS_TRY_ASSIGN(const net::Want want, data_.try_handshake());
    if (data_.open() && (begun_ || final_)) return {};
    if (data_.open() && !rest_pending_ && !brief) brief = at_most(context, kLateMark);
    const auto waited = wait(want, brief ? *brief : context);
    if (waited) continue;
    const bool go_on = brief && waited.error().kind == ErrorKind::kTimeout && context.check();
    return go_on ? Status{} : waited;
  }
}

/// The offset was taken and its transfer refused: it would apply to the next one.
void DataTransfer::withdraw_rest(const Context& context) {
  const auto reply = control_.execute(*Command::make("REST", "0"), context);
  if (!reply || reply->refused()) control_.lose();
}

}  // namespace ftpsfs::ftp
