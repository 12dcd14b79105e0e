// parse_features: the lines of a FEAT reply as yes or no (RFC 2389 section 3.2).
#include "ftpsfs/ftp/features.h"

#include <algorithm>
#include <string_view>

#include "ftpsfs/ftp/ascii.h"

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
    {"MLST", &Features::mlst},   {"MLSD", &Features::mlst},       {"SIZE", &Features::size},
    {"MDTM", &Features::mdtm},   {"MFMT", &Features::mfmt},       {"EPSV", &Features::epsv},
    {"UTF8", &Features::utf8},   {"TVFS", &Features::tvfs},       {"PRET", &Features::pret},
    {"RANG", &Features::rang},   {"XSHA256", &Features::xsha256}, {"XSHA512", &Features::xsha512},
    {"XSHA1", &Features::xsha1}, {"XMD5", &Features::xmd5},       {"CLNT", &Features::clnt},
    {"HOST", &Features::host},
};

constexpr PlainFeature kHashAlgorithms[] = {
    {"SHA-256", &Features::hash_sha256},
    {"SHA-512", &Features::hash_sha512},
    {"SHA-1", &Features::hash_sha1},
    {"MD5", &Features::hash_md5},
};

/// "SHA-256;SHA-1*": a star marks the one in use.
void note_hash_algorithms(std::string_view list, Features& features) {
  for (const PlainFeature& algorithm : kHashAlgorithms) {
    const std::string in_use = std::string(algorithm.name) + '*';
    if (has_word(list, algorithm.name) || has_word(list, in_use)) features.*algorithm.flag = true;
  }
}

void note_feature(std::string_view line, Features& features) {
  line = trim(line);
  const std::string_view name = line.substr(0, line.find(' '));
  const std::string_view argument = trim(line.substr(name.size()));
  for (const PlainFeature& feature : kPlainFeatures) {
    if (equal_in_any_case(name, feature.name)) features.*feature.flag = true;
  }
  if (equal_in_any_case(name, "MLST")) features.mlst_facts = argument;
  if (equal_in_any_case(name, "LANG")) features.languages = argument;
  if (equal_in_any_case(name, "MODE") && has_word(argument, "Z")) features.mode_z = true;
  if (equal_in_any_case(name, "HASH")) note_hash_algorithms(argument, features);
  if (equal_in_any_case(name, "REST") && has_word(argument, "STREAM")) features.rest_stream = true;
  if (equal_in_any_case(name, "SITE") && has_word(argument, "UTIME")) features.site_utime = true;
  if (equal_in_any_case(name, "SITE") && has_word(argument, "COPY")) features.site_copy = true;
  if (equal_in_any_case(name, "SITE") && has_word(argument, "SYMLINK")) features.site_symlink = true;
}

}  // namespace

Features parse_features(const Reply& reply) {
  Features features;
  if (reply.code != 211) return features;
  features.known = true;
  features.told = reply.text();
  for (const std::string& line : reply.lines) note_feature(line, features);
  return features;
}

}  // namespace ftpsfs::ftp
