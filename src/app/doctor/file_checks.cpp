// What the files of a server tell.
#include "app/doctor/file_checks.h"

#include <fmt/format.h>

#include "app/doctor/speed.h"
#include "app/doctor/write_checks.h"

namespace ftpsfs::app {
namespace {

using remote::RemoteFs;
using remote::RemotePath;
using Steady = std::chrono::steady_clock;

/// Returns the largest file, or none.
Result<SizedFile> list_root(RemoteFs& server, Report& report, const Context& context) {
  const auto begin = Steady::now();
  const auto listing = server.open_listing(RemotePath());
  std::size_t entries = 0;
  SizedFile largest;
  for (;;) {
    FTPSFS_TRY_ASSIGN(const auto part, listing->next(context));
    if (part.empty()) break;
    entries += part.size();
    for (const remote::Entry& entry : part) {
      if (entry.attributes.type != remote::FileType::kFile || entry.attributes.size <= largest.size) continue;
      if (const auto path = RemotePath().child(entry.name)) largest = {*path, entry.attributes.size};
    }
  }
  report.passed("listing", fmt::format("{} entries", entries), Steady::now() - begin);
  if (!server.capabilities().set_file_mtime) {
    report.found("the server cannot set the times of files: ftpsfs remembers here what was set");
  }
  return largest;
}

}  // namespace

bool check_files(const remote::RemoteOptions& options, const std::string& write_directory, Report& report,
                 const Context& context) {
  const auto server = remote::connect_remote(options, context);
  if (!server) {
    report.failed("directory", server.error().message);
    return false;
  }
  auto largest = list_root(**server, report, context);
  if (!largest) {
    report.failed("listing", largest.error().message);
    return false;
  }
  Scratch scratch(**server, context);
  if (!write_directory.empty()) {
    const auto directory = RemotePath::parse(write_directory);
    const auto written = directory ? check_writing(**server, *directory, scratch, report, context)
                                   : Result<SizedFile>(fail(directory.error()));
    if (!written) report.failed("writing", fmt::format("{}: {}", write_directory, written.error().message));
    if (written && written->size > largest->size) largest = written;
  }
  time_downloads(**server, largest->path, largest->size, options.pool.max_sessions, report, context);
  const auto peculiarities = (*server)->server().peculiarities;
  if (!peculiarities.empty())
    report.found(fmt::format("found out, and remembered: {}", fmt::join(peculiarities, ", ")));
  return true;
}

}  // namespace ftpsfs::app
