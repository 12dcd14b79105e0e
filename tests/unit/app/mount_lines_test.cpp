// The lines to mount by, pasted where they belong: read back they say the same.
#include "app/mount_lines.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <sstream>

#include "app/command_line.h"

namespace ftpsfs::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kAwkwardOptions{"sessions=3", "ca=/a,b \\c\"d", "username=o'brien",
                                               "fsname=caf\xc3\xa9 #1"};
const std::string kAwkwardSource = "host:a b\tc'd#e\\f\x1b\xff$(id)";

/// The words into which bash takes a line apart.
std::vector<std::string> words_of(const std::string& line) {
  const std::string script = "printf '%s\\0' " + line;
  std::FILE* const shell = ::popen(("bash -c \"$(cat <<'END'\n" + script + "\nEND\n)\"").c_str(), "r");
  std::vector<std::string> words(1);
  for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) {
    if (c == 0) words.emplace_back();
    if (c != 0) words.back() += static_cast<char>(c);
  }
  ::pclose(shell);
  words.pop_back();
  return words;
}

/// A field of fstab as mount(8) reads it.
std::string decoded(const std::string& field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    text += field[i] == '\\' ? static_cast<char>(std::stoi(field.substr(i + 1, 3), nullptr, 8)) : field[i];
    if (field[i] == '\\') i += 3;
  }
  return text;
}

TEST(MountLines, PlainOnesHaveNoQuotes) {
  EXPECT_EQ(mount_line("ftpes://host/", {}), "ftpsfs ftpes://host/ MOUNTPOINT");
  EXPECT_EQ(mount_line("ftpes://host/", {"ca=/ca", "ro"}), "ftpsfs -o ca=/ca,ro ftpes://host/ MOUNTPOINT");
  EXPECT_EQ(fstab_line("ftpes://host/", {"ro"}),
            "ftpes://host/  MOUNTPOINT  fuse.ftpsfs  _netdev,noauto,user,credentials=FILE,ro  0  0");
}

TEST(MountLines, GivenCredentialsStandInFstab) {
  EXPECT_EQ(fstab_line("host:", {"credentials=/c"}),
            "host:  MOUNTPOINT  fuse.ftpsfs  _netdev,noauto,user,credentials=/c  0  0");
}

TEST(MountLines, AShellReadsWhatWasMeant) {
  const auto words = words_of(mount_line(kAwkwardSource, kAwkwardOptions));
  ASSERT_EQ(words.size(), 5U);
  EXPECT_EQ(words[3], kAwkwardSource);
  EXPECT_EQ(split_option_list(words[2]), kAwkwardOptions);
}

TEST(MountLines, FstabHasFourFieldsThatSayWhatWasMeant) {
  std::istringstream line(fstab_line(kAwkwardSource, kAwkwardOptions));
  std::string source;
  std::string mount_point;
  std::string type;
  std::string options;
  std::string dump;
  std::string pass;
  std::string more;
  line >> source >> mount_point >> type >> options >> dump >> pass >> more;
  EXPECT_EQ(more, "");
  EXPECT_EQ(decoded(source), kAwkwardSource);
  auto all = split_option_list(decoded(options));
  ASSERT_GT(all.size(), kAwkwardOptions.size());
  all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kAwkwardOptions.size()));
  EXPECT_EQ(all, kAwkwardOptions);
}

TEST(MountLines, NothingInThemSteersATerminal) {
  for (const std::string& line : {mount_line(kAwkwardSource, {}), fstab_line(kAwkwardSource, kAwkwardOptions)}) {
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c < '\x7f') << line;
  }
}

}  // namespace
}  // namespace ftpsfs::app
