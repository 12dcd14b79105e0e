// Passive mode: the server says where it can be connected to.
#include <utility>

#include "ftp/data_offer.h"
#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/ascii.h"
#include "ftpsfs/ftp/passive.h"

namespace ftpsfs::ftp {
namespace {

/// drftpd, which says 500: "You need to use a client supporting PRET (PRE Transfer) to use PASV"; others 503.
bool asks_for_pret(const Reply& reply) { return reply.code == 503 || reply.text().find("PRET") != std::string::npos; }

class PassiveOffer final : public DataOffer {
 public:
  PassiveOffer(const ControlConnection& control, std::shared_ptr<Lessons> lessons, bool trust_pasv_address)
      : control_(control), lessons_(std::move(lessons)), trust_pasv_address_(trust_pasv_address) {}

  Result<Command> question() override {
    by_epsv_ = control_.by_ipv6() || (!trust_pasv_address_ && !lessons_->no_epsv);
    return Command::make(by_epsv_ ? "EPSV" : "PASV");
  }

  Result<std::unique_ptr<net::Dial>> take_answer(const Reply& reply) override {
    if (reply.refused() && !lessons_->wants_pret && asks_for_pret(reply)) {
      spdlog::info("the server wants PRET before each data connection");
      lessons_->wants_pret = true;
      return nullptr;
    }
    return by_epsv_ ? after_epsv(reply) : after_pasv(reply);
  }

  [[nodiscard]] Error explain(Error error) const override { return error; }
  [[nodiscard]] bool connects_first() const override { return true; }
  [[nodiscard]] NextPassive earliest() const override { return lessons_->next_passive; }

 private:
  Result<std::unique_ptr<net::Dial>> after_epsv(const Reply& reply) {
    if (reply.success()) {
      if (const auto port = parse_epsv(reply)) return control_.dial(*port);
    } else if (reply.code < 500) {
      return fail(ErrorKind::kIo, reply.text(), reply.code);
    }
    if (control_.by_ipv6()) return fail(ErrorKind::kIo, "EPSV, which IPv6 needs: " + reply.text(), reply.code);
    lessons_->no_epsv = true;
    return nullptr;
  }

  Result<std::unique_ptr<net::Dial>> after_pasv(const Reply& reply) {
    if (!reply.success()) return fail(ErrorKind::kIo, reply.text(), reply.code);
    FTPSFS_TRY_ASSIGN(const PasvAddress address, parse_pasv(reply));
    if (!trust_pasv_address_) return control_.dial(address.port);
    return control_.dial(net::Endpoint::numeric(address.host_text(), address.port).value());
  }

  const ControlConnection& control_;
  const std::shared_ptr<Lessons> lessons_;
  const bool trust_pasv_address_;
  bool by_epsv_ = true;  ///< what was asked
};

}  // namespace

std::unique_ptr<DataOffer> passive_offer(const ControlConnection& control, std::shared_ptr<Lessons> lessons,
                                         bool trust_pasv_address) {
  return std::make_unique<PassiveOffer>(control, std::move(lessons), trust_pasv_address);
}

}  // namespace ftpsfs::ftp
