// Session: control connection, passive mode and transfers behind one interface.
#include "ftpsfs/ftp/session.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "ftp/control_connection.h"
#include "ftp/data_connection.h"
#include "ftp/login.h"
#include "ftp/transfer.h"

namespace ftpsfs::ftp {
namespace {

class ControlSession final : public Session {
 public:
  ControlSession(LoggedIn logged_in, Features features, std::string login_directory)
      : control_(std::move(logged_in.control)),
        greeting_(std::move(logged_in.greeting)),
        features_(std::move(features)),
        login_directory_(std::move(login_directory)) {}

  [[nodiscard]] const Features& features() const override { return features_; }
  [[nodiscard]] const std::string& greeting() const override { return greeting_; }
  [[nodiscard]] const std::string& login_directory() const override { return login_directory_; }
  [[nodiscard]] std::string tls_description() const override { return control_->tls_description(); }
  [[nodiscard]] bool usable() const override { return control_->usable(); }

  void notice_hangup() override {
    if (control_->usable() && !control_->in_transfer()) (void)control_->drop_strays();
  }

  Result<Reply> execute(const Command& command, const Context& context) override {
    FTPSFS_TRY(not_in_transfer());
    return control_->execute(command, context);
  }

  Result<std::vector<Reply>> execute_all(std::span<const Command> commands, const Context& context) override {
    FTPSFS_TRY(not_in_transfer());
    return control_->execute_all(commands, context);
  }

  Result<std::unique_ptr<Transfer>> start(const Command& command, Direction direction, std::uint64_t offset,
                                          const Context& context) override {
    FTPSFS_TRY(not_in_transfer());
    FTPSFS_TRY_ASSIGN(const net::Endpoint endpoint, passive_.ask(*control_, context));
    auto fd = net::connect_tcp(endpoint, context);
    if (!fd) return fail(fd.error().with_context("data connection"));
    auto transfer = std::make_unique<DataTransfer>(*control_, DataConnection(std::move(*fd), *control_), direction);
    const bool rest_with_command = features_.rest_stream && direction == Direction::kDownload;
    FTPSFS_TRY(transfer->begin({command, direction, offset, rest_with_command}, context));
    return transfer;
  }

 private:
  [[nodiscard]] Status not_in_transfer() const {
    if (control_->in_transfer()) return fail(ErrorKind::kInvalid, "a transfer of this session is not over yet");
    return {};
  }

  std::unique_ptr<ControlConnection> control_;
  std::string greeting_;
  Features features_;
  std::string login_directory_;
  PassiveMode passive_;
};

Result<std::unique_ptr<Session>> open_session(const ServerOptions& options, const Context& context) {
  FTPSFS_TRY_ASSIGN(LoggedIn logged_in, log_in(options, context));
  Result<Features> features = Features{};
  if (options.feat_limit.count() > 0) features = ask_features(*logged_in.control, options.feat_limit, context);
  if (!features) {
    if (features.error().kind != ErrorKind::kTimeout || !context.check()) return fail(features.error());
    // The answer may still come, at any time, and would be taken for another command's: begin again and do not ask.
    spdlog::debug("no answer to FEAT; connecting again to go without it");
    logged_in.control.reset();
    FTPSFS_TRY_ASSIGN(logged_in, log_in(options, context));
    features = Features{};
  }
  FTPSFS_TRY_ASSIGN(std::string directory, prepare(*logged_in.control, *features, context));
  return std::make_unique<ControlSession>(std::move(logged_in), std::move(*features), std::move(directory));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const ServerOptions& options, const Context& context) {
  if (options.tls != TlsMode::kOff && !options.tls_context) return fail(ErrorKind::kInvalid, "no TLS context");
  auto session = open_session(options, context);
  if (!session && session.error().reply_code == 421) session.error().kind = ErrorKind::kTooManySessions;
  return session;
}

}  // namespace ftpsfs::ftp
