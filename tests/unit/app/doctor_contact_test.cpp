// What the doctor tells of who answers at an address, directly or through a proxy.
#include "app/doctor/contact.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_proxy.h"
#include "fakes/fake_server.h"
#include "unit/net/loopback.h"

namespace ftpsfs::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

/// Takes connections, and closes them.
class HangsUp {
 public:
  HangsUp() {
    thread_ = std::thread([this] {
      while (listener_.accept().valid()) {
      }
    });
  }
  ~HangsUp() {
    listener_.stop();
    thread_.join();
  }
  HangsUp(const HangsUp&) = delete;
  HangsUp& operator=(const HangsUp&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.endpoint().port(); }

 private:
  net::test::Listener listener_;
  std::thread thread_;
};

std::string told_of(const Source& source, std::chrono::milliseconds timeout = std::chrono::seconds(5),
                    const std::optional<net::ProxyOptions>& proxy = std::nullopt) {
  std::string text;
  Report report([&text](const Check& check) { text += check_line(check); });
  const Context context{timeout, std::nullopt, nullptr};
  const bool worth_a_login = make_contact(source, proxy, report, context, std::chrono::milliseconds(50));
  return text + closing_text(report, "SOURCE", {}) + (worth_a_login ? "" : "no login");
}

std::string told_of(const Somebody& somebody, ftp::TlsMode tls = ftp::TlsMode::kExplicit) {
  return told_of(Source{tls, "127.0.0.1", somebody.port(), {}, {}});
}

TEST(DoctorContact, AnFtpServerGreets) {
  const Somebody server("220 Welcome\r\n", "");
  EXPECT_THAT(told_of(server), Not(HasSubstr("FAILED")));
}

struct StrangerCase {
  std::string greeting;
  std::string_view what;
  std::string_view remedy = "FTP is mostly at port 21";
};

TEST(DoctorContact, ServersOfOtherKindsAreNamed) {
  using namespace std::string_literals;
  const StrangerCase cases[] = {
      {"SSH-2.0-OpenSSH_9.2p1\r\n", "an SSH server", "sshfs"},
      {"220 mail.example.org ESMTP Postfix\r\n", "a mail server (SMTP)"},
      {"+OK Dovecot ready.\r\n", "a mail server (POP3)"},
      {"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "a mail server (IMAP)"},
      {"RFB 003.008\n", "a screen server (VNC)"},
      {"@RSYNCD: 31.0\n", "an rsync server", "rsync speaks to it"},
      {"\xff\xfd\x18\xff\xfd\x20", "a telnet server"},
      {"\x4a\x00\x00\x00\x0a"
       "8.0.36\0\x08\0\0\0"s,
       "a database (MySQL or MariaDB)"},
      {"\x45\x00\x00\x00\xff\x6a\x04Host is not allowed"s, "a database (MySQL or MariaDB)"},
      {"HTTP/1.1 408 Request Timeout\r\n\r\n", "a web server"},
  };
  for (const StrangerCase& each : cases) {
    const Somebody server(each.greeting, "");
    EXPECT_THAT(told_of(server), AllOf(HasSubstr("greeting     FAILED: " + std::string(each.what)),
                                       HasSubstr("is " + std::string(each.what)), HasSubstr(std::string(each.remedy)),
                                       HasSubstr("no login")));
  }
}

TEST(DoctorContact, WhatIsNoTextIsNotShown) {
  const Somebody server("\xff\xfd\x18\xff\xfd\x20", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("a telnet server\n"), Not(HasSubstr("?"))));
}

TEST(DoctorContact, AnotherServersWordsAreShown) {
  const Somebody server("hello, who is there?\r\n", "");
  EXPECT_THAT(told_of(server), AllOf(HasSubstr("no FTP server: hello, who is there?"), HasSubstr("no login")));
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

TEST(DoctorContact, WhoHangsUpAtOnceIsNotSilent) {
  const HangsUp server;
  for (const ftp::TlsMode mode : {ftp::TlsMode::kExplicit, ftp::TlsMode::kImplicit}) {
    EXPECT_THAT(told_of(Source{mode, "127.0.0.1", server.port(), {}, {}}),
                AllOf(HasSubstr("greeting     FAILED: none: the connection is closed at once"),
                      HasSubstr("takes connections and closes them at once"), HasSubstr("no login")));
  }
}

TEST(DoctorContact, TlsAtOnceIsToldWithTheSchemeForIt) {
  const test::FakeServer server({.tls = test::FakeTls::kImplicit});
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kExplicit, server.host(), server.port(), {}, {}}),
              AllOf(HasSubstr("an FTP server with implicit TLS: 220 Fake server ready"),
                    HasSubstr("ftps://127.0.0.1:" + std::to_string(server.port()) + "/"), HasSubstr("no login")));
}

TEST(DoctorContact, AGreetingInOldTlsIsHeard) {
  const test::FakeServer server(
      {.tls = test::FakeTls::kImplicit, .tls_min = test::FakeTlsVersion::k11, .tls_max = test::FakeTlsVersion::k11});
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kImplicit, server.host(), server.port(), {}, {}}), Not(HasSubstr("FAILED")));
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
              AllOf(HasSubstr("FAILED"), HasSubstr("nothing listens at that port"), HasSubstr("no login")));
}

Source behind_proxy(std::uint16_t port) { return {ftp::TlsMode::kExplicit, "inside.example", port, {}, {}}; }

net::ProxyOptions proxy_at(const test::FakeProxy& proxy) {
  return {.kind = net::ProxyOptions::Kind::kSocks5, .host = "127.0.0.1", .port = proxy.port()};
}

TEST(DoctorContact, ThroughAProxyBothWaysAndTheGreetingAreTold) {
  const test::FakeServer server({.greeting = "220 Hello from inside"});
  const test::FakeProxy proxy({.names = {{"inside.example", server.host()}}});
  const std::string told = told_of(behind_proxy(server.port()), std::chrono::seconds(5), proxy_at(proxy));
  EXPECT_THAT(told, AllOf(HasSubstr("proxy        127.0.0.1"),
                          HasSubstr("connect      127.0.0.1:" + std::to_string(proxy.port())),
                          HasSubstr("inside.example:" + std::to_string(server.port()) + " through the proxy"),
                          HasSubstr("greeting     220 Hello from inside"), Not(HasSubstr("FAILED"))));
}

TEST(DoctorContact, AProxyThatForbidsIsToldWithAWayOut) {
  const test::FakeProxy proxy({.refuses = true});
  EXPECT_THAT(told_of(behind_proxy(21), std::chrono::seconds(5), proxy_at(proxy)),
              AllOf(HasSubstr("connect      FAILED: "), HasSubstr("the proxy's rules forbid this connection"),
                    HasSubstr("whoever runs the proxy"), HasSubstr("no login")));
}

TEST(DoctorContact, AProxyThatIsNotThereIsTold) {
  std::uint16_t port = 0;
  {
    const Somebody gone("", "");
    port = gone.port();
  }
  const net::ProxyOptions proxy{.kind = net::ProxyOptions::Kind::kHttp, .host = "127.0.0.1", .port = port};
  EXPECT_THAT(
      told_of(behind_proxy(21), std::chrono::seconds(5), proxy),
      AllOf(HasSubstr("connect      FAILED: "), HasSubstr("check host and port of -o proxy="), HasSubstr("no login")));
}

TEST(DoctorContact, AnUnknownNameIsTold) {
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kExplicit, "no.such.host.invalid", 21, {}, {}}),
              AllOf(HasSubstr("address      FAILED: "), HasSubstr("check the host's name and the network")));
}

TEST(DoctorContact, AnAddressWithoutAWayToItIsTold) {
  EXPECT_THAT(told_of(Source{ftp::TlsMode::kExplicit, "255.255.255.255", 21, {}, {}}),
              AllOf(HasSubstr("connect      FAILED: "), HasSubstr("there is no way to it from this computer")));
}

}  // namespace
}  // namespace ftpsfs::app
