// parse_facts_line: MLSD and MLST lines of real servers, their dialects, and lines that make no sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

ListedEntry entry_of(std::string_view line, bool drop_path = false) {
  const auto parsed = parse_facts_line(line, drop_path);
  EXPECT_TRUE(parsed) << line << ": " << (parsed ? "" : parsed.error().message);
  EXPECT_TRUE(parsed && *parsed) << line;
  return parsed && *parsed ? **parsed : ListedEntry{};
}

TEST(Facts, ReadsAllThatProftpdTells) {
  const ListedEntry entry = entry_of(
      "modify=20240303140533;perm=adfrw;size=1234;type=file;unique=FE01U5A0B;UNIX.group=1001;UNIX.groupname=users;"
      "UNIX.mode=0640;UNIX.owner=1000;UNIX.ownername=ann; report.txt");
  EXPECT_EQ(entry.name, "report.txt");
  EXPECT_EQ(entry.type, EntryType::kFile);
  EXPECT_EQ(entry.size, 1234u);
  EXPECT_EQ(entry.mtime, 1709474733);
  EXPECT_EQ(entry.precision, TimePrecision::kSecond);
  EXPECT_EQ(entry.mode, 0640u);
  EXPECT_EQ(entry.uid, 1000u);
  EXPECT_EQ(entry.gid, 1001u);
  EXPECT_EQ(entry.perm, "adfrw");
  EXPECT_EQ(entry.unique, "FE01U5A0B");
  EXPECT_FALSE(entry.links);
}

TEST(Facts, ReadsAllThatPureFtpdTells) {
  const ListedEntry entry = entry_of(
      "type=dir;sizd=4096;modify=20240303140533;UNIX.mode=0755;UNIX.uid=1000;UNIX.gid=1001;unique=fe01g5a0c; sub dir");
  EXPECT_EQ(entry.name, "sub dir");
  EXPECT_EQ(entry.type, EntryType::kDirectory);
  EXPECT_EQ(entry.size, 4096u);
  EXPECT_EQ(entry.mode, 0755u);
  EXPECT_EQ(entry.uid, 1000u);
  EXPECT_EQ(entry.gid, 1001u);
}

TEST(Facts, LeavesAbsentWhatIsNotTold) {
  const ListedEntry entry = entry_of("type=file; x");
  EXPECT_FALSE(entry.size || entry.mtime || entry.mode || entry.uid || entry.gid || entry.links);
  EXPECT_EQ(entry.precision, TimePrecision::kUnknown);
  EXPECT_EQ(entry.unique + entry.link_target, "");
  EXPECT_FALSE(entry.perm);
}

TEST(Facts, KeepsNamesAsTheyAre) {
  for (const std::string& name : {"plain"s,
                                  " leading"s,
                                  "trailing "s,
                                  "  "s,
                                  "a b"s,
                                  "a;b"s,
                                  "a; b"s,
                                  "a=b"s,
                                  "type=dir; x"s,
                                  ";"s,
                                  "="s,
                                  "..."s,
                                  ".hidden"s,
                                  "-dash"s,
                                  "a\\b"s,
                                  "q\"uote"s,
                                  "*?[]"s,
                                  "日本.txt"s,
                                  "\x83\x5c\xff\xfe"s,
                                  "tab\t"s,
                                  "esc\x1b"s,
                                  std::string(255, 'n'),
                                  " -> "s}) {
    EXPECT_EQ(entry_of("type=file;size=1; " + name).name, name);
    EXPECT_EQ(entry_of("Type=file;Size=1 " + name).name, name) << "without the last semicolon";
  }
}

struct TypeCase {
  std::string_view facts;
  EntryType type;
  std::string_view target;
};
const TypeCase kTypes[] = {
    {"type=file;", EntryType::kFile, ""},
    {"TYPE=FILE;", EntryType::kFile, ""},
    {"Type=Dir;", EntryType::kDirectory, ""},
    {"type=OS.unix=slink:/etc/Hosts;", EntryType::kSymlink, "/etc/Hosts"},
    {"type=OS.UNIX=SLINK:Up/Down;size=7;", EntryType::kSymlink, "Up/Down"},
    {"type=OS.unix=slink:../a b;size=7;", EntryType::kSymlink, "../a b"},
    {"type=OS.unix=slink:a;b c;size=7;", EntryType::kSymlink, "a;b c"},
    {"size=7;type=OS.unix=slink:a;b;", EntryType::kSymlink, "a;b"},
    {"type=OS.unix=slink:t;type=file;", EntryType::kFile, ""},
    {"type=OS.unix=slink:;", EntryType::kSymlink, ""},
    {"type=OS.unix=slink;", EntryType::kSymlink, ""},
    {"type=OS.unix=symlink;", EntryType::kSymlink, ""},
    {"type=OS.unix=symlink:t;", EntryType::kSymlink, "t"},
    {"type=OS.unix=chr-13/29;", EntryType::kOther, ""},
    {"type=OS.unix=blkdev;", EntryType::kOther, ""},
    {"type=OS.unix=socket;", EntryType::kOther, ""},
    {"type=;", EntryType::kOther, ""},
    {"size=1;", EntryType::kFile, ""},
    {"perm=adfrw;", EntryType::kFile, ""},
    {"perm=flcdmpe;", EntryType::kDirectory, ""},
    {"UNIX.mode=040755;", EntryType::kDirectory, ""},
    {"UNIX.mode=0100644;", EntryType::kFile, ""},
    {"UNIX.mode=120777;", EntryType::kSymlink, ""},
    {"UNIX.mode=010644;", EntryType::kOther, ""},
};

TEST(Facts, TellsTypesApart) {
  for (const TypeCase& c : kTypes) {
    const ListedEntry entry = entry_of(std::string(c.facts) + " n;a=m e");
    EXPECT_EQ(entry.type, c.type) << c.facts;
    EXPECT_EQ(entry.link_target, c.target) << c.facts;
    EXPECT_EQ(entry.name, "n;a=m e") << c.facts;
  }
}

TEST(Facts, ReadsALinkTargetWithoutTheLastSemicolon) {
  const ListedEntry entry = entry_of("size=3;type=OS.unix=slink:../up a name=x");
  EXPECT_EQ(entry.link_target, "../up");
  EXPECT_EQ(entry.name, "a name=x");
}

TEST(Facts, ReadsModesWithAndWithoutTypeBits) {
  EXPECT_EQ(entry_of("type=file;UNIX.mode=644; x").mode, 0644u);
  EXPECT_EQ(entry_of("type=file;unix.mode=0644; x").mode, 0644u);
  EXPECT_EQ(entry_of("type=file;UNIX.MODE=100644; x").mode, 0644u);
  EXPECT_EQ(entry_of("type=file;UNIX.mode=0104755; x").mode, 04755u);
  EXPECT_EQ(entry_of("type=dir;UNIX.mode=41777; x").mode, 01777u);
}

TEST(Facts, TreatsNonsenseValuesAsNotTold) {
  const ListedEntry entry =
      entry_of("type=file;;size=-5;modify=yesterday;UNIX.mode=9;UNIX.uid=root;UNIX.gid=4294967296;x.unknown=1;junk; x");
  EXPECT_FALSE(entry.size || entry.mtime || entry.mode || entry.uid || entry.gid);
  EXPECT_EQ(entry.precision, TimePrecision::kUnknown);
  EXPECT_EQ(entry.name, "x");
}

TEST(Facts, ReadsSizesBelow2To63) {
  EXPECT_EQ(entry_of("type=file;size=0; x").size, 0u);
  EXPECT_EQ(entry_of("type=file;size=9223372036854775807; x").size, 9223372036854775807u);
  EXPECT_FALSE(entry_of("type=file;size=9223372036854775808; x").size);
  EXPECT_FALSE(entry_of("type=file;size=99999999999999999999; x").size);
}

TEST(Facts, ReadsFractionsAndLowersPerm) {
  EXPECT_EQ(entry_of("type=file;modify=20240303140533.999; x").mtime, 1709474733);
  EXPECT_EQ(entry_of("type=dir;perm=FLCDMPE; x").perm, "flcdmpe");
  EXPECT_EQ(entry_of("type=file;unique=AbC; x").unique, "AbC");
}

TEST(Facts, PassesOverWhatIsNoEntryOfTheDirectory) {
  for (const std::string_view line : {"", " ", "   ", "type=cdir;perm=el; /home/u", "Type=CDIR; x", "type=pdir; ..",
                                      "type=pdir; /", "type=dir; .", "type=dir; ..", " .", "  "}) {
    const auto parsed = parse_facts_line(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_FALSE(*parsed) << line;
  }
  for (const std::string_view line : {" type=dir; /", "type=dir; /a/.", "type=dir; /a/..", "type=cdir; /a", ""}) {
    const auto parsed = parse_facts_line(line, true);
    ASSERT_TRUE(parsed) << line;
    EXPECT_FALSE(*parsed) << line;
  }
}

TEST(Facts, DropsThePathWhereAsked) {
  EXPECT_EQ(entry_of(" type=file;size=3; /home/u/a b", true).name, "a b");
  EXPECT_EQ(entry_of("type=dir; /home/u/sub/", true).name, "sub");
  EXPECT_EQ(entry_of("type=file;size=3;UNIX.mode=0644; sub/file", true).name, "file");
  EXPECT_EQ(entry_of(" type=file; x", true).name, "x");
  EXPECT_EQ(entry_of(" type=file;  x", true).name, " x");
  EXPECT_EQ(entry_of("  /home/u/x", true).name, "x") << "an MLST reply without facts";
}

TEST(Facts, ReadsALineWithoutFacts) {
  EXPECT_EQ(entry_of(" x").name, "x");
  EXPECT_EQ(entry_of("  x").name, " x");
  EXPECT_EQ(entry_of(" type=dir; x").type, EntryType::kDirectory) << "a server that indents MLSD as it does MLST";
}

TEST(Facts, RefusesLinesThatMakeNoSense) {
  for (const std::string& line :
       {"garbage"s, "<html>"s, "=x; y"s, "-rw-r--r-- 1 u g 5 Mar  3 14:05 x"s, "type=file;"s, "type=file"s,
        "type=file; "s, "type=OS.unix=slink:a"s, "type=file; a/b"s, "type=file; /x"s, "type=file; ../x"s,
        "type=file; a\0b"s, "type=file; a\rb"s, "type=file; a\nb"s, "type=file; a\r"s, "550 not found"s}) {
    const auto parsed = parse_facts_line(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kProtocol) << line;
  }
  EXPECT_FALSE(parse_facts_line("type=file; /a/b\0c"s, true));
  EXPECT_FALSE(parse_facts_line("type=file; ", true));
  EXPECT_THAT(parse_facts_line("type=file; a\nb").error().message, HasSubstr("a\\x0ab"));
}

TEST(Facts, TakesLinearTimeOnHostileLines) {
  const std::size_t kLength = 256 << 10;
  const auto repeated = [&](std::string_view piece) {
    std::string text;
    while (text.size() < kLength) text += piece;
    return text;
  };
  EXPECT_FALSE(parse_facts_line("type=OS.unix=slink:" + repeated(";")));
  EXPECT_FALSE(parse_facts_line("type=OS.unix=slink:" + repeated("a;")));
  EXPECT_FALSE(parse_facts_line(repeated("type=OS.unix=slink:;")));
  EXPECT_FALSE(parse_facts_line(repeated("a=b;")));
}

}  // namespace
}  // namespace ftpsfs::ftp
