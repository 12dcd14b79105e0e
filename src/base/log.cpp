#include "ftpsfs/base/log.h"

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <syslog.h>

#include <algorithm>

#include "base/problem_sink.h"

namespace ftpsfs::log {
namespace {

/// Bytes of the character that `text` begins with: 1 to 4, or 0 when it is a control character or not UTF-8 (RFC 3629
/// section 4).
std::size_t printable_prefix(std::string_view text) {
  const auto byte = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const auto second_within = [&](unsigned low, unsigned high) { return byte(1) >= low && byte(1) <= high; };
  const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
  if (first == 0xc2) return second_within(0xa0, 0xbf) ? 2 : 0;  // below 0xa0 are the C1 controls
  if (first >= 0xc3 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool valid = second_within(first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return valid && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool valid = second_within(first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return valid && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

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
  constexpr std::string_view kCut = "...";
  std::string result;
  std::size_t cut_at = 0;  // how much of the result leaves room for kCut
  while (!text.empty()) {
    const std::size_t length = printable_prefix(text);
    result += length > 0 ? text.substr(0, length) : "?";
    if (result.size() > kLongest) return result.substr(0, cut_at).append(kCut);
    if (result.size() <= kLongest - kCut.size()) cut_at = result.size();
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace ftpsfs::log
