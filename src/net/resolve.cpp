// Host names to addresses, in a thread that may be left behind.
#include <netdb.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <thread>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net {

namespace {

using Answer = Result<std::vector<Endpoint>>;

Answer look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (status != 0) {
    const int saved_errno = errno;
    if (status == EAI_SYSTEM) return fail(os_error(ErrorKind::kResolve, host, saved_errno));
    return fail(ErrorKind::kResolve, host + ": " + ::gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) {
      endpoints.emplace_back(entry->ai_addr, entry->ai_addrlen);
    }
  }
  if (endpoints.empty()) return fail(ErrorKind::kResolve, host + ": no address");
  return endpoints;
}

/// What the waiting caller and the thread share; the last of the two frees it.
class PendingAnswer {
 public:
  PendingAnswer() : done_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  [[nodiscard]] int done_fd() const { return done_.get(); }

  void give(Answer answer) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    answer_ = std::move(answer);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(done_.get(), &one, sizeof one);
  }

  Answer take() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return std::move(answer_);
  }

 private:
  const UniqueFd done_;
  Mutex mutex_;
  Answer answer_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::vector<Endpoint>> resolve(const std::string& host, std::uint16_t port, const Context& context) {
  FTPSFS_TRY(context.check());
  if (Answer numeric = look_up(host, port, AI_NUMERICHOST)) return numeric;

  const auto pending = std::make_shared<PendingAnswer>();
  if (pending->done_fd() < 0) return fail(os_error(ErrorKind::kResolve, host, errno));
  try {
    std::thread([pending, host, port] { pending->give(look_up(host, port, 0)); }).detach();
  } catch (const std::system_error& error) {
    return fail(ErrorKind::kResolve, host + ": " + error.what());
  }
  if (const Status answered = wait_for(pending->done_fd(), Want::kRead, context); !answered) {
    return fail(answered.error().with_context("looking up " + host));
  }
  return pending->take();
}

}  // namespace ftpsfs::net
