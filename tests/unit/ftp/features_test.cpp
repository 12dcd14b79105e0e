// parse_features: the FEAT replies of real servers.
#include "ftpsfs/ftp/features.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ftpsfs::ftp {
namespace {

Features features_of(std::string_view wire) {
  ReplyParser parser;
  EXPECT_TRUE(parser.feed(wire));
  const auto reply = parser.next();
  EXPECT_TRUE(reply) << wire;
  return reply ? parse_features(*reply) : Features{};
}

/// The flags that are set, by name.
std::string set_flags(const Features& features) {
  std::string names;
  const auto add = [&names](bool set, std::string_view name) {
    if (set) names += (names.empty() ? "" : " ") + std::string(name);
  };
  add(features.known, "known");
  add(features.mlst, "mlst");
  add(features.size, "size");
  add(features.mdtm, "mdtm");
  add(features.mfmt, "mfmt");
  add(features.rest_stream, "rest_stream");
  add(features.epsv, "epsv");
  add(features.utf8, "utf8");
  add(features.tvfs, "tvfs");
  add(features.site_utime, "site_utime");
  add(features.site_copy, "site_copy");
  add(features.site_symlink, "site_symlink");
  add(features.pret, "pret");
  add(features.rang, "rang");
  add(features.clnt, "clnt");
  add(features.host, "host");
  add(features.mode_z, "mode_z");
  return names;
}

TEST(Features, Vsftpd) {
  const Features features = features_of(
      "211-Features:\r\n AUTH TLS\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n PBSZ\r\n PROT\r\n REST STREAM\r\n SIZE\r\n"
      " TVFS\r\n211 End\r\n");
  EXPECT_EQ(set_flags(features), "known size mdtm rest_stream epsv tvfs");
  EXPECT_EQ(features.mlst_facts, "");
}

TEST(Features, Proftpd) {
  const Features features = features_of(
      "211-Features:\r\n AUTH TLS\r\n CCC\r\n CLNT\r\n CSID\r\n EPRT\r\n EPSV\r\n HASH CRC32;MD5;SHA-1*;SHA-256\r\n"
      " HOST\r\n LANG en-US.UTF-8*;en-US\r\n MDTM\r\n MFF modify;UNIX.group;UNIX.mode;\r\n MFMT\r\n"
      " MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.groupname*;UNIX.mode*;UNIX.owner*;UNIX.ownername*;\r\n"
      " PBSZ\r\n PROT\r\n RANG STREAM\r\n REST STREAM\r\n SITE COPY\r\n SITE MKDIR\r\n SITE RMDIR\r\n SITE SYMLINK\r\n"
      " SITE UTIME\r\n SIZE\r\n SSCN\r\n TVFS\r\n UTF8\r\n XCRC\r\n XMD5\r\n211 End\r\n");
  EXPECT_EQ(set_flags(features),
            "known mlst size mdtm mfmt rest_stream epsv utf8 tvfs site_utime site_copy site_symlink rang clnt host");
  EXPECT_EQ(features.languages, "en-US.UTF-8*;en-US");
  EXPECT_EQ(features.mlst_facts,
            "modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.groupname*;UNIX.mode*;UNIX.owner*;UNIX.ownername*;");
}

TEST(Features, PureFtpd) {
  const Features features = features_of(
      "211-Extensions supported:\r\n UTF8\r\n EPRT\r\n IDLE\r\n MDTM\r\n SIZE\r\n MFMT\r\n REST STREAM\r\n"
      " MLST type*;size*;sizd*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;\r\n MLSD\r\n PRET\r\n AUTH TLS\r\n "
      "PBSZ\r\n"
      " PROT\r\n TVFS\r\n ESTA\r\n PASV\r\n EPSV\r\n ESTP\r\n211 End.\r\n");
  EXPECT_EQ(set_flags(features), "known mlst size mdtm mfmt rest_stream epsv utf8 tvfs pret");
  EXPECT_EQ(features.mlst_facts, "type*;size*;sizd*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;");
}

TEST(Features, FileZillaServer) {
  const Features features = features_of(
      "211-Features:\r\n MDTM\r\n REST STREAM\r\n SIZE\r\n MLST type*;size*;modify*;\r\n MLSD\r\n AUTH SSL\r\n"
      " AUTH TLS\r\n PROT\r\n PBSZ\r\n UTF8\r\n CLNT\r\n MFMT\r\n EPSV\r\n EPRT\r\n211 End\r\n");
  EXPECT_EQ(set_flags(features), "known mlst size mdtm mfmt rest_stream epsv utf8 clnt");
}

TEST(Features, Iis) {
  const Features features = features_of(
      "211-Extended features supported:\r\n LANG EN*\r\n UTF8\r\n AUTH TLS;TLS-C;SSL;TLS-P;\r\n PBSZ\r\n PROT C;P;\r\n"
      " CCC\r\n HOST\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 END\r\n");
  EXPECT_EQ(set_flags(features), "known size mdtm rest_stream utf8 host");
}

TEST(Features, LinesWithACodeWithoutASpaceAndInLowerCase) {
  EXPECT_EQ(set_flags(features_of("211-Features:\r\n211-SIZE\r\n211-REST STREAM\r\n211 End\r\n")),
            "known size rest_stream");
  EXPECT_EQ(set_flags(features_of("211-Features:\nMDTM YYYYMMDDHHMMSS[+-TZ];filename\nsize\n211 End\n")),
            "known size mdtm");
  EXPECT_EQ(set_flags(features_of("211-Features:\r\n  SITE CHMOD;UTIME;SYMLINK \r\n211 End\r\n")),
            "known site_utime site_symlink");
  EXPECT_EQ(set_flags(features_of("211-Features:\r\n MODE Z\r\n211 End\r\n")), "known mode_z");
}

TEST(Features, TakesOnlyWholeWords) {
  EXPECT_EQ(set_flags(features_of("211-Features:\r\n SIZES\r\n XMDTM\r\n REST\r\n REST STREAMS\r\n SITE XUTIME\r\n"
                                  " TVFSX\r\n X SIZE\r\n211 End\r\n")),
            "known");
  EXPECT_EQ(set_flags(features_of("211 no-features\r\n")), "known");
}

TEST(Features, UnknownWhenRefused) {
  for (const std::string_view reply : {"500 Unknown command.\r\n", "502 SIZE\r\n", "530 Please login.\r\n",
                                       "214-Help:\r\n SIZE\r\n214 End\r\n", "200 ok\r\n"}) {
    EXPECT_EQ(set_flags(features_of(reply)), "") << reply;
  }
}

}  // namespace
}  // namespace ftpsfs::ftp
