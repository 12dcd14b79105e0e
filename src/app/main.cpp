// The program ftpsfs, also installed as mount.ftpsfs and umount.fuse.ftpsfs.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/doctor/doctor.h"
#include "app/help.h"
#include "app/mount.h"
#include "app/umount_helper.h"
#include "app/verbs.h"

namespace {

int complain(const ftpsfs::Error& error) {
  fmt::print(stderr, "ftpsfs: {}\n", error.message);
  return EXIT_FAILURE;
}

int run(const std::vector<std::string>& words) {
  if (!words.empty() && ftpsfs::app::is_umount_helper(words[0])) return ftpsfs::app::run_umount_helper(words);
  if (ftpsfs::app::asks_for_help(words)) {
    fmt::print("{}", ftpsfs::app::help_text());
    return EXIT_SUCCESS;
  }
  if (ftpsfs::app::is_doctor_line(words)) {
    const auto line = ftpsfs::app::parse_doctor_line(words);
    return line ? ftpsfs::app::run_doctor(*line) : complain(line.error());
  }
  if (ftpsfs::app::is_verb_line(words)) {
    const auto line = ftpsfs::app::parse_verb_line(words);
    return line ? ftpsfs::app::run_verb(*line) : complain(line.error());
  }
  const auto line = ftpsfs::app::parse_command_line(words);
  if (!line) return complain(line.error());
  switch (line->action) {
    case ftpsfs::app::Action::kHelp:
      fmt::print("{}", ftpsfs::app::help_text());
      return EXIT_SUCCESS;
    case ftpsfs::app::Action::kVersion:
      fmt::print("{}", ftpsfs::app::version_text());
      return EXIT_SUCCESS;
    case ftpsfs::app::Action::kMount:
    case ftpsfs::app::Action::kFakeMount:
      return ftpsfs::app::mount(*line);
  }
  return EXIT_FAILURE;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(std::vector<std::string>(words, words + count));
  } catch (const std::exception& error) {
    fmt::print(stderr, "ftpsfs: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
