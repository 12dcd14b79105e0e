// SessionPool: the sessions of one mount, shared by all who need one for a moment.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::remote {

struct PoolOptions {
  std::size_t max_sessions = 8;         ///< 1 to 64; the server's own limit is learned below it
  std::size_t spare = 0;                ///< sessions opened ahead of need after the first use; 0: nor when all are busy
  std::chrono::seconds keep_alive{45};  ///< an idle session says NOOP this often
  std::chrono::seconds idle_close{300};          ///< an idle session beyond the first is closed after this
  std::chrono::milliseconds wait_limit{60'000};  ///< longest wait for a session to become free
  std::chrono::milliseconds turn{1'000};         ///< how long a lease is safe from must_yield()
  /// While the server cannot be reached nobody waits for the next attempt, which is made in the background.
  bool reopen_in_background = false;
};

/// What a session is wanted for: commands alone, or a transfer, which one with its data connection made ahead begins
/// sooner. What runs in the background leaves the last session to others, and gives up at once when there is none; an
/// upload, which cannot give its session back midway, does so also where there is only one.
enum class Purpose { kCommands, kTransfer, kBackground, kTransferAhead, kUploadAhead };

class SessionPool;
struct Loan;

/// A session in use. Destroyed, it goes back to the pool if still usable, else it is closed.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  [[nodiscard]] ftp::Session& session() const { return *session_; }
  [[nodiscard]] explicit operator bool() const { return session_ != nullptr; }
  /// True when the session had been idle in the pool: a loss at its first command may be mere staleness.
  [[nodiscard]] bool reused() const { return reused_; }
  /// True when it had been silent for so long (5 s) that the line may have broken unnoticed.
  [[nodiscard]] bool long_silent() const { return long_silent_; }
  /// Closes the session instead of giving it back: somebody found it dead or astray.
  void discard();

 private:
  friend class SessionPool;
  Lease(SessionPool* pool, Loan loan, Clock::TimePoint since);
  void give_back();

  SessionPool* pool_ = nullptr;
  std::unique_ptr<ftp::Session> session_;
  bool reused_ = false;
  bool long_silent_ = false;
  Clock::TimePoint since_;
};

/// A transfer at rest with its session, which the pool may take back for somebody else.
struct Parked {
  Lease lease;
  std::unique_ptr<ftp::Transfer> transfer;
};

/// Any thread may call any member. No thread may acquire a second session while it holds one: it could wait for itself.
class SessionPool {
 public:
  using Opener = std::function<Result<std::unique_ptr<ftp::Session>>(const Context&)>;

  SessionPool(Opener opener, PoolOptions options, const Clock& clock);
  ~SessionPool();
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  /// An idle session suited to the purpose, or a new one below the limit, or a parked one taken back (its transfer is
  /// abandoned), or waits. A login refused for lack of room (kTooManySessions) while others are open teaches the limit.
  /// While nobody is in, one attempt is made at a time, and all who wait share its failure: a password that has become
  /// wrong is told once. Errors: those of Session::open, kTimeout, kInterrupted.
  Result<Lease> acquire(Purpose purpose, const Context& context);

  /// True when whoever can do without the lease for a while should: its turn is over, and others wait for a session.
  [[nodiscard]] bool must_yield(const Lease& lease) const;

  /// Puts a transfer to rest. The ticket is its claim to it.
  std::uint64_t park(Parked parked);
  /// Takes it back; empty (no lease) when the pool gave the session away meanwhile.
  Parked unpark(std::uint64_t ticket);

  /// Has `duty` called at once, about every ten seconds, and a last time before the pool is gone, all by one thread
  /// that no session at hand waits for. Once at most.
  void look_after(std::function<void()> duty);

  /// Closes the idle sessions: where one was found dead, those that idled beside it are no better.
  void drop_idle();

  /// Sessions open now, in use or not.
  [[nodiscard]] std::size_t size() const;
  /// Those of them that somebody uses.
  [[nodiscard]] std::size_t busy() const;
  /// The limit in force: max_sessions, or what the server taught.
  [[nodiscard]] std::size_t limit() const;
  /// nullopt while a session is open, and before an attempt to open one failed.
  [[nodiscard]] std::optional<Outage> outage() const;
  /// The same where the server taught it in plain words.
  [[nodiscard]] std::optional<std::size_t> taught_limit() const;
  /// Begins with a limit that the server taught another time; after a while it is doubted like one taught now.
  void expect_limit(std::size_t sessions);

 private:
  class Impl;
  friend class Lease;

  std::unique_ptr<Impl> impl_;
};

}  // namespace ftpsfs::remote
