// umount.fuse.ftpsfs.
#include "app/umount_helper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "app/child_process.h"
#include "app/held_signals.h"
#include "app/mount_call.h"
#include "app/mount_control.h"
#include "app/mount_point.h"
#include "app/mount_status.h"
#include "app/status_text.h"
#include "app/upload_wait.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

constexpr int kMisused = 1;  // exit statuses of umount(8)
constexpr int kUnmountFailed = 32;

constexpr std::chrono::seconds kAnswerLimit{10};
constexpr std::chrono::seconds kWithoutProgress{60};
constexpr std::chrono::seconds kDaemonsEnd{10};

tl::unexpected<Error> misused(std::string_view what) {
  return fail(ErrorKind::kInvalid,
              fmt::format("{}\nusage: umount.fuse.ftpsfs MOUNTPOINT [-flnrv] [-N NAMESPACE] [-t TYPE]", what));
}

void say(std::string_view where, std::string_view what) {
  fmt::print(stderr, "umount.fuse.ftpsfs: {}: {}\n", log::printable(where), what);
}

/// umount(8) hands a path without symbolic links; who calls the helper by hand need not.
std::string without_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved == nullptr ? path : resolved.get();
}

Status enter_namespace(const std::string& path) {
  if (path.empty()) return {};
  const UniqueFd space(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space.valid() || ::setns(space.get(), CLONE_NEWNS) != 0) return fail(os_error(ErrorKind::kIo, path, errno));
  return {};
}

/// The mount as its owner sees it.
class OwnersMount {
 public:
  OwnersMount(const std::string& mount_point, MountOwner owner, const HeldSignals& signals)
      : mount_point_(mount_point), owner_(owner), signals_(signals), control_(control_mount(mount_point)) {}

  /// Nothing from a daemon that died, hangs, or is of a version that does not tell.
  [[nodiscard]] std::optional<MountStatus> status() const {
    const auto json = MountCall::ask([this] { return control_->status(); }, owner_, Deadline::after(kAnswerLimit));
    if (!json && json.error().kind == ErrorKind::kTimeout)
      say(mount_point_, "the program behind it does not answer; umount -f gives it up");
    const auto status = json.and_then([](const std::string& text) { return parse_mount_status(text); });
    return status ? std::optional(*status) : std::nullopt;
  }

  /// True when nothing waits any more. What stays behind is told.
  bool upload_all(const MountStatus& before) {
    if (before.waiting() > 0) {
      const Status uploaded = wait_for_uploads(*control_, UploadWait{owner_, kWithoutProgress, signals_.fd()});
      if (!uploaded && uploaded.error().kind == ErrorKind::kTimeout) {
        say(mount_point_, fmt::format("no progress for {} seconds", kWithoutProgress.count()));
      }
    }
    const MountStatus after = before.waiting() > 0 ? status().value_or(before) : before;
    tell_what_stays(after);
    return after.waiting() == 0;
  }

 private:
  void tell_what_stays(const MountStatus& status) const {
    if (status.waiting() > 0) {
      say(mount_point_, fmt::format("{} not on the server yet; the upload goes on in the background, and with the next "
                                    "mount",
                                    files_text(status.waiting())));
    }
    if (status.failed > 0) {
      say(mount_point_, fmt::format("{} could not be uploaded; what was written is kept in {}:",
                                    files_text(status.failed), log::printable(status.staging_directory)));
      fmt::print(stderr, "{}", failures_text(status));
    }
  }

  static std::string files_text(std::uint64_t files) {
    return fmt::format("{} {}", files, files == 1 ? "file" : "files");
  }

  std::string mount_point_;
  MountOwner owner_;
  const HeldSignals& signals_;
  std::unique_ptr<MountControl> control_;
};

Status unmount_and_wait(const UmountLine& line, MountOwner owner) {
  HeldSignals signals{SIGINT, SIGTERM, SIGHUP};
  UniqueFd daemon;  // opened while it lives: later the number may be another's
  if (!line.how.lazy && !line.how.force) {
    OwnersMount mount(line.mount_point, owner, signals);
    const auto status = mount.status();
    const bool ends_soon = status && mount.upload_all(*status);
    if (ends_soon && status->pid > 0) daemon = open_process(status->pid);
  }
  signals.discard();  // they ended the wait for the uploads; the next one is for the wait below
  FTPSFS_TRY(unmount(line.mount_point, line.how));
  if (daemon.valid()) wait_for_end(daemon.get(), Deadline::after(kDaemonsEnd), signals.fd());
  signals.discard();  // all is done: nothing is left to be ended
  return {};
}

}  // namespace

bool is_umount_helper(std::string_view program) {
  const std::size_t slash = program.rfind('/');
  return program.substr(slash == program.npos ? 0 : slash + 1).starts_with("umount.");
}

Result<UmountLine> parse_umount_line(std::span<const std::string> words) {
  UmountLine line;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-')) {
      if (!line.mount_point.empty()) return misused(fmt::format("'{}' is one argument too many", word));
      line.mount_point = word;
    } else if (word == "-N" || word == "-t") {
      if (++i == words.size()) return misused(fmt::format("{} needs a value", word));
      if (word == "-N") line.mount_namespace = words[i];
    } else if (word.size() < 2 || word.find_first_not_of("flnrv", 1) != word.npos) {
      return misused(fmt::format("unknown flag '{}'", word));
    } else {
      line.how.lazy = line.how.lazy || word.find('l') != word.npos;
      line.how.force = line.how.force || word.find('f') != word.npos;
    }
  }
  if (line.mount_point.empty()) return misused("MOUNTPOINT is missing");
  return line;
}

int run_umount_helper(std::span<const std::string> words) {
  auto line = parse_umount_line(words);
  if (!line) {
    fmt::print(stderr, "umount.fuse.ftpsfs: {}\n", line.error().message);
    return kMisused;
  }
  if (const Status entered = enter_namespace(line->mount_namespace); !entered) {
    fmt::print(stderr, "umount.fuse.ftpsfs: {}\n", entered.error().message);
    return kMisused;
  }
  line->mount_point = without_links(line->mount_point);
  const auto owner = find_ftpsfs_mount(read_mount_info(), line->mount_point);
  if (!owner) {
    say(line->mount_point, "not an ftpsfs mount.");
    return kMisused;
  }
  const Status done = unmount_and_wait(*line, *owner);
  if (done) return EXIT_SUCCESS;
  say(line->mount_point, done.error().message);
  return kUnmountFailed;
}

}  // namespace ftpsfs::app
