#include "fuse/caller.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

namespace ftpsfs::fuse {
namespace {

std::string status_text(std::string_view pending, std::string_view shared, std::string_view blocked) {
  std::string text =
      "Name:\tTgid: 7\nUmask:\t0022\nState:\tD (disk sleep)\nTgid:\t4711\nNgid:\t0\nPid:\t4712\nPPid:\t1\n"
      "SigQ:\t0/7800\n";
  text.append("SigPnd:\t").append(pending).append("\nShdPnd:\t").append(shared);
  text.append("\nSigBlk:\t").append(blocked).append("\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\n");
  return text;
}

struct PendingCase {
  std::string_view what;
  std::string_view pending;
  std::string_view shared;
  std::string_view blocked;
  bool is_told_to_end;
};

constexpr std::string_view kNone = "0000000000000000";

const PendingCase kPendingCases[] = {
    {"nothing", kNone, kNone, kNone, false},
    {"HUP", "0000000000000001", kNone, kNone, true},
    {"INT", kNone, "0000000000000002", kNone, true},
    {"QUIT", kNone, "0000000000000004", kNone, true},
    {"KILL", "0000000000000100", kNone, kNone, true},
    {"TERM", kNone, "0000000000004000", kNone, true},
    {"ALRM: a timer", kNone, "0000000000002000", kNone, false},
    {"CHLD", kNone, "0000000000010000", kNone, false},
    {"WINCH", "0000000008000000", kNone, kNone, false},
    {"a real-time signal", "8000000000000000", kNone, kNone, false},
    {"ALRM and TERM", kNone, "0000000000006000", kNone, true},
    {"TERM, blocked", kNone, "0000000000004000", "0000000000004000", false},
    {"USR1, and TERM blocked", "0000000000000200", "0000000000004000", "0000000000004000", false},
};

TEST(Caller, TellsSignalsThatEndProgramsFromOthers) {
  for (const PendingCase& each : kPendingCases) {
    const auto status = parse_thread_status(status_text(each.pending, each.shared, each.blocked));
    ASSERT_TRUE(status) << each.what;
    EXPECT_EQ(status->process, 4711) << each.what;
    EXPECT_EQ(is_told_to_end(*status), each.is_told_to_end) << each.what;
  }
}

TEST(Caller, RefusesTextThatLacksALine) {
  const std::string whole = status_text(kNone, kNone, kNone);
  ASSERT_TRUE(parse_thread_status(whole));
  for (const std::string_view line : {"\nTgid:", "\nSigPnd:", "\nShdPnd:", "\nSigBlk:"}) {
    std::string text = whole;
    text.replace(text.find(line) + 1, 3, "Xyz");
    EXPECT_FALSE(parse_thread_status(text)) << line;
  }
  EXPECT_FALSE(parse_thread_status(""));
  EXPECT_FALSE(parse_thread_status("Tgid:"));
}

TEST(Caller, FindsTheProcessOfAThread) {
  pid_t thread = 0;
  pid_t found = 0;
  std::thread([&] {
    thread = ::gettid();
    found = process_of(thread);
  }).join();
  EXPECT_NE(thread, ::getpid());
  EXPECT_EQ(found, ::getpid());
  EXPECT_EQ(process_of(0), 0) << "a thread of another pid namespace stands for itself";
}

std::string stat_text(std::string_view name, std::string_view flags, std::string_view exit_code) {
  std::string text = "4711 (";
  text.append(name).append(") R 1 4711 4711 34816 4711 ").append(flags);
  for (int field = 10; field < 52; ++field) text += " 0";
  return text.append(" ").append(exit_code).append("\n");
}

TEST(Caller, TellsWhoDiesOfASignalFromWhoEnds) {
  EXPECT_TRUE(is_killed(stat_text("cp", "4194308", "2")));
  EXPECT_TRUE(is_killed(stat_text("a) b (c", "4194308", "137"))) << "with a core dump, and an odd name";
  EXPECT_FALSE(is_killed(stat_text("cp", "4194308", "256"))) << "exit(1)";
  EXPECT_FALSE(is_killed(stat_text("cp", "4194308", "0"))) << "exit(0), or nobody tells us";
  EXPECT_FALSE(is_killed(stat_text("cp", "4194304", "19"))) << "stopped";
  EXPECT_FALSE(is_killed(""));
  EXPECT_FALSE(is_killed("4711 (cp) R 1"));
}

TEST(Caller, AKilledProcessHasGivenUpWhileItIsStillThere) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) ::pause();
  }
  EXPECT_FALSE(has_given_up(child));
  ::kill(child, SIGKILL);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(has_given_up(child));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(Caller, AThreadThatIsGoneHasGivenUp) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(has_given_up(child));
  EXPECT_FALSE(is_ending(child)) << "nor is one that /proc hides from us";
  EXPECT_FALSE(has_given_up(::getpid()));
  EXPECT_FALSE(has_given_up(0));
}

}  // namespace
}  // namespace ftpsfs::fuse
