// survey_listings.
#include "remote/listing_survey.h"

#include <algorithm>
#include <ctime>
#include <string_view>

#include "ftpsfs/ftp/listing.h"
#include "remote/name_encoding.h"

namespace ftpsfs::remote {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kListings = 3;
constexpr std::size_t kMostBytes = 4UL * 1024 * 1024;  // of a listing; enough to judge a server by
constexpr int kMostQuestions = 5;                      // about times

std::string list_all(ftp::Session& session, ListingSurvey& survey, const Context& context) {
  std::string last;
  for (int i = 0; i < kListings && !survey.failure; ++i) {
    const auto begin = Steady::now();
    const int resumed = session.data_connections().resumed;
    auto listed = list_once(session, context);
    if (listed) {
      survey.data_connections.push_back({Steady::now() - begin, session.data_connections().resumed > resumed});
      last = *std::move(listed);
    } else {
      survey.failure = listed.error();
      survey.refused = survey.failure->reply_code == 450 || survey.failure->reply_code == 550;
    }
  }
  return last;
}

std::vector<ftp::ListedEntry> entries_of(std::string_view text, ListingSurvey& survey) {
  const ftp::ListParser parser(std::time(nullptr));
  const bool facts = survey.format == ListingFormat::kFacts;
  std::vector<ftp::ListedEntry> entries;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto entry = facts ? ftp::parse_facts_line(line, true) : parser.parse(line);
    if (!entry || !*entry) continue;
    const bool begins_with_digit = line.front() >= '0' && line.front() <= '9';
    if (!facts) survey.format = begins_with_digit ? ListingFormat::kDos : ListingFormat::kUnix;
    entries.push_back(std::move(**entry));
  }
  return entries;
}

/// The difference of a file's MDTM and its time in the listing.
std::optional<std::chrono::seconds> ask_zone(ftp::Session& session, const std::vector<ftp::ListedEntry>& entries,
                                             const Context& context) {
  constexpr std::int64_t kQuarter = 15 * 60;  // zones differ by quarters of an hour
  constexpr std::int64_t kFarthest = 15 * 3600;
  int asked = 0;
  for (const ftp::ListedEntry& entry : entries) {
    if (entry.type != ftp::EntryType::kFile || entry.precision != ftp::TimePrecision::kMinute) continue;
    if (++asked > kMostQuestions) break;
    const auto question = ftp::Command::make("MDTM", entry.name);
    const auto reply = question ? session.execute(*question, context) : fail(question.error());
    const auto told = reply && reply->success() ? ftp::parse_time_value(reply->lines.front())
                                                : fail(ErrorKind::kUnsupported, "no time");
    if (!told || std::abs(*told - *entry.mtime) > kFarthest) continue;
    const std::int64_t difference = *told - *entry.mtime;
    const std::int64_t quarters = (difference + kFarthest + kQuarter / 2) / kQuarter - kFarthest / kQuarter;
    return std::chrono::seconds(quarters * kQuarter);
  }
  return std::nullopt;
}

/// Nothing had to be escaped: see Charset.
bool reads_whole(const Charset& charset, const std::string& name) {
  if (charset.is_utf8()) return is_utf8(name);
  const std::string text = charset.decode(name);
  for (std::size_t at = text.find('\xee'); at != std::string::npos; at = text.find('\xee', at + 1)) {
    if (text.substr(at + 1, 1) >= "\xbe") return false;  // U+EF80 to U+EFFF
  }
  return true;
}

NameSurvey judge_names(const std::vector<ftp::ListedEntry>& entries, const Charset& charset) {
  NameSurvey survey;
  std::vector<std::string> others;
  for (const ftp::ListedEntry& entry : entries) {
    const bool ascii = std::all_of(entry.name.begin(), entry.name.end(), [](char c) { return (c & 0x80) == 0; });
    if (ascii) {
      ++survey.ascii;
    } else if (reads_whole(charset, entry.name)) {
      ++survey.fitting;
    } else {
      others.push_back(entry.name);
    }
  }
  survey.other = others.size();
  for (EncodingGuess& guess : guess_encoding(others)) {
    survey.guesses.push_back({std::move(guess.charset), std::move(guess.reading)});
  }
  return survey;
}

}  // namespace

Result<std::string> list_once(ftp::Session& session, const Context& context) {
  FTPSFS_TRY_ASSIGN(const ftp::Command command, ftp::Command::make(session.features().mlst ? "MLSD" : "LIST"));
  FTPSFS_TRY_ASSIGN(auto transfer, session.start(command, {}, context));
  std::vector<std::byte> bytes(64UL * 1024);
  std::string text;
  while (text.size() < kMostBytes) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, transfer->read(bytes, context));
    if (count == 0) {
      FTPSFS_TRY_ASSIGN(const ftp::Reply reply, transfer->finish(context));
      if (!reply.success()) return fail(ErrorKind::kIo, reply.text(), reply.code);
      return text;
    }
    text.append(reinterpret_cast<const char*>(bytes.data()), count);
  }
  FTPSFS_TRY(transfer->abort(context));
  return text;
}

void survey_listings(ftp::Session& session, const Charset& charset, Survey& survey, const Context& context) {
  const bool facts = session.features().mlst;
  if (facts) survey.listing.format = ListingFormat::kFacts;
  const std::string text = list_all(session, survey.listing, context);
  const std::vector<ftp::ListedEntry> entries = entries_of(text, survey.listing);
  survey.names = judge_names(entries, charset);
  if (!facts && survey.tells_times) survey.listing.zone = ask_zone(session, entries, context);
}

}  // namespace ftpsfs::remote
