// Showing the status.
#include "app/show_status.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "app/mount_status.h"
#include "app/status_text.h"

namespace ftpsfs::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Reading {
  std::string json;
  MountStatus status;
  Clock::time_point time;
};

Result<Reading> read_status(MountControl& control) {
  FTPSFS_TRY_ASSIGN(std::string json, control.status());
  FTPSFS_TRY_ASSIGN(MountStatus status, parse_mount_status(json));
  return Reading{std::move(json), std::move(status), Clock::now()};
}

/// Prints texts, on a terminal each over the one before.
class Display {
 public:
  void replace(const std::string& text) {
    if (lines_ > 0) fmt::print("\033[{}F\033[J", lines_);
    fmt::print("\033[?7l{}\033[?7h", text);  // without wrapping, so that a line of the text is one on the screen
    std::fflush(stdout);
    lines_ = std::count(text.begin(), text.end(), '\n');
  }

  void print_if_new(std::string text) {
    if (text == last_) return;
    fmt::print("{}\n", text);
    std::fflush(stdout);
    last_ = std::move(text);
  }

 private:
  std::ptrdiff_t lines_ = 0;
  std::string last_;
};

/// How many files fit on the terminal beside the rest of `status`.
std::size_t files_on_terminal(const MountStatus& status) {
  constexpr std::size_t kOtherLines = 8;
  constexpr std::size_t kFewest = 3;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return kFewest;
  const std::size_t others = kOtherLines + status.errors.size();
  return std::max(size.ws_row > others ? size.ws_row - others : 0, kFewest);
}

Status show_once(MountControl& control, bool json) {
  constexpr std::chrono::milliseconds kBetweenReadings{500};
  FTPSFS_TRY_ASSIGN(Reading reading, read_status(control));
  if (json) {
    FTPSFS_TRY_ASSIGN(const std::string text, indented_json(reading.json));
    fmt::print("{}\n", text);
    return {};
  }
  StatusText text;
  std::string shown = text.show(reading.status, reading.time, reading.status.list.size());
  if (reading.status.uploading > 0) {  // a rate takes two readings
    std::this_thread::sleep_for(kBetweenReadings);
    FTPSFS_TRY_ASSIGN(reading, read_status(control));
    shown = text.show(reading.status, reading.time, reading.status.list.size());
  }
  fmt::print("{}", shown);
  return {};
}

Status watch(MountControl& control, bool json) {
  const bool overwrites = !json && ::isatty(STDOUT_FILENO) == 1;
  StatusText text;
  Display display;
  for (;;) {
    FTPSFS_TRY_ASSIGN(const Reading reading, read_status(control));
    if (json) {
      FTPSFS_TRY_ASSIGN(std::string indented, indented_json(reading.json));
      display.print_if_new(std::move(indented));
    } else if (overwrites) {
      display.replace(text.show(reading.status, reading.time, files_on_terminal(reading.status)));
    } else {
      display.print_if_new(counts_text(reading.status));
    }
    if (reading.status.waiting() == 0) return {};
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

int show_status(MountControl& control, const StatusOutput& output) {
  const Status shown = output.watch ? watch(control, output.json) : show_once(control, output.json);
  if (shown) return EXIT_SUCCESS;
  fmt::print(stderr, "ftpsfs: {}\n", shown.error().message);
  return EXIT_FAILURE;
}

}  // namespace ftpsfs::app
