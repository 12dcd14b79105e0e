// Every row of the option table, with values it does not allow: each is refused, and told what is allowed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/option_table.h"

namespace ftpsfs::app {
namespace {

using testing::HasSubstr;

/// Rows whose value is whatever somebody calls something: a name, a command, a path.
const std::set<std::string_view> kTakesAnything{
    "username", "credentials", "password_command",     "ca",        "ca_path",     "tls_ciphers",
    "cert",     "key",         "key_password_command", "cache_dir", "staging_dir", "fsname"};

struct BadValue {
  std::string value;
  std::string told;  ///< what the message has to name
};

/// For rows that have neither a range nor words to choose from.
const std::multimap<std::string_view, BadValue>& bad_values() {
  static const std::multimap<std::string_view, BadValue> table{
      {"pin", {"sha256:12", "64 hexadecimal digits"}},
      {"pin", {std::string(64, 'a'), "sha256:"}},
      {"uid", {"no-such-user-here", "no such user"}},
      {"uid", {"4294967295", "no such user"}},
      {"gid", {"no-such-group-here", "no such group"}},
      {"umask", {"1000", "0..777"}},
      {"umask", {"8", "0..777"}},
      {"umask", {"-1", "0..777"}},
      {"charset", {"no-such-charset", "unknown character set"}},
      {"proxy", {"https://host", "socks5://[user@]host[:port]"}},
      {"proxy", {"socks5://user:secret@host", "proxy_password="}},
      {"active", {"host.example", "numeric IPv4 or IPv6 address"}},
      {"active_ports", {"0-9", "1..65535"}},
      {"active_ports", {"9-5", "1..65535"}},
  };
  return table;
}

std::string refusal(const OptionSpec& option, const std::string& value) {
  Options options;
  const std::string word = fmt::format("{}={}", option.name, value);
  const Status set = set_option(options, word);
  EXPECT_FALSE(set) << word << " is taken";
  if (set) return "";
  EXPECT_EQ(set.error().kind, ErrorKind::kInvalid) << word;
  EXPECT_THAT(set.error().message, HasSubstr(std::string(option.name)));
  return set.error().message;
}

/// "1..64" of "1..64 s, default 8"; empty when there is none.
std::string range_of(const OptionSpec& option) { return option.limits.substr(0, option.limits.find_first_of(" ,")); }

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool has_range(const OptionSpec& option) { return range_of(option).find("..") != std::string::npos; }
bool has_words(const OptionSpec& option) { return option.value.find('|') != std::string_view::npos; }

std::vector<OptionSpec> rows(bool (*of_kind)(const OptionSpec&)) {
  std::vector<OptionSpec> found;
  for (const OptionSpec& option : option_table()) {
    if (!option.value.starts_with("OCTAL") && of_kind(option)) found.push_back(option);
  }
  return found;
}

TEST(OptionRange, NumbersOutsideAreRefusedWithTheRange) {
  const auto numbers = rows(has_range);
  EXPECT_GE(numbers.size(), 10U);
  for (const OptionSpec& option : numbers) {
    const std::string range = range_of(option);
    const std::uint64_t least = number(range);
    const std::uint64_t most = number(std::string_view(range).substr(range.find("..") + 2));
    ASSERT_LT(least, most) << option.name;
    std::vector<std::string> outside{
        std::to_string(most + 1), "99999999999999999999999", "-1", "1.5", "nonsense", "0x10",
        fmt::format("{} ", most), fmt::format("{}x", most)};
    if (least > 0) outside.insert(outside.end(), {std::to_string(least - 1), "0"});
    for (const std::string& value : outside) EXPECT_THAT(refusal(option, value), HasSubstr(range)) << value;
    EXPECT_THAT(refusal(option, ""), HasSubstr("needs a value"));
    for (const std::uint64_t value : {least, most}) {
      Options options;
      EXPECT_TRUE(set_option(options, fmt::format("{}={}", option.name, value))) << option.name << "=" << value;
    }
  }
}

TEST(OptionRange, WordsThatAreNoneOfThoseAllowedAreRefusedWithThese) {
  const auto choices = rows([](const OptionSpec& option) { return has_words(option) && !has_range(option); });
  EXPECT_GE(choices.size(), 6U);
  for (const OptionSpec& option : choices) {
    const std::string first(option.value.substr(0, option.value.find('|')));
    for (const std::string& value : {std::string("nonsense"), first + "x", "x" + first, std::string(option.value)}) {
      const std::string told = refusal(option, value);
      for (std::string_view left = option.value; !left.empty();) {
        const std::string_view word = left.substr(0, left.find('|'));
        EXPECT_THAT(told, HasSubstr(std::string(word))) << option.name;
        left.remove_prefix(std::min(left.size(), word.size() + 1));
      }
    }
    EXPECT_THAT(refusal(option, ""), HasSubstr("needs a value"));
  }
}

TEST(OptionRange, FlagsTakeNoValue) {
  for (const OptionSpec& option : rows([](const OptionSpec& option) { return option.value.empty(); })) {
    EXPECT_THAT(refusal(option, "yes"), HasSubstr("takes no value"));
  }
}

TEST(OptionRange, EveryOtherRowRefusesWhatMakesNoSense) {
  for (const auto& [name, bad] : bad_values()) {
    const auto& table = option_table();
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const OptionSpec& each) { return each.name == name; });
    ASSERT_NE(row, table.end()) << name;
    EXPECT_THAT(refusal(*row, bad.value), HasSubstr(bad.told)) << name;
  }
}

TEST(OptionRange, NoRowIsLeftOut) {
  for (const OptionSpec& option : option_table()) {
    const bool covered = option.value.empty() || has_words(option) || has_range(option) ||
                         bad_values().contains(option.name) || kTakesAnything.contains(option.name);
    EXPECT_TRUE(covered) << "add bad values of " << option.name << " to this test, or say that it takes anything";
  }
}

}  // namespace
}  // namespace ftpsfs::app
