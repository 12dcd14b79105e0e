// Connections that we make, and those that come.
#include "ftpsfs/net/dial.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "ftpsfs/base/log.h"
#include "net/socket_settings.h"

namespace ftpsfs::net {
namespace {

class OutgoingDial final : public Dial {
 public:
  OutgoingDial(UniqueFd fd, const Endpoint& endpoint) : fd_(std::move(fd)), endpoint_(endpoint) {}

  Result<Want> try_connect() override {
    FTPSFS_TRY_ASSIGN(const bool connected, finish_connect(fd_.get(), endpoint_));
    return connected ? Want::kNothing : Want::kWrite;
  }
  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] UniqueFd take() override { return std::move(fd_); }

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
};

class IncomingDial final : public Dial {
 public:
  IncomingDial(UniqueFd listener, const Endpoint& peer) : listener_(std::move(listener)), peer_(peer) {}

  Result<Want> try_connect() override {
    while (!caller_.valid()) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd.valid()) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return Want::kRead;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return fail(os_error(ErrorKind::kIo, "accepting a connection", errno));
      }
      const auto caller = peer_of(fd.get());
      if (!caller) continue;
      if (!caller->same_host(peer_)) {
        spdlog::warn("{} connected where {} was expected, and was sent away", caller->to_string(), peer_.host());
        continue;
      }
      tune(fd.get());
      caller_ = std::move(fd);
      listener_.reset();
    }
    return Want::kNothing;
  }
  [[nodiscard]] int fd() const override { return caller_.valid() ? caller_.get() : listener_.get(); }
  [[nodiscard]] UniqueFd take() override { return std::move(caller_); }

 private:
  UniqueFd listener_;
  Endpoint peer_;
  UniqueFd caller_;
};

/// Waits for a dial.
Result<UniqueFd> complete(Dial& dial, const std::string& what, const Context& context) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(const Want want, dial.try_connect());
    if (want == Want::kNothing) return dial.take();
    if (const Status waited = wait_for(dial.fd(), want, context); !waited) {
      return fail(waited.error().with_context(what).with_remedy(
          "neither it nor the server behind it answers: check -o proxy= and the server's port"));
    }
  }
}

}  // namespace

Result<std::unique_ptr<Dial>> dial(const Endpoint& endpoint) {
  FTPSFS_TRY_ASSIGN(UniqueFd fd, begin_connect(endpoint));
  return std::make_unique<OutgoingDial>(std::move(fd), endpoint);
}

std::unique_ptr<Dial> await_call(UniqueFd listener, const Endpoint& peer) {
  return std::make_unique<IncomingDial>(std::move(listener), peer);
}

Result<UniqueFd> connect_to_host(const std::string& host, std::uint16_t port, const std::optional<ProxyOptions>& proxy,
                                 const Context& context) {
  if (!proxy) {
    FTPSFS_TRY_ASSIGN(const auto endpoints, resolve(host, port, context));
    return connect_tcp(endpoints, context);
  }
  auto endpoints = resolve(proxy->host, proxy->port, context);
  if (!endpoints) return fail(endpoints.error().with_context("proxy"));
  Result<UniqueFd> outcome = fail(ErrorKind::kResolve, "the proxy has no address");
  Context share = context;
  if (endpoints->size() > 1) share.stall_limit /= endpoints->size();
  for (const Endpoint& endpoint : *endpoints) {
    FTPSFS_TRY(context.check());
    auto begun = dial_by_proxy(endpoint, *proxy, host, port);
    outcome = begun ? complete(**begun, "proxy " + endpoint.to_string(), share) : fail(begun.error());
    if (outcome) break;
    const ErrorKind kind = outcome.error().kind;
    if (kind == ErrorKind::kInterrupted || kind == ErrorKind::kPermission) break;  // a wrong password is tried once
  }
  return outcome;
}

}  // namespace ftpsfs::net
