// What one session tells, in words.
#include "app/doctor/session_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "app/doctor/full_server.h"
#include "app/mount_advice.h"
#include "ftpsfs/remote/survey.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

std::string list_of(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, " "));
}

void show_server(const remote::Survey& survey, Report& report) {
  const std::string kind = survey.kind.empty() ? "of no known kind" : survey.kind;
  report.passed("server", survey.system.empty() ? kind : fmt::format("{} ({})", kind, survey.system));
}

void show_features(const remote::Survey& survey, Report& report) {
  if (!survey.tells_features) {
    report.passed("features", "FEAT is not answered");
    report.found("the server does not tell what it can do: each command is tried");
    return;
  }
  report.passed("features", fmt::format("{}; missing: {}", list_of(survey.announced), list_of(survey.missing)));
}

void show_compression(const remote::Survey& survey, Report& report) {
  if (!survey.deflates_downloads) return;
  report.passed("compression", survey.deflates_uploads ? "MODE Z; -o compress uses it, for slow lines"
                                                       : "MODE Z; -o compress uses it for what is read and listed: "
                                                         "ProFTPD spoils compressed uploads");
}

/// Why data connections failed in both modes, by what a person can do about it.
std::string remedy_of(const Error& error) {
  if (error.kind == ErrorKind::kConnectionRefused || error.kind == ErrorKind::kTimeout) {
    return "a firewall may close the server's passive ports; whoever runs the server knows which they are";
  }
  return error.remedy.empty() ? "the server's words say why; its log may say more" : error.remedy;
}

/// How data came, or not, in the two modes.
struct Modes {
  std::optional<Error> asked_for;  ///< nothing: data came in the mode of the options
  std::optional<Error> other;      ///< nothing: data came in the other one
  bool asked_for_active = false;
};

Modes try_modes(const std::optional<Error>& failure, const remote::RemoteOptions& options, const Context& context) {
  constexpr std::chrono::seconds kBrief{3};  // a server may try for a minute to reach a computer it cannot
  Modes modes{failure, std::nullopt, options.server.data.active.has_value()};
  if (options.server.proxy) {
    modes.other = Error{ErrorKind::kNotPermitted, "not through a proxy"};
    return modes;
  }
  const Status other = when_there_is_room([&] { return remote::try_other_mode(options, kBrief, context); });
  if (!other) modes.other = other.error();
  return modes;
}

void show_modes(const Modes& modes, Report& report) {
  const auto outcome = [](const std::optional<Error>& failure) {
    return failure ? fmt::format("fails ({})", failure->message) : "works";
  };
  report.passed("modes",
                fmt::format("passive {}, active {}", outcome(modes.asked_for_active ? modes.other : modes.asked_for),
                            outcome(modes.asked_for_active ? modes.asked_for : modes.other)));
}

void show_data_connections(const remote::ListingSurvey& listing, bool encrypted, Report& report) {
  std::size_t resumed = 0;
  for (const remote::DataConnectionSurvey& each : listing.data_connections) {
    const std::string_view tls = !encrypted         ? "opened, without TLS"
                                 : each.tls_resumed ? "opened, TLS resumed"
                                                    : "opened, with a TLS handshake of its own";
    report.passed(&each == &listing.data_connections.front() ? "data" : "", std::string(tls), each.took);
    if (each.tls_resumed) ++resumed;
  }
  if (!encrypted || resumed == listing.data_connections.size()) return;
  report.found(resumed == 0 ? "TLS is resumed on no data connection: each costs a full handshake"
                            : "TLS is not resumed on every data connection: each of the others costs a full handshake");
}

/// False when no data come as the options have it. `options` turn to active mode where only that works.
bool judge_modes(const Modes& modes, remote::RemoteOptions& options, Report& report) {
  show_modes(modes, report);
  if (!modes.asked_for) return true;
  if (!modes.other && !modes.asked_for_active) {
    options.server.data.active.emplace();
    report.found("data connections come in active mode alone, in which the server connects to this computer",
                 "-o active; or whoever runs the server opens its passive ports");
    report.advise("active");
    return true;
  }
  report.failed("data", modes.asked_for->message,
                modes.other ? remedy_of(*modes.asked_for) : "leave out -o active: passive mode works");
  return false;
}

/// False when no data come.
bool check_data(const remote::ListingSurvey& listing, remote::RemoteOptions& options, Report& report,
                const Context& context) {
  const bool encrypted = options.server.tls != ftp::TlsMode::kOff && options.server.encrypt_data;
  show_data_connections(listing, encrypted, report);
  if (listing.refused) {
    report.passed("data", fmt::format("not known: {}", listing.failure->message));
    return true;
  }
  return judge_modes(try_modes(listing.failure, options, context), options, report);
}

std::string zone_text(std::chrono::seconds to_utc) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(-to_utc).count();
  if (minutes == 0) return "UTC";
  return fmt::format("UTC{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

void show_format(const remote::Survey& survey, Report& report) {
  const std::string zone = survey.listing.zone ? "in " + zone_text(*survey.listing.zone) : "in a zone not known yet";
  std::string_view format;
  switch (survey.listing.format) {
    case remote::ListingFormat::kFacts:
      return report.passed("format", "MLSD; times to the second, in UTC");
    case remote::ListingFormat::kUnix:
      format = "LIST, as Unix writes it";
      break;
    case remote::ListingFormat::kDos:
      format = "LIST, as DOS writes it";
      break;
    case remote::ListingFormat::kUnknown:
      return report.passed("format", "LIST; nothing is listed there to see more by");
  }
  report.passed("format", fmt::format("{}; times to the minute, {}", format, zone));
  report.found(survey.tells_times ? "listings tell times to the minute only: MDTM is asked for the seconds"
                                  : "times of files are told to the minute: a change within one may go unseen");
}

void show_names(const remote::Survey& survey, const remote::Charset& asked_for, Report& report) {
  const std::string_view charset = asked_for.is_utf8() ? "UTF-8" : "the character set asked for";
  const remote::NameSurvey& names = survey.names;
  if (names.other == 0) {
    if (names.fitting > 0) {
      report.passed("names", fmt::format("in {}", charset));
    } else if (names.ascii > 0) {
      report.passed("names", survey.announces_utf8 ? "ASCII; UTF8 is announced" : "ASCII; UTF8 is not announced");
    }
    return;
  }
  report.passed("names",
                fmt::format("{} of {} are not in {}", names.other, names.ascii + names.fitting + names.other, charset));
  std::vector<std::string> readings;
  constexpr std::size_t kMost = 3;
  for (const auto& guess : names.guesses) {
    if (readings.size() < kMost) readings.push_back(fmt::format("'{}' in {}", guess.reading, guess.charset));
  }
  if (readings.empty()) {
    return report.found(fmt::format("names are not in {}", charset),
                        "-o charset= with the encoding that the server has them in");
  }
  const std::string& likeliest = names.guesses.front().charset;
  report.found(fmt::format("names are not in {}: one reads {}", charset, fmt::join(readings, ", or ")),
               fmt::format("-o charset={}, if it reads right", likeliest));
  report.advise("charset=" + likeliest);
}

void show_passive_host(const remote::Survey& survey, const Source& source, Report& report) {
  if (!survey.passive_host_is_private || survey.passive_host == source.host || source.host == "localhost") return;
  report.found(fmt::format("the server announces {} for its data connections: ignored, {} is used",
                           *survey.passive_host, source.host));
}

}  // namespace

bool check_session(const Source& source, remote::RemoteOptions& options, Report& report, const Context& context) {
  const auto survey = when_there_is_room([&] { return remote::survey_server(options, context); });
  if (!survey) {
    const Explanation why = explain(survey.error(), source, options.server.user);
    const bool untrusted = survey.error().kind == ErrorKind::kCertificate;  // TLS comes first
    report.failed(untrusted ? "certificate" : "login", why.what, why.remedy);
    return false;
  }
  report.passed("login", fmt::format("as {}; at {}", options.server.user, survey->login_directory), survey->login_took);
  show_server(*survey, report);
  show_features(*survey, report);
  show_compression(*survey, report);
  if (survey->round_trip) report.passed("round trip", "of a NOOP", survey->round_trip);
  show_passive_host(*survey, source, report);
  if (!check_data(survey->listing, options, report, context)) return false;
  show_format(*survey, report);
  show_names(*survey, options.charset, report);
  return true;
}

void count_sessions(const remote::RemoteOptions& options, Report& report, const Context& context) {
  const auto begin = Steady::now();
  std::vector<std::unique_ptr<ftp::Session>> sessions;
  std::string why;
  while (sessions.size() < options.pool.max_sessions && why.empty()) {
    const auto open = [&] { return ftp::Session::open(options.server, context); };
    auto session = sessions.empty() ? when_there_is_room(open) : open();
    if (session) {
      sessions.push_back(*std::move(session));
    } else {
      why = session.error().message;
    }
  }
  const std::size_t count = sessions.size();
  if (count == 0) return report.failed("sessions", why);
  report.passed("sessions", fmt::format("{} of {} at a time", count, options.pool.max_sessions),
                Seconds(Steady::now() - begin) / static_cast<double>(count));
  if (count == options.pool.max_sessions) return;
  report.found(fmt::format("sessions: more than {} at a time are refused: {}", count, why),
               fmt::format("-o sessions={} spares the attempt", count));
  report.advise(fmt::format("sessions={}", count));
}

}  // namespace ftpsfs::app
