// Login: greeting, AUTH TLS, USER and PASS, FEAT, and one flight of all that is to be set.
#include "ftp/login.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/ascii.h"
#include "ftpsfs/ftp/greeting.h"
#include "ftpsfs/ftp/passive.h"

namespace ftpsfs::ftp {
namespace {

/// The facts we make use of, in the order in which they are asked for.
constexpr std::array<std::string_view, 8> kWantedFacts{"type",   "size",      "modify",   "perm",
                                                       "unique", "unix.mode", "unix.uid", "unix.gid"};

/// Words by which a refusal speaks of a limit on sessions, not of the account.
constexpr std::array<std::string_view, 4> kLimitWords{"too many", "maximum", "limit", "connections from"};

/// IIS, to USER or PASS: "Valid hostname is expected."
bool asks_for_host(const Reply& reply) {
  return (reply.refused() || reply.intermediate()) &&
         lower(reply.text()).find("hostname is expected") != std::string::npos;
}

bool speaks_of_limits(const Reply& reply) {
  const std::string text = lower(reply.text());
  return std::any_of(kLimitWords.begin(), kLimitWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// "Not now" (RFC 959 section 4.2.1) says nothing of the account; 430 is some servers' word for a wrong password.
bool is_for_now(const Reply& reply) { return reply.code >= 400 && reply.code < 500 && reply.code != 430; }

tl::unexpected<Error> refused(ErrorKind kind, std::string_view what, const Reply& reply) {
  const bool may_pass = speaks_of_limits(reply) || is_for_now(reply);
  const ErrorKind told = may_pass ? ErrorKind::kTooManySessions : kind;
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
                      "the server, or somebody on the way, offers no TLS on this port (AUTH TLS: " + reply.text() + ")",
                      reply.code, true});
  }
  return control.start_tls(context);
}

/// IIS finds the site by HOST alone; others that know the command are told the name in the TLS handshake, and ProFTPD
/// refuses HOST behind that. This is no row in the table of servers above: it has to be known between the greeting and
/// USER of the very first session, and that table is asked once a session is there.
bool wants_host(const ServerOptions& options, std::string_view greeting) {
  const bool wanted = options.lessons->wants_host || greeting.find("Microsoft FTP Service") != std::string_view::npos;
  return wanted && has_name(options);
}

/// USER, behind HOST (RFC 7151) in the same flight where that is wanted.
Result<Reply> say_user(ControlConnection& control, const Command& user, const ServerOptions& options,
                       std::string_view greeting, const Context& context) {
  std::vector<Command> flight;
  if (wants_host(options, greeting)) {
    FTPSFS_TRY_ASSIGN(Command host, Command::make("HOST", options.host));
    flight.push_back(std::move(host));
  }
  flight.push_back(user);
  FTPSFS_TRY_ASSIGN(auto replies, control.execute_all(flight, context));
  if (replies.size() > 1 && replies.front().refused()) {
    spdlog::info("the server knows no host {}: {}", options.host, log::printable(replies.front().text()));
    options.lessons->wants_host = false;
  }
  return std::move(replies.back());
}

/// USER and, where it is asked for, PASS (RFC 959 section 4.1.1).
Status authenticate(ControlConnection& control, const ServerOptions& options, std::string_view greeting,
                    const Context& context) {
  const auto user = Command::make("USER", options.user);
  const auto password = Command::make("PASS", options.password);
  if (!user || !password) return fail(ErrorKind::kLogin, "a user name or password cannot hold CR, LF or NUL");
  FTPSFS_TRY_ASSIGN(Reply reply, say_user(control, *user, options, greeting, context));
  if (asks_for_host(reply)) {
    options.lessons->wants_host = true;
    return refused(ErrorKind::kLogin, "", reply);
  }
  if (reply.intermediate()) {
    FTPSFS_TRY_ASSIGN(reply, control.execute(*password, context));
  }
  if (asks_for_host(reply)) options.lessons->wants_host = true;
  if (reply.success()) return {};
  if (reply.intermediate()) return refused(ErrorKind::kLogin, "the server wants an account besides: ", reply);
  return refused(ErrorKind::kLogin, "", reply);
}

/// The language to ask for, as announced: our own words for a refusal are looked up in English ones. Empty when the
/// server speaks English already, which a '*' says, or cannot.
std::string language_to_ask_for(const Features& features) {
  std::string found;
  for (std::string_view rest = features.languages; !rest.empty();) {
    const std::size_t end = std::min(rest.find_first_of(";, "), rest.size());
    std::string_view tag = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!lower(tag.substr(0, 2)).starts_with("en")) continue;
    if (tag.ends_with('*')) return {};
    if (found.empty()) found = tag;
  }
  return found;
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

bool is_proftpd(const Features& features, std::string_view greeting) {
  const bool tells_owners = features.mlst_facts.find("UNIX.owner") != std::string::npos;  // by name: it alone
  return tells_owners || greeting.find("ProFTPD") != std::string_view::npos;
}

bool has_name(const ServerOptions& options) { return !net::Endpoint::numeric(options.host, options.port); }

Result<LoggedIn> log_in(const ServerOptions& options, const Context& context) {
  FTPSFS_TRY_ASSIGN(LoggedIn result, begin(options, context));
  FTPSFS_TRY(authenticate(*result.control, options, result.greeting, context));
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

Result<std::string> prepare(ControlConnection& control, const Features& features, const ServerOptions& options,
                            const Context& context) {
  Lessons& lessons = *options.lessons;
  std::vector<Command> commands{*Command::make("TYPE", "I"), *Command::make("PWD")};
  const bool asks_for_system = !lessons.system();
  if (asks_for_system) commands.push_back(*Command::make("SYST"));
  if (features.utf8 || !features.known) {
    commands.push_back(*Command::make("OPTS", options.utf8_names ? "UTF8 ON" : "UTF8 OFF"));
  }
  if (const std::string facts = facts_to_ask_for(features); features.mlst && !facts.empty()) {
    commands.push_back(*Command::make("OPTS", "MLST " + facts));
  }
  if (features.clnt) {
    FTPSFS_TRY_ASSIGN(Command client, Command::make("CLNT", options.client_name));
    commands.push_back(std::move(client));
  }
  if (const std::string language = language_to_ask_for(features); !language.empty()) {
    FTPSFS_TRY_ASSIGN(Command ask, Command::make("LANG", language));
    commands.push_back(std::move(ask));
  }
  const bool compress = options.data.compress && features.mode_z;
  const std::size_t mode = commands.size();
  if (compress) commands.push_back(*Command::make("MODE", "Z"));
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
    const bool wanted = control.encrypts_data();
    const std::string what = wanted ? "the server will not encrypt data connections (PROT P: "
                                    : "the server wants data connections encrypted (PROT C: ";
    const Error error{ErrorKind::kTls, what + replies.back().text() + ")", replies.back().code, true};
    return fail(error.with_remedy(wanted ? "-o data_tls=off goes on with files and listings readable by others"
                                         : "leave out -o data_tls=off"));
  }
  if (compress && replies[mode].success()) control.compress_data(!lessons.spoils_deflated);
  if (asks_for_system) lessons.learn_system(replies[2].success() ? replies[2].text() : std::string());
  return parse_quoted_path(replies[1]).value_or(std::string());
}

}  // namespace ftpsfs::ftp
