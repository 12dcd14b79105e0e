// Lessons: what one session learned of its server that spares the others time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace ftpsfs::ftp {

/// Shared by all sessions of one server. Any thread may call any member.
class Lessons {
 public:
  std::atomic<bool> no_feat{false};                 ///< FEAT stays without an answer
  std::atomic<bool> no_epsv{false};                 ///< only PASV is known
  std::atomic<bool> passive_after_transfer{false};  ///< EPSV is refused until a transfer's final reply (ProFTPD)

  /// False while data connections are better not made ahead of time: this server stumbled over one a moment ago, or
  /// three times in all.
  [[nodiscard]] bool prepares() const;
  /// A transfer over a data connection made ahead failed.
  void stumbled();

 private:
  using Clock = std::chrono::steady_clock;

  std::atomic<int> stumbles_{0};
  std::atomic<Clock::time_point> shunned_until_{Clock::time_point::min()};
};

}  // namespace ftpsfs::ftp
