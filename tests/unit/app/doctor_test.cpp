// The doctor's command line, what it tells of those who are no FTP servers, and its report.
#include "app/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/doctor/contact.h"
#include "app/mount_lines.h"
#include "fakes/fake_server.h"
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
      UniqueFd guest = listener_.accept();
      if (!guest.valid()) return;
      guests_.emplace_back([this, fd = std::move(guest)] { talk_to(fd.get()); });
    }
  }

  void talk_to(int guest) const {
    std::array<char, 1024> words;
    if (!first_.empty()) {
      (void)::send(guest, first_.data(), first_.size(), MSG_NOSIGNAL);
    } else if (::recv(guest, words.data(), words.size(), 0) > 0) {
      (void)::send(guest, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
    ::shutdown(guest, SHUT_WR);
    while (::recv(guest, words.data(), words.size(), 0) > 0) {
    }
  }

  const std::string first_;
  const std::string answer_;
  net::test::Listener listener_;
  std::vector<std::jthread> guests_;
  std::thread thread_;
};

std::string told_of(const Source& source, std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
  std::string text;
  Report report([&text](const Check& check) { text += check_line(check); });
  const Context context{timeout, std::nullopt, nullptr};
  const bool worth_a_login = make_contact(source, report, context, std::chrono::milliseconds(50));
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
  const Somebody server("hello, who is there?\r\n", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("no FTP server: hello, who is there?"), HasSubstr("no login")));
}

TEST(DoctorContact, AMailServerGreetsAsAnFtpServerDoes) {
  const Somebody server("220 mail.example.org ESMTP Postfix\r\n", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("is a mail server (SMTP)"), HasSubstr("no login")));
}

TEST(DoctorContact, AWebServerWaitsToBeSpokenTo) {
  const Somebody server("", "HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("is a web server"), HasSubstr("no login")));
}

TEST(DoctorContact, SilenceIsToldWithHowLongItWasHeard) {
  const Somebody server("", "");
  const Source source{ftp::TlsMode::kExplicit, "127.0.0.1", server.port(), {}, {}};
  EXPECT_THAT(told_of(source, std::chrono::milliseconds(100)),
              AllOf(HasSubstr("greeting     FAILED: none within"), HasSubstr("takes connections, and says nothing"),
                    HasSubstr("no login")));
}

TEST(DoctorContact, TlsAtOnceIsToldWithTheSchemeForIt) {
  const test::FakeServer server({.tls = test::FakeTls::kImplicit});
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kExplicit, server.host(), server.port(), {}, {}}),
              AllOf(HasSubstr("an FTP server with implicit TLS: 220 Fake server ready"),
                    HasSubstr("ftps://127.0.0.1:" + std::to_string(server.port()) + "/"), HasSubstr("no login")));
}

TEST(DoctorContact, AGreetingInTlsIsHeard) {
  const test::FakeServer server({.greeting = "220 Hello in there", .tls = test::FakeTls::kImplicit});
  const Source source{ftp::TlsMode::kImplicit, server.host(), server.port(), {}, {}};
  EXPECT_THAT(told_of(source), AllOf(HasSubstr("220 Hello in there"), Not(HasSubstr("FAILED"))));
}

TEST(DoctorContact, AStrangerInTlsIsNamed) {
  const test::FakeServer server({.greeting = "* OK IMAP4 ready", .tls = test::FakeTls::kImplicit});
  for (const ftp::TlsMode mode : {ftp::TlsMode::kExplicit, ftp::TlsMode::kImplicit}) {
    EXPECT_THAT(told_of(Source{mode, server.host(), server.port(), {}, {}}),
                AllOf(HasSubstr("a mail server (IMAP) in TLS"), HasSubstr("no login")));
  }
}

TEST(DoctorContact, AllAddressesAreTried) {
  const test::FakeServer server({.ipv6 = false});
  const std::string told = told_of(Source{ftp::TlsMode::kExplicit, "localhost", server.port(), {}, {}});
  EXPECT_THAT(told, HasSubstr("connect      127.0.0.1:" + std::to_string(server.port())));
  EXPECT_THAT(told, Not(HasSubstr("FAILED"))) << "::1 may not answer, where there is one";
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
  EXPECT_THAT(text, HasSubstr("  " + mount_line("host:my files", {"sessions=3", "ca=/ca"}) + "\n"));
  EXPECT_THAT(text, HasSubstr("  " + fstab_line("host:my files", {"sessions=3", "ca=/ca"}) + "\n"));
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

TEST(DoctorReport, TimesStandInAColumnOfTheirOwn) {
  EXPECT_EQ(check_line({"listing", true, "5 entries", std::chrono::milliseconds(41)}),
            "listing      5 entries" + std::string(67, ' ') + "41 ms\n");
  EXPECT_EQ(check_line({"names", true, "in UTF-8", {}}), "names        in UTF-8\n");
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
