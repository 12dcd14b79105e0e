// parse_features: the lines of a FEAT reply as yes or no (RFC 2389 section 3.2).
#include "ftpsfs/ftp/features.h"

#include <algorithm>
#include <string_view>

#include "ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

/// Is `word` one of the words of `text`, which spaces, semicolons or commas divide?
bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" ;,"), text.size());
    if (equal_in_any_case(text.substr(0, end), word)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

struct PlainFeature {
  std::string_view name;
  bool Features::*flag;
};
constexpr PlainFeature kPlainFeatures[] = {
    {"MLST", &Features::mlst}, {"MLSD", &Features::mlst}, {"SIZE", &Features::size}, {"MDTM", &Features::mdtm},
    {"MFMT", &Features::mfmt}, {"EPSV", &Features::epsv}, {"UTF8", &Features::utf8}, {"TVFS", &Features::tvfs},
    {"PRET", &Features::pret}, {"RANG", &Features::rang},
};

void note_feature(std::string_view line, Features& features) {
  line = trim(line);
  const std::string_view name = line.substr(0, line.find(' '));
  const std::string_view argument = trim(line.substr(name.size()));
  for (const PlainFeature& feature : kPlainFeatures) {
    if (equal_in_any_case(name, feature.name)) features.*feature.flag = true;
  }
  if (equal_in_any_case(name, "MLST")) features.mlst_facts = argument;
  if (equal_in_any_case(name, "REST") && has_word(argument, "STREAM")) features.rest_stream = true;
  if (equal_in_any_case(name, "SITE") && has_word(argument, "UTIME")) features.site_utime = true;
}

}  // namespace

Features parse_features(const Reply& reply) {
  Features features;
  if (reply.code != 211) return features;
  features.known = true;
  for (const std::string& line : reply.lines) note_feature(line, features);
  return features;
}

}  // namespace ftpsfs::ftp
