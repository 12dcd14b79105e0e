// Logging through spdlog: to stderr in the foreground, to syslog once in the background; and topics that can be watched
// one by one.
#pragma once

#include <spdlog/spdlog.h>

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace ftpsfs::log {

enum class Sink { kStderr, kSyslog };

/// What goes on between us and others, or in our memory.
enum class Topic {
  kFtp,    ///< commands and replies
  kTls,    ///< handshakes
  kCache,  ///< what was known, and what is forgotten
  kFuse,   ///< what the kernel asks and is answered
};

inline constexpr std::array<std::string_view, 4> kTopicNames{"ftp", "tls", "cache", "fuse"};

/// The topic of that name.
[[nodiscard]] std::optional<Topic> topic_of(std::string_view name);

/// What is to be logged beyond what everybody should know.
class Watched {
 public:
  /// All topics, and all that belongs to none.
  [[nodiscard]] static Watched all();
  void add(Topic topic) { topics_.set(static_cast<std::size_t>(topic)); }
  [[nodiscard]] bool has(Topic topic) const { return topics_[static_cast<std::size_t>(topic)]; }
  [[nodiscard]] bool has_all() const { return all_; }
  [[nodiscard]] bool any() const { return topics_.any(); }

  bool operator==(const Watched&) const = default;

 private:
  std::bitset<kTopicNames.size()> topics_;
  bool all_ = false;
};

/// Called once by the application before threads start, and once more after it went to the background.
void configure(Sink sink, const Watched& watched);

/// Where a topic is logged to, at level debug. Silent unless it is watched.
[[nodiscard]] spdlog::logger& of(Topic topic);
/// Whether anybody reads it: for messages that cost something to make.
[[nodiscard]] inline bool watches(Topic topic) { return of(topic).should_log(spdlog::level::debug); }

/// Server text made safe for one log line and for a terminal: control characters (C0, DEL, C1) and bytes that are not
/// UTF-8 become '?'. At most 300 bytes; a longer text ends in "...".
std::string printable(std::string_view text);

}  // namespace ftpsfs::log
