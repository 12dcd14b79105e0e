// Drainer: uploads, in the background, what was closed.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/vfs/node.h"

namespace ftpsfs::vfs {

/// One file that waits for its upload, or is in it.
struct Waiting {
  NodeId node = 0;
  bool running = false;
  bool refused = false;          ///< it is not tried again until somebody asks
  std::optional<Error> failure;  ///< of the last attempt
};

/// Each file waits for the settle time after its last change, in which what follows may still concern it, then it is
/// uploaded, the oldest first, several at once. What fails for the line is tried again, later each time; what the
/// server refuses is tried again when somebody asks for it. Any thread may call any member.
class Drainer {
 public:
  struct Options {
    std::chrono::milliseconds settle{1'000};
    std::size_t parallel = 8;
  };
  /// Uploads a file, blocking. True: nothing of it is left to do. False: it is being written; it waits anew.
  using Upload = std::function<Result<bool>(NodeId node)>;

  Drainer(WorkerPool& workers, Options options, Upload upload);
  /// Begins no more uploads, and waits for those under way.
  ~Drainer();
  Drainer(const Drainer&) = delete;
  Drainer& operator=(const Drainer&) = delete;

  /// A file to upload; it begins to wait now, anew when it waits already.
  void add(NodeId node) EXCLUDES(mutex_);
  /// Nobody wants it any more. False when it is being uploaded.
  bool forget(NodeId node) EXCLUDES(mutex_);
  /// Uploads these at once, those that were refused too, and waits until each was tried. Errors: of the first that
  /// failed, and of the context.
  Status hurry(const std::vector<NodeId>& nodes, const Context& context) EXCLUDES(mutex_);
  /// Uploads all that is there at once, what was refused too, and waits until it is on the server; over a broken line
  /// for as long as the context lasts. Errors: of the first that is refused, and of the context.
  Status finish(const Context& context) EXCLUDES(mutex_);
  /// Lets nothing settle any more.
  void close() EXCLUDES(mutex_);
  /// Waits until nothing is left but what the server refused.
  Status await_rest(const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::vector<Waiting> list() const EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Item {
    std::uint64_t number = 0;  ///< the order in which they came
    Time due;
    bool running = false;
    bool again = false;  ///< something changed while it was running
    int failures = 0;
    std::uint64_t attempts = 0;
    std::optional<Error> failure;

    [[nodiscard]] bool refused() const { return !running && due == Time::max(); }
  };

  enum class Until {
    kTried,  ///< once
    kSent,   ///< or refused
  };
  Status hurry_until(Until until, const std::vector<NodeId>& nodes, const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::chrono::milliseconds settle() const REQUIRES(mutex_);
  void run() EXCLUDES(mutex_);
  [[nodiscard]] std::optional<NodeId> next(Time now, Time& wake) const REQUIRES(mutex_);
  void upload(NodeId node) EXCLUDES(mutex_);
  void take_outcome(NodeId node, const Result<bool>& outcome) REQUIRES(mutex_);

  WorkerPool& workers_;
  const Options options_;
  const Upload upload_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::map<NodeId, Item> items_ GUARDED_BY(mutex_);
  std::size_t running_ GUARDED_BY(mutex_) = 0;
  std::uint64_t last_number_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all the others
};

}  // namespace ftpsfs::vfs
