// What the files of a server tell.
#include "app/doctor/file_checks.h"

#include <fmt/format.h>

#include <utility>

#include "app/doctor/full_server.h"
#include "app/doctor/speed.h"
#include "app/doctor/write_checks.h"
#include "app/mount_advice.h"

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
  report.passed("listing", fmt::format("{} {}", entries, entries == 1 ? "entry" : "entries"), Steady::now() - begin);
  if (!server.capabilities().set_file_mtime) {
    report.found("the server cannot set the times of files: ftpsfs remembers here what was set");
  }
  return largest;
}

}  // namespace

bool check_files(const Source& source, const remote::RemoteOptions& options, const std::string& write_directory,
                 Report& report, const Context& context) {
  const auto failed = [&](std::string name, const Error& error) {
    const Explanation why = explain(error, source, options.server.user);
    report.failed(std::move(name), why.what, why.remedy);
    return false;
  };
  const auto server = when_there_is_room([&] { return remote::connect_remote(options, context); });
  if (!server) return failed("directory", server.error());
  auto largest = list_root(**server, report, context);
  if (!largest) return failed("listing", largest.error());

  Scratch scratch(**server, context);
  if (!write_directory.empty()) {
    const auto directory = RemotePath::parse(write_directory);
    const auto written = directory ? check_writing(**server, *directory, scratch, report, context)
                                   : Result<SizedFile>(fail(directory.error()));
    if (!written) {
      report.failed("writing", written.error().message,
                    "--write takes a directory below SOURCE that exists, and in which the login may write");
    }
    if (written && written->size > largest->size) largest = written;
  }
  time_downloads(**server, largest->path, largest->size, options.pool.max_sessions, report, context);
  const auto peculiarities = (*server)->server().peculiarities;
  if (!peculiarities.empty())
    report.found(fmt::format("found out, and remembered: {}", fmt::join(peculiarities, ", ")));
  return true;
}

}  // namespace ftpsfs::app
