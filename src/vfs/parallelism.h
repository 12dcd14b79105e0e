// Parallelism: how many downloads of one file at once pay off.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ftpsfs::vfs {

/// One stream is enough where the line carries what the reader takes. Where it does not (losses, long lines, limits for
/// each connection), more are tried, and kept while they raise what arrives. Works in rounds of a fixed length; a round
/// in which the reader never waited tells nothing. Not thread-safe.
class Parallelism {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// What earlier files of a mount taught the later ones. Any thread may use it.
  struct Learned {
    std::atomic<std::size_t> streams{1};
    std::atomic<Time> not_before{Time::min()};  ///< no more are tried until then
  };

  /// `most`: streams at once, at least 1. `learned` outlives this.
  Parallelism(std::size_t most, Learned& learned) : most_(most), learned_(learned) {}

  /// The reader began to read in order, now or anew.
  void begin(Time now);
  /// So many bytes came from the server.
  void arrived(std::uint64_t bytes, Time now);
  /// The reader has to wait for the next ones.
  void starved() { starved_ = true; }
  /// There are sessions for no more than these for now: the others are wanted elsewhere.
  void held_to(std::size_t streams, Time now);

  [[nodiscard]] std::size_t streams() const { return streams_; }
  /// Bytes of one stream's share: what it brings in half a second, within bounds.
  [[nodiscard]] std::uint64_t segment_bytes() const;

 private:
  void start_over(Time now);
  void begin_round(Time now);
  void end_round(Time now);
  void try_more(Time now);
  void settle(Time now);

  const std::size_t most_;
  Learned& learned_;
  std::size_t streams_ = 1;
  std::size_t proven_ = 1;  ///< what is gone back to when more do not help
  Time held_until_;         ///< with fewer than these
  double proven_rate_ = 0;  ///< bytes a second with these; 0: not known yet
  int rounds_ = 0;          ///< with the present number, in which the reader waited
  double best_rate_ = 0;    ///< of these
  double last_rate_ = 0;
  bool starved_ = false;     ///< in this round
  std::uint64_t bytes_ = 0;  ///< in this round
  Time round_began_;
};

}  // namespace ftpsfs::vfs
