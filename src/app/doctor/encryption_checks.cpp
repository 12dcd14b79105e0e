// TLS and the server's certificates.
#include "app/doctor/encryption_checks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <vector>

#include "app/doctor/full_server.h"
#include "app/mount_advice.h"
#include "app/remote_options.h"
#include "ftpsfs/ftp/greeting.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

std::string date(std::int64_t seconds_since_1970) {
  const std::time_t time = seconds_since_1970;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:%Y-%m-%d}", parts);
}

/// Of one that the login will not judge, or that is still good.
void judge_end(const net::CertificateInfo& own, bool is_judged, Report& report) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  constexpr std::int64_t kSoon = 14;  // those that renew themselves do so before
  constexpr std::string_view kRemedy = "whoever runs the server has to renew it";
  const std::int64_t days = (own.not_after - std::time(nullptr)) / kDay;
  if (own.not_after < std::time(nullptr)) {
    if (is_judged) return;
    report.found(fmt::format("the certificate ended on {}", date(own.not_after)), std::string(kRemedy));
  } else if (days < kSoon) {
    report.found(fmt::format("the certificate ends soon, on {}", date(own.not_after)), std::string(kRemedy));
  }
}

void show_certificates(const std::vector<net::CertificateInfo>& chain, const net::TlsOptions& options, Report& report) {
  if (chain.empty()) return;
  const net::CertificateInfo& own = chain.front();
  report.passed("certificate", fmt::format("{}, {}, until {}", own.subject, own.key, date(own.not_after)));
  if (!own.names.empty()) report.passed("", fmt::format("for {}", fmt::join(own.names, ", ")));
  for (const net::CertificateInfo& each : chain) {
    report.passed("", each.issuer == each.subject ? "signed by itself" : fmt::format("signed by {}", each.issuer));
  }
  report.passed("", fmt::format("-o pin=sha256:{}", own.fingerprint));
  judge_end(own, options.verify && options.pins.empty(), report);
}

}  // namespace

bool check_encryption(const CommandLine& line, const Credentials& credentials, Report& report, const Context& context) {
  if (line.source.tls == ftp::TlsMode::kOff) {
    report.passed("tls", "none, as asked: all can be read on the way");
    report.found("without TLS the password and all files can be read on the way",
                 "ftpes:// or ftps:// where the server can");
    return true;
  }
  CommandLine trusting = line;  // whether the certificate is trusted is the login's matter
  trusting.options.certificate.verify = false;
  trusting.options.certificate.pins.clear();
  const auto begin = Steady::now();
  const auto options = remote_options(trusting, credentials);
  const auto greeting = options ? when_there_is_room([&] { return ftp::hear_greeting(options->server, context); })
                                : fail(options.error());
  if (!greeting) {
    const Explanation why = explain(greeting.error(), line.source, "");
    report.failed("tls", options ? why.what : greeting.error().message, options ? why.remedy : "");
    return false;
  }
  report.passed("tls", greeting->tls, Steady::now() - begin);
  show_certificates(greeting->certificates, line.options.certificate, report);
  return true;
}

}  // namespace ftpsfs::app
