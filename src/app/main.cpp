// The program ftpsfs, also installed as mount.ftpsfs.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/help.h"
#include "app/mount.h"

namespace {

int run(const std::vector<std::string>& words) {
  const auto line = ftpsfs::app::parse_command_line(words);
  if (!line) {
    fmt::print(stderr, "ftpsfs: {}\n", line.error().message);
    return EXIT_FAILURE;
  }
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
