// Session: control connection, data channel and transfers behind one interface.
#include "ftpsfs/ftp/session.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "ftp/control_connection.h"
#include "ftp/data_channel.h"
#include "ftp/data_connection.h"
#include "ftp/login.h"
#include "ftp/transfer.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::ftp {
namespace {

/// For a command on an idle line.
constexpr std::chrono::seconds kSendLimit{1};

std::unique_ptr<DataOffer> make_offer(const ControlConnection& control, const ServerOptions& options) {
  if (options.data.active) return active_offer(control, *options.data.active);
  return passive_offer(control, options.lessons, options.data.trust_pasv_address);
}

class ControlSession final : public Session {
 public:
  ControlSession(LoggedIn logged_in, Features features, std::string login_directory, const ServerOptions& options)
      : control_(std::move(logged_in.control)),
        greeting_(std::move(logged_in.greeting)),
        features_(std::move(features)),
        login_directory_(std::move(login_directory)),
        lessons_(options.lessons),
        channel_(*control_, make_offer(*control_, options), lessons_) {}

  [[nodiscard]] const Features& features() const override { return features_; }
  [[nodiscard]] const std::string& greeting() const override { return greeting_; }
  [[nodiscard]] const std::string& login_directory() const override { return login_directory_; }
  [[nodiscard]] std::string tls_description() const override { return control_->tls_description(); }
  [[nodiscard]] DataConnections data_connections() const override { return *control_->data_connections(); }
  [[nodiscard]] bool usable() const override {
    return control_->usable() && (control_->in_transfer() || !control_->forgotten());
  }

  void notice_hangup() override {
    if (control_->usable() && !control_->in_transfer()) (void)control_->drop_strays();
  }

  Result<Reply> execute(const Command& command, const Context& context) override {
    FTPSFS_TRY(end_transfer(context));
    return control_->execute(command, context);
  }

  Result<std::vector<Reply>> execute_all(std::span<const Command> commands, const Context& context,
                                         std::size_t max_reply_bytes) override {
    FTPSFS_TRY(end_transfer(context));
    return control_->execute_all(commands, context, max_reply_bytes);
  }

  Result<std::unique_ptr<Transfer>> start(const Command& command, const TransferRequest& request,
                                          const Context& context) override {
    FTPSFS_TRY(end_transfer(context));
    // An upload's command may destroy what is there: it waits until the data can come.
    const bool connecting = request.direction == Direction::kDownload;
    FTPSFS_TRY_ASSIGN(DataChannel::Taken taken, channel_.take(command, connecting, context));
    wants_channel_ = true;
    DataConnection data(std::move(taken.dial), *control_, control_->compresses(request.direction));
    auto transfer = std::make_unique<DataTransfer>(*control_, std::move(data), request.direction);
    const bool announced = request.range.length > 0 ? features_.rang : features_.rest_stream;
    const bool rest_with_command = announced && request.direction == Direction::kDownload;
    const Status begun = transfer->begin(command, request, rest_with_command, context);
    if (begun && request.brief) ask_for_next_channel(NextPassive::kDuringTransfer);
    if (begun) return transfer;
    const bool astray = !control_->usable() && !control_->forgotten();
    if (taken.made_ahead && astray && context.check()) lessons_->stumbled();
    return fail(channel_.explain(begun.error()));
  }

  void conclude(std::unique_ptr<Transfer> download) override {
    ending_.reset(dynamic_cast<DataTransfer*>(download.release()));
    ending_->conclude();
    ask_for_next_channel(NextPassive::kAfterLastByte);
  }

  void abandon(std::unique_ptr<Transfer> transfer) override {
    ending_.reset(dynamic_cast<DataTransfer*>(transfer.release()));
    if (!ending_->leave(Context{kSendLimit, std::nullopt, nullptr})) ending_.reset();
  }

  std::optional<Pending> advance() override {
    if (ending_) {
      const auto over = ending_->try_end();
      if (over && !*over) return ending_->pending();
      ending_.reset();
    }
    if (!control_->usable() || control_->in_transfer()) return std::nullopt;
    auto pending = channel_.advance();
    if (pending || !std::exchange(wants_channel_, false) || channel_.ready() || !lessons_->prepares()) return pending;
    channel_.begin();
    return channel_.advance();
  }

  [[nodiscard]] bool prepared() const override { return channel_.ready(); }

 private:
  /// While the present transfer still owes its final reply.
  void ask_for_next_channel(NextPassive now) {
    if (lessons_->prepares()) channel_.begin(now);
  }

  /// A transfer that is ending is waited for; one that somebody still has is not.
  [[nodiscard]] Status end_transfer(const Context& context) {
    while (ending_) {
      auto over = ending_->try_end();
      if (!over || *over) {
        ending_.reset();
        if (!over) return fail(std::move(over).error());
      } else if (auto waited = ending_->wait_for_end(context); !waited) {
        control_->lose();
        ending_.reset();
        waited.error().session_lost = true;
        return waited;
      }
    }
    if (control_->in_transfer()) return fail(ErrorKind::kInvalid, "a transfer of this session is not over yet");
    return {};
  }

  std::unique_ptr<ControlConnection> control_;
  std::string greeting_;
  Features features_;
  std::string login_directory_;
  const std::shared_ptr<Lessons> lessons_;
  DataChannel channel_;
  bool wants_channel_ = true;             ///< one is to be made at the next opportunity
  std::unique_ptr<DataTransfer> ending_;  ///< concluded or abandoned, and not over yet
};

/// Asks the server's first session what the server can do; the others know it then.
Status learn_features(LoggedIn& logged_in, const ServerOptions& options, const Context& context) {
  Lessons& lessons = *options.lessons;
  Features features;
  if (!lessons.feat_unanswered) {
    auto told = ask_features(*logged_in.control, options.feat_limit, context);
    if (told) {
      features = std::move(*told);
    } else {
      if (told.error().kind != ErrorKind::kTimeout || !context.check()) return fail(told.error());
      // The answer may still come, at any time, and would be taken for another command's: begin again and do not ask.
      spdlog::debug("no answer to FEAT; connecting again to go without it");
      logged_in.control.reset();
      FTPSFS_TRY_ASSIGN(logged_in, log_in(options, context));
      lessons.feat_unanswered = true;
    }
  }
  const bool proftpd = is_proftpd(features, logged_in.greeting);
  // ProFTPD's mod_deflate breaks off uploads that compress well (up to 1.3.8), and sleeps over each piece of all
  // others, which makes 40 KiB a second. What it sends is sound.
  lessons.spoils_deflated = proftpd;
  if (options.data.compress && !features.mode_z) {
    spdlog::warn("the server offers no compression (MODE Z)");
  } else if (options.data.compress && proftpd) {
    spdlog::info("downloads alone are compressed: the server (ProFTPD) spoils compressed uploads");
  }
  // Under TLS the server was told the name already (RFC 6066 section 3).
  if (features.host && options.tls == TlsMode::kOff) lessons.wants_host = true;
  lessons.reads_telnet = proftpd;  // others, vsftpd and Pure-FTPd among them, take a doubled 0xFF for two letters
  lessons.learn_features(std::move(features));
  return {};
}

/// That a server wants HOST may only turn out at the first login; it begins again then.
Result<LoggedIn> log_in_at_host(const ServerOptions& options, const Context& context) {
  const bool wanted = options.lessons->wants_host;
  auto logged_in = log_in(options, context);
  if (logged_in && !options.lessons->features()) FTPSFS_TRY(learn_features(*logged_in, options, context));
  if (wanted || !options.lessons->wants_host || !has_name(options)) return logged_in;
  spdlog::debug("connecting again to say which host is meant");
  logged_in = Result<LoggedIn>();
  logged_in = log_in(options, context);
  if (logged_in && !options.lessons->features()) FTPSFS_TRY(learn_features(*logged_in, options, context));
  return logged_in;
}

Result<std::unique_ptr<Session>> open_session(const ServerOptions& options, const Context& context) {
  FTPSFS_TRY_ASSIGN(LoggedIn logged_in, log_in_at_host(options, context));
  const auto features = options.lessons->features();
  logged_in.control->set_telnet(options.lessons->reads_telnet);
  FTPSFS_TRY_ASSIGN(std::string directory, prepare(*logged_in.control, *features, options, context));
  return std::make_unique<ControlSession>(std::move(logged_in), *features, std::move(directory), options);
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const ServerOptions& options, const Context& context) {
  if (options.tls != TlsMode::kOff && !options.tls_context) return fail(ErrorKind::kInvalid, "no TLS context");
  const bool without_tls13 = options.lessons->no_tls13;
  auto session = open_session(options, context);
  if (!session && without_tls13 && session.error().kind == ErrorKind::kTls) {
    options.lessons->no_tls13 = false;
    session = open_session(options, context);
    if (session) {
      options.lessons->insists_on_tls13();
    } else {
      options.lessons->no_tls13 = true;  // it was something else
    }
  }
  if (!session && session.error().reply_code == 421) session.error().kind = ErrorKind::kTooManySessions;
  return session;
}

}  // namespace ftpsfs::ftp
