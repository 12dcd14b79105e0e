// The one place that sees every layer: it makes them and ties them together.
#include "app/mount.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>

#include "app/credentials.h"
#include "app/daemon.h"
#include "app/disk_cache.h"
#include "app/mount_advice.h"
#include "app/mount_lines.h"
#include "app/mount_point.h"
#include "app/mount_table.h"
#include "app/private_directory.h"
#include "app/remote_options.h"
#include "app/state_directory.h"
#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/log.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/fuse/session.h"
#include "ftpsfs/remote/ftps_remote_fs.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::app {
namespace {

int failed(std::string_view line) {
  fmt::print(stderr, "ftpsfs: {}\n", line);
  return EXIT_FAILURE;
}

/// Each open file may hold a staged one, each session two sockets, each waiting request an event descriptor.
void raise_descriptor_limit() {
  constexpr rlim_t kEnough = 65536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Blocks of file contents are mapped one by one, and given back when the cache lets go of them. glibc would raise this
/// threshold above their size, and they would lie about in the arenas of all threads: twice the memory for the same
/// cache.
void keep_blocks_out_of_arenas() { ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(cache::kBlockSize)); }

/// What the line asks for, ready to be carried out.
struct Plan {
  const CommandLine& line;
  std::string mount_point;
  Credentials credentials;
};

vfs::FilesystemOptions filesystem_options(const Plan& plan, cache::DiskCache* disk) {
  const Options& options = plan.line.options;
  vfs::FilesystemOptions result;
  result.read_only = options.kernel.read_only;
  result.uid = options.owner.uid;
  result.gid = options.owner.gid;
  result.umask = options.owner.umask;
  result.cache_ttl = options.cache.listing_age;
  result.attr_ttl = options.cache.attribute_age;
  result.stall_limit = options.timeout;
  result.memory_bytes = options.cache.memory_bytes - disk_queue_bytes(options.cache);
  result.disk = disk;
  result.append_rewrites = options.writing.append_rewrites;
  result.commit = options.writing.commit;
  result.stale_when_offline = options.cache.stale_when_offline;
  result.verify_upload = options.writing.verify;
  result.staging_dir = options.writing.staging_directory;
  result.state_dir = state_directory(plan.line, plan.credentials.user);
  result.staging_bytes = options.writing.staging_bytes;
  result.quota_bytes = options.writing.quota_bytes;
  result.write_back = options.writing.back;
  result.uploads = options.pool.max_sessions;
  result.settle = options.writing.settle;
  return result;
}

fuse::SessionOptions session_options(const CommandLine& line) {
  fuse::SessionOptions result;
  result.mount_options = fuse_option_string(line.options.kernel, line.source_text);
  result.stall_limit = line.options.timeout;
  result.negative_entry_ttl = line.options.cache.attribute_age;
  result.description = {FTPSFS_VERSION, line.source_text, line.options.writing.staging_directory,
                        line.options.writing.back, line.options.cache.stale_when_offline};
  return result;
}

/// The first listing: a server may let one log in and yet refuse, or fail, every data connection.
Status list_root(vfs::Filesystem& filesystem, const Context& context) {
  FTPSFS_TRY_ASSIGN(const vfs::HandleId root, filesystem.open_directory(vfs::kRootNode, context));
  const auto entries = filesystem.read_directory(root, 0, 1, context);
  filesystem.release_directory(root);
  if (!entries) return fail(entries.error().with_context("listing the directory to mount"));
  return {};
}

/// The journal is made for an end at any moment: whoever takes it over finds what was begun, and does it again.
[[noreturn]] void hand_over(const vfs::Undrained& left) {
  spdlog::info("another mount takes over the {} files that are still to be uploaded", left.files);
  spdlog::shutdown();
  std::_Exit(EXIT_SUCCESS);
}

/// Uploads go on after the unmount for as long as they get on, and until another mount of the source wants to see to
/// them.
void finish_uploads(vfs::Filesystem& filesystem, const Plan& plan) {
  constexpr std::chrono::minutes kWithoutProgress{2};
  constexpr std::chrono::seconds kLook{1};
  const auto look = [&] { return filesystem.drain(Context{kLook, Deadline::after(kLook), nullptr}); };
  vfs::Undrained left = look();
  auto progress = std::chrono::steady_clock::now();
  if (left.files > 0) spdlog::info("{} files are still to be uploaded", left.files);
  while (left.files > left.refused && std::chrono::steady_clock::now() - progress < kWithoutProgress) {
    if (left.wanted) hand_over(left);
    const vfs::Undrained now = look();
    if (now.files < left.files || now.failing < now.files) progress = std::chrono::steady_clock::now();
    left = now;
  }
  if (left.files == 0) return;
  spdlog::warn("{} files are not uploaded; they wait in {} for the next mount of {}", left.files,
               plan.line.options.writing.staging_directory, plan.line.source_text);
}

/// From the connection to the last answer. `detach` is called when the mount stands.
int serve(const Plan& plan, const Detach& detach) {
  const Options& options = plan.line.options;
  const auto explained = [&plan](const Error& error) {
    return failed(fmt::format("{}; ftpsfs doctor {}, with the same options, tells more",
                              explain_failure(error, plan.line.source, plan.credentials.user),
                              shell_quoted(plan.line.source_text)));
  };
  const auto how_to_connect = remote_options(plan.line, plan.credentials);
  if (!how_to_connect) return failed(how_to_connect.error().message);
  const Context context{options.timeout, std::nullopt, nullptr};
  const auto server = remote::connect_remote(*how_to_connect, context);
  if (!server) return explained(server.error());
  const auto disk = open_disk_cache(plan.line, plan.credentials.user);
  auto made = vfs::make_filesystem(**server, Clock::system(), filesystem_options(plan, disk.get()));
  if (!made) return failed(made.error().message);
  const std::unique_ptr<vfs::Filesystem> filesystem = *std::move(made);
  if (const Status listed = list_root(*filesystem, context); !listed) return explained(listed.error());

  auto session = fuse::Session::mount(*filesystem, session_options(plan.line), plan.mount_point);
  if (!session) return failed(session.error().message);
  if (options.writing.back) note_umount_helper(plan.line.source_text, plan.mount_point);
  if (const Status detached = detach(); !detached) return failed(detached.error().message);
  spdlog::info("{} mounted on {}", plan.line.source_text, plan.mount_point);
  const Status served = (*session)->serve();
  if (!served) spdlog::error("{}", served.error().message);
  session->reset();  // the last files are closed
  if (options.writing.back) finish_uploads(*filesystem, plan);
  spdlog::info("{} unmounted from {}", plan.line.source_text, plan.mount_point);
  return served ? EXIT_SUCCESS : EXIT_FAILURE;
}

Result<Plan> make_plan(const CommandLine& line) {
  FTPSFS_TRY_ASSIGN(std::string mount_point, find_mount_point(line.mount_point));
  const CacheOptions& cache = line.options.cache;
  FTPSFS_TRY(prepare_private_directory(line.options.writing.staging_directory, "staging", "staging_dir"));
  if (line.options.writing.back && line.options.kernel.read_only) {
    return fail(ErrorKind::kInvalid, "-o write=back and -o ro contradict each other");
  }
  if (!cache.disk_directory.empty()) {
    FTPSFS_TRY(prepare_private_directory(cache.disk_directory, "cache", "cache_dir"));
  }
  FTPSFS_TRY_ASSIGN(Credentials credentials,
                    find_credentials(line.options.login, line.source, Surroundings::of_this_process()));
  return Plan{line, std::move(mount_point), std::move(credentials)};
}

}  // namespace

int mount(const CommandLine& line) {
  log::configure(log::Sink::kStderr, line.options.debug);
  for (const std::string& hint : line.hints) spdlog::debug("{}", hint);
  fmt::print(stderr, "{}", warning_of_risks(line));
  const auto plan = make_plan(line);
  if (!plan) return failed(plan.error().message);
  if (line.action == Action::kFakeMount) return EXIT_SUCCESS;

  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  keep_blocks_out_of_arenas();
  if (line.options.foreground) {
    return serve(*plan, [] { return Status{}; });
  }
  return run_in_background([&](const Detach& detach) {
    return serve(*plan, [&]() -> Status {
      FTPSFS_TRY(detach());
      log::configure(log::Sink::kSyslog, line.options.debug);
      return {};
    });
  });
}

}  // namespace ftpsfs::app
