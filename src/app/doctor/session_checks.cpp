// What one session tells, in words.
#include "app/doctor/session_checks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <vector>

#include "app/mount_advice.h"
#include "ftpsfs/remote/survey.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

void show_certificates(const std::vector<net::CertificateInfo>& chain, Report& report) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  constexpr std::int64_t kSoon = 30;
  if (chain.empty()) return;
  const net::CertificateInfo& own = chain.front();
  const std::int64_t days = (own.not_after - std::time(nullptr)) / kDay;
  const std::time_t not_after = own.not_after;
  std::tm end{};
  ::gmtime_r(&not_after, &end);
  report.passed("certificate", fmt::format("{}, {}, until {:%Y-%m-%d} ({} days)", own.subject, own.key, end, days));
  if (!own.names.empty()) report.passed("", fmt::format("for {}", fmt::join(own.names, ", ")));
  for (const net::CertificateInfo& each : chain) {
    report.passed("", each.issuer == each.subject ? "signed by itself" : fmt::format("signed by {}", each.issuer));
  }
  report.passed("", fmt::format("sha256:{}", own.fingerprint));
  if (days < kSoon) {
    report.found(fmt::format("the certificate ends in {} days", days), "whoever runs the server has to renew it");
  }
  if (own.key == "RSA 1024") {
    report.found("the certificate's key is short: RSA 1024", "whoever runs the server has to replace it");
  }
}

void show_features(const remote::Survey& survey, Report& report) {
  if (!survey.tells_features) {
    report.passed("features", "FEAT is not answered");
    report.found("the server does not tell what it can do: each command is tried");
    return;
  }
  const auto list = [](const std::vector<std::string>& words) {
    return words.empty() ? std::string("none") : fmt::format("{}", fmt::join(words, " "));
  };
  report.passed("features", fmt::format("{}; missing: {}", list(survey.announced), list(survey.missing)));
  if (!survey.lists_exactly) {
    report.found("without MLSD: listings are read from LIST, whose times are in minutes; MDTM tells the seconds");
  }
  if (!survey.announces_utf8) report.found("UTF8 is not announced: names are taken for UTF-8 all the same");
}

bool show_listings(const remote::ListingSurvey& listing, bool encrypted, Report& report) {
  if (listing.failure) {
    report.failed("data", listing.failure->message);
    report.found("a data connection failed", "the server's passive ports may be closed by a firewall on the way");
    return false;
  }
  const auto [opened, resumed] = listing.data_connections;
  const std::string tls = encrypted ? fmt::format(", TLS resumed on {}", resumed) : "";
  report.passed("data",
                fmt::format("{} of {} opened{}; {} bytes of listing each", opened, listing.wanted, tls, listing.bytes),
                listing.took);
  if (encrypted && resumed < opened) {
    report.found("TLS is not resumed on every data connection: each of the others costs a full handshake");
  }
  return true;
}

}  // namespace

bool check_session(const Source& source, const remote::RemoteOptions& options, Report& report, const Context& context) {
  const auto survey = remote::survey_server(options.server, context);
  if (!survey) {
    report.failed("login", explain_failure(survey.error(), source, options.server.user));
    return false;
  }
  report.passed("greeting", survey->greeting.substr(0, survey->greeting.find(';')));
  report.passed("login", fmt::format("as {}; {}; at {}", options.server.user, survey->tls, survey->login_directory),
                survey->login_took);
  show_certificates(survey->certificates, report);
  show_features(*survey, report);
  if (survey->round_trip) report.passed("round trip", "of a NOOP", survey->round_trip);
  if (survey->passive_host_is_private && survey->passive_host != source.host && source.host != "localhost") {
    report.found(fmt::format("the server announces {} for its data connections: ignored, {} is used",
                             *survey->passive_host, source.host));
  }
  return show_listings(survey->listing, options.server.tls != ftp::TlsMode::kOff, report);
}

void count_sessions(const remote::RemoteOptions& options, Report& report, const Context& context) {
  const auto begin = Steady::now();
  std::vector<std::unique_ptr<ftp::Session>> sessions;
  std::string why;
  while (sessions.size() < options.pool.max_sessions && why.empty()) {
    auto session = ftp::Session::open(options.server, context);
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
  report.found(fmt::format("more than {} sessions are refused: {}", count, why),
               fmt::format("-o sessions={} spares the attempt", count));
  report.advise(fmt::format("sessions={}", count));
}

}  // namespace ftpsfs::app
