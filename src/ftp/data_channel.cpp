#include "ftp/data_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ftp/data_connection.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {
namespace {

/// A socket made ahead is not used when older: servers and address translators on the way forget it.
constexpr std::chrono::seconds kFresh{30};
/// Sending a line to an idle server takes no time; if it does, the line is broken.
constexpr std::chrono::seconds kSendLimit{1};

/// A question that was refused for good leaves the transfer without a data connection. Its code would be taken for one
/// of the transfer: that the server does not know MLSD, or that the file is not there.
Error of_question(Error error) {
  constexpr int kNoDataConnection = 425;
  if (error.reply_code >= 500) error.reply_code = kNoDataConnection;
  return error;
}

}  // namespace

void DataChannel::begin(NextPassive now) {
  if (step_ != Step::kNone || !control_.usable() || now < offer_->earliest() || lessons_->wants_pret) return;
  (void)ask(now, Context{kSendLimit, Deadline::after(kSendLimit), nullptr});
}

std::optional<Pending> DataChannel::advance() {
  if (went_stale()) reset();
  if (step_ == Step::kNone || step_ == Step::kReady) return std::nullopt;
  if (const Status stepped = step(); !stepped) {
    log::of(log::Topic::kFtp)
        .debug("[{}] no data connection ahead of time: {}", control_.number(), log::printable(stepped.error().message));
    reset();
  } else if (step_ == Step::kNone) {
    begin();  // in the other way
  }
  if (step_ == Step::kNone || step_ == Step::kReady) return std::nullopt;
  return Pending{watch(), std::max(asked_, std::chrono::steady_clock::now()) + kFresh};
}

Result<DataChannel::Taken> DataChannel::take(const Command& command, bool connecting, const Context& context) {
  if (went_stale() || !lessons_->prepares()) reset();
  bool ahead = step_ != Step::kNone;
  const auto enough = [&] { return step_ == Step::kReady || (connecting && step_ == Step::kConnecting); };
  while (!enough()) {
    if (step_ == Step::kNone && lessons_->wants_pret) {
      FTPSFS_TRY(ask_after_announcing(command, context));
    } else if (step_ == Step::kNone) {
      FTPSFS_TRY(ask(NextPassive::kAfterFinalReply, context));
    }
    auto stepped = step();
    if (stepped && !enough() && step_ != Step::kNone) {
      auto watched = watch();
      stepped = net::wait_any({&watched, 1}, context);
      if (!stepped && step_ == Step::kConnecting) stepped = fail(no_data_connection(stepped.error()));
      if (!stepped && step_ == Step::kAsked) control_.lose();  // an answer is owed that nobody waits for
    }
    if (stepped) continue;
    reset();
    // What was begun ahead may have failed for its age alone.
    if (!std::exchange(ahead, false) || !control_.usable() || !context.check()) return fail(stepped.error());
  }
  step_ = Step::kNone;
  return Taken{std::move(dial_), ahead};
}

Status DataChannel::ask(NextPassive now, const Context& context) {
  asked_when_ = now;
  asked_ = std::chrono::steady_clock::now();
  FTPSFS_TRY_ASSIGN(const Command question, offer_->question());
  FTPSFS_TRY(control_.send_ahead(question, context));
  step_ = Step::kAsked;
  return {};
}

/// PRET tells the server which transfer the data connection will be for (drftpd: the answer depends on where the file
/// lies). A refusal of it is one of the transfer.
Status DataChannel::ask_after_announcing(const Command& command, const Context& context) {
  asked_when_ = NextPassive::kAfterFinalReply;
  asked_ = std::chrono::steady_clock::now();
  FTPSFS_TRY_ASSIGN(const Command announcement, Command::make("PRET", command.text()));
  FTPSFS_TRY_ASSIGN(Command question, offer_->question());
  const std::array flight{announcement, std::move(question)};
  FTPSFS_TRY_ASSIGN(const auto replies, control_.execute_all(flight, context));
  if (!replies[0].refused()) return take_answer(replies[1]);
  const bool unknown = replies[0].code >= 500 && replies[0].code <= 504;
  if (unknown) lessons_->wants_pret = false;
  const Reply& refusal = replies[unknown && replies[1].refused() ? 1 : 0];
  Error error{ErrorKind::kIo, refusal.text(), refusal.code};
  return fail(unknown ? of_question(std::move(error)) : std::move(error));
}

/// Takes in what has arrived. step_ is kNone afterwards when there is to be asked in another way.
Status DataChannel::step() {
  if (step_ == Step::kAsked) {
    FTPSFS_TRY_ASSIGN(const auto reply, control_.poll_ahead());
    if (reply) FTPSFS_TRY(take_answer(*reply));
  }
  if (step_ == Step::kConnecting) {
    auto want = dial_->try_connect();
    if (!want) return fail(no_data_connection(want.error()));
    want_ = *want;
    if (want_ == net::Want::kNothing) step_ = Step::kReady;
  }
  return {};
}

Status DataChannel::take_answer(const Reply& reply) {
  if (!reply.success() && asked_when_ != NextPassive::kAfterFinalReply) {
    // Too early, whatever it says of it.
    lessons_->next_passive =
        asked_when_ == NextPassive::kDuringTransfer ? NextPassive::kAfterLastByte : NextPassive::kAfterFinalReply;
    return fail(ErrorKind::kIo, reply.text(), reply.code);
  }
  auto dial = offer_->take_answer(reply);
  if (!dial) return fail(of_question(std::move(dial).error()));
  dial_ = std::move(*dial);
  step_ = !dial_ ? Step::kNone : offer_->connects_first() ? Step::kConnecting : Step::kReady;
  return {};
}

net::Watch DataChannel::watch() const {
  return step_ == Step::kAsked ? control_.watch() : net::Watch{dial_->fd(), want_, false};
}

/// An answer that is owed still comes, and must be taken in before anything else is asked.
bool DataChannel::went_stale() const {
  if (!offer_->connects_first() || (step_ != Step::kConnecting && step_ != Step::kReady)) return false;
  const bool old = std::chrono::steady_clock::now() - asked_ > kFresh;
  return old || (step_ == Step::kReady && !net::is_silent(dial_->fd()));
}

void DataChannel::reset() {
  step_ = step_ == Step::kAsked && control_.ahead_owed() ? Step::kAsked : Step::kNone;
  dial_.reset();
}

}  // namespace ftpsfs::ftp
