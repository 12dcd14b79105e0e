// libfuse's log hook, of which a process has one.
#include "fuse/libfuse_words.h"

#include <pthread.h>

#include <cstdarg>
#include <cstdio>

#include "ftpsfs/base/log.h"
#include "fuse/libfuse.h"

namespace ftpsfs::fuse {
namespace {

/// Where this thread gathers what libfuse has to say about a failed step; null: it goes into the log.
thread_local std::string* gathered = nullptr;

/// libfuse cancels its threads (pthreads(7)) when a session ends. While this lives, that waits: a thread must not
/// unwind from the middle of our log.
class Uncancelled {
 public:
  Uncancelled() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~Uncancelled() { ::pthread_setcancelstate(before_, nullptr); }
  Uncancelled(const Uncancelled&) = delete;
  Uncancelled& operator=(const Uncancelled&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

__attribute__((format(printf, 2, 0))) void take_words(fuse_log_level level, const char* format,
                                                      std::va_list arguments) {
  const Uncancelled uncancelled;
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  std::string words = line;
  while (words.ends_with('\n')) words.pop_back();
  if (level == FUSE_LOG_DEBUG) {
    log::of(log::Topic::kFuse).debug("{}", log::printable(words));
  } else if (gathered != nullptr) {
    if (!gathered->empty()) *gathered += "; ";
    *gathered += words;
  } else {
    spdlog::log(level <= FUSE_LOG_WARNING ? spdlog::level::warn : spdlog::level::debug, "{}", log::printable(words));
  }
}

}  // namespace

void log_words_of_libfuse() { fuse_set_log_func(take_words); }

WordsOfLibfuse::WordsOfLibfuse() { gathered = &text_; }
WordsOfLibfuse::~WordsOfLibfuse() { gathered = nullptr; }

}  // namespace ftpsfs::fuse
