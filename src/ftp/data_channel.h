// DataChannel: a session's next data connection, asked for and made ahead while the session idles.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "ftp/control_connection.h"
#include "ftp/data_offer.h"

namespace ftpsfs::ftp {

/// Round trips that need not be waited for: the question and answer by which the two sides agree on a data connection,
/// and, in passive mode, the TCP connection itself. Not thread-safe.
class DataChannel {
 public:
  DataChannel(ControlConnection& control, std::unique_ptr<DataOffer> offer, std::shared_ptr<Lessons> lessons)
      : control_(control), offer_(std::move(offer)), lessons_(std::move(lessons)) {}

  struct Taken {
    std::unique_ptr<net::Dial> dial;
    bool made_ahead = false;
  };

  /// Asks for the next connection unless something is under way or it is too early for this server, and does not wait
  /// for the answer.
  void begin(NextPassive now = NextPassive::kAfterFinalReply);
  /// Goes as far as it can without waiting. Returns when to go on, or nothing when no step is left.
  std::optional<Pending> advance();
  [[nodiscard]] bool under_way() const { return step_ != Step::kNone; }
  /// True when nothing is left to do before the transfer's command.
  [[nodiscard]] bool ready() const { return step_ == Step::kReady; }
  /// See DataOffer.
  [[nodiscard]] Error explain(Error error) const { return offer_->explain(std::move(error)); }
  /// The connection for `command`: the one made ahead if it is still good, else a new one. It is connected, as far as
  /// it can be before the command, or may still be `connecting`. Errors: the server's refusal as kIo with its reply
  /// code, which leaves the session usable, and those of net::Dial.
  Result<Taken> take(const Command& command, bool connecting, const Context& context);

 private:
  enum class Step { kNone, kAsked, kConnecting, kReady };

  Status ask(NextPassive now, const Context& context);
  Status ask_after_announcing(const Command& command, const Context& context);
  Status step();
  Status take_answer(const Reply& reply);
  [[nodiscard]] net::Watch watch() const;
  [[nodiscard]] bool went_stale() const;
  void reset();

  ControlConnection& control_;
  const std::unique_ptr<DataOffer> offer_;
  const std::shared_ptr<Lessons> lessons_;
  Step step_ = Step::kNone;
  NextPassive asked_when_ = NextPassive::kAfterFinalReply;
  std::unique_ptr<net::Dial> dial_;
  net::Want want_ = net::Want::kNothing;  ///< of the dial, while it connects
  std::chrono::steady_clock::time_point asked_;
};

}  // namespace ftpsfs::ftp
