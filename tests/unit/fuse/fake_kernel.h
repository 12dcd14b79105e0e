// FakeKernel: the other side of /dev/fuse, played by a test over a socket.
#pragma once

#include <linux/fuse.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/fuse/session.h"

namespace ftpsfs::fuse {

/// What the session answered.
struct KernelAnswer {
  int error = 0;  ///< 0 or a negative errno
  std::vector<char> body;

  template <typename Struct>
  [[nodiscard]] Struct as() const {
    static_assert(std::is_trivially_copyable_v<Struct>);
    Struct result{};
    std::memcpy(&result, body.data(), std::min(sizeof result, body.size()));
    return result;
  }
};

template <typename Struct>
std::string bytes_of(const Struct& body) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  return {reinterpret_cast<const char*>(&body), sizeof body};
}

/// "name\0", as names stand in requests.
inline std::string name_bytes(std::string_view name) { return std::string(name) + '\0'; }

/// One mount: sends requests and awaits answers, which may come in any order.
class FakeKernel {
 public:
  explicit FakeKernel(vfs::Filesystem& filesystem) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) throw std::runtime_error("socketpair");
    ours_.reset(ends[0]);
    const timeval limit{20, 0};
    ::setsockopt(ours_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    SessionOptions options;
    options.mount_options = "subtype=ftpsfs";
    options.interrupt_poll_interval = std::chrono::milliseconds(10);
    auto session = Session::mount(filesystem, options, "/dev/fd/" + std::to_string(ends[1]));
    if (!session) throw std::runtime_error(session.error().message);
    session_ = *std::move(session);
    server_ = std::thread([this] { static_cast<void>(session_->serve()); });
    agree();
  }
  ~FakeKernel() { unmount(); }
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  /// Hangs up, and returns when the session is gone.
  void unmount() {
    if (!session_) return;
    ::shutdown(ours_.get(), SHUT_RDWR);
    server_.join();
    session_.reset();
  }

  uid_t caller = ::geteuid();  ///< whose requests these are

  /// Returns the request's number.
  std::uint64_t send(fuse_opcode opcode, std::uint64_t node, const std::string& body, pid_t pid = ::getpid()) {
    fuse_in_header header{};
    header.len = static_cast<std::uint32_t>(sizeof header + body.size());
    header.opcode = opcode;
    header.unique = next_ += 2;
    header.nodeid = node;
    header.pid = static_cast<std::uint32_t>(pid);
    header.uid = caller;
    const std::string message = bytes_of(header) + body;
    if (::send(ours_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
    return header.unique;
  }

  KernelAnswer await(std::uint64_t request) {
    while (!answers_.contains(request)) receive();
    return answers_.extract(request).mapped();
  }

  KernelAnswer ask(fuse_opcode opcode, std::uint64_t node, const std::string& body) {
    return await(send(opcode, node, body));
  }

  /// What the session says without being asked; its code is in `error`.
  KernelAnswer next_notification() {
    while (notifications_.empty()) receive();
    KernelAnswer next = std::move(notifications_.front());
    notifications_.pop_front();
    return next;
  }

  /// Whether there is one among what was received with the answers so far.
  [[nodiscard]] bool has_notification() const { return !notifications_.empty(); }

  void interrupt(std::uint64_t request) { send(FUSE_INTERRUPT, 0, bytes_of(fuse_interrupt_in{request})); }

  [[nodiscard]] const fuse_init_out& agreed() const { return agreed_; }

 private:
  void agree() {
    fuse_init_in offer{};
    offer.major = FUSE_KERNEL_VERSION;
    offer.minor = 36;
    offer.max_readahead = 128 * 1024;
    offer.flags = FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO |
                  FUSE_PARALLEL_DIROPS | FUSE_AUTO_INVAL_DATA | FUSE_HANDLE_KILLPRIV | FUSE_MAX_PAGES |
                  FUSE_WRITEBACK_CACHE | FUSE_EXPORT_SUPPORT | FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS;
    agreed_ = ask(FUSE_INIT, 0, bytes_of(offer)).as<fuse_init_out>();
  }

  void receive() {
    std::vector<char> message(256 * 1024);
    const ssize_t length = ::recv(ours_.get(), message.data(), message.size(), 0);
    if (length < static_cast<ssize_t>(sizeof(fuse_out_header))) throw std::runtime_error("no answer");
    fuse_out_header header{};
    std::memcpy(&header, message.data(), sizeof header);
    KernelAnswer answer{header.error, {message.begin() + sizeof header, message.begin() + length}};
    if (header.unique == 0) {
      notifications_.push_back(std::move(answer));
    } else {
      answers_[header.unique] = std::move(answer);
    }
  }

  UniqueFd ours_;
  std::unique_ptr<Session> session_;
  std::thread server_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, KernelAnswer> answers_;
  std::deque<KernelAnswer> notifications_;
  fuse_init_out agreed_{};
};

}  // namespace ftpsfs::fuse
