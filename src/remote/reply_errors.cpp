// The table itself: words first, then codes.
#include "remote/reply_errors.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::remote {
namespace {

struct Words {
  std::string_view words;  ///< lower case
  ErrorKind kind;
};

/// Earlier rows win: "does not exist" is looked for before "exists".
constexpr Words kWords[] = {
    {"not empty", ErrorKind::kNotEmpty},
    {"not a directory", ErrorKind::kNotDirectory},
    {"is a directory", ErrorKind::kIsDirectory},
    {"not a regular file", ErrorKind::kIsDirectory},
    {"not a plain file", ErrorKind::kIsDirectory},
    {"only retrieve regular files", ErrorKind::kIsDirectory},  // Pure-FTPd
    {"read-only", ErrorKind::kReadOnly},
    {"permission denied", ErrorKind::kPermission},
    {"operation not permitted", ErrorKind::kPermission},
    {"access is denied", ErrorKind::kPermission},  // IIS
    {"access denied", ErrorKind::kPermission},
    {"no space", ErrorKind::kNoSpace},
    {"disk full", ErrorKind::kNoSpace},
    {"quota", ErrorKind::kQuota},
    {"name too long", ErrorKind::kNameTooLong},
    {"prohibited", ErrorKind::kInvalid},              // Pure-FTPd
    {"invalid directory name", ErrorKind::kInvalid},  // ProFTPD
    {"invalid file name", ErrorKind::kInvalid},
    {"no such", ErrorKind::kNotFound},
    {"not found", ErrorKind::kNotFound},
    {"does not exist", ErrorKind::kNotFound},
    {"doesn't exist", ErrorKind::kNotFound},
    {"cannot find", ErrorKind::kNotFound},  // IIS
    {"already exist", ErrorKind::kExists},
    {"exists", ErrorKind::kExists},
    {"used by another process", ErrorKind::kBusy},  // IIS
    {"file busy", ErrorKind::kBusy},
};

constexpr std::string_view kQuotes = "'\"`";

/// True where `length` bytes at `at` are a name rather than words: "NAME: reason", or in quotes.
bool stands_as_name(std::string_view text, std::size_t at, std::size_t length) {
  const char before = at == 0 ? ' ' : text[at - 1];
  const char after = at + length == text.size() ? ' ' : text[at + length];
  if (kQuotes.find(before) != std::string_view::npos) return after == before || after == '\'';
  return before == ' ' && after == ':';
}

/// Takes the name out where the server repeats it, so that a file called "not found" misleads nobody.
void erase_name(std::string& text, std::string_view name) {
  if (name.empty()) return;
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    if (stands_as_name(text, at, name.size())) {
      text.erase(at, name.size());
    } else {
      at += name.size();
    }
  }
}

std::optional<ErrorKind> meaning_of_words(const Refusal& refusal) {
  std::string text = refusal.text;
  erase_name(text, refusal.argument);
  erase_name(text, std::string_view(refusal.argument).substr(refusal.argument.rfind('/') + 1));
  text = ftp::lower(text);
  for (const Words& row : kWords) {
    if (text.find(row.words) != std::string::npos) return row.kind;
  }
  return std::nullopt;
}

std::optional<ErrorKind> meaning_of_code(std::string_view verb, int code) {
  switch (code) {
    case 421:
    case 425:
    case 522:
      return ErrorKind::kConnectionLost;
    case 450:
      return ErrorKind::kBusy;
    case 452:
      return ErrorKind::kNoSpace;
    case 552:
      return ErrorKind::kQuota;
    case 521:
      return verb == "MKD" ? ErrorKind::kExists : ErrorKind::kIo;
    case 500:
    case 502:
    case 504:
      return ErrorKind::kUnsupported;
    case 501:
      return verb == "MLST" ? ErrorKind::kNotFound : ErrorKind::kUnsupported;
    case 530:
    case 532:
      return ErrorKind::kPermission;
    case 550:
    case 553:
      return verb == "MLST" ? std::optional(ErrorKind::kNotFound) : std::nullopt;
    default:
      return ErrorKind::kIo;
  }
}

/// Codes that say it all, whatever words stand beside them.
constexpr bool code_decides(int code) {
  return is_unknown_verb(code) || is_data_channel_refusal(code) || code == 421 || code == 530;
}

}  // namespace

std::optional<ErrorKind> meaning_of(const Refusal& refusal) {
  if (!code_decides(refusal.code)) {
    if (const auto kind = meaning_of_words(refusal)) return kind;
  }
  return meaning_of_code(refusal.verb, refusal.code);
}

Error to_error(const Refusal& refusal, ErrorKind kind) {
  return Error{kind,
               fmt::format("{}{}{}: {} ({})", refusal.verb, refusal.argument.empty() ? "" : " ",
                           log::printable(refusal.argument), log::printable(refusal.text), refusal.code),
               refusal.code, false};
}

}  // namespace ftpsfs::remote
