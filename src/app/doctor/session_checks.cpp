// What one session tells.
#include "app/doctor/session_checks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

#include "app/mount_advice.h"
#include "ftpsfs/ftp/passive.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kSamples = 5;
constexpr int kListings = 3;

Result<ftp::Reply> execute(ftp::Session& session, std::string_view verb, std::string_view argument,
                           const Context& context) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, ftp::Command::make(verb, argument));
  return session.execute(command, context);
}

void show_certificates(const ftp::Session& session, const remote::RemoteOptions& options, Report& report) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  constexpr std::int64_t kSoon = 30;
  const auto& chain = session.certificates();
  if (chain.empty()) return;
  const net::CertificateInfo& own = chain.front();
  const std::int64_t days = (own.not_after - std::time(nullptr)) / kDay;
  std::tm end{};
  const std::time_t not_after = own.not_after;
  ::gmtime_r(&not_after, &end);
  report.passed("certificate", fmt::format("{}, {}, until {:%Y-%m-%d} ({} days)", own.subject, own.key, end, days));
  if (!own.names.empty()) report.passed("", fmt::format("for {}", fmt::join(own.names, ", ")));
  for (const net::CertificateInfo& each : chain) {
    if (&each != &own) report.passed("", fmt::format("signed by {}", each.subject));
  }
  if (chain.size() == 1) {
    report.passed("", own.issuer == own.subject ? "signed by itself" : fmt::format("signed by {}", own.issuer));
  }
  report.passed("", fmt::format("sha256:{}", own.fingerprint));
  if (days < kSoon) {
    report.found(fmt::format("the certificate ends in {} days", days), "whoever runs the server has to renew it");
  }
  if (options.server.tls_context && own.key == "RSA 1024") {
    report.found("the certificate's key is short: RSA 1024", "whoever runs the server has to replace it");
  }
}

void show_features(const ftp::Features& features, Report& report) {
  if (!features.known) {
    report.passed("features", "FEAT is not answered");
    report.found("the server does not tell what it can do: each command is tried");
    return;
  }
  struct Word {
    bool there;
    std::string_view word;
  };
  const bool checksum = features.hash_sha256 || features.hash_sha512 || features.hash_sha1 || features.hash_md5 ||
                        features.xsha256 || features.xsha512 || features.xsha1 || features.xmd5;
  const std::array words{Word{features.mlst, "MLSD"}, Word{features.size, "SIZE"},        Word{features.mdtm, "MDTM"},
                         Word{features.mfmt, "MFMT"}, Word{features.rest_stream, "REST"}, Word{features.rang, "RANG"},
                         Word{features.epsv, "EPSV"}, Word{features.utf8, "UTF8"},        Word{features.pret, "PRET"},
                         Word{checksum, "checksums"}};
  std::string there;
  std::string missing;
  for (const Word& each : words) {
    std::string& list = each.there ? there : missing;
    list += fmt::format("{}{}", list.empty() ? "" : " ", each.word);
  }
  report.passed("features", fmt::format("{}; not {}", there.empty() ? "none" : there, missing.empty() ? "" : missing));
  if (!features.mlst) {
    report.found("without MLSD: listings are read from LIST, whose times are in minutes; MDTM tells the seconds");
  }
  if (!features.utf8) report.found("UTF8 is not announced: names are taken for UTF-8 all the same");
}

void time_line(ftp::Session& session, Report& report, const Context& context) {
  std::vector<Seconds> took;
  for (int i = 0; i < kSamples; ++i) {
    const auto asked = Steady::now();
    if (!execute(session, "NOOP", {}, context)) return;
    took.emplace_back(Steady::now() - asked);
  }
  std::sort(took.begin(), took.end());
  report.passed("round trip", fmt::format("median of {} NOOP", kSamples), took[kSamples / 2]);
}

/// The directory after login, on a data connection. The bytes that came.
Result<std::size_t> list_once(ftp::Session& session, const Context& context) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, ftp::Command::make(session.features().mlst ? "MLSD" : "LIST"));
  FTPSFS_TRY_ASSIGN(const auto transfer, session.start(command, {}, context));
  std::vector<std::byte> bytes(64UL * 1024);
  std::size_t all = 0;
  for (;;) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, transfer->read(bytes, context));
    if (count == 0) break;
    all += count;
  }
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, transfer->finish(context));
  if (!reply.success()) return fail(ErrorKind::kIo, reply.text());
  return all;
}

bool try_data(ftp::Session& session, bool encrypted, Report& report, const Context& context) {
  const auto begin = Steady::now();
  std::size_t bytes = 0;
  for (int i = 0; i < kListings; ++i) {
    const auto listed = list_once(session, context);
    if (!listed) {
      report.failed("data", listed.error().message);
      report.found("a data connection failed", "the server's passive ports may be closed by a firewall on the way");
      return false;
    }
    bytes = *listed;
  }
  const ftp::DataConnections made = session.data_connections();
  const std::string resumed = encrypted ? fmt::format(", TLS resumed on {}", made.resumed) : "";
  report.passed("data",
                fmt::format("{} of {} opened{}; {} bytes of listing each", made.opened, kListings, resumed, bytes),
                (Steady::now() - begin) / kListings);
  if (encrypted && made.resumed < made.opened) {
    report.found("TLS is not resumed on every data connection: each costs a full handshake");
  }
  return true;
}

bool is_private(const std::array<std::uint8_t, 4>& host) {
  return host[0] == 10 || host[0] == 127 || host[0] == 0 || (host[0] == 192 && host[1] == 168) ||
         (host[0] == 172 && host[1] >= 16 && host[1] < 32);
}

/// What PASV says is never believed; a person may want to know.
void look_at_pasv(const Source& source, ftp::Session& session, Report& report, const Context& context) {
  const auto reply = execute(session, "PASV", {}, context);
  if (!reply || !reply->success()) return;
  const auto address = ftp::parse_pasv(*reply);
  if (!address) return;
  const auto& host = address->host;
  const std::string announced = fmt::format("{}.{}.{}.{}", host[0], host[1], host[2], host[3]);
  if (!is_private(host) || announced == source.host || source.host == "localhost") return;
  report.found(
      fmt::format("the server announces {} for its data connections: ignored, {} is used", announced, source.host));
}

}  // namespace

bool check_session(const Source& source, const remote::RemoteOptions& options, Report& report, const Context& context) {
  const auto begin = Steady::now();
  auto session = ftp::Session::open(options.server, context);
  if (!session) {
    report.failed("login", explain_failure(session.error(), source, options.server.user));
    return false;
  }
  const std::string& greeting = (*session)->greeting();
  report.passed("greeting", greeting.substr(0, greeting.find(';')));
  report.passed("login",
                fmt::format("as {}; {}; at {}", options.server.user, (*session)->tls_description(),
                            (*session)->login_directory()),
                Steady::now() - begin);
  show_certificates(**session, options, report);
  show_features((*session)->features(), report);
  time_line(**session, report, context);
  const bool works = try_data(**session, options.server.tls != ftp::TlsMode::kOff, report, context);
  if (works) look_at_pasv(source, **session, report, context);
  return works;
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
