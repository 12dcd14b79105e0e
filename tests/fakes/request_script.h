// RequestScript: what a test has in store for the requests to a fake; it holds, delays, refuses and counts them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::test {

/// What a test can hold, delay, refuse and count. kList is the first next() of a
/// ListingReader, kListPart each later one, kRead is Reader::read, kWrite and kFinish are those of Writer.
enum class Verb {
  kStat,
  kList,
  kListPart,
  kOpenReader,
  kRead,
  kOpenWriter,
  kWrite,
  kFinish,
  kPublish,
  kRename,
  kRemove,
  kMakeDirectory,
  kRemoveDirectory,
  kGlance,
  kRefine,
  kSetMtime,
  kSetMode,
  kSpace,
  kChecksum,
  kListTemporary,
  kCopy,
  kMakeLink,
  kFacts,
};

/// Where in a request a test steps in: before the server acts, or when it has acted and its answer is under way.
enum class When { kBefore, kAnswered };

/// Holds one request. The test waits until the request has come that far, and lets it go.
class Gate {
 public:
  /// False when nothing came within ten seconds.
  [[nodiscard]] bool wait_reached() {
    std::unique_lock lock(mutex_);
    return condition_.wait_for(lock, std::chrono::seconds(10), [this] { return reached_; });
  }
  void release() {
    const std::scoped_lock lock(mutex_);
    released_ = true;
    condition_.notify_all();
  }
  /// The request's side.
  void pass() {
    std::unique_lock lock(mutex_);
    reached_ = true;
    condition_.notify_all();
    condition_.wait_for(lock, std::chrono::seconds(30), [this] { return released_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool reached_ = false;
  bool released_ = false;
};

/// Any thread may call any member.
class RequestScript {
 public:
  /// The next request of this kind waits at the gate.
  std::shared_ptr<Gate> hold_next(Verb verb, When when = When::kBefore) {
    const std::scoped_lock lock(mutex_);
    auto gate = std::make_shared<Gate>();
    plan_[verb].gates.emplace_back(when, gate);
    return gate;
  }
  /// The next `times` requests of this kind fail; with kAnswered although the server did what was asked.
  void fail_next(Verb verb, ErrorKind kind, int times = 1, When when = When::kBefore) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < times; ++i) plan_[verb].errors.emplace_back(std::pair(when, kind));
  }
  /// Of those that follow the failures programmed so far, the next `times` do not fail.
  void pass_next(Verb verb, int times) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < times; ++i) plan_[verb].errors.emplace_back(std::nullopt);
  }
  void delay(Verb verb, std::chrono::microseconds span) {
    const std::scoped_lock lock(mutex_);
    plan_[verb].delay = span;
  }
  [[nodiscard]] int count(Verb verb) {
    const std::scoped_lock lock(mutex_);
    return plan_[verb].calls;
  }

 protected:
  /// One request: counted, delayed, held and refused as programmed; `act` is what the server does.
  template <typename T, typename Act>
  Result<T> request(Verb verb, const Context& context, const Act& act) {
    FTPSFS_TRY(context.check());
    const auto [delay, refused] = begin(verb);
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    pass_gate(verb, When::kBefore);
    const int code = refused && refused->second == ErrorKind::kBusy ? 450 : 0;  // busy is the file, not the pool
    if (refused && refused->first == When::kBefore) return fail(refused->second, "refused by the test", code);
    Result<T> answer = act();
    pass_gate(verb, When::kAnswered);
    if (refused) return fail(refused->second, "the answer was lost by the test");
    return answer;
  }

 private:
  struct Plan {
    std::deque<std::pair<When, std::shared_ptr<Gate>>> gates;
    std::deque<std::optional<std::pair<When, ErrorKind>>> errors;
    std::chrono::microseconds delay{0};
    int calls = 0;
  };

  std::pair<std::chrono::microseconds, std::optional<std::pair<When, ErrorKind>>> begin(Verb verb) {
    const std::scoped_lock lock(mutex_);
    Plan& plan = plan_[verb];
    ++plan.calls;
    std::optional<std::pair<When, ErrorKind>> refused;
    if (!plan.errors.empty()) {
      refused = plan.errors.front();
      plan.errors.pop_front();
    }
    return {plan.delay, refused};
  }

  void pass_gate(Verb verb, When when) {
    std::shared_ptr<Gate> gate;
    {
      const std::scoped_lock lock(mutex_);
      auto& gates = plan_[verb].gates;
      if (gates.empty() || gates.front().first != when) return;
      gate = std::move(gates.front().second);
      gates.pop_front();
    }
    gate->pass();
  }

  std::mutex mutex_;
  std::map<Verb, Plan> plan_;
};

}  // namespace ftpsfs::test
