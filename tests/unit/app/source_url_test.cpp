// Tables of sources people type: those that are understood, and those that are refused.
#include "app/source_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ftpsfs::app {
namespace {

using ftp::TlsMode;
using testing::HasSubstr;
using testing::Not;

struct Understood {
  std::string_view text;
  TlsMode tls;
  std::string host;
  std::uint16_t port;
  std::optional<std::string> user;
  std::string path;
};

const Understood kUnderstood[] = {
    {"ftpes://host.example", TlsMode::kExplicit, "host.example", 21, {}, ""},
    {"ftpes://host.example/", TlsMode::kExplicit, "host.example", 21, {}, ""},
    {"ftps://host.example/a/b", TlsMode::kImplicit, "host.example", 990, {}, "a/b"},
    {"ftpes://alice@host.example:2121/a", TlsMode::kExplicit, "host.example", 2121, "alice", "a"},
    {"ftps://host.example:21", TlsMode::kImplicit, "host.example", 21, {}, ""},
    // From the login directory, or from the server's root.
    {"ftpes://h//var/www", TlsMode::kExplicit, "h", 21, {}, "/var/www"},
    {"ftpes://h/%2Fvar/www", TlsMode::kExplicit, "h", 21, {}, "/var/www"},
    {"ftpes://h/%2fvar", TlsMode::kExplicit, "h", 21, {}, "/var"},
    {"ftpes://h//", TlsMode::kExplicit, "h", 21, {}, "/"},
    {"ftpes://h/a//b/./c/", TlsMode::kExplicit, "h", 21, {}, "a/b/c"},
    {"ftpes://h/.", TlsMode::kExplicit, "h", 21, {}, ""},
    {"ftpes://h/..a/b..", TlsMode::kExplicit, "h", 21, {}, "..a/b.."},
    // Bytes that a URL encodes, and those it need not.
    {"ftpes://h/a%20b%25c%E3%81%82", TlsMode::kExplicit, "h", 21, {}, "a b%c\xE3\x81\x82"},
    {"ftpes://h/what?#[x];type=i@y:z", TlsMode::kExplicit, "h", 21, {}, "what?#[x];type=i@y:z"},
    {"ftpes://alice%40shop.example@h/x", TlsMode::kExplicit, "h", 21, "alice@shop.example", "x"},
    {"ftpes://alice@shop.example@h/x", TlsMode::kExplicit, "h", 21, "alice@shop.example", "x"},
    {"ftpes://dom%5Cal%3Aice@h", TlsMode::kExplicit, "h", 21, "dom\\al:ice", ""},
    // Numeric addresses.
    {"ftpes://127.0.0.1:2121", TlsMode::kExplicit, "127.0.0.1", 2121, {}, ""},
    {"ftpes://u@[::1]:2121/x", TlsMode::kExplicit, "::1", 2121, "u", "x"},
    {"ftpes://[fe80::1%25eth0]", TlsMode::kExplicit, "fe80::1%eth0", 21, {}, ""},
    // As sshfs has it.
    {"host:", TlsMode::kExplicit, "host", 21, {}, ""},
    {"alice@host:photos/2024", TlsMode::kExplicit, "host", 21, "alice", "photos/2024"},
    {"alice@shop.example@host:/srv", TlsMode::kExplicit, "host", 21, "alice@shop.example", "/srv"},
    {"host:100%25 a@b", TlsMode::kExplicit, "host", 21, {}, "100%25 a@b"},
    {"host:a:b", TlsMode::kExplicit, "host", 21, {}, "a:b"},
    {"host:x/a@b:c", TlsMode::kExplicit, "host", 21, {}, "x/a@b:c"},
    {"alice@[::1]:x", TlsMode::kExplicit, "::1", 21, "alice", "x"},
    {"host:a[1]", TlsMode::kExplicit, "host", 21, {}, "a[1]"},
};

TEST(SourceTest, UnderstandsWhatPeopleType) {
  for (const Understood& row : kUnderstood) {
    SCOPED_TRACE(row.text);
    const auto source = parse_source(row.text, std::nullopt);
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ(source->tls, row.tls);
    EXPECT_EQ(source->host, row.host);
    EXPECT_EQ(source->port, row.port);
    EXPECT_EQ(source->user, row.user);
    EXPECT_EQ(source->path, row.path);
  }
}

struct Refused {
  std::string_view text;
  std::string_view because;
};

const Refused kRefused[] = {
    {"", "SOURCE is ftpes://"},
    {"host", "SOURCE is ftpes://"},
    {"/dev/sda1", "SOURCE is ftpes://"},
    {"./host:x", "SOURCE is ftpes://"},
    {":path", "no host"},
    {"alice@:path", "no host"},
    {"ftpes://", "no host"},
    {"ftpes:///path", "no host"},
    {"ftpes://@host/", "empty user"},
    {"@host:", "empty user"},
    {"sftp://host/", "scheme other than"},
    {"FTPES//host", "SOURCE is ftpes://"},
    {"ftp://host/", "-o tls=off"},
    {"ftpes://alice:secret@host/", "credentials=FILE"},
    {"ftpes://alice:@host/", "credentials=FILE"},
    {"ftpes://alice:secr@et@host/", "credentials=FILE"},
    {"alice:secret@host:path", "credentials=FILE"},
    {"alice@shop.example:secret@host:path", "credentials=FILE"},
    {"ftpes://host/a/../b", "'..'"},
    {"ftpes://host/%2E%2e", "'..'"},
    {"ftpes://host/a%2F..%2Fb", "'..'"},
    {"host:../x", "'..'"},
    {"ftpes://host/a%0Ab", "line break"},
    {"ftpes://host/a%0D", "line break"},
    {"ftpes://host/a%00", "NUL"},
    {"ftpes://al%0Aice@host/", "line break"},
    {"host:a\nb", "line break"},
    {"al\rice@host:a", "line break"},
    {"ftpes://host/%", "hexadecimal"},
    {"ftpes://host/%4", "hexadecimal"},
    {"ftpes://host/%4g", "hexadecimal"},
    {"ftpes://host/%-1", "hexadecimal"},
    {"ftpes://host:0/", "1..65535"},
    {"ftpes://host:65536/", "1..65535"},
    {"ftpes://host:/", "1..65535"},
    {"ftpes://host:21x/", "1..65535"},
    {"ftpes://::1/", "no host"},
    {"ftpes://fe80::1/", "brackets"},
    {"ftpes://[::1]21/", "1..65535"},
    {"ftpes://[::1/", "IPv6"},
    {"ftpes://[host]/", "IPv6"},
    {"ftpes://ho st/", "host name"},
    {"ftpes://ho%20st/", "host name"},
};

TEST(SourceTest, RefusesAndSaysWhy) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.text);
    const auto source = parse_source(row.text, std::nullopt);
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(source.error().message, HasSubstr(row.because));
    EXPECT_THAT(source.error().message, Not(HasSubstr("secr")));
  }
}

TEST(SourceTest, PlainFtpIsTakenOnlyWhenAskedForInSoManyWords) {
  const auto source = parse_source("ftp://host/x", TlsMode::kOff);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->tls, TlsMode::kOff);
  EXPECT_EQ(source->port, 21);
  EXPECT_FALSE(parse_source("ftp://host/x", TlsMode::kExplicit));
}

TEST(SourceTest, AWishThatContradictsTheSchemeIsRefused) {
  const auto weaker = parse_source("ftpes://host/", TlsMode::kOff);
  ASSERT_FALSE(weaker);
  EXPECT_THAT(weaker.error().message, HasSubstr("ftp://"));
  const auto other = parse_source("ftps://host/", TlsMode::kExplicit);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("ftpes://"));
  EXPECT_TRUE(parse_source("ftps://host/", TlsMode::kImplicit));
}

TEST(SourceTest, AWishDecidesWhereThereIsNoScheme) {
  const auto implicit = parse_source("host:", TlsMode::kImplicit);
  ASSERT_TRUE(implicit);
  EXPECT_EQ(implicit->tls, TlsMode::kImplicit);
  EXPECT_EQ(implicit->port, 990);
  const auto off = parse_source("host:", TlsMode::kOff);
  ASSERT_TRUE(off);
  EXPECT_EQ(off->tls, TlsMode::kOff);
}

}  // namespace
}  // namespace ftpsfs::app
