#include "ftp/passive_channel.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/passive.h"

namespace ftpsfs::ftp {
namespace {

/// A socket made ahead is not used when older: servers and address translators on the way forget it.
constexpr std::chrono::seconds kFresh{30};
/// Sending a line to an idle server takes no time; if it does, the line is broken.
constexpr std::chrono::seconds kSendLimit{1};

}  // namespace

void PassiveChannel::begin(NextPassive now) {
  if (step_ != Step::kNone || !control_.usable() || now < lessons_->next_passive.load()) return;
  (void)ask(now, Context{kSendLimit, Deadline::after(kSendLimit), nullptr});
}

std::optional<Pending> PassiveChannel::advance() {
  if (went_stale()) reset();
  if (step_ == Step::kNone || step_ == Step::kConnected) return std::nullopt;
  if (const Status stepped = step(); !stepped) {
    log::of(log::Topic::kFtp)
        .debug("[{}] no data connection ahead of time: {}", control_.number(), log::printable(stepped.error().message));
    reset();
  } else if (step_ == Step::kNone) {
    begin();  // in the other way
  }
  if (step_ == Step::kNone || step_ == Step::kConnected) return std::nullopt;
  return Pending{watch(), std::max(asked_, std::chrono::steady_clock::now()) + kFresh};
}

Result<PassiveChannel::Taken> PassiveChannel::take(bool connecting, const Context& context) {
  if (went_stale() || !lessons_->prepares()) reset();
  bool ahead = step_ != Step::kNone;
  const auto enough = [&] { return step_ == Step::kConnected || (connecting && step_ == Step::kConnecting); };
  while (!enough()) {
    if (step_ == Step::kNone) FTPSFS_TRY(ask(NextPassive::kAfterFinalReply, context));
    auto stepped = step();
    if (stepped && !enough() && step_ != Step::kNone) {
      auto watched = watch();
      stepped = net::wait_any({&watched, 1}, context);
      if (!stepped && step_ == Step::kAsked) control_.lose();  // an answer is owed that nobody waits for
    }
    if (stepped) continue;
    reset();
    // What was begun ahead may have failed for its age alone.
    if (!std::exchange(ahead, false) || !control_.usable() || !context.check()) return fail(stepped.error());
  }
  const bool connected = step_ == Step::kConnected;
  step_ = Step::kNone;
  return Taken{{std::move(fd_), endpoint_, connected}, ahead};
}

Status PassiveChannel::ask(NextPassive now, const Context& context) {
  asked_when_ = now;
  by_epsv_ = !lessons_->no_epsv || control_.peer().is_ipv6();
  asked_ = std::chrono::steady_clock::now();
  FTPSFS_TRY(control_.send_ahead(*Command::make(by_epsv_ ? "EPSV" : "PASV"), context));
  step_ = Step::kAsked;
  return {};
}

/// Takes in what has arrived. step_ is kNone afterwards when there is to be asked in another way.
Status PassiveChannel::step() {
  if (step_ == Step::kAsked) {
    FTPSFS_TRY_ASSIGN(const auto reply, control_.poll_ahead());
    if (reply) FTPSFS_TRY(take_address(*reply));
  }
  if (step_ == Step::kConnecting) {
    auto connected = net::finish_connect(fd_.get(), endpoint_);
    if (!connected) return fail(connected.error().with_context("data connection"));
    if (*connected) step_ = Step::kConnected;
  }
  return {};
}

Status PassiveChannel::take_address(const Reply& reply) {
  Result<std::uint16_t> port = fail(ErrorKind::kIo, reply.text(), reply.code);
  if (reply.success() && by_epsv_) {
    port = parse_epsv(reply);
  } else if (reply.success()) {
    port = parse_pasv(reply).map([](const PasvAddress& address) { return address.port; });
  }
  if (!reply.success() && asked_when_ != NextPassive::kAfterFinalReply) {
    // Too early, whatever it says of it.
    lessons_->next_passive =
        asked_when_ == NextPassive::kDuringTransfer ? NextPassive::kAfterLastByte : NextPassive::kAfterFinalReply;
    return fail(port.error());
  }
  const bool understood = port.has_value() || (!reply.success() && reply.code < 500);
  if (by_epsv_ && !understood) {
    // PASV can only name IPv4 addresses.
    if (control_.peer().is_ipv6()) {
      return fail(ErrorKind::kIo, "EPSV, which IPv6 needs: " + reply.text(), reply.code);
    }
    lessons_->no_epsv = true;
    step_ = Step::kNone;
    return {};
  }
  if (!port) return fail(port.error());
  endpoint_ = control_.peer().with_port(*port);
  auto begun = net::begin_connect(endpoint_);
  if (!begun) return fail(begun.error().with_context("data connection"));
  fd_ = std::move(*begun);
  step_ = Step::kConnecting;
  return {};
}

net::Watch PassiveChannel::watch() const {
  return step_ == Step::kAsked ? control_.watch() : net::Watch{fd_.get(), net::Want::kWrite, false};
}

/// An address that is owed still comes, and must be taken in before anything else is asked.
bool PassiveChannel::went_stale() const {
  if (step_ != Step::kConnecting && step_ != Step::kConnected) return false;
  const bool old = std::chrono::steady_clock::now() - asked_ > kFresh;
  return old || (step_ == Step::kConnected && !net::is_silent(fd_.get()));
}

void PassiveChannel::reset() {
  step_ = step_ == Step::kAsked && control_.ahead_owed() ? Step::kAsked : Step::kNone;
  fd_ = UniqueFd();
}

}  // namespace ftpsfs::ftp
