// The doctor's command line and its report.
#include "app/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/doctor/report.h"
#include "app/mount_lines.h"

namespace ftpsfs::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Result<DoctorLine> parse(std::vector<std::string> words) {
  words.insert(words.begin(), {"ftpsfs", "doctor"});
  return parse_doctor_line(words);
}

std::string refusal(std::vector<std::string> words) {
  const auto line = parse(std::move(words));
  return line ? "none" : line.error().message;
}

TEST(DoctorLine, IsKnownByItsFirstWord) {
  EXPECT_TRUE(is_doctor_line(std::vector<std::string>{"ftpsfs", "doctor", "ftpes://host/"}));
  EXPECT_FALSE(is_doctor_line(std::vector<std::string>{"ftpsfs", "doctor:", "/mnt"})) << "a host of that name";
}

TEST(DoctorLine, TakesTheOptionsOfAMount) {
  const auto line = parse(
      {"-o", "sessions=3,credentials=/c,ca=/ca,password_command=pass", "ftpes://host/d", "--write", "tmp", "--json"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->mount.source.host, "host");
  EXPECT_EQ(line->mount.source.path, "d");
  EXPECT_EQ(line->mount.options.pool.max_sessions, 3U);
  EXPECT_EQ(line->write_directory, "tmp");
  EXPECT_TRUE(line->json);
  EXPECT_THAT(line->options, ElementsAre("sessions=3", "credentials=/c", "ca=/ca")) << "what a mount line shows";
}

TEST(DoctorLine, RepeatsFilesAsTheyAreFoundFromAnywhere) {
  const auto line = parse({"-o", "ca=certificates/ca.pem", "ftpes://host/"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_THAT(line->options, ElementsAre("ca=" + (std::filesystem::current_path() / "certificates/ca.pem").string()));
}

TEST(DoctorLine, SaysWhatIsWrong) {
  EXPECT_THAT(refusal({}), HasSubstr("SOURCE is missing"));
  EXPECT_THAT(refusal({"ftpes://host/", "/mnt"}), HasSubstr("no mount point"));
  EXPECT_THAT(refusal({"ftpes://host/", "--write"}), HasSubstr("--write needs"));
  EXPECT_THAT(refusal({"ftpes://host/", "-o", "sessions=0"}), HasSubstr("1..64"));
  EXPECT_THAT(refusal({"ftpes://host/", "-o", "ca"}), HasSubstr("needs a value"));
  EXPECT_THAT(refusal({"ftpes://host/", "--colour"}), HasSubstr("unknown flag '--colour'"));
}

TEST(DoctorReport, EndsWithTheLinesToMountBy) {
  Report report(nullptr);
  report.passed("listing", "fine");
  report.found("a thing", "a remedy");
  const std::string text = closing_text(report, "host:my files", {"sessions=3", "ca=/ca"});
  EXPECT_THAT(text, HasSubstr("- a thing\n  a remedy\n"));
  EXPECT_THAT(text, HasSubstr("  " + mount_line("host:my files", {"sessions=3", "ca=/ca"}) + "\n"));
  EXPECT_THAT(text, HasSubstr("  " + fstab_line("host:my files", {"sessions=3", "ca=/ca"}) + "\n"));
  report.failed("data", "none");
  EXPECT_THAT(closing_text(report, "host:", {}), Not(HasSubstr("MOUNTPOINT"))) << "it cannot be mounted so";
}

TEST(DoctorReport, IsJsonForPrograms) {
  Report report(nullptr);
  report.passed("round trip", "of NOOP", std::chrono::milliseconds(20));
  report.failed("data", "none \xff");
  report.passed("", "more of it");
  const auto json = nlohmann::json::parse(report_json(report, "host:", {}));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["checks"][0]["name"], "round trip");
  EXPECT_DOUBLE_EQ(json["checks"][0]["seconds"], 0.02);
  EXPECT_EQ(json["checks"][1]["ok"], false);
  EXPECT_EQ(json["checks"][2]["name"], "data") << "further lines of a check have its name";
  EXPECT_FALSE(json.contains("mount"));
}

TEST(DoctorReport, TimesStandInAColumnOfTheirOwn) {
  EXPECT_EQ(check_line({"listing", true, "5 entries", std::chrono::milliseconds(41)}),
            "listing      5 entries" + std::string(67, ' ') + "41 ms\n");
  EXPECT_EQ(check_line({"listing", true, "5 entries", std::chrono::microseconds(410)}),
            "listing      5 entries" + std::string(66, ' ') + "0.4 ms\n");
  EXPECT_EQ(check_line({"names", true, "in UTF-8", {}}), "names        in UTF-8\n");
}

TEST(DoctorReport, AFailureIsAFindingWithItsRemedy) {
  Report report(nullptr);
  report.failed("login", "it is refused", "ask somebody");
  EXPECT_THAT(closing_text(report, "host:", {}), HasSubstr("- it is refused\n  ask somebody\n"));
}

TEST(DoctorReport, ALongLineIsShownToItsEnd) {
  EXPECT_THAT(check_line({"login", false, std::string(600, 'x') + " use this", {}}), HasSubstr(" use this"));
}

TEST(DoctorReport, WhatAServerSaysCannotSteerTheTerminal) {
  Report report(nullptr);
  report.found("\x1b[2Jgone");
  EXPECT_THAT(closing_text(report, "host:", {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(check_line({"greeting", true, "\x1b[2Jgone", {}}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace ftpsfs::app
