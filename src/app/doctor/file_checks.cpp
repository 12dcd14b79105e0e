// What the files of a server tell.
#include "app/doctor/file_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::app {
namespace {

using remote::RemoteFs;
using remote::RemotePath;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kMiB = 1024UL * 1024;
constexpr std::size_t kUpload = 4 * kMiB;
constexpr std::uint64_t kWorthTiming = 256UL * 1024;
constexpr std::chrono::seconds kTimed{3};  // each measurement of speed
constexpr int kStreams = 4;
constexpr std::int64_t kSomeTime = 1'000'000'001;

std::string speed(std::uint64_t bytes, Seconds took) {
  return fmt::format("{:.1f} MiB/s",
                     static_cast<double>(bytes) / static_cast<double>(kMiB) / std::max(took.count(), 1e-6));
}

struct Largest {
  RemotePath path;
  std::uint64_t size = 0;
};

Result<Largest> list_root(RemoteFs& server, Report& report, const Context& context) {
  const auto begin = Steady::now();
  const auto listing = server.open_listing(RemotePath());
  std::size_t entries = 0;
  Largest largest;
  for (;;) {
    FTPSFS_TRY_ASSIGN(const auto part, listing->next(context));
    if (part.empty()) break;
    entries += part.size();
    for (const remote::Entry& entry : part) {
      if (entry.attributes.type != remote::FileType::kFile || entry.attributes.size <= largest.size) continue;
      if (const auto path = RemotePath().child(entry.name)) largest = {*path, entry.attributes.size};
    }
  }
  const remote::Capabilities& can = server.capabilities();
  report.passed("listing", fmt::format("{} entries, times to the {}", entries, can.exact_times ? "second" : "minute"),
                Steady::now() - begin);
  if (!can.exact_times) report.found("times of files are told in minutes: a change within one may go unseen");
  if (!can.set_file_mtime) {
    report.found("the server cannot set the times of files: ftpsfs remembers here what was set");
  }
  return largest;
}

/// The bytes that came in the time allowed.
std::uint64_t download(RemoteFs& server, const Largest& file, std::uint64_t from, const Context& context) {
  const auto reader = server.open_reader({file.path, {}, from}, context);
  if (!reader) return 0;
  const auto end = Steady::now() + kTimed;
  std::vector<std::byte> bytes(kMiB / 4);
  std::uint64_t all = 0;
  while (Steady::now() < end) {
    const auto count = (*reader)->read(bytes, context);
    if (!count || *count == 0) break;
    all += *count;
  }
  return all;
}

void time_downloads(RemoteFs& server, const Largest& file, std::size_t sessions, Report& report,
                    const Context& context) {
  if (file.size < kWorthTiming) {
    report.passed("download", "not timed: no file of 256 KiB is here; --write DIR makes one");
    return;
  }
  const auto begin = Steady::now();
  const std::uint64_t alone = download(server, file, 0, context);
  const Seconds took = Steady::now() - begin;
  if (alone == 0) return report.failed("download", fmt::format("{} cannot be read", file.path.text()));
  std::string detail = fmt::format("one stream {}", speed(alone, took));
  const int streams = static_cast<int>(std::min<std::size_t>(kStreams, sessions));
  if (streams > 1 && file.size >= kStreams * kWorthTiming) {
    std::atomic<std::uint64_t> together{0};
    const auto again = Steady::now();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < streams; ++i) {
        const std::uint64_t from = file.size / static_cast<std::uint64_t>(streams) * static_cast<std::uint64_t>(i);
        threads.emplace_back([&, from] { together += download(server, file, from, context); });
      }
    }
    detail += fmt::format(", {} streams {}", streams, speed(together, Steady::now() - again));
  }
  report.passed("download", detail, took);
}

Status upload(RemoteFs& server, const RemotePath& path, std::span<const std::byte> content, remote::WriteMode mode,
              const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto writer, server.open_writer({path, mode}, context));
  FTPSFS_TRY(writer->write(content, context));
  return writer->finish(context);
}

/// Removes what a check made, however that ended.
class Scratch {
 public:
  Scratch(RemoteFs& server, const Context& context) : server_(server), context_(context) {}
  ~Scratch() {
    for (const RemotePath& path : paths_) (void)server_.remove(path, context_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Result<RemotePath> name(const RemotePath& directory) {
    FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(server_.new_temporary_name()));
    paths_.push_back(path);
    return path;
  }

 private:
  RemoteFs& server_;
  const Context& context_;
  std::vector<RemotePath> paths_;
};

/// Upload, a rename over an existing file, its time, and an append, as a commit does them.
Status try_writing(RemoteFs& server, const RemotePath& directory, Largest& made, Scratch& scratch, Report& report,
                   const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath target, scratch.name(directory));
  FTPSFS_TRY_ASSIGN(const RemotePath temporary, scratch.name(directory));
  const std::vector<std::byte> content(kUpload, std::byte{'x'});
  const auto begin = Steady::now();
  FTPSFS_TRY(upload(server, target, content, remote::WriteMode::kReplace, context));
  const Seconds took = Steady::now() - begin;
  report.passed("upload", speed(content.size(), took), took);

  FTPSFS_TRY(upload(server, temporary, content, remote::WriteMode::kReplace, context));
  remote::PublishRequest request;
  request.temporary = temporary;
  request.target = target;
  request.size = content.size();
  request.mtime = kSomeTime;
  const auto published = server.publish(request, context);
  if (!published) return fail(published.error().with_context("renaming over an existing file"));
  const bool keeps_time = published->mtime == kSomeTime;
  report.passed("rename", fmt::format("over an existing file; its time {}", keeps_time ? "is kept" : "is not kept"));
  if (!keeps_time) report.found("the server does not keep the time that is set: ftpsfs remembers it here");

  const std::string_view line = "one line more\n";
  const Status appended = upload(server, target, std::as_bytes(std::span(line)), remote::WriteMode::kAppend, context);
  const auto after = server.stat(target, context);
  if (appended && after && after->size == content.size() + line.size()) {
    report.passed("append", "APPE adds to the end");
  } else {
    report.passed("append", appended ? "APPE does not add to the end" : appended.error().message);
    report.found("files cannot be appended to", "-o append=rewrite sends them anew");
    report.advise("append=rewrite");
  }
  if (const auto sum = server.checksum(target, context); sum && *sum) {
    report.passed("checksum", "the server tells one of what it stored");
    report.found("the server computes checksums", "-o verify_upload=checksum compares each upload");
  }
  if (made.size < kUpload) made = {target, kUpload};
  return {};
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
    const Status written = directory ? try_writing(**server, *directory, *largest, scratch, report, context)
                                     : Status(fail(directory.error()));
    if (!written) report.failed("writing", fmt::format("{}: {}", write_directory, written.error().message));
  }
  time_downloads(**server, *largest, options.pool.max_sessions, report, context);
  return true;
}

}  // namespace ftpsfs::app
