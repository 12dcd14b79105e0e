// ~/.netrc.
#include "app/netrc.h"

#include <strings.h>

#include <algorithm>

namespace ftpsfs::app {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Takes the text apart into words.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  /// The next keyword, past comments, or nothing at the end.
  std::optional<std::string> keyword() {
    for (;;) {
      skip_blanks();
      if (!rest_.starts_with('#')) return word();
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  std::optional<std::string> word() {
    skip_blanks();
    if (rest_.empty()) return std::nullopt;
    const bool quoted = rest_.front() == '"';
    if (quoted) rest_.remove_prefix(1);
    std::string result;
    while (!rest_.empty()) {
      char c = take();
      if (quoted ? c == '"' : kBlanks.find(c) != kBlanks.npos) break;
      if (c == '\\' && !rest_.empty()) c = take();
      result += c;
    }
    return result;
  }

  /// A macro's body ends at an empty line.
  void skip_macro() {
    const std::size_t end = rest_.find("\n\n");
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
};

bool same_host(const std::string& a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), b.size()) == 0;
}

}  // namespace

std::optional<StoredLogin> find_in_netrc(std::string_view text, std::string_view host,
                                         const std::optional<std::string>& login) {
  Lexer lexer(text);
  std::optional<StoredLogin> entry;  // the one being read, when it is for this host
  const auto is_found = [&] { return entry && (!login || !entry->user || *entry->user == *login); };
  while (const auto keyword = lexer.keyword()) {
    if (*keyword == "machine" || *keyword == "default") {
      if (is_found()) return entry;
      const bool matches = *keyword == "default" || same_host(lexer.word().value_or(""), host);
      entry = matches ? std::optional<StoredLogin>(std::in_place) : std::nullopt;
    } else if (*keyword == "login") {
      auto user = lexer.word();
      if (entry) entry->user = std::move(user);
    } else if (*keyword == "password") {
      auto password = lexer.word();
      if (entry) entry->password = std::move(password);
    } else if (*keyword == "account") {
      lexer.word();
    } else if (*keyword == "macdef") {
      lexer.skip_macro();
    }
  }
  return is_found() ? entry : std::nullopt;
}

}  // namespace ftpsfs::app
