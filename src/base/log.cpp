#include "ftpsfs/base/log.h"

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <syslog.h>

#include <algorithm>

#include "base/problem_sink.h"
#include "ftpsfs/base/printable.h"

namespace ftpsfs::log {
namespace {

std::shared_ptr<spdlog::logger> make_logger(std::string_view name, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>(std::string(name), std::move(sink));
  logger->flush_on(spdlog::level::debug);
  logger->set_level(spdlog::level::off);
  return logger;
}

/// Made once: threads may be at any of them while configure() turns them elsewhere.
struct Loggers {
  std::shared_ptr<spdlog::sinks::dist_sink_mt> sinks = std::make_shared<spdlog::sinks::dist_sink_mt>();
  std::shared_ptr<spdlog::logger> general = make_logger("ftpsfs", sinks);
  std::array<std::shared_ptr<spdlog::logger>, kTopicNames.size()> topics;

  Loggers() {
    std::transform(kTopicNames.begin(), kTopicNames.end(), topics.begin(),
                   [this](std::string_view name) { return make_logger(name, sinks); });
  }
};

Loggers& the_loggers() {
  static Loggers loggers;
  return loggers;
}

}  // namespace

std::optional<Topic> topic_of(std::string_view name) {
  const auto found = std::find(kTopicNames.begin(), kTopicNames.end(), name);
  if (found == kTopicNames.end()) return std::nullopt;
  return static_cast<Topic>(found - kTopicNames.begin());
}

Watched Watched::all() {
  Watched watched;
  watched.topics_.set();
  watched.all_ = true;
  return watched;
}

void configure(Sink sink, const Watched& watched) {
  spdlog::sink_ptr words;
  if (sink == Sink::kSyslog) {
    words = std::make_shared<spdlog::sinks::syslog_sink_mt>("ftpsfs", LOG_PID, LOG_DAEMON, false);
  } else {
    words = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    words->set_pattern("%H:%M:%S.%e %n %l: %v");
  }
  Loggers& loggers = the_loggers();
  loggers.sinks->set_sinks({words, problem_sink()});
  loggers.general->set_level(watched.has_all() ? spdlog::level::debug : spdlog::level::info);
  for (std::size_t i = 0; i < kTopicNames.size(); ++i) {
    loggers.topics[i]->set_level(watched.has(static_cast<Topic>(i)) ? spdlog::level::debug : spdlog::level::off);
  }
  spdlog::set_default_logger(loggers.general);
}

spdlog::logger& of(Topic topic) { return *the_loggers().topics[static_cast<std::size_t>(topic)]; }

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  return ftpsfs::printable(text, kLongest);
}

}  // namespace ftpsfs::log
