// Connections through a proxy: to it, and then a talk.
#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "ftpsfs/net/dial.h"
#include "net/proxy_talk.h"

namespace ftpsfs::net {
namespace {

constexpr std::string_view kAdvice = "check -o proxy=, and the server's name";

class ProxyDial final : public Dial {
 public:
  ProxyDial(std::unique_ptr<Dial> to_proxy, std::unique_ptr<ProxyTalk> talk, std::string name)
      : to_proxy_(std::move(to_proxy)), talk_(std::move(talk)), name_(std::move(name)), turn_(talk_->begin()) {}

  Result<Want> try_connect() override {
    auto want = step();
    if (!want) return fail(want.error().with_context(name_).with_remedy(kAdvice));
    return want;
  }
  [[nodiscard]] int fd() const override { return to_proxy_ ? to_proxy_->fd() : fd_.get(); }
  [[nodiscard]] UniqueFd take() override { return std::move(fd_); }

 private:
  Result<Want> step() {
    if (to_proxy_) {
      FTPSFS_TRY_ASSIGN(const Want want, to_proxy_->try_connect());
      if (want != Want::kNothing) return want;
      fd_ = to_proxy_->take();
      to_proxy_.reset();
    }
    while (!over_) {
      FTPSFS_TRY_ASSIGN(Want want, speak());
      if (want != Want::kNothing) return want;
      FTPSFS_TRY_ASSIGN(want, listen());
      if (want != Want::kNothing) return want;
      FTPSFS_TRY_ASSIGN(turn_, talk_->answer(heard_));
      if (!turn_.say.empty()) heard_.clear();
      over_ = turn_.hear == 0;
    }
    return Want::kNothing;
  }

  Result<Want> speak() {
    while (!turn_.say.empty()) {
      const ssize_t count = ::send(fd_.get(), turn_.say.data(), turn_.say.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Want::kWrite;
      if (count < 0) return fail(os_error(ErrorKind::kConnectionLost, "asking the proxy", errno));
      turn_.say.erase(0, static_cast<std::size_t>(count));
    }
    return Want::kNothing;
  }

  /// Takes no byte more than the talk wants: the server may have spoken already.
  Result<Want> listen() {
    while (turn_.hear > 0) {
      std::string arrived(turn_.hear, '\0');
      const ssize_t count = ::recv(fd_.get(), arrived.data(), arrived.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Want::kRead;
      if (count < 0) return fail(os_error(ErrorKind::kConnectionLost, "asking the proxy", errno));
      if (count == 0) return fail(ErrorKind::kConnectionLost, "the proxy closed the connection");
      heard_.append(arrived, 0, static_cast<std::size_t>(count));
      turn_.hear -= static_cast<std::size_t>(count);
    }
    return Want::kNothing;
  }

  std::unique_ptr<Dial> to_proxy_;  ///< null once it is reached
  UniqueFd fd_;
  std::unique_ptr<ProxyTalk> talk_;
  std::string name_;  ///< for errors
  ProxyTalk::Turn turn_;
  std::string heard_;
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<Dial>> dial_by_proxy(const Endpoint& address, const ProxyOptions& proxy, const std::string& host,
                                            std::uint16_t port) {
  const std::string name = "proxy " + address.to_string();
  FTPSFS_TRY_ASSIGN(auto talk, talk_to_proxy(proxy, host, port));
  auto to_proxy = dial(address);
  if (!to_proxy) return fail(to_proxy.error().with_context(name).with_remedy(kAdvice));
  return std::make_unique<ProxyDial>(std::move(*to_proxy), std::move(talk), name);
}

}  // namespace ftpsfs::net
