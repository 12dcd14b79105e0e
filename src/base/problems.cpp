#include "ftpsfs/base/problems.h"

#include <spdlog/sinks/base_sink.h>

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
    if (last_.size() == kMost) last_.pop_front();
    last_.push_back({spdlog::log_clock::to_time_t(message.time),
                     printable(std::string_view(message.payload.data(), message.payload.size()))});
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
