// Waiting for uploads.
#include "app/upload_wait.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "app/mount_status.h"
#include "app/upload_progress.h"

namespace ftpsfs::app {
namespace {

using Clock = std::chrono::steady_clock;

/// One line of a terminal, written over and over; gone in the end.
class TerminalLine {
 public:
  TerminalLine() : shows_(::isatty(STDERR_FILENO) == 1) {}
  TerminalLine(const TerminalLine&) = delete;
  TerminalLine& operator=(const TerminalLine&) = delete;
  ~TerminalLine() { show(""); }

  void show(std::string_view text) const {
    if (shows_) fmt::print(stderr, "\r\033[K{}", text);
  }

 private:
  bool shows_;
};

/// Reads the status now and then, one question at a time.
class ProgressWatch {
 public:
  ProgressWatch(MountControl& control, std::optional<MountOwner> identity) : control_(control), identity_(identity) {}

  [[nodiscard]] int fd() const { return question_ ? question_->fd() : -1; }
  [[nodiscard]] Clock::duration idle() const { return progress_.idle(Clock::now()); }

  /// Takes in the answer and asks again when it is time. To be called at least each kPause.
  void look() {
    if (question_) {
      const auto answer = question_->answer();
      if (!answer) return;
      question_.reset();
      const auto status = answer->and_then([](const std::string& json) { return parse_mount_status(json); });
      if (status) progress_.add(*status, Clock::now());
      line_.show(progress_.line());
    }
    if (Clock::now() < next_) return;
    next_ = Clock::now() + kPause;
    if (auto started = MountCall::start([this] { return control_.status(); }, identity_))
      question_ = *std::move(started);
  }

  static constexpr std::chrono::milliseconds kPause{500};

 private:
  MountControl& control_;
  std::optional<MountOwner> identity_;
  UploadProgress progress_{Clock::now()};
  std::unique_ptr<MountCall> question_;
  Clock::time_point next_ = Clock::now();
  TerminalLine line_;
};

}  // namespace

Status wait_for_uploads(MountControl& control, const UploadWait& wait) {
  const auto sync_now = [&]() -> Result<std::string> {
    FTPSFS_TRY(control.sync());
    return "";
  };
  FTPSFS_TRY_ASSIGN(const std::unique_ptr<MountCall> sync, MountCall::start(sync_now, wait.identity));
  ProgressWatch watch(control, wait.identity);
  for (;;) {
    if (const auto answer = sync->answer()) return answer->map([](const std::string&) {});
    watch.look();
    if (wait.patience && watch.idle() >= *wait.patience) return fail(ErrorKind::kTimeout, "nothing gets on");
    std::array<pollfd, 3> waits{pollfd{wait.interrupts, POLLIN, 0}, pollfd{sync->fd(), POLLIN, 0},
                                pollfd{watch.fd(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), static_cast<int>(ProgressWatch::kPause.count()));
    if (waits[0].revents != 0) return fail(ErrorKind::kInterrupted, "interrupted by a signal");
  }
}

}  // namespace ftpsfs::app
