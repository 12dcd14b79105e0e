// The command line.
#include "app/command_line.h"

#include <fmt/format.h>

#include "app/help.h"
#include "app/option_table.h"

namespace ftpsfs::app {
namespace {

bool is_mount_helper(std::string_view program) {
  const std::size_t slash = program.rfind('/');
  return program.substr(slash == program.npos ? 0 : slash + 1).starts_with("mount.");
}

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits.find_first_not_of("01234567") == digits.npos && digits[0] <= '3';
}

/// Walks over the words and gathers what they say.
class Parser {
 public:
  explicit Parser(std::span<const std::string> words)
      : words_(words), is_helper_(!words.empty() && is_mount_helper(words[0])) {}

  Result<CommandLine> run() {
    bool flags_ended = false;
    for (next_ = 1; next_ < words_.size() && !asked_for_text_;) {
      const std::string& word = words_[next_++];
      if (flags_ended || word.size() < 2 || word[0] != '-') {
        arguments_.push_back(word);
      } else if (word == "--") {
        flags_ended = true;
      } else {
        FTPSFS_TRY(word[1] == '-' ? take_long_flag(word) : take_short_flags(word));
      }
    }
    if (asked_for_text_) return line_;
    FTPSFS_TRY(take_arguments());
    FTPSFS_TRY(take_options());
    FTPSFS_TRY_ASSIGN(line_.source, parse_source(line_.source_text, line_.options.tls));
    return line_;
  }

 private:
  Status take_long_flag(std::string_view word) {
    if (word == "--help") return ask_for(Action::kHelp);
    if (word == "--version") return ask_for(Action::kVersion);
    return misused(fmt::format("unknown flag '{}'", word));
  }

  Status ask_for(Action text) {
    line_.action = text;
    asked_for_text_ = true;
    return {};
  }

  /// "-fd", "-oro", "-o ro".
  Status take_short_flags(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      if (word[i] != 'o' && word[i] != 't') {
        FTPSFS_TRY(take_short_flag(word[i]));
        continue;
      }
      std::string_view value = word.substr(i + 1);
      if (value.empty()) {
        if (next_ == words_.size()) return misused(fmt::format("-{} needs a value", word[i]));
        value = words_[next_++];
      }
      if (word[i] == 'o') {
        for (std::string& option : split_option_list(value)) option_words_.push_back(std::move(option));
      }
      break;
    }
    return {};
  }

  Status take_short_flag(char flag) {
    switch (flag) {
      case 'h':
        return ask_for(Action::kHelp);
      case 'V':
        return ask_for(Action::kVersion);
      case 'd':
        option_words_.emplace_back("debug");
        return {};
      case 'r':
        option_words_.emplace_back("ro");
        return {};
      case 'w':
        option_words_.emplace_back("rw");
        return {};
      case 's':
        is_sloppy_ = true;
        return {};
      case 'n':
      case 'v':
        return {};
      case 'f':
        if (is_helper_)
          line_.action = Action::kFakeMount;
        else
          line_.options.foreground = true;
        return {};
      default:
        return misused(fmt::format("unknown flag '-{}'", flag));
    }
  }

  Status take_arguments() {
    if (arguments_.empty()) return misused("SOURCE and MOUNTPOINT are missing");
    if (arguments_.size() == 1) return misused("MOUNTPOINT is missing");
    if (arguments_.size() > 2) return misused(fmt::format("'{}' is one argument too many", arguments_[2]));
    line_.source_text = arguments_[0];
    line_.mount_point = arguments_[1];
    if (line_.mount_point.empty()) return misused("MOUNTPOINT is empty");
    return {};
  }

  Status take_options() {
    for (const std::string& word : option_words_) {
      if (is_sloppy_ && !is_known_option(word)) {
        line_.hints.push_back(fmt::format("unknown option '{}' ignored, as -s asks", option_name(word)));
        continue;
      }
      FTPSFS_TRY(set_option(line_.options, word));
      if (word.starts_with("user=")) {
        line_.hints.emplace_back("user= is mount(8)'s word for who may mount; the login name is username=");
      }
    }
    if (line_.options.writing.staging_directory.empty()) {
      line_.options.writing.staging_directory = default_staging_directory();
    }
    return {};
  }

  std::span<const std::string> words_;
  std::size_t next_ = 1;
  bool is_helper_;
  bool is_sloppy_ = false;
  bool asked_for_text_ = false;
  std::vector<std::string> arguments_;
  std::vector<std::string> option_words_;
  CommandLine line_;
};

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> words) { return Parser(words).run(); }

std::vector<std::string> split_option_list(std::string_view list) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == ',') {
      end_word();
    } else if (list[i] != '\\' || i + 1 == list.size()) {
      word += list[i];
    } else if (const std::string_view digits = list.substr(i + 1, 3); is_octal(digits)) {
      word += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += 3;
    } else {
      word += list[++i];
    }
  }
  end_word();
  return words;
}

}  // namespace ftpsfs::app
