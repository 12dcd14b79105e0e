// ServerNotes: the text, what in it grows old, and what makes a server another one.
#include "remote/server_notes.h"

#include <gtest/gtest.h>

namespace ftpsfs::remote {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr sys_days kToday = std::chrono::year(2026) / 11 / 27;

TEST(ServerNotesTest, AreReadAsTheyWereWritten) {
  const ServerNotes notes{"ProFTPD Server", "UNIX Type: L8", "Features:; SIZE; End", {{"no MLSD", kToday}}};
  const std::string text = to_text(notes);
  EXPECT_EQ(text,
            "# What ftpsfs found out about this server. After a week, or a day for what it lacks, it is tried again.\n"
            "greeting ProFTPD Server\nsystem UNIX Type: L8\nfeatures Features:; SIZE; End\n2026-11-27 no MLSD\n");
  const ServerNotes read = parse_notes(text);
  EXPECT_TRUE(read.same_server(notes));
  EXPECT_EQ(read.notes, notes.notes);
}

TEST(ServerNotesTest, LinesThatMakeNoSenseArePassedOver) {
  const ServerNotes read =
      parse_notes("\n\xff\0\n2026-13-01 no SIZE\n2026-11-27\nweather fine\n20261127 no SIZE\n9999");
  EXPECT_TRUE(read.notes.empty());
  EXPECT_TRUE(read.same_server({}));
}

TEST(ServerNotesTest, WhatIsOlderThanAWeekIsDoubted) {
  const ServerNotes notes{
      "", "", "", {{"old", kToday - days(8)}, {"young", kToday - days(7)}, {"of tomorrow", kToday + days(1)}}};
  EXPECT_EQ(without_old(notes, kToday).notes, (std::vector<ServerNote>{{"young", kToday - days(7)}}));
}

TEST(ServerNotesTest, WhatTheServerLacksIsDoubtedAfterADay) {
  const ServerNotes notes{"", "", "", {{"no MLSD", kToday - days(2)}, {"no SIZE", kToday - days(1)}}};
  EXPECT_EQ(without_old(notes, kToday).notes, (std::vector<ServerNote>{{"no SIZE", kToday - days(1)}}));
}

TEST(ServerNotesTest, AnObservationKeepsItsDay) {
  EXPECT_EQ(dated({"a", "b"}, {{"a", kToday - days(3)}, {"c", kToday}}, kToday),
            (std::vector<ServerNote>{{"a", kToday - days(3)}, {"b", kToday}}));
}

TEST(ServerNotesTest, OfAGreetingTheVersionLastsAndTimesAndNumbersDoNot) {
  EXPECT_EQ(lasting_part("You are user number 3 of 50 allowed.; Local time is now 20:46. Server port: 21."),
            lasting_part("You are user number 12 of 50 allowed.; Local time is now 07:05. Server port: 21."));
  EXPECT_EQ(lasting_part("ProFTPD Server (Debian) [::ffff:127.0.0.1]"),
            lasting_part("ProFTPD Server (Debian) [::ffff:10.1.2.3]"));
  EXPECT_NE(lasting_part("(vsFTPd 3.0.3)"), lasting_part("(vsFTPd 3.0.5)"));
  EXPECT_EQ(lasting_part("(vsFTPd 3.0.3)"), "(vsFTPd 3.0.3)");
  EXPECT_EQ(lasting_part(""), "");
}

}  // namespace
}  // namespace ftpsfs::remote
