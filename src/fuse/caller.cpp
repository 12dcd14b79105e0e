// Reading /proc/TID.
#include "fuse/caller.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <sstream>
#include <string>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::fuse {
namespace {

/// The number on the line that begins with `key` (its colon included).
template <typename Number>
std::optional<Number> number_after(std::string_view text, std::string_view key, int base) {
  std::size_t at = text.starts_with(key) ? 0 : text.npos;
  for (std::size_t line = text.find('\n'); at == text.npos && line != text.npos; line = text.find('\n', line + 1)) {
    if (text.substr(line + 1).starts_with(key)) at = line + 1;
  }
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return number;
}

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

enum class Presence { kSeen, kGone, kHidden };

struct Sighting {
  Presence presence = Presence::kHidden;
  ThreadStatus status;
};

/// "/proc/TID/`name`"; nullopt with errno when it cannot be read.
std::optional<std::string> text_of(pid_t thread, const char* name) {
  const std::string path = "/proc/" + std::to_string(thread) + "/" + name;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t length = file.valid() ? ::read(file.get(), text, sizeof text) : -1;
  if (length < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(length));
}

Sighting look_at(pid_t thread) {
  if (thread <= 0) return {};
  const auto text = text_of(thread, "status");
  if (!text) return {errno == ENOENT || errno == ESRCH ? Presence::kGone : Presence::kHidden, {}};
  const auto status = parse_thread_status(*text);
  return status ? Sighting{Presence::kSeen, *status} : Sighting{};
}

bool is_ending(pid_t thread, const Sighting& sighting) {
  if (sighting.presence != Presence::kSeen) return false;
  return is_told_to_end(sighting.status) || is_killed(text_of(thread, "stat").value_or(""));
}

}  // namespace

std::optional<ThreadStatus> parse_thread_status(std::string_view text) {
  const auto process = number_after<pid_t>(text, "Tgid:", 10);
  const auto own = number_after<std::uint64_t>(text, "SigPnd:", 16);
  const auto shared = number_after<std::uint64_t>(text, "ShdPnd:", 16);
  const auto blocked = number_after<std::uint64_t>(text, "SigBlk:", 16);
  if (!process || !own || !shared || !blocked) return std::nullopt;
  return ThreadStatus{*process, (*own | *shared) & ~*blocked};
}

bool is_told_to_end(const ThreadStatus& status) {
  constexpr std::uint64_t kEnding =
      bit_of(SIGKILL) | bit_of(SIGINT) | bit_of(SIGTERM) | bit_of(SIGQUIT) | bit_of(SIGHUP);
  return (status.signals & kEnding) != 0;
}

bool is_killed(std::string_view stat) {
  constexpr std::size_t kFlags = 9;  // the fields are counted from 1; the second, a name in brackets, may hold anything
  constexpr std::size_t kExitCode = 52;
  constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING of the kernel's sched.h
  constexpr std::uint64_t kSignal = 0x7f;  // of a wait status
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == stat.npos) return false;
  std::istringstream fields{std::string(stat.substr(name_end + 2))};
  std::uint64_t flags = 0;
  std::string field;
  for (std::size_t number = 3; fields >> field; ++number) {
    std::uint64_t value = 0;
    std::from_chars(field.data(), field.data() + field.size(), value);
    if (number == kFlags) flags = value;
    if (number == kExitCode) return (flags & kExiting) != 0 && (value & kSignal) != 0;
  }
  return false;
}

pid_t process_of(pid_t thread) {
  const Sighting sighting = look_at(thread);
  return sighting.presence == Presence::kSeen ? sighting.status.process : thread;
}

bool is_ending(pid_t thread) { return is_ending(thread, look_at(thread)); }

bool has_given_up(pid_t thread) {
  const Sighting sighting = look_at(thread);
  return sighting.presence == Presence::kGone || is_ending(thread, sighting);
}

}  // namespace ftpsfs::fuse
