#include "ftpsfs/base/problems.h"

#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <string_view>

#include "base/problem_sink.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::log {
namespace {

constexpr std::size_t kMost = 10;

class ProblemSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ProblemSink() { set_level(spdlog::level::warn); }

  std::vector<Problem> list() {
    const std::scoped_lock lock(mutex_);
    return {last_.begin(), last_.end()};
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    Problem problem{spdlog::log_clock::to_time_t(message.time),
                    printable(std::string_view(message.payload.data(), message.payload.size()))};
    const auto same =
        std::find_if(last_.begin(), last_.end(), [&](const Problem& each) { return each.text == problem.text; });
    if (same != last_.end()) {
      problem.times += same->times;
      last_.erase(same);
    } else if (last_.size() == kMost) {
      last_.pop_front();
    }
    last_.push_back(std::move(problem));
  }
  void flush_() override {}

 private:
  std::deque<Problem> last_;
};

const std::shared_ptr<ProblemSink>& the_sink() {
  static const auto sink = std::make_shared<ProblemSink>();
  return sink;
}

}  // namespace

std::shared_ptr<spdlog::sinks::sink> problem_sink() { return the_sink(); }

std::vector<Problem> recent_problems() { return the_sink()->list(); }

}  // namespace ftpsfs::log
