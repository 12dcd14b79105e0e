// UploadProgress.
#include "app/upload_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/byte_text.h"

namespace ftpsfs::app {

void UploadProgress::add(const MountStatus& status, Time now) {
  constexpr std::chrono::seconds kWindow{5};
  const bool is_first = readings_.empty();
  files_ = status.waiting();
  if (is_first || status.bytes < least_left_ || files_ < fewest_files_) moved_ = now;
  least_left_ = is_first ? status.bytes : std::min(least_left_, status.bytes);
  fewest_files_ = is_first ? files_ : std::min(fewest_files_, files_);
  most_left_ = std::max(most_left_, status.bytes);
  readings_.push_back({now, status.bytes});
  while (readings_.size() > 2 && now - readings_[1].time >= kWindow) readings_.pop_front();
}

std::uint64_t UploadProgress::rate() const {
  const Reading& first = readings_.front();
  const Reading& last = readings_.back();
  const std::chrono::duration<double> span = last.time - first.time;
  if (span.count() <= 0 || last.left >= first.left) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(first.left - last.left) / span.count());
}

std::string UploadProgress::line() const {
  if (readings_.empty()) return "";
  return fmt::format("{} {}, {}, {}/s", files_, files_ == 1 ? "file" : "files",
                     byte_text(most_left_ - readings_.back().left, most_left_), byte_text(rate()));
}

}  // namespace ftpsfs::app
