// The doctor's command line, what it tells of those who are no FTP servers, and its report.
#include "app/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "app/doctor/contact.h"
#include "unit/net/loopback.h"

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
  const auto line = parse({"-o", "sessions=3,credentials=/c,ca=/ca", "ftpes://host/d", "--write", "tmp", "--json"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->mount.source.host, "host");
  EXPECT_EQ(line->mount.source.path, "d");
  EXPECT_EQ(line->mount.options.pool.max_sessions, 3U);
  EXPECT_EQ(line->write_directory, "tmp");
  EXPECT_TRUE(line->json);
  EXPECT_THAT(line->options, ElementsAre("sessions=3", "ca=/ca")) << "what a mount line shows";
}

TEST(DoctorLine, SaysWhatIsWrong) {
  EXPECT_THAT(refusal({}), HasSubstr("SOURCE is missing"));
  EXPECT_THAT(refusal({"ftpes://host/", "/mnt"}), HasSubstr("no mount point"));
  EXPECT_THAT(refusal({"ftpes://host/", "--write"}), HasSubstr("--write needs"));
  EXPECT_THAT(refusal({"ftpes://host/", "-o", "sessions=0"}), HasSubstr("1..64"));
  EXPECT_THAT(refusal({"ftpes://host/", "--colour"}), HasSubstr("unknown flag '--colour'"));
}

/// Takes connections, and says `first` at once, or `answer` once it was spoken to.
class Somebody {
 public:
  Somebody(std::string first, std::string answer) : first_(std::move(first)), answer_(std::move(answer)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~Somebody() {
    listener_.stop();
    thread_.join();
  }
  Somebody(const Somebody&) = delete;
  Somebody& operator=(const Somebody&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.endpoint().port(); }

 private:
  void serve() {
    for (;;) {
      const UniqueFd guest = listener_.accept();
      if (!guest.valid()) return;
      std::array<char, 1024> words;
      if (!first_.empty()) {
        (void)::send(guest.get(), first_.data(), first_.size(), MSG_NOSIGNAL);
      } else if (::recv(guest.get(), words.data(), words.size(), 0) > 0) {
        (void)::send(guest.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
      ::shutdown(guest.get(), SHUT_WR);
      while (::recv(guest.get(), words.data(), words.size(), 0) > 0) {
      }
    }
  }

  const std::string first_;
  const std::string answer_;
  net::test::Listener listener_;
  std::thread thread_;
};

std::string told_of(const Source& source) {
  std::string text;
  Report report([&text](const Check& check) { text += check_line(check); });
  const bool worth_a_login = make_contact(source, report, Context{});
  return text + closing_text(report, "SOURCE", {}) + (worth_a_login ? "" : "no login");
}

std::string told_of(const Somebody& somebody, ftp::TlsMode tls = ftp::TlsMode::kExplicit) {
  return told_of(Source{tls, "127.0.0.1", somebody.port(), {}, {}});
}

TEST(DoctorContact, AnFtpServerGreets) {
  const Somebody server("220 Welcome\r\n", "");
  EXPECT_THAT(told_of(server), Not(HasSubstr("FAILED")));
}

TEST(DoctorContact, AnSshServerIsNamed) {
  const Somebody server("SSH-2.0-OpenSSH_9.2p1\r\n", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("is an SSH server"), HasSubstr("sshfs"), HasSubstr("no login")));
}

TEST(DoctorContact, AnotherServersWordsAreShown) {
  const Somebody server("* OK IMAP4 ready\r\n", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("no FTP server: * OK IMAP4 ready"), HasSubstr("no login")));
}

TEST(DoctorContact, AServerThatDoesNotSpeakTlsAtOnceMayDoSoByAuth) {
  const Somebody server("220 Welcome\r\n", "");
  EXPECT_THAT(told_of(server, ftp::TlsMode::kImplicit), AllOf(HasSubstr("ftpes://"), HasSubstr("no login")));
}

TEST(DoctorContact, AClosedPortIsTold) {
  std::uint16_t port = 0;
  {
    const Somebody gone("", "");
    port = gone.port();
  }
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kExplicit, "127.0.0.1", port, {}, {}}),
              AllOf(HasSubstr("FAILED"), HasSubstr("nothing listens there"), HasSubstr("no login")));
}

TEST(DoctorReport, EndsWithTheLinesToMountBy) {
  Report report(nullptr);
  report.passed("listing", "fine");
  report.found("a thing", "a remedy");
  const std::string text = closing_text(report, "host:my files", {"sessions=3", "ca=/ca"});
  EXPECT_THAT(text, HasSubstr("- a thing\n  a remedy\n"));
  EXPECT_THAT(text, HasSubstr("ftpsfs -o sessions=3,ca=/ca 'host:my files' MOUNTPOINT\n"));
  EXPECT_THAT(text, HasSubstr("host:my\\040files  MOUNTPOINT  fuse.ftpsfs  "));
  report.failed("data", "none");
  EXPECT_THAT(closing_text(report, "host:", {}), Not(HasSubstr("MOUNTPOINT"))) << "it cannot be mounted so";
}

TEST(DoctorReport, IsJsonForPrograms) {
  Report report(nullptr);
  report.passed("round trip", "of NOOP", std::chrono::milliseconds(20));
  report.failed("data", "none \xff");
  const auto json = nlohmann::json::parse(report_json(report, "host:", {}));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["checks"][0]["name"], "round trip");
  EXPECT_DOUBLE_EQ(json["checks"][0]["seconds"], 0.02);
  EXPECT_EQ(json["checks"][1]["ok"], false);
  EXPECT_FALSE(json.contains("mount"));
}

TEST(DoctorReport, WhatAServerSaysCannotSteerTheTerminal) {
  Report report(nullptr);
  report.found("\x1b[2Jgone");
  EXPECT_THAT(closing_text(report, "host:", {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(check_line({"greeting", true, "\x1b[2Jgone", {}}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace ftpsfs::app
