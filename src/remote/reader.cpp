// FtpsReader: a RETR that moves, rests with the pool, or begins again where it was.
#include "remote/reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "remote/file_question.h"
#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

/// Where a server has no REST, this much is read for nothing to get to an offset.
constexpr std::uint64_t kFarthestSkip = 64U << 20U;
/// A download of no more than this is read to its end.
constexpr std::uint64_t kBrief = 64U << 10U;

bool restarts(const ftp::ByteRange& range) { return range.offset > 0 || range.length > 0; }

/// No other error with a reply code is kUnsupported before it was diagnosed.
bool is_missing_rest(const Error& error) { return error.kind == ErrorKind::kUnsupported && error.reply_code != 0; }

/// Worth another session: the line, the server's session or its transfer broke, not the file.
bool is_broken_line(const Error& error) {
  return error.kind == ErrorKind::kConnectionLost || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kTls || is_broken_transfer(error.reply_code) ||
         is_data_channel_refusal(error.reply_code);
}

class FtpsReader final : public Reader {
 public:
  FtpsReader(std::shared_ptr<Server> server, const ReadRequest& request)
      : server_(std::move(server)),
        path_(request.path),
        expected_(request.expected),
        purpose_(request.ahead ? Purpose::kTransferAhead : Purpose::kTransfer),
        position_(request.offset),
        wanted_(request.length) {}
  ~FtpsReader() override;

  /// `by`: as converse().
  Status begin(const Context& context, std::optional<Deadline> by = std::nullopt);
  Result<std::size_t> read(std::span<std::byte> into, const Context& context) override;
  void park() override;
  [[nodiscard]] std::uint64_t position() const override { return position_; }

 private:
  /// True when it rested so long that its line may have broken unnoticed.
  bool unpark();
  void abandon();
  void let_go();
  [[nodiscard]] ftp::ByteRange what_to_ask(const Dialect& dialect) const;
  Status begin_on(Conversation& conversation);
  [[nodiscard]] bool may_be_at_end() const;
  [[nodiscard]] bool is_brief(const ftp::ByteRange& asked) const;
  [[nodiscard]] bool is_expected(const std::optional<Attributes>& now) const;
  Result<std::optional<Attributes>> verify(Conversation& conversation, std::optional<Attributes> now);
  Result<std::unique_ptr<ftp::Transfer>> start(Conversation& conversation, const ftp::ByteRange& asked,
                                               std::span<const ftp::Command> questions);
  Status skip_to_position(ftp::Transfer& transfer, const Context& context) const;
  Status finish(const Context& context);

  const std::shared_ptr<Server> server_;
  const RemotePath path_;
  const std::optional<Version> expected_;
  const Purpose purpose_;
  std::uint64_t position_;
  std::uint64_t wanted_;                    ///< from position_ on; 0: nobody knows
  std::optional<std::uint64_t> range_end_;  ///< where the server ends the transfer by itself
  std::optional<Version> seen_;             ///< at the first transfer
  Parked moving_;                           ///< empty while parked, at the end, or after a loss
  std::optional<std::uint64_t> ticket_;
  bool ended_ = false;
};

FtpsReader::~FtpsReader() {
  unpark();
  abandon();
}

void FtpsReader::park() {
  if (moving_.transfer) ticket_ = server_->pool.park(std::move(moving_));
}

bool FtpsReader::unpark() {
  if (!ticket_) return false;
  moving_ = server_->pool.unpark(*std::exchange(ticket_, std::nullopt));
  return moving_.lease.long_silent();
}

/// Leaves the transfer; its session gets ready again in the background.
void FtpsReader::abandon() {
  if (moving_.transfer && moving_.lease.session().usable()) {
    ftp::Session& session = moving_.lease.session();
    position_ == range_end_ ? session.conclude(std::move(moving_.transfer))
                            : session.abandon(std::move(moving_.transfer));
  }
  let_go();
}

void FtpsReader::let_go() {
  moving_.transfer.reset();
  moving_.lease = Lease();
}

/// Starts a transfer at position_, or finds that it is the end.
Status FtpsReader::begin(const Context& context, std::optional<Deadline> by) {
  const auto attempt = [this](Conversation& conversation) { return begin_on(conversation); };
  Dialect& dialect = server_->dialect;
  for (;;) {
    const ftp::ByteRange asked = what_to_ask(dialect);
    Status begun = converse(*server_, purpose_, Repeat::kYes, context, attempt, by);
    if (begun || !restarts(asked) || !is_missing_rest(begun.error())) return begun;
    dialect.lacks(asked.length > 0 ? Ability::kRange : Ability::kRestart);
  }
}

ftp::ByteRange FtpsReader::what_to_ask(const Dialect& dialect) const {
  if (wanted_ > 0 && dialect.has(Ability::kRange)) return {position_, wanted_};
  if (dialect.has(Ability::kRestart)) return {position_, 0};
  return {};
}

/// What the file is now is asked in the same flight; where its end may be, before.
Status FtpsReader::begin_on(Conversation& conversation) {
  const ftp::ByteRange asked = what_to_ask(conversation.dialect());
  if (position_ - asked.offset > kFarthestSkip) {
    return fail(ErrorKind::kUnsupported, "the server has no REST, and the position is far into the file");
  }
  Batch batch(conversation);
  const FileQuestion question(batch, conversation.dialect(), path_);
  FTPSFS_TRY_ASSIGN(auto questions, batch.commands());
  if (may_be_at_end()) {
    FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
    questions = {};
    FTPSFS_TRY_ASSIGN(const auto now, verify(conversation, question.answer(replies)));
    ended_ = now && now->type == FileType::kFile && now->size <= position_;
    if (ended_) return {};
  }
  FTPSFS_TRY_ASSIGN(auto transfer, start(conversation, asked, questions));
  if (!questions.empty()) {
    const auto now = question.answer(transfer->answers());
    const bool in_doubt = !is_expected(now);
    if (in_doubt) FTPSFS_TRY(transfer->abort(conversation.context()));
    FTPSFS_TRY(verify(conversation, now));
    if (in_doubt) {
      FTPSFS_TRY_ASSIGN(transfer, start(conversation, asked, {}));
    }
  }
  range_end_ = asked.length > 0 ? std::optional(position_ + asked.length) : std::nullopt;
  if (asked.offset < position_) FTPSFS_TRY(skip_to_position(*transfer, conversation.context()));
  moving_ = {conversation.take_lease(), std::move(transfer)};
  return {};
}

bool FtpsReader::may_be_at_end() const {
  const std::optional<Version>& known = seen_ ? seen_ : expected_;
  return position_ > 0 && (!known || position_ >= known->size);
}

/// True when so little is left that nobody will leave it midway.
bool FtpsReader::is_brief(const ftp::ByteRange& asked) const {
  const std::optional<Version>& known = seen_ ? seen_ : expected_;
  return asked.length == 0 && known && known->size <= position_ + kBrief;
}

bool FtpsReader::is_expected(const std::optional<Attributes>& now) const {
  const std::optional<Version>& known = seen_ ? seen_ : expected_;
  return !now || !known || known->may_be(*now);
}

/// What is expected comes from look_up(), which settles links; what is told `now` may be of a link. Returns what the
/// file is.
Result<std::optional<Attributes>> FtpsReader::verify(Conversation& conversation, std::optional<Attributes> now) {
  if (!is_expected(now)) {
    FTPSFS_TRY_ASSIGN(now, look_up(conversation, path_));
  }
  if (!is_expected(now)) return fail(ErrorKind::kStale, "RETR " + path_.text() + ": the file changed on the server");
  if (now && !seen_) seen_ = Version::exactly(*now);
  return now;
}

Result<std::unique_ptr<ftp::Transfer>> FtpsReader::start(Conversation& conversation, const ftp::ByteRange& asked,
                                                         std::span<const ftp::Command> questions) {
  const ftp::TransferRequest request{.range = asked, .questions = questions, .brief = is_brief(asked)};
  auto transfer = conversation.start("RETR", conversation.argument(path_), request);
  if (transfer) return transfer;
  const Error& error = transfer.error();
  return fail(is_missing_rest(error) ? error : diagnose(conversation, "RETR", path_, error));
}

Status FtpsReader::skip_to_position(ftp::Transfer& transfer, const Context& context) const {
  std::array<std::byte, 16 * 1024> scratch;
  for (std::uint64_t skipped = 0; skipped < position_;) {
    const auto wanted = std::min<std::uint64_t>(scratch.size(), position_ - skipped);
    FTPSFS_TRY_ASSIGN(const std::size_t count, transfer.read(std::span(scratch).first(wanted), context));
    if (count == 0) break;
    skipped += count;
  }
  return {};
}

Result<std::size_t> FtpsReader::read(std::span<std::byte> into, const Context& context) {
  const Deadline reconnected_by = Deadline::after(context.stall_limit);
  const bool in_doubt = unpark();
  for (bool again = false; !ended_; again = true) {
    if (moving_.transfer && server_->pool.must_yield(moving_.lease)) abandon();
    if (!moving_.transfer) FTPSFS_TRY(begin(context, again ? std::optional(reconnected_by) : std::nullopt));
    if (ended_) break;
    auto count = moving_.transfer->read(into, in_doubt && !again ? while_in_doubt(context) : context);
    if (count && *count > 0) {
      position_ += *count;
      wanted_ -= std::min<std::uint64_t>(wanted_, *count);
      return count;
    }
    const Status ended = count ? finish(context) : fail(std::move(count).error());
    if (ended) {
      ended_ = position_ != range_end_ || (seen_ && position_ >= seen_->size);
      continue;
    }
    if (!context.check()) return fail(ended.error());  // the caller gave up; the transfer may go on later
    let_go();
    if (again || !is_broken_line(ended.error())) return fail(ended.error());
  }
  return 0;
}

/// After the last byte. When that is where the file or what was asked for ends, nobody has to wait for the server to
/// say so; else a refusal that follows complete data (vsftpd's 426) shows when begin() compares sizes.
Status FtpsReader::finish(const Context& context) {
  if (position_ == range_end_ || (seen_ && position_ == seen_->size)) {
    moving_.lease.session().conclude(std::move(moving_.transfer));
    let_go();
    return {};
  }
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, moving_.transfer->finish(context));
  const auto refusal = Refusal::of("RETR", server_->paths.argument(path_), reply);
  let_go();
  if (reply.success()) return {};
  return fail(to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kIo)));
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(std::shared_ptr<Server> server, const ReadRequest& request,
                                            const Context& context) {
  auto reader = std::make_unique<FtpsReader>(std::move(server), request);
  FTPSFS_TRY(reader->begin(context));
  return reader;
}

}  // namespace ftpsfs::remote
