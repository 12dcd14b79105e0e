// Login: greeting, AUTH TLS, USER and PASS, FEAT, and one flight of all that is to be set.
#include "ftp/login.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "ftp/ascii.h"
#include "ftpsfs/ftp/greeting.h"
#include "ftpsfs/ftp/passive.h"

namespace ftpsfs::ftp {
namespace {

/// The facts we make use of, in the order in which they are asked for.
constexpr std::array<std::string_view, 8> kWantedFacts{"type",   "size",      "modify",   "perm",
                                                       "unique", "unix.mode", "unix.uid", "unix.gid"};

/// Words by which a refusal speaks of a limit on sessions, not of the account.
constexpr std::array<std::string_view, 4> kLimitWords{"too many", "maximum", "limit", "connections from"};

bool speaks_of_limits(const Reply& reply) {
  const std::string text = lower(reply.text());
  return std::any_of(kLimitWords.begin(), kLimitWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

tl::unexpected<Error> refused(ErrorKind kind, std::string_view what, const Reply& reply) {
  const ErrorKind told = speaks_of_limits(reply) ? ErrorKind::kTooManySessions : kind;
  return fail(Error{told, std::string(what) + reply.text(), reply.code, true});
}

Result<std::string> read_greeting(ControlConnection& control, const Context& context) {
  for (;;) {
    auto reply = control.receive(context);
    if (!reply) return fail(reply.error().with_context("greeting"));
    if (reply->success()) return reply->text();
    if (!reply->preliminary()) return refused(ErrorKind::kProtocol, "greeting: ", *reply);
  }
}

Status auth_tls(ControlConnection& control, const Context& context) {
  FTPSFS_TRY_ASSIGN(const Reply reply, control.execute(*Command::make("AUTH", "TLS"), context));
  if (!reply.success()) {
    return fail(Error{ErrorKind::kTls,
                      "the server, or somebody on the way, offers no TLS on this port (AUTH TLS: " + reply.text() +
                          "); try implicit TLS, ftps://, port 990, or -o tls=off to go without encryption",
                      reply.code, true});
  }
  return control.start_tls(context);
}

/// USER and, where it is asked for, PASS (RFC 959 section 4.1.1).
Status authenticate(ControlConnection& control, const ServerOptions& options, const Context& context) {
  const auto user = Command::make("USER", options.user);
  const auto password = Command::make("PASS", options.password);
  if (!user || !password) return fail(ErrorKind::kLogin, "a user name or password cannot hold CR, LF or NUL");
  FTPSFS_TRY_ASSIGN(Reply reply, control.execute(*user, context));
  if (reply.intermediate()) {
    FTPSFS_TRY_ASSIGN(reply, control.execute(*password, context));
  }
  if (reply.success()) return {};
  if (reply.intermediate()) return refused(ErrorKind::kLogin, "the server wants an account besides: ", reply);
  return refused(ErrorKind::kLogin, "", reply);
}

/// The argument of OPTS MLST that asks for all facts we use (RFC 3659 section 7.9); empty when they are on already,
/// which a '*' behind their names says.
std::string facts_to_ask_for(const Features& features) {
  const std::string offered = ";" + lower(features.mlst_facts);
  std::string all;
  bool some_off = false;
  for (const std::string_view fact : kWantedFacts) {
    const std::string name = ";" + std::string(fact);
    const bool on = offered.find(name + "*;") != std::string::npos;
    const bool off = offered.find(name + ";") != std::string::npos;
    if (on || off) all += std::string(fact) + ";";
    some_off = some_off || off;
  }
  return some_off ? all : std::string();
}

/// As far as the server lets anybody come.
Result<LoggedIn> begin(const ServerOptions& options, const Context& context) {
  LoggedIn result;
  FTPSFS_TRY_ASSIGN(result.control, ControlConnection::connect(options, context));
  ControlConnection& control = *result.control;
  if (options.tls == TlsMode::kImplicit) FTPSFS_TRY(control.start_tls(context));
  FTPSFS_TRY_ASSIGN(result.greeting, read_greeting(control, context));
  if (options.tls == TlsMode::kExplicit) FTPSFS_TRY(auth_tls(control, context));
  return result;
}

}  // namespace

Result<LoggedIn> log_in(const ServerOptions& options, const Context& context) {
  FTPSFS_TRY_ASSIGN(LoggedIn result, begin(options, context));
  FTPSFS_TRY(authenticate(*result.control, options, context));
  return result;
}

Result<Greeting> hear_greeting(const ServerOptions& options, const Context& context) {
  FTPSFS_TRY_ASSIGN(const LoggedIn begun, begin(options, context));
  return Greeting{begun.greeting, begun.control->tls_description(), begun.control->certificates()};
}

Result<Features> ask_features(ControlConnection& control, std::chrono::milliseconds limit, const Context& context) {
  FTPSFS_TRY_ASSIGN(const Reply reply, control.execute(*Command::make("FEAT"), at_most(context, limit)));
  return parse_features(reply);
}

Result<std::string> prepare(ControlConnection& control, const Features& features, bool utf8_names,
                            const Context& context) {
  std::vector<Command> commands{*Command::make("TYPE", "I"), *Command::make("PWD")};
  if (features.utf8 || !features.known) {
    commands.push_back(*Command::make("OPTS", utf8_names ? "UTF8 ON" : "UTF8 OFF"));
  }
  if (const std::string facts = facts_to_ask_for(features); features.mlst && !facts.empty()) {
    commands.push_back(*Command::make("OPTS", "MLST " + facts));
  }
  const std::string_view protection = control.encrypts_data() ? "P" : "C";
  if (control.encrypted()) {
    commands.push_back(*Command::make("PBSZ", "0"));
    commands.push_back(*Command::make("PROT", protection));
  }
  FTPSFS_TRY_ASSIGN(const auto replies, control.execute_all(commands, context));
  if (!replies[0].success()) {
    return fail(ErrorKind::kProtocol, "the server refuses binary transfers (TYPE I: " + replies[0].text() + ")",
                replies[0].code);
  }
  if (control.encrypted() && !replies.back().success()) {
    const std::string what = control.encrypts_data() ? "the server will not encrypt data connections (PROT P: "
                                                     : "the server wants data connections encrypted (PROT C: ";
    return fail(Error{ErrorKind::kTls, what + replies.back().text() + ")", replies.back().code, true});
  }
  return parse_quoted_path(replies[1]).value_or(std::string());
}

}  // namespace ftpsfs::ftp
