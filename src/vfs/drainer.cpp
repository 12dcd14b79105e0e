#include "vfs/drainer.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/waiting.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr seconds kLookAround{10};
constexpr seconds kFirstPause{1};
constexpr seconds kLongestPause{60};

/// Another attempt may fare better without anybody's doing.
bool passes_by_itself(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kConnectionLost:
    case ErrorKind::kConnectionRefused:
    case ErrorKind::kTimeout:
    case ErrorKind::kResolve:
    case ErrorKind::kBusy:
    case ErrorKind::kTooManySessions:
    case ErrorKind::kInterrupted:
    case ErrorKind::kTls:
    case ErrorKind::kNoSpace:
    case ErrorKind::kQuota:
      return true;
    default:
      return false;
  }
}

milliseconds pause_after(int failures) {
  return std::min<milliseconds>(kFirstPause * (1 << std::min(failures - 1, 10)), kLongestPause);
}

}  // namespace

Drainer::Drainer(WorkerPool& workers, Options options, Upload upload)
    : workers_(workers), options_(options), upload_(std::move(upload)), thread_([this] { run(); }) {}

Drainer::~Drainer() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    while (running_ > 0) changed_.wait_until(mutex_, Steady::now() + kLookAround);
  }
  thread_.join();
}

milliseconds Drainer::settle() const { return closed_ ? milliseconds(0) : options_.settle; }

void Drainer::add(NodeId node) {
  MutexLock lock(mutex_);
  const auto [place, fresh] = items_.try_emplace(node);
  Item& item = place->second;
  if (fresh) item.number = ++last_number_;
  item.due = Steady::now() + settle();
  item.again = item.running;
  item.failure.reset();
  item.failures = 0;
  changed_.notify_all();
}

bool Drainer::forget(NodeId node) {
  MutexLock lock(mutex_);
  const auto found = items_.find(node);
  if (found == items_.end()) return true;
  if (found->second.running) return false;
  items_.erase(found);
  changed_.notify_all();
  return true;
}

Status Drainer::hurry(const std::vector<NodeId>& nodes, const Context& context) {
  return hurry_until(Until::kTried, nodes, context);
}

Status Drainer::finish(const Context& context) {
  std::vector<NodeId> all;
  {
    MutexLock lock(mutex_);
    for (const auto& [node, item] : items_) all.push_back(node);
  }
  return hurry_until(Until::kSent, all, context);
}

Status Drainer::hurry_until(Until until, const std::vector<NodeId>& nodes, const Context& context) {
  std::map<NodeId, std::uint64_t> awaited;  // and how often it had been tried before
  MutexLock lock(mutex_);
  for (const NodeId node : nodes) {
    const auto found = items_.find(node);
    if (found == items_.end()) continue;
    Item& item = found->second;
    item.due = std::min(item.due, Steady::now());
    awaited.emplace(node, item.attempts);
  }
  changed_.notify_all();
  Status outcome;
  while (!awaited.empty()) {
    for (auto each = awaited.begin(); each != awaited.end();) {
      const auto found = items_.find(each->first);
      const Item* const item = found == items_.end() ? nullptr : &found->second;
      const bool tried = item == nullptr || item->attempts > each->second;
      const bool over = tried && (item == nullptr || until == Until::kTried || item->refused());
      if (over && item != nullptr && item->failure && outcome) outcome = fail(*item->failure);
      each = over ? awaited.erase(each) : std::next(each);
    }
    if (!awaited.empty()) FTPSFS_TRY(wait_briefly(changed_, mutex_, context));
  }
  return outcome;
}

void Drainer::close() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (auto& [node, item] : items_) {
    if (item.due != Time::max()) item.due = std::min(item.due, Steady::now());
  }
  changed_.notify_all();
}

Status Drainer::await_rest(const Context& context) {
  MutexLock lock(mutex_);
  const auto refused = [](const auto& each) { return each.second.refused(); };
  while (!std::all_of(items_.begin(), items_.end(), refused)) FTPSFS_TRY(wait_briefly(changed_, mutex_, context));
  return {};
}

std::vector<Waiting> Drainer::list() const {
  std::vector<std::pair<std::uint64_t, Waiting>> numbered;
  MutexLock lock(mutex_);
  for (const auto& [node, item] : items_)
    numbered.push_back({item.number, {node, item.running, item.refused(), item.failure}});
  std::sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Waiting> all;
  all.reserve(numbered.size());
  for (auto& [number, waiting] : numbered) all.push_back(std::move(waiting));
  return all;
}

void Drainer::run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    Time wake = Steady::now() + kLookAround;
    const auto node = running_ < options_.parallel ? next(Steady::now(), wake) : std::nullopt;
    if (!node) {
      changed_.wait_until(mutex_, wake);
      continue;
    }
    Item& item = items_[*node];
    item.running = true;
    item.again = false;
    ++running_;
    workers_.submit([this, node = *node] { upload(node); });
  }
}

/// The one that has been due longest; `wake`: when the next one is.
std::optional<NodeId> Drainer::next(Time now, Time& wake) const {
  std::optional<NodeId> chosen;
  std::uint64_t lowest = 0;
  for (const auto& [node, item] : items_) {
    if (item.running) continue;
    if (item.due > now) {
      wake = std::min(wake, item.due);
    } else if (!chosen || item.number < lowest) {
      chosen = node;
      lowest = item.number;
    }
  }
  return chosen;
}

void Drainer::upload(NodeId node) {
  const Result<bool> outcome = upload_(node);
  MutexLock lock(mutex_);
  take_outcome(node, outcome);
  --running_;
  changed_.notify_all();
}

void Drainer::take_outcome(NodeId node, const Result<bool>& outcome) {
  Item& item = items_[node];
  item.running = false;
  ++item.attempts;
  item.failure.reset();
  if (outcome && *outcome && !item.again) {
    items_.erase(node);
  } else if (outcome) {
    item.due = Steady::now() + std::max<milliseconds>(settle(), item.again ? milliseconds(0) : kFirstPause);
  } else if (item.again) {
    item.due = Steady::now() + settle();
  } else {
    item.failure = outcome.error();
    const bool patient = passes_by_itself(outcome.error());
    item.due = patient ? Steady::now() + pause_after(++item.failures) : Time::max();
  }
}

}  // namespace ftpsfs::vfs
