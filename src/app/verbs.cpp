// The verbs.
#include "app/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "app/help.h"
#include "app/mount_lines.h"
#include "app/mount_root.h"
#include "app/mount_status.h"
#include "app/show_status.h"
#include "app/status_text.h"
#include "app/upload_wait.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

struct VerbName {
  std::string_view name;
  Verb verb;
  std::size_t least_arguments;
  std::size_t most_arguments;
};

constexpr std::array kVerbs{VerbName{"status", Verb::kStatus, 1, 1}, VerbName{"sync", Verb::kSync, 1, 1},
                            VerbName{"retry", Verb::kRetry, 1, 2}, VerbName{"discard", Verb::kDiscard, 2, 2}};

const VerbName* find_verb(std::string_view word) {
  const auto* found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbName& verb) { return verb.name == word; });
  return found == kVerbs.end() ? nullptr : found;
}

int failed(std::string_view what, const Error& error) {
  fmt::print(stderr, "ftpsfs: {}: {}\n", log::printable(what), error.message);
  return EXIT_FAILURE;
}

/// An error that says nothing of a file, but of the mount as a whole.
std::optional<std::string> about_the_mount(const Error& error, const std::string& root) {
  if (error.kind == ErrorKind::kUnsupported) return "is not on an ftpsfs mount";
  if (error.kind == ErrorKind::kConnectionLost) {
    return fmt::format("is the mount of a program that has died; free it with: fusermount3 -u {}", shell_quoted(root));
  }
  return std::nullopt;
}

/// Prints why each file failed, after an upload did.
void print_failures(MountControl& control) {
  const auto status = control.status().and_then([](const std::string& json) { return parse_mount_status(json); });
  if (status) fmt::print(stderr, "{}", failures_text(*status));
}

int sync_all(MountControl& control, const std::string& root) {
  const Status synced = wait_for_uploads(control, UploadWait{});
  if (synced) return EXIT_SUCCESS;
  failed(root, synced.error());
  print_failures(control);
  return EXIT_FAILURE;
}

int retry(MountControl& control, const std::string& root, const std::string& path) {
  const Status done = control.retry(path);
  if (done) return EXIT_SUCCESS;
  if (done.error().kind == ErrorKind::kNotFound) {
    return failed(path.empty() ? root : path, Error{ErrorKind::kNotFound, "no such file waits for its upload"});
  }
  failed(path.empty() ? root : path, done.error());
  print_failures(control);
  return EXIT_FAILURE;
}

int discard(MountControl& control, const std::string& path) {
  const Status done = control.discard(path);
  if (done) return EXIT_SUCCESS;
  if (done.error().kind != ErrorKind::kNotFound) return failed(path, done.error());
  return failed(path, Error{ErrorKind::kNotFound, "no such file has failed to be uploaded"});
}

}  // namespace

bool is_verb_line(std::span<const std::string> words) { return words.size() > 1 && find_verb(words[1]) != nullptr; }

std::string_view verb_usage() {
  return "  ftpsfs status [--json] [--watch] MOUNT  show what waits for its upload, and what the mount uses\n"
         "  ftpsfs sync MOUNT                       wait until all that was written is on the server\n"
         "  ftpsfs retry MOUNT [PATH]               try a failed upload again, or all of them\n"
         "  ftpsfs discard MOUNT PATH               give up the changes of a file that cannot be uploaded\n";
}

Result<VerbLine> parse_verb_line(std::span<const std::string> words) {
  const VerbName& verb = *find_verb(words[1]);
  VerbLine line;
  line.verb = verb.verb;
  std::vector<std::string> arguments;
  bool flags_ended = false;
  for (const std::string& word : words.subspan(2)) {
    if (flags_ended || !word.starts_with('-')) {
      arguments.push_back(word);
    } else if (word == "--") {
      flags_ended = true;
    } else if (verb.verb == Verb::kStatus && word == "--json") {
      line.json = true;
    } else if (verb.verb == Verb::kStatus && word == "--watch") {
      line.watch = true;
    } else {
      return misused(fmt::format("unknown flag '{}'", word), verb_usage());
    }
  }
  if (arguments.empty()) return misused("MOUNT is missing", verb_usage());
  if (arguments.size() < verb.least_arguments) return misused("PATH is missing", verb_usage());
  if (arguments.size() > verb.most_arguments)
    return misused(fmt::format("'{}' is one argument too many", arguments.back()), verb_usage());
  line.mount = arguments[0];
  if (arguments.size() == 2) {
    line.path = arguments[1];
    if (line.path.empty()) return misused("PATH is empty", verb_usage());
  }
  return line;
}

int run_verb(const VerbLine& line, MountControl& control, const std::string& root) {
  std::string path;
  if (!line.path.empty()) {
    auto inside = path_within(root, line.path);
    if (inside && inside->empty()) inside = fail(ErrorKind::kInvalid, "the mount itself, not a file in it");
    if (!inside) return failed(line.path, inside.error());
    path = *std::move(inside);
  }
  switch (line.verb) {
    case Verb::kStatus:
      return show_status(control, StatusOutput{line.json, line.watch});
    case Verb::kSync:
      return sync_all(control, root);
    case Verb::kRetry:
      return retry(control, root, path);
    case Verb::kDiscard:
      return discard(control, path);
  }
  return EXIT_FAILURE;
}

int run_verb(const VerbLine& line) {
  const auto root = find_mount_root(line.mount);
  if (!root) {
    fmt::print(stderr, "ftpsfs: {}\n", root.error().message);
    return EXIT_FAILURE;
  }
  const auto control = control_mount(*root);
  if (const auto status = control->status(); !status) {
    const auto why = about_the_mount(status.error(), *root);
    if (!why) return failed(line.mount, status.error());
    fmt::print(stderr, "ftpsfs: {} {}\n", log::printable(line.mount), *why);
    return EXIT_FAILURE;
  }
  return run_verb(line, *control, *root);
}

}  // namespace ftpsfs::app
