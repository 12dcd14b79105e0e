// What writing to a server does.
#include "app/doctor/write_checks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <span>
#include <string_view>

#include "app/doctor/speed.h"
#include "ftpsfs/remote/patch_probe.h"

namespace ftpsfs::app {
namespace {

using remote::RemoteFs;
using remote::RemotePath;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kUpload = 4UL * 1024 * 1024;
constexpr std::int64_t kSomeTime = 1'000'000'001;

Status upload(RemoteFs& server, const RemotePath& path, std::span<const std::byte> content, remote::WriteMode mode,
              const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto writer, server.open_writer({path, mode}, context));
  FTPSFS_TRY(writer->write(content, context));
  return writer->finish(context);
}

/// The server's clock, by the time of a file that was just written.
void check_clock(RemoteFs& server, const RemotePath& just_written, Report& report, const Context& context) {
  constexpr std::int64_t kNear = 60;  // so much may pass, or a listing may leave out
  constexpr std::int64_t kQuarter = 15 * 60;
  const auto told = server.stat(just_written, context);
  if (!told) return;
  const std::int64_t ahead = told->mtime - std::time(nullptr);
  if (std::abs(ahead) <= kNear) return report.passed("clock", "as here");
  report.passed("clock", fmt::format("{:%T} {} the one here", std::chrono::seconds(std::abs(ahead)),
                                     ahead > 0 ? "ahead of" : "behind"));
  const std::int64_t from_quarter = std::abs(ahead) % kQuarter;
  if (from_quarter <= kNear || from_quarter >= kQuarter - kNear) {
    report.found("the server tells times in its own zone, not in UTC: they show shifted",
                 "whoever runs the server can mend it (vsftpd: use_localtime=NO)");
  } else {
    report.found("the server's clock is wrong, or the one here: times of files that are written there will be",
                 "set both clocks (NTP)");
  }
}

/// Over an existing file, with a time of its own.
Status check_rename(RemoteFs& server, const RemotePath& temporary, const RemotePath& target, Report& report,
                    const Context& context) {
  remote::PublishRequest request;
  request.temporary = temporary;
  request.target = target;
  request.size = kUpload;
  request.mtime = kSomeTime;
  const auto begin = Steady::now();
  const auto published = server.publish(request, context);
  if (!published) return fail(published.error().with_context("renaming over an existing file"));
  const bool keeps_time = published->mtime == kSomeTime;
  report.passed("rename", fmt::format("over an existing file; its time {}", keeps_time ? "is kept" : "is not kept"),
                Steady::now() - begin);
  if (!keeps_time) report.found("the server does not keep the time that is set: ftpsfs remembers it here");
  return {};
}

void check_append(RemoteFs& server, const RemotePath& target, Report& report, const Context& context) {
  const std::string_view line = "one line more\n";
  const auto begin = Steady::now();
  const Status appended = upload(server, target, std::as_bytes(std::span(line)), remote::WriteMode::kAppend, context);
  const auto after = server.stat(target, context);
  if (appended && after && after->size == kUpload + line.size()) {
    return report.passed("append", "APPE adds to the end", Steady::now() - begin);
  }
  report.passed("append", appended ? "APPE does not add to the end" : appended.error().message);
  report.found("files cannot be appended to", "-o append=rewrite sends them anew");
  report.advise("append=rewrite");
}

void check_patch(RemoteFs& server, const RemotePath& scratch, Report& report, const Context& context) {
  const auto begin = Steady::now();
  const auto keeps = remote::keeps_rest_of_file(server, scratch, context);
  if (!keeps) return report.passed("patch", keeps.error().message);
  report.passed("patch",
                *keeps ? "REST and STOR write a part of a file anew" : "a part of a file cannot be written anew",
                Steady::now() - begin);
}

}  // namespace

Scratch::~Scratch() {
  for (const RemotePath& path : paths_) (void)server_.remove(path, context_);
}

Result<RemotePath> Scratch::name(const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(server_.new_temporary_name()));
  paths_.push_back(path);
  return path;
}

Result<SizedFile> check_writing(RemoteFs& server, const RemotePath& directory, Scratch& scratch, Report& report,
                                const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath target, scratch.name(directory));
  FTPSFS_TRY_ASSIGN(const RemotePath temporary, scratch.name(directory));
  FTPSFS_TRY_ASSIGN(const RemotePath patched, scratch.name(directory));
  const std::vector<std::byte> content(kUpload, std::byte{'x'});
  const auto begin = Steady::now();
  FTPSFS_TRY(upload(server, target, content, remote::WriteMode::kReplace, context));
  const Seconds took = Steady::now() - begin;
  report.passed("upload", speed_text(content.size(), took), took);
  check_clock(server, target, report, context);

  FTPSFS_TRY(upload(server, temporary, content, remote::WriteMode::kReplace, context));
  FTPSFS_TRY(check_rename(server, temporary, target, report, context));
  check_append(server, target, report, context);
  check_patch(server, patched, report, context);
  if (const auto sum = server.checksum(target, context); sum && *sum) {
    report.passed("checksum", "the server tells one of what it stored");
    report.found("the server computes checksums", "-o verify_upload=checksum compares each upload");
  }
  return SizedFile{target, kUpload};
}

}  // namespace ftpsfs::app
