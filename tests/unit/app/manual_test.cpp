// The manual, --help and the parser tell the same: all three follow the option table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/doctor/report.h"
#include "app/help.h"
#include "app/option_table.h"
#include "fuse/status_text.h"

namespace ftpsfs::app {
namespace {

using testing::HasSubstr;

std::string manual() {
  std::ifstream file(FTPSFS_SOURCE_DIR "/man/ftpsfs.1");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What an `.It` line shows, without its macros: ".It Cm ca Ns = Ns Ar FILE" is "ca=FILE".
std::string shown(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  std::string result;
  bool joined = true;
  words >> word;
  while (words >> word) {
    if (word == "Ns") joined = true;
    if (word == "Ns" || word == "Cm" || word == "Ar") continue;
    if (word == "Fl") {
      result += (result.empty() || result.ends_with(' ')) ? "-" : " -";
      joined = true;
      continue;
    }
    if (!joined && word != "," && word != "]") result += ' ';
    result += word;
    joined = false;
  }
  return result;
}

/// The items of a page's part, from its head line to the next line that begins with `end`: heading to text.
std::map<std::string, std::string> items(const std::string& head, const std::string& end) {
  std::istringstream lines(manual());
  std::map<std::string, std::string> found;
  std::string line;
  while (std::getline(lines, line) && line != head) {
  }
  std::string* text = nullptr;
  while (std::getline(lines, line) && !line.starts_with(end)) {
    if (line.starts_with(".It ")) {
      text = &found[shown(line)];
    } else if (line == ".El") {
      text = nullptr;
    } else if (text != nullptr) {
      *text += line + "\n";
    }
  }
  return found;
}

TEST(ManualTest, HasEveryOptionWithItsRangeAndDefault) {
  const auto options = items(".Sh OPTIONS", ".Sh ");
  for (const OptionSpec& option : option_table()) {
    const auto item = options.find(heading(option));
    ASSERT_NE(item, options.end()) << "man/ftpsfs.1 lacks " << heading(option);
    if (!option.limits.empty()) {
      EXPECT_THAT(item->second, HasSubstr("(" + option.limits + ")")) << heading(option);
    }
  }
}

TEST(ManualTest, HasNoOptionThatTheTableLacks) {
  const auto options = items(".Sh OPTIONS", ".Sh ");
  EXPECT_EQ(options.size(), option_table().size());
}

TEST(ManualTest, HasTheFlagsOfHelpAndNoOther) {
  const auto flags = items(".Ss Flags", ".Sh ");
  for (const FlagHelp& flag : flag_table()) EXPECT_EQ(flags.count(std::string(flag.flags)), 1u) << flag.flags;
  EXPECT_EQ(flags.size(), flag_table().size());
}

/// The names that stand in `.Sy` lines and items, one word each.
std::set<std::string> symbols() {
  std::istringstream lines(manual());
  std::set<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("Sy ");
    if (at == std::string::npos) continue;
    std::istringstream words(line.substr(at + 3));
    for (std::string word; words >> word;) found.insert(word);
  }
  return found;
}

void expect_documented(const nlohmann::json& value) {
  const std::set<std::string> documented = symbols();
  for (const auto& [name, member] : value.items()) {
    if (value.is_object()) {
      EXPECT_EQ(documented.count(name), 1U) << name;
    }
    if (member.is_structured()) expect_documented(member);
  }
}

TEST(ManualTest, HasTheMembersOfTheDoctorsJson) {
  Report report(nullptr);
  report.passed("connect", "there", std::chrono::milliseconds(1));
  report.found("a thing", "a remedy");
  expect_documented(nlohmann::json::parse(report_json(report, "host:", {"ro"})));
}

TEST(ManualTest, HasTheMembersOfTheStatus) {
  spdlog::warn("something to be listed");
  vfs::FilesystemStatus status;
  status.uploads = {{"file", vfs::UploadStatus::State::kFailed, 1, 0, "refused"}};
  status.sessions.outage = remote::Outage{std::chrono::seconds(1), Error{ErrorKind::kTimeout, "gone"}};
  status.disk_cache = vfs::Usage{1, 2};
  expect_documented(nlohmann::json::parse(fuse::status_text({"1.2", "host:", "/state", true}, status)));
}

TEST(HelpTest, StandsBehindAVerb) {
  EXPECT_TRUE(asks_for_help(std::vector<std::string>{"ftpsfs", "doctor", "--help"}));
  EXPECT_TRUE(asks_for_help(std::vector<std::string>{"ftpsfs", "status", "-h"}));
  EXPECT_FALSE(asks_for_help(std::vector<std::string>{"ftpsfs", "status", "/mnt"}));
}

TEST(HelpTest, HasEveryOptionWithItsRangeAndDefault) {
  std::istringstream lines(help_text());
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    if (line.starts_with("  ") && words >> first) rows[first] = line;
  }
  for (const OptionSpec& option : option_table()) {
    ASSERT_EQ(rows.count(heading(option)), 1u) << heading(option);
    EXPECT_THAT(rows[heading(option)], HasSubstr(std::string(option.help)));
    EXPECT_THAT(rows[heading(option)], HasSubstr(option.limits));
  }
}

TEST(HelpTest, DocumentsTheOrderOfCredentials) {
  const std::string text = help_text();
  const std::size_t order = text.find("The password is the first of");
  ASSERT_NE(order, text.npos);
  std::size_t last = order;
  for (const char* way : {"credentials=FILE", "~/.netrc", "password_command=CMD", "FTPSFS_PASSWORD", "a prompt"}) {
    const std::size_t at = text.find(way, last);
    ASSERT_NE(at, text.npos) << way;
    last = at;
  }
}

TEST(HelpTest, VersionIsThatOfTheBuild) { EXPECT_THAT(version_text(), testing::MatchesRegex("ftpsfs [0-9.]+\n")); }

}  // namespace
}  // namespace ftpsfs::app
