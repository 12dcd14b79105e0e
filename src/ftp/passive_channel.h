// PassiveChannel: the socket of a session's next data connection, made ahead while the session idles.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "ftp/control_connection.h"
#include "ftp/data_connection.h"

namespace ftpsfs::ftp {

/// Two round trips that need not be waited for: the passive address (EPSV, else PASV, whose host is not trusted; RFC
/// 2428 section 3, RFC 959 section 4.1.2) and the TCP connection to it. Not thread-safe.
class PassiveChannel {
 public:
  PassiveChannel(ControlConnection& control, std::shared_ptr<Lessons> lessons)
      : control_(control), lessons_(std::move(lessons)) {}

  struct Taken {
    DataSocket socket;
    bool made_ahead = false;
  };

  /// Asks for the next address unless something is under way or it is too early for this server, and does not wait for
  /// the answer.
  void begin(NextPassive now = NextPassive::kAfterFinalReply);
  /// Goes as far as it can without waiting. Returns when to go on, or nothing when no step is left.
  std::optional<Pending> advance();
  [[nodiscard]] bool under_way() const { return step_ != Step::kNone; }
  /// True when a connected socket is there.
  [[nodiscard]] bool ready() const { return step_ == Step::kConnected; }
  /// A socket that is connected, or may still be `connecting`: the one made ahead if it is still good, else a new one.
  /// Errors: the server's refusal as kIo with its reply code, which leaves the session usable, and those of
  /// net::connect_tcp.
  Result<Taken> take(bool connecting, const Context& context);

 private:
  enum class Step { kNone, kAsked, kConnecting, kConnected };

  Status ask(NextPassive now, const Context& context);
  Status step();
  Status take_address(const Reply& reply);
  [[nodiscard]] net::Watch watch() const;
  [[nodiscard]] bool went_stale() const;
  void reset();

  ControlConnection& control_;
  const std::shared_ptr<Lessons> lessons_;
  Step step_ = Step::kNone;
  bool by_epsv_ = true;                                     ///< what was asked
  NextPassive asked_when_ = NextPassive::kAfterFinalReply;  ///< and when
  net::Endpoint endpoint_;
  UniqueFd fd_;
  std::chrono::steady_clock::time_point asked_;
};

}  // namespace ftpsfs::ftp
