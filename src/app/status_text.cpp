// The status, for people.
#include "app/status_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "app/byte_text.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

using log::printable;

/// "[####......]  40%"
std::string bar(const WaitingFile& file) {
  constexpr std::size_t kCells = 20;
  const double share =
      file.size == 0 ? 0 : std::min(1.0, static_cast<double>(file.sent) / static_cast<double>(file.size));
  const auto full = static_cast<std::size_t>(share * kCells);
  return fmt::format("[{}{}] {:>3.0f}%", std::string(full, '#'), std::string(kCells - full, '.'), share * 100);
}

std::string offline_text(const Offline& offline) {
  return fmt::format("for {} s: {}; {}", offline.seconds, printable(offline.why),
                     offline.serves_stale ? "what is known is shown, and nothing can be changed"
                                          : "only what is in memory can be reached");
}

/// "IIS; no SITE CHMOD"
std::string server_text(const MountStatus& status) {
  const std::string kind = status.server.empty() ? "of no known kind" : printable(status.server);
  if (status.peculiarities.empty()) return kind;
  return fmt::format("{}; {}", kind, printable(fmt::format("{}", fmt::join(status.peculiarities, ", "))));
}

std::string uses_text(const MountStatus& status) {
  std::string text = fmt::format("sessions    {} open, {} busy, at most {}\n", status.open_sessions,
                                 status.busy_sessions, status.most_sessions);
  const auto line = [&text](std::string_view what, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{:<11} {}\n", what, value);
  };
  if (status.offline) line("offline", offline_text(*status.offline));
  line("server", server_text(status));
  line("memory", byte_text(status.memory.used, status.memory.most));
  if (status.disk_cache) line("disk cache", byte_text(status.disk_cache->used, status.disk_cache->most));
  const std::string staged = status.staging_used ? byte_text(*status.staging_used) + " in " : "";
  line("staging", staged + printable(status.staging_directory));
  for (const std::string& path : status.in_place) line("in place", printable(path));
  return text;
}

std::string errors_text(const MountStatus& status) {
  std::string text;
  for (const LoggedError& error : status.errors) {
    const std::time_t time = error.time;
    std::tm local{};
    ::localtime_r(&time, &local);
    const std::string times = error.times > 1 ? fmt::format(" ({} times)", error.times) : "";
    fmt::format_to(std::back_inserter(text), "{:%Y-%m-%d %H:%M:%S}  {}{}\n", local, printable(error.text), times);
  }
  return text;
}

}  // namespace

std::string counts_text(const MountStatus& status) {
  std::string text;
  const auto count = [&text](std::uint64_t files, std::string_view state) {
    if (files > 0) fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", files, state);
  };
  count(status.uploading, "uploading");
  count(status.pending, "pending");
  count(status.failed, "failed");
  if (text.empty()) return "nothing waits";
  return fmt::format("{}, {} to send", text, byte_text(status.bytes));
}

std::string failures_text(const MountStatus& status) {
  std::string text;
  for (const WaitingFile& file : status.list) {
    if (file.state != "failed") continue;
    fmt::format_to(std::back_inserter(text), "{}: {}\n", printable(file.path), printable(file.error));
  }
  return text;
}

std::string StatusText::rate_text(const WaitingFile& file, Time now) const {
  const auto before = std::find_if(last_.list.begin(), last_.list.end(),
                                   [&](const WaitingFile& earlier) { return earlier.path == file.path; });
  const std::chrono::duration<double> span = now - last_time_;
  if (before == last_.list.end() || before->sent > file.sent || span.count() <= 0) return "";
  const double rate = static_cast<double>(file.sent - before->sent) / span.count();
  return fmt::format("  {}/s", byte_text(static_cast<std::uint64_t>(rate)));
}

std::string StatusText::file_line(const WaitingFile& file, Time now) const {
  std::string line = fmt::format("{:<11} {:>8}  {}", printable(file.state), byte_text(file.size), printable(file.path));
  if (file.state == "uploading") line += fmt::format("  {}{}", bar(file), rate_text(file, now));
  if (!file.error.empty()) line += fmt::format("  {}", printable(file.error));
  return line + "\n";
}

std::string StatusText::show(const MountStatus& status, Time now, std::size_t most_files) {
  std::string text =
      fmt::format("{} (write={}, process {})\n", printable(status.source), printable(status.write), status.pid);
  text += counts_text(status) + "\n";
  const std::size_t shown = std::min(most_files, status.list.size());
  for (std::size_t i = 0; i < shown; ++i) text += file_line(status.list[i], now);
  const std::uint64_t files = std::max<std::uint64_t>(status.waiting() + status.failed, status.list.size());
  if (files > shown) fmt::format_to(std::back_inserter(text), "and {} more\n", files - shown);
  text += uses_text(status);
  text += errors_text(status);
  last_ = status;
  last_time_ = now;
  return text;
}

}  // namespace ftpsfs::app
