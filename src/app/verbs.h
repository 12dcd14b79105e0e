// The verbs: what the program does to a mount that stands.
#pragma once

#include <span>
#include <string>

#include "app/mount_control.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

enum class Verb { kStatus, kSync, kRetry, kDiscard };

struct VerbLine {
  Verb verb = Verb::kStatus;
  std::string mount;  ///< the mount point, or any path below it
  std::string path;   ///< of a file, as path_within() takes it; empty when none was given
  bool json = false;
  bool watch = false;
};

/// True when `words`, the program's name first, name a verb and not a SOURCE, which has a colon.
[[nodiscard]] bool is_verb_line(std::span<const std::string> words);

/// The lines of --help about the verbs.
std::string_view verb_usage();

/// For words that is_verb_line() accepts. Errors: kInvalid, with the usage.
Result<VerbLine> parse_verb_line(std::span<const std::string> words);

/// Does what is asked. Returns the exit status: 1 when it failed, and then the reason is on standard error. To be
/// called while there are no threads.
int run_verb(const VerbLine& line);
/// The same for the mount behind `control`, whose root directory is `root`.
int run_verb(const VerbLine& line, MountControl& control, const std::string& root);

}  // namespace ftpsfs::app
