#include "remote/observations.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "ftpsfs/net/tls.h"
#include "remote/conversation.h"

namespace ftpsfs::remote {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// What is true or not.
struct PlainObservation {
  std::string_view words;
  bool (*holds)(const Server&);
  void (*recall)(ftp::Lessons&);
};

bool refuses_epsv_until(const Server& server, ftp::NextPassive when) {
  return server.lessons->next_passive == when && server.dialect.kind().next_passive < when;
}

constexpr std::array kPlain{
    PlainObservation{"no EPSV", [](const Server& s) { return s.lessons->no_epsv.load(); },
                     [](ftp::Lessons& l) { l.no_epsv = true; }},
    PlainObservation{"PRET is wanted", [](const Server& s) { return s.lessons->wants_pret.load(); },
                     [](ftp::Lessons& l) { l.wants_pret = true; }},
    PlainObservation{"EPSV is refused during a transfer",
                     [](const Server& s) { return refuses_epsv_until(s, ftp::NextPassive::kAfterLastByte); },
                     [](ftp::Lessons& l) { l.next_passive = ftp::NextPassive::kAfterLastByte; }},
    PlainObservation{"EPSV is refused before a transfer's final reply",
                     [](const Server& s) { return refuses_epsv_until(s, ftp::NextPassive::kAfterFinalReply); },
                     [](ftp::Lessons& l) { l.next_passive = ftp::NextPassive::kAfterFinalReply; }},
    PlainObservation{"data connections made ahead fail", [](const Server& s) { return s.lessons->gave_up_preparing(); },
                     [](ftp::Lessons& l) { l.give_up_preparing(); }},
};

constexpr std::string_view kFoldsCase = "names that differ in case alone are one";
constexpr std::string_view kTellsCase = "names may differ in case alone";
constexpr std::string_view kKeyExchange = "key exchange by ";
constexpr std::string_view kZone = "LIST tells the time of UTC";
constexpr std::string_view kSessions = " sessions at most";

/// `list_zone` is what to add, so the zone itself has the other sign.
std::string zone_text(seconds list_zone) {
  const auto east = std::chrono::duration_cast<minutes>(-list_zone).count();
  return fmt::format("{}{}{:02}:{:02}", kZone, east < 0 ? '-' : '+', std::abs(east) / 60, std::abs(east) % 60);
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Of "+09:00".
std::optional<seconds> parse_zone(std::string_view text) {
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = number(text.substr(1, 2));
  const auto rest = number(text.substr(4, 2));
  if (!hours || !rest) return std::nullopt;
  const minutes span(*hours * 60 + *rest);
  return text[0] == '+' ? -span : span;
}

std::vector<std::string> early_observations(const Server& server) {
  std::vector<std::string> all;
  if (server.lessons->feat_unanswered) all.emplace_back(kFeatUnanswered);
  if (server.lessons->no_tls13) all.emplace_back(kTicketsRunOut);
  if (server.lessons->wants_host) all.emplace_back(kWantsHost);
  const std::string group = server.tls ? server.tls->key_exchange() : std::string();
  if (!group.empty()) all.push_back(fmt::format("{}{}", kKeyExchange, group));
  return all;
}

}  // namespace

std::vector<std::string> observations(const Server& server) {
  std::vector<std::string> all = early_observations(server);
  for (const PlainObservation& each : kPlain) {
    if (each.holds(server)) all.emplace_back(each.words);
  }
  for (unsigned i = 0; i < kAbilities; ++i) {
    const auto ability = static_cast<Ability>(i);
    if ((server.dialect.lost() & set_of(ability)) != 0) all.emplace_back(name_of_lack(ability));
  }
  if (const auto folds = server.dialect.found_folding()) all.emplace_back(*folds ? kFoldsCase : kTellsCase);
  if (const auto zone = server.dialect.list_zone()) all.push_back(zone_text(*zone));
  if (const auto limit = server.pool.taught_limit()) all.push_back(fmt::format("{}{}", *limit, kSessions));
  return all;
}

void recall_early(std::string_view observation, const ftp::ServerOptions& options) {
  net::TlsContext* const tls = options.tls_context.get();
  if (observation == kFeatUnanswered) options.lessons->feat_unanswered = true;
  if (observation == kWantsHost) options.lessons->wants_host = true;  // one that is refused it goes on without
  if (tls == nullptr) return;
  if (observation == kTicketsRunOut && tls->allows(net::TlsVersion::k12)) options.lessons->no_tls13 = true;
  if (observation.starts_with(kKeyExchange)) tls->expect_key_exchange(observation.substr(kKeyExchange.size()));
}

void recall(std::string_view observation, Server& server) {
  for (const PlainObservation& each : kPlain) {
    if (observation == each.words) each.recall(*server.lessons);
  }
  if (const auto ability = ability_lacking(observation)) server.dialect.lacks(*ability);
  if (observation == kFoldsCase || observation == kTellsCase) server.dialect.find_folding(observation == kFoldsCase);
  if (observation.starts_with(kZone)) {
    if (const auto zone = parse_zone(observation.substr(kZone.size()))) server.dialect.learn_list_zone(*zone);
  }
  if (observation.ends_with(kSessions)) {
    observation.remove_suffix(kSessions.size());
    if (const auto sessions = number(observation)) server.pool.expect_limit(*sessions);
  }
}

}  // namespace ftpsfs::remote
