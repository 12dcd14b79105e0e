// The table of servers: who is who.
#include "remote/server_kind.h"

#include <gtest/gtest.h>

#include "remote/dialect.h"

namespace ftpsfs::remote {
namespace {

struct Case {
  Introduction introduction;
  std::string_view kind;
};

TEST(ServerKindTest, IsRecognisedByGreetingThenSystemThenFeatures) {
  const Case cases[] = {
      {{"(vsFTPd 3.0.3)", "UNIX Type: L8", "Features:; MLST type*;"}, "vsftpd"},
      {{"ProFTPD Server (Debian) [::ffff:10.0.0.1]", "UNIX Type: L8", ""}, "ProFTPD"},
      {{"Welcome to our files", "UNIX Type: L8", "Features:;  MLST modify*;perm*;type*;UNIX.owner*;; End"}, "ProFTPD"},
      {{"---------- Welcome to Pure-FTPd [privsep] [TLS] ----------", "UNIX Type: L8", ""}, "Pure-FTPd"},
      {{"Hello", "UNIX Type: L8", "Extensions supported:;  PRET;  ESTA;  ESTP; End."}, "Pure-FTPd"},
      {{"Microsoft FTP Service", "Windows_NT", ""}, "IIS"},
      {{"Hello", "Windows_NT version 10.0", ""}, "IIS"},
      {{"FileZilla Server 1.8.2; Please visit https://filezilla-project.org/", "", ""}, "FileZilla Server"},
      {{"Hello", "UNIX emulated by FileZilla.", ""}, "FileZilla Server"},
      {{"EXAMPLE.COM FTP server (Serv-U FTP Server v15.1) ready", "UNIX Type: L8", ""}, "Serv-U"},
      {{"Serv-U FTP Server v15.1.3.25 ready...", "UNIX Type: L8", ""}, "Serv-U"},
      {{"NASFTPD Turbo station 1.3.5a Server (ProFTPD) [192.168.1.100]", "UNIX Type: L8", ""}, "ProFTPD"},
      {{"DrFTPD+ 2.0-SVN $Revision: 1760 $ http://drftpd.org", "", ""}, "drftpd"},
      {{"ftp.example.com (glFTPd 2.01 Linux+TLS) ready.", "", ""}, "glftpd"},
      {{"ftp.example.com FTP server (SecureTransport 4.5.1) ready.", "", ""}, "Axway SecureTransport"},
      {{"Service ready for new user.", "UNIX Type: Apache FtpServer", ""}, "Apache FtpServer"},
      {{"Cerberus FTP Server - Home Edition; Created by Cerberus, LLC", "UNIX Type: L8", ""}, "Cerberus FTP Server"},
      {{"Complete FTP server; CompleteFTP v 22.2.2", "UNIX Type: L8", ""}, "CompleteFTP"},
      {{"CrushFTP Server Ready!", "", ""}, "CrushFTP"},
      {{"FRITZ!Box7490 FTP server ready.", "", ""}, "FRITZ!Box"},
      {{"GlobalSCAPE EFT Server (v. 6.0) * UNREGISTERED COPY *", "UNIX Type: L8", ""}, "Globalscape EFT"},
      {{"pyftpdlib 1.5.6 ready.", "", ""}, "pyftpdlib"},
      {{"SFTPGo_2.7.6", "", ""}, "SFTPGo"},
      {{"Titan FTP Server 10.47.1892 Ready.", "UNIX Type: L8", ""}, "Titan FTP Server"},
      {{"Wing FTP Server 7.2.8 ready...", "", ""}, "Wing FTP Server"},
      {{"Xlight FTP Server 3.9 ready...", "", ""}, "Xlight"},
      {{"FTPD1 IBM FTP CS V2R3 at SYS1, 10:00:00.", "", ""}, "z/OS"},
      {{"Hello", "MVS is the operating system of this server. FTP Server is running on z/OS.", ""}, "z/OS"},
      {{"Fake server ready", "UNIX Type: L8", "Features:; SIZE; End"}, ""},
      {{"", "", ""}, ""},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(recognise(each.introduction).name, each.kind) << each.introduction.greeting;
  }
}

TEST(ServerKindTest, ItsDialectLacksWhatTheTableSaysAndWhatFeatDoesNotTell) {
  ftp::Features features;
  features.known = true;
  features.size = true;
  const Dialect iis(features, recognise({"Microsoft FTP Service", "", ""}));
  EXPECT_FALSE(iis.has(Ability::kRenameReplaces));
  EXPECT_FALSE(iis.has(Ability::kMlsd));
  EXPECT_TRUE(iis.has(Ability::kSize));
  EXPECT_EQ(iis.lost(), 0U) << "nothing was observed";
}

TEST(ServerKindTest, EveryAbilityHasAName) {
  for (unsigned i = 0; i < kAbilities; ++i) {
    const auto ability = static_cast<Ability>(i);
    EXPECT_NE(name_of_lack(ability), "") << i;
    EXPECT_EQ(ability_lacking(name_of_lack(ability)), ability);
  }
  EXPECT_FALSE(ability_lacking("no luck"));
}

}  // namespace
}  // namespace ftpsfs::remote
