// Lessons: what one session learned of its server that spares the others time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/ftp/features.h"

namespace ftpsfs::ftp {

/// From when on a server takes the question for the next transfer's passive address.
enum class NextPassive { kDuringTransfer, kAfterLastByte, kAfterFinalReply };

/// Shared by all sessions of one server. Any thread may call any member.
class Lessons {
 public:
  std::atomic<bool> no_epsv{false};          ///< only PASV is known
  std::atomic<bool> wants_pret{false};       ///< EPSV and PASV want to know first what they are for (drftpd)
  std::atomic<bool> wants_host{false};       ///< HOST (RFC 7151) has to tell which server at its address is meant
  std::atomic<bool> reads_telnet{false};     ///< a 0xFF byte in a command is doubled, as RFC 959 has it (ProFTPD)
  std::atomic<bool> spoils_deflated{false};  ///< uploads that come compressed (MODE Z) are spoilt (ProFTPD)
  std::atomic<bool> feat_unanswered{false};  ///< not worth its wait
  std::atomic<NextPassive> next_passive{NextPassive::kAfterLastByte};
  std::atomic<int> sessions_opened{0};  ///< so far; by its number the log tells one from another

  /// How often the server would not resume a session that it wants resumed. What it forgot of one session it has
  /// forgotten of others: those opened before are not used for another transfer.
  std::atomic<int> forgotten{0};
  /// New sessions are TLS 1.2: each data connection has to resume a session, and TLS 1.3 tickets do not last.
  std::atomic<bool> no_tls13{false};

  /// A data connection resumed a session by a ticket that had been used before.
  void took_ticket_again() { tickets_last_ = true; }
  /// The server refused a data connection that did not resume, for want of a ticket it had not seen.
  void tickets_spent(bool tls12_allowed);
  /// The server would not do without TLS 1.3.
  void insists_on_tls13();

  /// What the first session was told about all; null before. A server that left FEAT without an answer told nothing.
  [[nodiscard]] std::shared_ptr<const Features> features() const EXCLUDES(mutex_);
  void learn_features(Features features) EXCLUDES(mutex_);

  /// What the first session was told of the system (SYST, RFC 959 section 4.1.3), empty when nothing; nullopt before.
  [[nodiscard]] std::optional<std::string> system() const EXCLUDES(mutex_);
  void learn_system(std::string system) EXCLUDES(mutex_);

  /// False while data connections are better not made ahead of time: this server stumbled over one a moment ago, or
  /// three times in all.
  [[nodiscard]] bool prepares() const;
  /// A transfer over a data connection made ahead failed.
  void stumbled();
  /// True after the third time.
  [[nodiscard]] bool gave_up_preparing() const;
  void give_up_preparing();

 private:
  using Clock = std::chrono::steady_clock;

  mutable Mutex mutex_;
  std::shared_ptr<const Features> features_ GUARDED_BY(mutex_);
  std::atomic<bool> tickets_last_{false};
  std::optional<std::string> system_ GUARDED_BY(mutex_);
  std::atomic<int> stumbles_{0};
  std::atomic<Clock::time_point> shunned_until_{Clock::time_point::min()};
};

}  // namespace ftpsfs::ftp
