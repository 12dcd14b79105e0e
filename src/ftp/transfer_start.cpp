// DataTransfer: from the command to the first byte.
#include <spdlog/spdlog.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "ftp/transfer.h"

namespace ftpsfs::ftp {
namespace {

/// How long a server that is ready for the data may owe its 1xx reply. Some send it with the final reply only, or
/// never.
constexpr std::chrono::seconds kLateMark{1};

Command restart(const ByteRange& range) {
  if (range.length == 0) return *Command::make("REST", std::to_string(range.offset));
  const std::uint64_t last = range.offset + range.length - 1;
  return *Command::make("RANG", std::to_string(range.offset) + " " + std::to_string(last));
}

Reply take_last(std::vector<Reply>& replies) {
  Reply last = std::move(replies.back());
  replies.pop_back();
  return last;
}

}  // namespace

Status DataTransfer::begin(const Command& command, const TransferRequest& request, bool rest_with_command,
                           const Context& context) {
  if (auto sent = send_request(command, request, rest_with_command, context); !sent) {
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
Status DataTransfer::send_request(const Command& command, const TransferRequest& request, bool rest_with_command,
                                  const Context& context) {
  std::vector<Command> flight(request.questions.begin(), request.questions.end());
  asked_ = flight.size();
  ranged_ = request.range.length > 0;
  const bool restarts = ranged_ || request.range.offset > 0;
  const auto mode = control_.mode_change(direction_);
  mode_pending_ = mode.has_value();
  if (mode) flight.push_back(*mode);
  if (restarts) flight.push_back(restart(request.range));
  rest_pending_ = restarts && rest_with_command;
  if (restarts && !rest_with_command) {
    FTPSFS_TRY_ASSIGN(answers_, control_.execute_all(flight, context));
    const Reply rest = take_last(answers_);
    if (std::exchange(mode_pending_, false)) FTPSFS_TRY(take_mode(take_last(answers_)));
    if (rest.refused()) return fail(restart_refused(rest));
    rest_accepted_ = true;
    flight.clear();
  }
  flight.push_back(command);
  return control_.send(flight, context);
}

/// Returns when data may move, or the server refused.
Status DataTransfer::await_start(const Context& context) {
  std::optional<Context> brief;  // once only the 1xx is missing
  for (;;) {
    FTPSFS_TRY(take_replies());
    if (refused()) return {};
    FTPSFS_TRY_ASSIGN(const net::Want want, data_.try_open());
    const bool all_answered = answers_.size() == asked_ && !mode_pending_ && !rest_pending_;
    if (data_.open() && (begun_ || final_ || (all_answered && direction_ == Direction::kDownload))) return {};
    if (data_.open() && all_answered && !brief) brief = at_most(context, kLateMark);
    const auto waited = wait(want, brief ? *brief : context);
    if (waited) continue;
    const bool go_on = brief && waited.error().kind == ErrorKind::kTimeout && context.check();
    return go_on ? Status{} : waited;
  }
}

/// A server that is still in the other mode would take or send the data otherwise.
Status DataTransfer::take_mode(const Reply& reply) {
  if (reply.refused()) {
    control_.lose();
    return fail(Error{ErrorKind::kIo, "MODE: " + reply.text(), reply.code, true});
  }
  control_.mode_changed();
  return {};
}

Error DataTransfer::restart_refused(const Reply& reply) const {
  const bool unknown = reply.code >= 500 && reply.code <= 504;
  const ErrorKind kind = unknown ? ErrorKind::kUnsupported : ErrorKind::kIo;
  return Error{kind, (ranged_ ? "RANG: " : "REST: ") + reply.text(), reply.code, !control_.usable()};
}

/// The offset was taken and its transfer refused: it would apply to the next one.
void DataTransfer::withdraw_rest(const Context& context) {
  const auto reply = control_.execute(*(ranged_ ? Command::make("RANG", "1 0") : Command::make("REST", "0")), context);
  if (!reply || reply->refused()) control_.lose();
}

}  // namespace ftpsfs::ftp
