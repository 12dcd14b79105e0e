// Active mode: the server is told where it can connect to.
#include <algorithm>
#include <string>
#include <utility>

#include "ftp/data_offer.h"

namespace ftpsfs::ftp {
namespace {

/// "192,0,2,1,217,3".
std::string port_argument(const net::Endpoint& address) {
  std::string text = address.host();
  std::replace(text.begin(), text.end(), '.', ',');
  return text + "," + std::to_string(address.port() / 256) + "," + std::to_string(address.port() % 256);
}

/// "|2|2001:db8::1|55555|".
std::string eprt_argument(const net::Endpoint& address) {
  return "|2|" + address.host() + "|" + std::to_string(address.port()) + "|";
}

class ActiveOffer final : public DataOffer {
 public:
  ActiveOffer(const ControlConnection& control, ActiveOptions options)
      : control_(control), options_(std::move(options)) {}

  Result<Command> question() override {
    FTPSFS_TRY_ASSIGN(const net::Endpoint own, control_.own_side());
    FTPSFS_TRY_ASSIGN(listener_, listen(own));
    FTPSFS_TRY_ASSIGN(net::Endpoint told, net::own_side_of(listener_.get()));
    if (!options_.address.empty()) {
      const auto elsewhere = net::Endpoint::numeric(options_.address, told.port());
      if (!elsewhere || elsewhere->is_ipv6() != told.is_ipv6()) {
        return fail(ErrorKind::kInvalid, "the server, at " + control_.peer().host() + ", cannot connect to " +
                                             options_.address + ": one is IPv4, the other IPv6");
      }
      told = *elsewhere;
    }
    told_ = told.to_string();
    if (told.is_ipv6()) return Command::make("EPRT", eprt_argument(told));
    return Command::make("PORT", port_argument(told));
  }

  Result<std::unique_ptr<net::Dial>> take_answer(const Reply& reply) override {
    UniqueFd listener = std::move(listener_);
    if (!reply.success()) {
      return fail(Error{ErrorKind::kIo, "the server refuses active mode: " + reply.text(), reply.code}.with_remedy(
          "leave -o active away"));
    }
    return net::await_call(std::move(listener), control_.peer());
  }

  [[nodiscard]] Error explain(Error error) const override {
    if (error.reply_code != 425 && error.kind != ErrorKind::kTimeout) return error;
    error.message += "; the server was told to connect to " + told_;
    error.remedy = "a firewall or an address translator may prevent that: -o active=ADDRESS, active_ports=";
    return error;
  }

  [[nodiscard]] bool connects_first() const override { return false; }
  /// A server may forget where it was told to connect to when the transfer before that ends.
  [[nodiscard]] NextPassive earliest() const override { return NextPassive::kAfterFinalReply; }

 private:
  [[nodiscard]] Result<UniqueFd> listen(const net::Endpoint& own) const {
    auto listener = net::listen_at(own, options_.ports);
    if (listener || listener.error().kind != ErrorKind::kBusy) return listener;
    return fail(ErrorKind::kIo, "none of the ports of active_ports=" + std::to_string(options_.ports.first) + "-" +
                                    std::to_string(options_.ports.last) + " is free here");
  }

  const ControlConnection& control_;
  const ActiveOptions options_;
  UniqueFd listener_;
  std::string told_;  ///< where the server can connect to
};

}  // namespace

std::unique_ptr<DataOffer> active_offer(const ControlConnection& control, ActiveOptions options) {
  return std::make_unique<ActiveOffer>(control, std::move(options));
}

}  // namespace ftpsfs::ftp
