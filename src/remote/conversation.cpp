// Conversation and Batch: commands made, sent, and their errors named.
#include "remote/conversation.h"

#include <spdlog/fmt/fmt.h>

#include "ftpsfs/base/log.h"

namespace ftpsfs::remote {
namespace {

std::string context_of(std::string_view verb, std::string_view argument) {
  return argument.empty() ? std::string(verb) : fmt::format("{} {}", verb, log::printable(argument));
}

}  // namespace

std::string Conversation::bytes_of(std::string_view argument) const {
  return server_.charset.encode(argument).value_or(std::string(argument));
}

Result<ftp::Command> Conversation::make(std::string_view verb, std::string_view argument) const {
  FTPSFS_TRY_ASSIGN(const std::string bytes, server_.charset.encode(argument));
  return ftp::Command::make(verb, bytes);
}

ftp::Reply Conversation::decode(ftp::Reply reply) const {
  if (server_.charset.is_utf8()) return reply;
  for (std::string& line : reply.lines) line = decode(line);
  return reply;
}

Result<ftp::Reply> Conversation::ask(std::string_view verb, std::string_view argument) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, make(verb, argument));
  auto reply = session().execute(command, context_);
  if (!reply) return fail(reply.error().with_context(context_of(verb, argument)));
  has_answered();
  return decode(*std::move(reply));
}

Result<std::unique_ptr<ftp::Transfer>> Conversation::start(std::string_view verb, std::string_view argument,
                                                           const ftp::TransferRequest& request) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, make(verb, argument));
  auto transfer = session().start(command, request, context_);
  if (transfer) has_answered();
  if (!transfer && transfer.error().reply_code == 0) {
    return fail(transfer.error().with_context(context_of(verb, argument)));
  }
  return transfer;
}

Error Conversation::judge(Error error) const {
  const bool given_up_by_caller = !given_.check();
  if (error.kind == ErrorKind::kTimeout && lease_ && lease_.reused() && !session().usable() && !given_up_by_caller) {
    error.kind = ErrorKind::kConnectionLost;
  }
  return error;
}

std::size_t Batch::add(std::string_view verb, std::string_view argument) {
  if (auto command = conversation_.make(verb, argument)) {
    commands_.push_back(std::move(*command));
  } else if (status_) {
    status_ = fail(std::move(command).error());
  }
  return commands_.size() - 1;
}

Result<std::span<const ftp::Command>> Batch::commands() const {
  FTPSFS_TRY(status_);
  return std::span<const ftp::Command>(commands_);
}

Result<std::vector<ftp::Reply>> Batch::send(std::size_t max_reply_bytes) {
  FTPSFS_TRY(status_);
  if (commands_.empty()) return std::vector<ftp::Reply>();
  auto replies = conversation_.session().execute_all(commands_, conversation_.context(), max_reply_bytes);
  if (!replies) return fail(replies.error().with_context(commands_.front().printable()));
  conversation_.has_answered();
  for (ftp::Reply& reply : *replies) reply = conversation_.decode(std::move(reply));
  return replies;
}

}  // namespace ftpsfs::remote
