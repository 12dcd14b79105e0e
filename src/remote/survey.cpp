// Survey: what one session tells of its server.
#include "ftpsfs/remote/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ftpsfs/ftp/passive.h"
#include "remote/listing_survey.h"
#include "remote/server_kind.h"

namespace ftpsfs::remote {
namespace {

using Steady = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kSamples = 5;

Result<ftp::Reply> execute(ftp::Session& session, std::string_view verb, std::string_view argument,
                           const Context& context) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, ftp::Command::make(verb, argument));
  return session.execute(command, context);
}

void note_features(const ftp::Features& features, Survey& survey) {
  const bool checksum = features.hash_sha256 || features.hash_sha512 || features.hash_sha1 || features.hash_md5 ||
                        features.xsha256 || features.xsha512 || features.xsha1 || features.xmd5;
  struct Word {
    bool there;
    const char* word;
  };
  const std::array words{Word{features.mlst, "MLSD"},        Word{features.size, "SIZE"},
                         Word{features.mdtm, "MDTM"},        Word{features.mfmt, "MFMT"},
                         Word{features.rest_stream, "REST"}, Word{features.rang, "RANG"},
                         Word{features.epsv, "EPSV"},        Word{features.utf8, "UTF8"},
                         Word{checksum, "checksums"},        Word{features.site_copy, "copying"}};
  for (const Word& each : words) (each.there ? survey.announced : survey.missing).emplace_back(each.word);
  if (features.pret) survey.announced.emplace_back("PRET");  // nobody misses it
  survey.tells_features = features.known;
  survey.tells_times = features.mdtm || !features.known;
  survey.announces_utf8 = features.utf8;
}

std::optional<Seconds> time_line(ftp::Session& session, const Context& context) {
  std::array<Seconds, kSamples> took{};
  for (Seconds& each : took) {
    const auto asked = Steady::now();
    if (!execute(session, "NOOP", {}, context)) return std::nullopt;
    each = Steady::now() - asked;
  }
  std::sort(took.begin(), took.end());
  return took[kSamples / 2];
}

/// RFC 1918, and what no other host can mean.
bool is_private(const std::array<std::uint8_t, 4>& host) {
  return host[0] == 10 || host[0] == 127 || host[0] == 0 || (host[0] == 192 && host[1] == 168) ||
         (host[0] == 172 && host[1] >= 16 && host[1] < 32);
}

void note_passive_host(ftp::Session& session, Survey& survey, const Context& context) {
  const auto reply = execute(session, "PASV", {}, context);
  const auto address = reply && reply->success() ? ftp::parse_pasv(*reply) : fail(ErrorKind::kProtocol, "none");
  if (!address) return;
  const auto& host = address->host;
  survey.passive_host = fmt::format("{}.{}.{}.{}", host[0], host[1], host[2], host[3]);
  survey.passive_host_is_private = is_private(host);
}

void enter_root(ftp::Session& session, const RemoteOptions& options, const Context& context) {
  const auto root = options.charset.encode(options.root);
  if (root && !root->empty()) (void)execute(session, "CWD", *root, context);
}

}  // namespace

Result<Survey> survey_server(const RemoteOptions& options, const Context& context) {
  const auto begin = Steady::now();
  FTPSFS_TRY_ASSIGN(const auto session, ftp::Session::open(options.server, context));
  Survey survey;
  survey.login_took = Steady::now() - begin;
  survey.system = options.server.lessons->system().value_or("");
  survey.kind = recognise({session->greeting(), survey.system, session->features().told}).name;
  survey.login_directory = session->login_directory();
  survey.tls = session->tls_description();
  note_features(session->features(), survey);
  survey.deflates_downloads = session->features().mode_z;
  survey.deflates_uploads = session->features().mode_z && !options.server.lessons->spoils_deflated;
  survey.round_trip = time_line(*session, context);
  enter_root(*session, options, context);
  survey_listings(*session, options.charset, survey, context);
  if (!survey.listing.failure) note_passive_host(*session, survey, context);  // last: it spoils what was made ahead
  return survey;
}

Status try_other_mode(RemoteOptions options, std::chrono::milliseconds patience, const Context& context) {
  auto& active = options.server.data.active;
  active = active ? std::nullopt : std::optional<ftp::ActiveOptions>(std::in_place);
  FTPSFS_TRY_ASSIGN(const auto session, ftp::Session::open(options.server, context));
  enter_root(*session, options, context);
  const Context brief{std::min(context.stall_limit, patience), context.deadline, context.cancellation};
  if (const auto listed = list_once(*session, brief); !listed) return fail(listed.error());
  return {};
}

}  // namespace ftpsfs::remote
