// FtpsWriter: one upload, confirmed by the server or left.
#include "remote/writer.h"

#include <utility>

#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

constexpr std::chrono::milliseconds kAbortLimit{2'000};

std::string_view verb_of(WriteMode mode) { return mode == WriteMode::kAppend ? "APPE" : "STOR"; }

class FtpsWriter final : public Writer {
 public:
  FtpsWriter(std::shared_ptr<Server> server, const WriteRequest& request)
      : server_(std::move(server)), path_(request.path), mode_(request.mode), offset_(request.offset) {}
  ~FtpsWriter() override;

  Status begin_on(Conversation& conversation);
  Status write(std::span<const std::byte> from, const Context& context) override;
  Status finish(const Context& context) override;

 private:
  [[nodiscard]] Error explain(const Error& error) const;
  void let_go();

  const std::shared_ptr<Server> server_;
  const RemotePath path_;
  const WriteMode mode_;
  const std::uint64_t offset_;
  Parked moving_;
};

/// Nothing may follow the abandoned upload while the server still writes: this waits for its end.
FtpsWriter::~FtpsWriter() {
  if (!moving_.transfer) return;
  if (moving_.lease.session().usable()) {
    (void)moving_.transfer->abort(Context{kAbortLimit, Deadline::after(kAbortLimit), nullptr});
  }
  let_go();
}

void FtpsWriter::let_go() {
  moving_.transfer.reset();
  moving_.lease = Lease();
}

Status FtpsWriter::begin_on(Conversation& conversation) {
  const std::string_view verb = verb_of(mode_);
  ftp::TransferRequest request{.direction = ftp::Direction::kUpload};
  if (mode_ == WriteMode::kPatch) request.range.offset = offset_;
  auto transfer = conversation.start(verb, conversation.argument(path_), request);
  if (!transfer) return fail(diagnose(conversation, verb, path_, transfer.error()));
  moving_.transfer = std::move(*transfer);
  moving_.lease = conversation.take_lease();
  return {};
}

Error FtpsWriter::explain(const Error& error) const {
  const std::string argument = server_->paths.argument(path_);
  if (error.reply_code == 0) return error.with_context(std::string(verb_of(mode_)) + ' ' + argument);
  const Refusal refusal{verb_of(mode_), argument, error.reply_code, server_->charset.decode(error.message)};
  return to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kPermission));
}

Status FtpsWriter::write(std::span<const std::byte> from, const Context& context) {
  if (!moving_.transfer) return fail(ErrorKind::kInvalid, "the upload is over");
  const Status written = moving_.transfer->write(from, context);
  if (!written) return fail(explain(written.error()));
  return {};
}

Status FtpsWriter::finish(const Context& context) {
  if (!moving_.transfer) return fail(ErrorKind::kInvalid, "the upload is over");
  const auto reply = moving_.transfer->finish(context);
  let_go();
  if (!reply) return fail(explain(reply.error()));
  if (reply->success()) return {};
  return fail(explain(Error{ErrorKind::kIo, reply->text(), reply->code, false}));
}

}  // namespace

Result<std::unique_ptr<Writer>> open_writer(const std::shared_ptr<Server>& server, const WriteRequest& request,
                                            const Context& context) {
  if (request.mode == WriteMode::kPatch && request.offset == 0) return fail(ErrorKind::kInvalid, "a patch at 0");
  auto writer = std::make_unique<FtpsWriter>(server, request);
  const Purpose purpose = request.ahead ? Purpose::kUploadAhead : Purpose::kTransfer;
  // Nothing was sent when a start fails, so even an append may begin again.
  FTPSFS_TRY(converse(*server, purpose, Repeat::kYes, context,
                      [&](Conversation& conversation) { return writer->begin_on(conversation); }));
  return writer;
}

}  // namespace ftpsfs::remote
