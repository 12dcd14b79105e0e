// What the program says about itself, derived from the tables it parses with.
#include "app/help.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "app/doctor/doctor.h"
#include "app/option_table.h"
#include "app/verbs.h"

#ifndef FTPSFS_VERSION
#error "the build defines FTPSFS_VERSION, from project(VERSION)"
#endif

namespace ftpsfs::app {
namespace {

constexpr std::string_view kSources = R"(
Mounts a directory of an FTPS server. Unmount with: fusermount3 -u MOUNTPOINT, or umount MOUNTPOINT

SOURCE
  ftpes://[user@]host[:port][/path]  TLS by AUTH TLS, port 21
  ftps://[user@]host[:port][/path]   TLS from the first byte, port 990
  ftp://[user@]host[:port][/path]    no TLS: only with -o tls=off
  [user@]host:[path]                 as ftpes://, the path taken literally
  A path is relative to the login directory; one that begins with // or /%2F starts at the server's root
  (in the last form: with /). In URLs, %XX stands for a byte.
)";

constexpr std::string_view kAfterVerbs = R"(
MOUNT is the mount point or any path below it; PATH is relative to the mount's root, or an absolute path below it.
A first word that is a verb is never a SOURCE: a SOURCE has a colon.
)";

constexpr std::string_view kCredentials = R"(
The login name is the first of: -o username=, the user in SOURCE, the credentials file, ~/.netrc, your local name.
The password is the first of: -o credentials=FILE, ~/.netrc, -o password_command=CMD, the environment variable
FTPSFS_PASSWORD, a prompt on the terminal. A password in SOURCE or in -o is refused: others could see it.

mount(8)'s own words (defaults, noauto, user, nofail, _netdev, noatime, x-systemd.*, ...) are understood or ignored.

Exit status: 0 mounted (or, with -f, unmounted again) or done, 1 failed; the reason is one line on stderr.
)";

struct GroupTitle {
  OptionGroup group;
  std::string_view title;
};

constexpr std::array kGroups{
    GroupTitle{OptionGroup::kLogin, "Login"},   GroupTitle{OptionGroup::kTls, "TLS"},
    GroupTitle{OptionGroup::kLine, "Line"},     GroupTitle{OptionGroup::kConnections, "Connections"},
    GroupTitle{OptionGroup::kCaches, "Caches"}, GroupTitle{OptionGroup::kWriting, "Writing"},
    GroupTitle{OptionGroup::kFiles, "Files"},   GroupTitle{OptionGroup::kMount, "Mount"},
};

void append_row(std::string& text, std::string_view left, std::string_view right) {
  fmt::format_to(std::back_inserter(text), "  {:<26} {}\n", left, right);
}

}  // namespace

const std::vector<FlagHelp>& flag_table() {
  static const std::vector<FlagHelp> table{
      {"-o OPT,...", "options, see below; may be repeated, the last word wins"},
      {"-f", "stay in the foreground"},
      {"-d", "log what is asked and answered"},
      {"-h, --help", "print this and exit"},
      {"-V, --version", "print the version and exit"},
  };
  return table;
}

std::string_view usage_line() { return "usage: ftpsfs [-dfhV] [-o OPT,...] SOURCE MOUNTPOINT"; }

tl::unexpected<Error> misused(std::string_view what) {
  return fail(ErrorKind::kInvalid, fmt::format("{}\n{}", what, usage_line()));
}

tl::unexpected<Error> misused(std::string_view what, std::string_view usage) {
  usage.remove_suffix(1);  // the line break, which whoever prints the error adds
  return fail(ErrorKind::kInvalid, fmt::format("{}\nusage:\n{}", what, usage));
}

bool asks_for_help(std::span<const std::string> words) {
  return words.size() == 3 && (words[2] == "--help" || words[2] == "-h");
}

std::string help_text() {
  std::string text(usage_line());
  text += '\n';
  text += kSources;
  text += "\nBefore a mount\n";
  text += doctor_usage();
  text += "\nMounts that stand\n";
  text += verb_usage();
  text += kAfterVerbs;
  text += "\nFlags\n";
  for (const FlagHelp& flag : flag_table()) append_row(text, flag.flags, flag.help);
  for (const GroupTitle& group : kGroups) {
    fmt::format_to(std::back_inserter(text), "\n{} (-o)\n", group.title);
    for (const OptionSpec& option : option_table()) {
      if (option.group != group.group) continue;
      const std::string limits = option.limits.empty() ? "" : fmt::format(" ({})", option.limits);
      append_row(text, heading(option), fmt::format("{}{}", option.help, limits));
    }
  }
  text += kCredentials;
  return text;
}

std::string version_text() { return "ftpsfs " FTPSFS_VERSION "\n"; }

}  // namespace ftpsfs::app
