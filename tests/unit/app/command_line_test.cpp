// The command line: order, flags, option lists, mount(8)'s words, and what is refused.
#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "app/option_table.h"

namespace ftpsfs::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Result<CommandLine> parse(std::vector<std::string> arguments, std::string program = "ftpsfs") {
  arguments.insert(arguments.begin(), std::move(program));
  return parse_command_line(arguments);
}

Result<CommandLine> parse_with(const std::string& options) { return parse({"-o", options, "host:", "/mnt"}); }

Options options_of(const std::string& list) {
  const auto line = parse_with(list);
  EXPECT_TRUE(line) << line.error().message;
  return line ? line->options : Options{};
}

std::string error_of(const std::string& list) {
  const auto line = parse_with(list);
  EXPECT_FALSE(line) << list;
  return line ? "" : line.error().message;
}

TEST(CommandLineTest, TakesArgumentsAndOptionsInAnyOrder) {
  const std::vector<std::vector<std::string>> orders{
      {"-o", "sessions=4", "-f", "alice@host:x", "/mnt"},
      {"alice@host:x", "/mnt", "-o", "sessions=4", "-f"},
      {"alice@host:x", "-fosessions=4", "/mnt"},
      {"alice@host:x", "-osessions=4", "/mnt", "-f"},
      {"-f", "-o", "sessions=4", "--", "alice@host:x", "/mnt"},
  };
  for (const auto& words : orders) {
    const auto line = parse(words);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->action, Action::kMount);
    EXPECT_EQ(line->source_text, "alice@host:x");
    EXPECT_EQ(line->source.host, "host");
    EXPECT_EQ(line->source.user, "alice");
    EXPECT_EQ(line->mount_point, "/mnt");
    EXPECT_EQ(line->options.pool.max_sessions, 4u);
    EXPECT_TRUE(line->options.foreground);
  }
}

TEST(CommandLineTest, WrongUseEndsInTheUsageLine) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{}, "SOURCE and MOUNTPOINT are missing"}, {{"host:"}, "MOUNTPOINT is missing"},
      {{"host:", "/mnt", "/more"}, "'/more'"},   {{"host:", ""}, "MOUNTPOINT is empty"},
      {{"-x", "host:", "/mnt"}, "'-x'"},         {{"--helf", "host:", "/mnt"}, "'--helf'"},
      {{"host:", "/mnt", "-o"}, "-o needs"},     {{"--", "host:", "/mnt", "-f"}, "'-f'"},
  };
  for (const auto& [words, because] : table) {
    const auto line = parse(words);
    ASSERT_FALSE(line) << because;
    EXPECT_THAT(line.error().message, HasSubstr(because));
    EXPECT_THAT(line.error().message, HasSubstr("\nusage: ftpsfs "));
  }
}

TEST(CommandLineTest, HelpAndVersionNeedNothingElse) {
  EXPECT_EQ(parse({"--help"})->action, Action::kHelp);
  EXPECT_EQ(parse({"-fh", "-x"})->action, Action::kHelp);
  EXPECT_EQ(parse({"-V"})->action, Action::kVersion);
  EXPECT_EQ(parse({"--version"})->action, Action::kVersion);
}

TEST(CommandLineTest, AsMountHelperTakesTheFlagsOfMount) {
  const auto line =
      parse({"host:", "/mnt", "-fnv", "-r", "-t", "fuse.ftpsfs", "-o", "rw,ro,dev,suid"}, "/sbin/mount.ftpsfs");
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->action, Action::kFakeMount);
  EXPECT_FALSE(line->options.foreground);
  EXPECT_TRUE(line->options.kernel.read_only);
  EXPECT_EQ(parse({"host:", "/mnt", "-w"}, "mount.ftpsfs")->options.kernel.read_only, false);
}

TEST(CommandLineTest, SloppyIgnoresUnknownOptionsOnly) {
  const auto line = parse({"host:", "/mnt", "-s", "-o", "made_up=1,sessions=2"}, "mount.ftpsfs");
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->options.pool.max_sessions, 2u);
  EXPECT_THAT(line->hints, ElementsAre(HasSubstr("'made_up'")));
  EXPECT_FALSE(parse({"host:", "/mnt", "-s", "-o", "sessions=0"}, "mount.ftpsfs"));
}

TEST(OptionListTest, SplitsAsLibfuseDoes) {
  EXPECT_THAT(split_option_list("a,b=c"), ElementsAre("a", "b=c"));
  EXPECT_THAT(split_option_list(",a,,b,"), ElementsAre("a", "b"));
  EXPECT_THAT(split_option_list(R"(a=x\,y,b)"), ElementsAre("a=x,y", "b"));
  EXPECT_THAT(split_option_list(R"(a=x\\,b)"), ElementsAre(R"(a=x\)", "b"));
  EXPECT_THAT(split_option_list(R"(a=x\040y\054z)"), ElementsAre("a=x y,z"));
  EXPECT_THAT(split_option_list(R"(a=\400)"), ElementsAre("a=400"));
  EXPECT_THAT(split_option_list("a=x\\"), ElementsAre("a=x\\"));
  EXPECT_THAT(split_option_list(""), IsEmpty());
}

TEST(OptionsTest, SetEveryField) {
  const std::string digits(64, 'a');
  const Options options = options_of(
      "username=al=ice,credentials=/etc/c,password_command=echo a\\,b,tls=implicit,verify=no,"
      "ca=/etc/ca.pem,pin=sha256:" +
      digits +
      ",ca_path=/etc/ca,tls_min=1.3,tls_ciphers=A:TLS_B,data_tls=off,cert=/c.pem,key=/k.pem,key_password_command=echo k"
      ",sessions=64,timeout=1,keep_alive=3600,"
      "cache_ttl=0,attr_ttl=60,memory=2G,cache_dir=/srv/"
      "c,cache_size=3G,write=back,settle=7,append=rewrite,verify_upload=checksum,commit=inplace,staging_dir=/srv/"
      "s,uid=12,gid=34,umask=027,ro,"
      "allow_root,fsname=n,offline=stale,debug");
  EXPECT_EQ(options.login.username, "al=ice");
  EXPECT_EQ(options.login.credentials_file, "/etc/c");
  EXPECT_EQ(options.login.password_command, "echo a,b");
  EXPECT_EQ(options.tls, ftp::TlsMode::kImplicit);
  EXPECT_FALSE(options.certificate.verify);
  EXPECT_EQ(options.certificate.ca_file, "/etc/ca.pem");
  EXPECT_THAT(options.certificate.pins, ElementsAre(digits));
  EXPECT_EQ(options.certificate.ca_directory, "/etc/ca");
  EXPECT_EQ(options.certificate.least, net::TlsVersion::k13);
  EXPECT_EQ(options.certificate.ciphers, "A:TLS_B");
  EXPECT_FALSE(options.encrypt_data);
  EXPECT_EQ(options.certificate.client.file, "/c.pem");
  EXPECT_EQ(options.certificate.client.key_file, "/k.pem");
  EXPECT_EQ(options.login.key_password_command, "echo k");
  EXPECT_EQ(options.pool.max_sessions, 64u);
  EXPECT_EQ(options.timeout, std::chrono::seconds(1));
  EXPECT_EQ(options.pool.keep_alive, std::chrono::seconds(3600));
  EXPECT_EQ(options.cache.listing_age, std::chrono::seconds(0));
  EXPECT_EQ(options.cache.attribute_age, std::chrono::seconds(60));
  EXPECT_EQ(options.cache.memory_bytes, 2UL << 30);
  EXPECT_EQ(options.cache.disk_directory, "/srv/c");
  EXPECT_EQ(options.cache.disk_bytes, 3UL << 30);
  EXPECT_TRUE(options.writing.back);
  EXPECT_EQ(options.writing.settle, std::chrono::seconds(7));
  EXPECT_TRUE(options.writing.append_rewrites);
  EXPECT_EQ(options.writing.commit, vfs::CommitMode::kInPlace);
  EXPECT_EQ(options.writing.verify, vfs::VerifyUpload::kChecksum);
  EXPECT_EQ(options.writing.staging_directory, "/srv/s");
  EXPECT_EQ(options.owner.uid, 12u);
  EXPECT_EQ(options.owner.gid, 34u);
  EXPECT_EQ(options.owner.umask, 027u);
  EXPECT_TRUE(options.kernel.read_only);
  EXPECT_TRUE(options.kernel.allow_root);
  EXPECT_EQ(options.kernel.filesystem_name, "n");
  EXPECT_TRUE(options.cache.stale_when_offline);
  EXPECT_EQ(options.debug, log::Watched::all());
}

TEST(OptionsTest, DebugNamesTopics) {
  EXPECT_FALSE(options_of("ro").debug.any());
  const log::Watched two = options_of("debug=ftp:tls").debug;
  EXPECT_TRUE(two.has(log::Topic::kFtp));
  EXPECT_TRUE(two.has(log::Topic::kTls));
  EXPECT_FALSE(two.has(log::Topic::kCache));
  EXPECT_FALSE(two.has_all());
  EXPECT_TRUE(options_of("debug=fuse").debug.has(log::Topic::kFuse));
  EXPECT_TRUE(options_of("debug=cache:cache").debug.has(log::Topic::kCache));
}

TEST(OptionsTest, TheLastWordWins) {
  EXPECT_EQ(options_of("sessions=2,sessions=3").pool.max_sessions, 3u);
  EXPECT_FALSE(options_of("ro,rw").kernel.read_only);
  EXPECT_EQ(parse({"-o", "timeout=5", "host:", "/mnt", "-o", "timeout=6"})->options.timeout, std::chrono::seconds(6));
}

TEST(OptionsTest, PinsAddUpAndAreNormalised) {
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AB" : ":AB";
  std::string plain;
  for (int i = 0; i < 32; ++i) plain += "ab";
  EXPECT_THAT(options_of("pin=sha256:" + colons + ",pin=sha256:" + std::string(64, '0')).certificate.pins,
              ElementsAre(plain, std::string(64, '0')));
  EXPECT_THAT(error_of("pin=" + plain), HasSubstr("sha256:"));
  EXPECT_THAT(error_of("pin=sha256:" + plain + "0"), HasSubstr("64"));
}

TEST(OptionsTest, MemoryIsInMebibytesUnlessSaid) {
  EXPECT_EQ(options_of("memory=16").cache.memory_bytes, 16UL << 20);
  EXPECT_EQ(options_of("memory=32M").cache.memory_bytes, 32UL << 20);
  EXPECT_EQ(options_of("memory=20000K").cache.memory_bytes, 20000UL << 10);
  EXPECT_EQ(options_of("memory=64G").cache.memory_bytes, 64UL << 30);
}

TEST(OptionsTest, ValuesOutOfRangeNameTheRange) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"sessions=0", "1..64"},
      {"sessions=65", "1..64"},
      {"sessions=-1", "1..64"},
      {"sessions=4x", "1..64"},
      {"sessions= 4", "1..64"},
      {"sessions=99999999999999999999", "1..64"},
      {"timeout=0", "1..3600 s"},
      {"timeout=3601", "1..3600 s"},
      {"keep_alive=4", "5..3600 s"},
      {"cache_ttl=86401", "0..86400"},
      {"attr_ttl=3601", "0..3600 s"},
      {"memory=15", "16..65536 MiB"},
      {"memory=65537", "16..65536"},
      {"memory=99999999999999G", "16"},
      {"memory=16T", "K, M, G"},
      {"memory=M", "16..65536"},
      {"cache_size=63", "64..4194304 MiB"},
      {"append=both", "tail or rewrite"},
      {"commit=never", "auto, rename or inplace"},
      {"verify_upload=md5", "none, size or checksum"},
      {"write=through", "sync or back"},
      {"settle=3601", "0..3600"},
      {"cache_size=4097G", "64..4194304 MiB"},
      {"umask=1000", "0..777"},
      {"umask=8", "octal"},
      {"verify=true", "yes or no"},
      {"tls=on", "explicit, implicit"},
      {"tls_min=1.4", "1.0, 1.1, 1.2 or 1.3"},
      {"data_tls=no", "on or off"},
      {"uid=no-such-user", "no such user"},
      {"gid=no-such-group", "no such group"},
      {"uid=4294967295", "no such user"},
  };
  for (const auto& [list, because] : table) {
    EXPECT_THAT(error_of(list), HasSubstr("-o " + list + ": "));
    EXPECT_THAT(error_of(list), HasSubstr(because));
  }
}

TEST(OptionsTest, AMissingOrNeedlessValueIsNamed) {
  EXPECT_THAT(error_of("sessions"), HasSubstr("-o sessions=N needs a value"));
  EXPECT_THAT(error_of("username="), HasSubstr("-o username=NAME needs a value"));
  EXPECT_THAT(error_of("ro=yes"), HasSubstr("-o ro takes no value"));
}

TEST(OptionsTest, AnUnknownOptionIsNamedWithTheNearest) {
  EXPECT_THAT(error_of("sesions=3"), HasSubstr("'sesions'; did you mean 'sessions'?"));
  EXPECT_THAT(error_of("user_name=x"), HasSubstr("did you mean 'username'?"));
  EXPECT_THAT(error_of("allowother"), HasSubstr("did you mean 'allow_other'?"));
  EXPECT_THAT(error_of("credential=x"), HasSubstr("did you mean 'credentials'?"));
  EXPECT_THAT(error_of("zzzzzzzzzz"), HasSubstr("--help"));
  EXPECT_THAT(error_of("passwort=secret"), Not(HasSubstr("secret")));
}

TEST(OptionsTest, PasswordsAreRefusedWithoutRepeatingThem) {
  for (const char* list : {"password=secret", "pass=secret"}) {
    EXPECT_THAT(error_of(list), HasSubstr("credentials=FILE"));
    EXPECT_THAT(error_of(list), Not(HasSubstr("secret")));
  }
}

TEST(OptionsTest, PathsAreMadeAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(options_of("credentials=x/../c").login.credentials_file, here + "/c");
  ASSERT_EQ(::setenv("HOME", "/home/alice", 1), 0);
  EXPECT_EQ(options_of("ca=~/ca.pem").certificate.ca_file, "/home/alice/ca.pem");
}

TEST(OptionsTest, TheStagingDirectoryHasADefault) {
  ASSERT_EQ(::setenv("XDG_STATE_HOME", "/home/alice/state", 1), 0);
  const std::string expected = ::getuid() == 0 ? "/var/lib/ftpsfs" : "/home/alice/state/ftpsfs";
  EXPECT_EQ(options_of("rw").writing.staging_directory, expected);
}

TEST(OptionsTest, NothingIsKeptOnDiskUnlessAskedFor) {
  EXPECT_EQ(options_of("cache_size=100").cache.disk_directory, "");
  EXPECT_EQ(options_of("cache_dir=/c").cache.disk_bytes, 10UL << 30);
}

TEST(MountWordsTest, NoWordOfFstabIsRejected) {
  const Options options = options_of(
      "defaults,auto,noauto,user,nouser,users,owner,group,nofail,_netdev,suid,nosuid,dev,nodev,exec,atime,diratime,"
      "nodiratime,relatime,norelatime,strictatime,nostrictatime,lazytime,nolazytime,async,mand,nomand,silent,loud,"
      "iversion,noiversion,x-systemd.automount,x-systemd.idle-timeout=60,X-mount.mkdir,comment=mine,subtype=ftpsfs");
  EXPECT_THAT(options.kernel.flags, IsEmpty());
}

TEST(MountWordsTest, UserIsNotTheLoginName) {
  const auto line = parse_with("user=alice");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->options.login.username, "");
  EXPECT_THAT(line->hints, ElementsAre(HasSubstr("username=")));
}

TEST(MountWordsTest, FlagsForTheKernelArePassedOnAndTakenBack) {
  EXPECT_THAT(options_of("noexec,noatime,noexec").kernel.flags, ElementsAre("noatime", "noexec"));
  EXPECT_THAT(options_of("noexec,sync,exec").kernel.flags, ElementsAre("sync"));
  EXPECT_THAT(options_of("context=system_u:object_r:x").kernel.flags, ElementsAre("context=system_u:object_r:x"));
}

TEST(MountWordsTest, RemountIsRefused) { EXPECT_THAT(error_of("remount,ro"), HasSubstr("unmount it")); }

TEST(FuseOptionsTest, NosuidAndNodevAlwaysHold) {
  EXPECT_EQ(fuse_option_string(options_of("suid,dev").kernel, "host:"), "subtype=ftpsfs,nosuid,nodev,fsname=host:");
}

TEST(FuseOptionsTest, AllowOtherBringsDefaultPermissionsUnlessSaid) {
  EXPECT_THAT(fuse_option_string(options_of("allow_other").kernel, "h:"), HasSubstr("allow_other,default_permissions"));
  EXPECT_THAT(fuse_option_string(options_of("allow_other,no_default_permissions").kernel, "h:"),
              Not(HasSubstr("default_permissions")));
  EXPECT_THAT(fuse_option_string(options_of("default_permissions").kernel, "h:"), HasSubstr("default_permissions"));
  EXPECT_THAT(fuse_option_string(options_of("allow_other,allow_root").kernel, "h:"), Not(HasSubstr("allow_other")));
}

TEST(FuseOptionsTest, NamesAreEscaped) {
  EXPECT_THAT(fuse_option_string(options_of("ro,noexec").kernel, R"(host:a,b\c)"),
              HasSubstr(R"(fsname=host:a\,b\\c,ro,noexec)"));
}

}  // namespace
}  // namespace ftpsfs::app
