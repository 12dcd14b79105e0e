// Names: everything a file may be called, on each real server.
#include <string>
#include <vector>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Names : public RealServers {
 protected:
  [[nodiscard]] std::vector<std::string> unusual_names(bool for_directories) const;
};

// Every name that the server itself can hold.
std::vector<std::string> Names::unusual_names(bool for_directories) const {
  std::vector<std::string> names{"with space",
                                 " leading space",
                                 "trailing space ",
                                 "two  spaces",
                                 "-dash",
                                 "--help",
                                 ".hidden",
                                 "..double",
                                 "...",
                                 "[brackets]",
                                 "star*",
                                 "question?",
                                 "{braces}",
                                 "~tilde",
                                 "quote\"double",
                                 "quote'single",
                                 "back\\slash",
                                 "semi;colon",
                                 "equals=sign",
                                 "percent%41",
                                 "hash#",
                                 "amp&ersand",
                                 "dollar$",
                                 "colon:",
                                 "pipe|",
                                 "arrow -> target",
                                 "umlaut \xc3\xa4\xc3\xb6\xc3\xbc",
                                 "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.txt",
                                 "emoji \xf0\x9f\x93\x81",
                                 "tab\tinside",
                                 std::string(255, 'n')};
  if (GetParam() == ServerKind::kPureFtpd) {
    std::erase(names, "trailing space ");  // cut off by the server
    std::erase(names, "tab\tinside");      // stored with '_' by the server
    std::erase(names, "back\\slash");      // refused by the server
  }
  if (GetParam() == ServerKind::kProftpd && for_directories) std::erase(names, "star*");  // MKD refuses it
  return names;
}

TEST_P(Names, EveryNameSurvives) {
  for (const std::string& name : unusual_names(false)) {
    write_file(mount().path() / name, "content of " + name);
    EXPECT_EQ(read_file(server_.home() / name), "content of " + name) << name;
  }
  mount().remount();
  std::vector<std::string> listed;
  for (const auto& entry : std::filesystem::directory_iterator(mount().path())) {
    listed.push_back(entry.path().filename().string());
  }
  std::vector<std::string> expected = unusual_names(false);
  std::sort(listed.begin(), listed.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(listed, expected);
  for (const std::string& name : unusual_names(false)) {
    EXPECT_EQ(read_file(mount().path() / name), "content of " + name) << name;
    std::filesystem::remove(mount().path() / name);
  }
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Names, EveryNameMayBeADirectory) {
  for (const std::string& name : unusual_names(true)) {
    std::filesystem::create_directory(mount().path() / name);
    write_file(mount().path() / name / "inside", name);
  }
  mount().remount();
  for (const std::string& name : unusual_names(true)) {
    std::vector<std::string> listed;
    for (const auto& entry : std::filesystem::directory_iterator(mount().path() / name)) {
      listed.push_back(entry.path().filename().string());
    }
    EXPECT_EQ(listed, std::vector<std::string>{"inside"}) << name;
    EXPECT_EQ(std::filesystem::remove_all(mount().path() / name), 2U) << name;
  }
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Names, TooLongAndUnsendableNamesAreRefused) {
  EXPECT_NE(run_script("touch \"$MNT/" + std::string(256, 'n') + "\"").output.find("File name too long"),
            std::string::npos);
  EXPECT_NE(run_script(R"sh(touch "$MNT"/$'new\nline')sh").output.find("Invalid argument"), std::string::npos);
  EXPECT_EQ(run_script(R"sh(test ! -e "$MNT"/$'new\nline')sh").status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Names, UnsendableNamesOfTheServerAreNotShown) {
  write_file(server_.home() / "fine", "x");
  write_file(server_.home() / "carriage\rreturn", "x");
  std::vector<std::string> listed;
  for (const auto& entry : std::filesystem::directory_iterator(mount().path())) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(name.find('\r'), std::string::npos);
    listed.push_back(name);
  }
  EXPECT_NE(std::find(listed.begin(), listed.end(), "fine"), listed.end());
}

TEST_P(Names, DirectoriesOfEverySize) {
  expect_script(R"sh(
    mkdir "$HOME_DIR/empty" "$HOME_DIR/full"
    (cd "$HOME_DIR/full" && seq -f 'entry%05g' 1 10000 | xargs touch)
  )sh");
  mount().remount();
  expect_script(R"sh(
    test "$(ls -A "$MNT/empty" | wc -l)" = 0
    test "$(ls "$MNT/full" | wc -l)" = 10000
    test "$(ls -l "$MNT/full" | tail -n +2 | awk '{print $NF}' | sort -u | wc -l)" = 10000
  )sh");
}

TEST_P(Names, DeepPaths) {
  expect_script(R"sh(
    deep=$(printf 'level%.0s/' $(seq 1 60))
    mkdir -p "$MNT/$deep"; echo bottom > "$MNT/$deep/file"
    test "$(cat "$HOME_DIR/$deep/file")" = bottom
    test "$(find "$MNT" -name file | wc -l)" = 1
    rm -r "$MNT/level"
  )sh");
}

FTPSFS_ON_REAL_SERVERS(Names);

}  // namespace
}  // namespace ftpsfs::test
