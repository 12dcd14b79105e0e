// Conversation: one session in hand, with all that is known of its server, for the length of one operation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ftpsfs/remote/charset.h"
#include "ftpsfs/remote/remote_path.h"
#include "ftpsfs/remote/session_pool.h"
#include "remote/dialect.h"
#include "remote/reply_errors.h"
#include "remote/server_paths.h"
#include "remote/temporary_name.h"

namespace ftpsfs::remote {

/// One server as one mount sees it; shared by the file system and its readers and writers. Any thread may use it.
struct Server {
  Server(SessionPool::Opener opener, PoolOptions options, const Clock& clock, const ftp::ServerOptions& how,
         const ServerKind& kind, Charset names, ServerPaths server_paths)
      : lessons(how.lessons),
        tls(how.tls_context),
        dialect(*lessons->features(), kind),
        charset(std::move(names)),
        paths(std::move(server_paths)),
        pool(std::move(opener), options, clock) {}

  const std::shared_ptr<ftp::Lessons> lessons;  ///< they have features
  const std::shared_ptr<net::TlsContext> tls;   ///< null without TLS
  Dialect dialect;
  const Charset charset;
  const ServerPaths paths;
  TemporaryNames temporary_names;
  SessionPool pool;
};

/// For the first answer of a session that was silent for long: a part of the time, so that some is left for another.
inline Context while_in_doubt(const Context& context) {
  Context shorter = context;
  shorter.stall_limit /= 3;
  return shorter;
}

/// `context`, over at `end` at the latest.
inline Context until(const Context& context, const Deadline& end) {
  Context shorter = context;
  if (!shorter.deadline || end.at() < shorter.deadline->at()) shorter.deadline = end;
  return shorter;
}

/// Lives on the stack of one thread. Arguments and replies are UTF-8 here and above, whatever the server speaks.
class Conversation {
 public:
  Conversation(Server& server, Lease lease, const Context& context)
      : server_(server), lease_(std::move(lease)), given_(context), context_(context) {
    if (lease_.long_silent()) context_ = while_in_doubt(context);
  }

  [[nodiscard]] Server& server() const { return server_; }
  [[nodiscard]] Dialect& dialect() const { return server_.dialect; }
  [[nodiscard]] const ServerPaths& paths() const { return server_.paths; }
  /// As given, but in doubt until a session that was silent for long has answered.
  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] ftp::Session& session() const { return lease_.session(); }
  [[nodiscard]] std::string argument(const RemotePath& path) const { return server_.paths.argument(path); }
  /// The bytes that the server gets to see of an argument; of one it cannot get, the argument itself.
  [[nodiscard]] std::string bytes_of(std::string_view argument) const;
  /// Errors: kUnrepresentable when FTP, or the server's character set, cannot carry the argument.
  [[nodiscard]] Result<ftp::Command> make(std::string_view verb, std::string_view argument) const;
  /// What the server said, by way of a data connection, or in an error.
  [[nodiscard]] std::string decode(std::string_view bytes) const { return server_.charset.decode(bytes); }
  [[nodiscard]] ftp::Reply decode(ftp::Reply reply) const;

  /// One command and its reply, whatever its code. Errors: those of ftp::Session::execute, with verb and path.
  Result<ftp::Reply> ask(std::string_view verb, std::string_view argument);
  Result<ftp::Reply> ask(std::string_view verb, const RemotePath& path) { return ask(verb, argument(path)); }

  /// As ftp::Session::start, with verb and path before the message of an error that is no refusal.
  Result<std::unique_ptr<ftp::Transfer>> start(std::string_view verb, std::string_view argument,
                                               const ftp::TransferRequest& request);

  /// The session is not to be used again after this operation.
  void discard_afterwards() { discard_ = true; }
  /// Closes the session now.
  void discard() { lease_.discard(); }
  /// The session leaves with the caller.
  [[nodiscard]] Lease take_lease() { return std::move(lease_); }

  /// An idle session that does not answer at all is a dead one: its kTimeout becomes kConnectionLost.
  [[nodiscard]] Error judge(Error error) const;

  ~Conversation() {
    if (discard_) lease_.discard();
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

 private:
  friend class Batch;
  void has_answered() { context_.stall_limit = given_.stall_limit; }

  Server& server_;
  Lease lease_;
  const Context& given_;
  Context context_;
  bool discard_ = false;
};

/// Commands to be sent together.
class Batch {
 public:
  explicit Batch(Conversation& conversation) : conversation_(conversation) {}

  /// Returns the place of the answer among the replies.
  std::size_t add(std::string_view verb, std::string_view argument);
  std::size_t add(std::string_view verb, const RemotePath& path) { return add(verb, conversation_.argument(path)); }
  [[nodiscard]] bool empty() const { return commands_.empty(); }

  /// One reply for each command, none longer than `max_reply_bytes`. Errors as Conversation::ask.
  Result<std::vector<ftp::Reply>> send(std::size_t max_reply_bytes = ftp::ReplyParser::kMaxReplyBytes);
  /// For sending them in other company. Fails as send() would for a command that cannot be made.
  [[nodiscard]] Result<std::span<const ftp::Command>> commands() const;

 private:
  Conversation& conversation_;
  std::vector<ftp::Command> commands_;
  Status status_;
};

/// May an operation whose connection was lost be done again without looking first?
enum class Repeat { kYes, kNo };

/// Runs `operation` (Conversation& to Result) on a session of the pool. A second time, on a new session, where the data
/// channel was refused, and, where `repeat` allows it, after a lost connection or a broken transfer. That session is
/// there within the stall limit, or it is an error: so soon whoever waits is told that the line is down. `by`: when the
/// line was found broken before, that limit for both sessions.
template <typename Operation>
std::invoke_result_t<Operation, Conversation&> converse(Server& server, Purpose purpose, Repeat repeat,
                                                        const Context& context, Operation operation,
                                                        std::optional<Deadline> by = std::nullopt) {
  const Deadline reconnected_by = by.value_or(Deadline::after(context.stall_limit));
  for (bool again = false;; again = true) {
    const Context patience = again || by ? until(context, reconnected_by) : context;
    FTPSFS_TRY_ASSIGN(Lease lease, server.pool.acquire(purpose, patience));
    Conversation conversation(server, std::move(lease), context);
    auto result = operation(conversation);
    if (result) return result;
    Error error = conversation.judge(std::move(result).error());
    const bool worth_it =
        is_data_channel_refusal(error.reply_code) ||
        (repeat == Repeat::kYes && (error.kind == ErrorKind::kConnectionLost || is_broken_transfer(error.reply_code)));
    if (again || !worth_it || !context.check()) return fail(std::move(error));
    conversation.discard();
    server.pool.drop_idle();
    if (reconnected_by.passed()) return fail(std::move(error));
  }
}

}  // namespace ftpsfs::remote
