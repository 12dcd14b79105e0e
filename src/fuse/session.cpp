// The life of a mount: create, mount, serve, unmount.
#include "ftpsfs/fuse/session.h"

#include <fmt/format.h>
#include <poll.h>

#include <cstdlib>
#include <optional>

#include "ftpsfs/base/log.h"
#include "fuse/invalidator.h"
#include "fuse/libfuse_words.h"
#include "fuse/operations.h"
#include "fuse/transfer_limits.h"

namespace ftpsfs::fuse {
namespace {

/// fuse_session_new(3) and its arguments.
fuse_session* new_session(const std::string& mount_options, Edge& edge) {
  std::string words = fmt::format("{},max_read={}", mount_options, kMaxTransfer);
  if (log::watches(log::Topic::kFuse)) words += ",debug";  // libfuse tells all that it reads and answers
  std::string program = "ftpsfs";
  std::string flag = "-o";
  char* pointers[] = {program.data(), flag.data(), words.data()};
  fuse_args arguments = FUSE_ARGS_INIT(3, pointers);
  const fuse_lowlevel_ops operations = all_operations();
  fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, &edge);
  fuse_opt_free_args(&arguments);
  return session;
}

class LibfuseSession : public Session {
 public:
  LibfuseSession(vfs::Filesystem& filesystem, const SessionOptions& options) : edge_(filesystem, options) {
    log_words_of_libfuse();
  }
  LibfuseSession(const LibfuseSession&) = delete;
  LibfuseSession& operator=(const LibfuseSession&) = delete;

  /// The kernel's side goes last, so that a close() under way when a signal ends the mount still gets its true answer.
  ~LibfuseSession() override {
    edge_.dispatcher.finish();
    edge_.handles.release_all(edge_.filesystem, Context{edge_.stall_limit, std::nullopt, nullptr});
    if (session_ == nullptr) return;
    fuse_session_unmount(session_);
    fuse_remove_signal_handlers(session_);
    fuse_session_destroy(session_);
  }

  Status mount(const std::string& mount_options, const std::string& mount_point) {
    const WordsOfLibfuse words;
    session_ = new_session(mount_options, edge_);
    edge_.session = session_;
    if (session_ == nullptr) return fail(ErrorKind::kInvalid, fmt::format("mount options: {}", words.text()));
    if (fuse_set_signal_handlers(session_) != 0) return fail(ErrorKind::kIo, "cannot set signal handlers");
    if (fuse_session_mount(session_, mount_point.c_str()) == 0) return {};
    return fail(ErrorKind::kIo, fmt::format("cannot mount on {}: {}", mount_point,
                                            words.text().empty() ? "fusermount3 refused" : words.text()));
  }

  Status serve() override {
    fuse_loop_config config{};
    config.clone_fd = 1;
    config.max_idle_threads = kIdleReaders;
    Invalidator invalidator(edge_.filesystem, session_);
    const int outcome = fuse_session_loop_mt(session_, &config);
    invalidator.stop();
    answer_until_ended(invalidator);
    if (outcome < 0) return fail(os_error(ErrorKind::kIo, "the kernel's requests cannot be read", -outcome));
    return {};
  }

 private:
  /// The kernel may keep the invalidator waiting for a directory that a request holds which nobody has read yet.
  void answer_until_ended(const Invalidator& invalidator) {
    constexpr int kMoment_ms = 20;
    fuse_buf request{};
    while (!invalidator.ended()) {
      pollfd kernel{fuse_session_fd(session_), POLLIN, 0};
      if (::poll(&kernel, 1, kMoment_ms) <= 0) continue;
      if ((kernel.revents & POLLIN) == 0) return;  // the kernel is gone, and nobody waits for it
      if (fuse_session_receive_buf(session_, &request) > 0) fuse_session_process_buf(session_, &request);
    }
    std::free(request.mem);
  }

  static constexpr unsigned kIdleReaders = 4;  ///< threads that read requests; they never wait for the server

  Edge edge_;
  fuse_session* session_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Session>> Session::mount(vfs::Filesystem& filesystem, const SessionOptions& options,
                                                const std::string& mount_point) {
  auto session = std::make_unique<LibfuseSession>(filesystem, options);
  FTPSFS_TRY(session->mount(options.mount_options, mount_point));
  return session;
}

}  // namespace ftpsfs::fuse
