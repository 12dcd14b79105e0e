// What libfuse has to say: into our log, or into an error.
#pragma once

#include <string>

namespace ftpsfs::fuse {

/// From now on libfuse's messages go into our log instead of to standard error.
void log_words_of_libfuse();

/// While one lives, what libfuse says on this thread is gathered instead of logged, to become part of an error. One at
/// a time on each thread.
class WordsOfLibfuse {
 public:
  WordsOfLibfuse();
  ~WordsOfLibfuse();
  WordsOfLibfuse(const WordsOfLibfuse&) = delete;
  WordsOfLibfuse& operator=(const WordsOfLibfuse&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace ftpsfs::fuse
