// ftpsfs's place on a system: installed, named in /etc/fstab, mounted by mount(8), and used by those who are not root.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "integration/ftp_server.h"
#include "integration/mount.h"
#include "integration/private_system.h"

namespace ftpsfs::test {
namespace {

constexpr const char* kMountWords = "_netdev,noauto,user,nofail,x-systemd.automount,x-systemd.idle-timeout=60";

/// A server, and a system with ftpsfs installed on which a user has the server's password and certificate.
class InstalledSystem {
 public:
  explicit InstalledSystem(const std::string& prefix)
      : server_(FtpServer::start(ServerKind::kProftpd)), system_(prefix) {
    write_credentials(server_, credentials());
  }

  [[nodiscard]] std::string source() const { return "ftpes://localhost:" + std::to_string(server_.port()); }
  [[nodiscard]] std::string options() const {
    return "credentials=" + credentials().string() + ",ca=" + server_.ca().string() +
           ",staging_dir=" + (system_.home() / "staging").string();
  }
  /// Makes the credentials the user's; else they are root's, and no use to him.
  void give_credentials_to_user() { system_.give_to_user(credentials()); }
  [[nodiscard]] PrivateSystem& system() { return system_; }
  [[nodiscard]] const FtpServer& server() const { return server_; }

  /// Runs a script of PrivateSystem with $SOURCE and $OPTIONS set.
  [[nodiscard]] CommandResult run(const std::string& script) const {
    return system_.run(script, {"SOURCE=" + source(), "OPTIONS=" + options()});
  }
  void expect_script(const std::string& script) const {
    const CommandResult result = run(script);
    EXPECT_EQ(result.status, 0) << script << "\n" << result.output << server_.report();
  }

 private:
  [[nodiscard]] std::filesystem::path credentials() const { return system_.home() / "credentials"; }

  FtpServer server_;
  PrivateSystem system_;
};

struct FstabStyle {
  const char* prefix;  ///< where ftpsfs is installed
  const char* type;    ///< the third field of the line
};

void PrintTo(const FstabStyle& style, std::ostream* out) { *out << style.type << " below " << style.prefix; }

class Fstab : public ::testing::TestWithParam<FstabStyle> {
 protected:
  void SetUp() override {
    if (const std::string obstacle = PrivateSystem::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    installed_ = std::make_unique<InstalledSystem>(GetParam().prefix);
    installed_->system().write_fstab(installed_->source() + " " + installed_->system().mount_point().string() + " " +
                                     GetParam().type + " " + kMountWords + "," + installed_->options() + " 0 0\n");
  }

  std::unique_ptr<InstalledSystem> installed_;
};

TEST_P(Fstab, ItsLineIsAllThatRootNeeds) {
  installed_->expect_script(R"sh(
    mount "$MNT"
    findmnt -n -o SOURCE,FSTYPE "$MNT" | grep -q "^$SOURCE *fuse.ftpsfs$"
    echo written > "$MNT/file"
    test "$(ls -A "$MNT")" = file
    test "$(cat "$MNT/file")" = written
    umount "$MNT"
    test -z "$(ls -A "$MNT")"
  )sh");
  EXPECT_EQ(read_file(installed_->server().home() / "file"), "written\n");
}

TEST_P(Fstab, ItsWordUserLetsAUserMountAndUnmount) {
  installed_->give_credentials_to_user();
  installed_->expect_script(R"sh(
    as_user mount "$MNT"
    findmnt -n -o FSTYPE "$MNT" | grep -qx fuse.ftpsfs
    as_user bash -c 'echo written > "$MNT/file"; test "$(cat "$MNT/file")" = written'
    test "$(as_user stat -c %U "$MNT/file")" = "$NOBODY"
    as_user umount "$MNT"
    test -z "$(ls -A "$MNT")"
  )sh");
  EXPECT_EQ(read_file(installed_->server().home() / "file"), "written\n");
}

TEST_P(Fstab, ItsCredentialsOfRootAreNoUseToAUser) {
  const CommandResult result = installed_->run(R"sh(
    status=0; as_user mount "$MNT" || status=$?
    if mountpoint -q "$MNT"; then status=3; fi
    exit $status
  )sh");
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_NE(result.output.find("credentials: Permission denied\n"), std::string::npos) << result.output;
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
}

std::string style_name(const ::testing::TestParamInfo<FstabStyle>& info) {
  std::string name = std::string(info.param.type) + " below " + info.param.prefix;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(, Fstab,
                         ::testing::Values(FstabStyle{"/usr", "fuse.ftpsfs"}, FstabStyle{"/usr", "ftpsfs"},
                                           FstabStyle{"/usr/local", "fuse.ftpsfs"}, FstabStyle{"/usr/local", "ftpsfs"}),
                         style_name);

TEST(MountWords, AreAcceptedByTheProgramItself) {
  const FtpServer server = FtpServer::start(ServerKind::kProftpd);
  const Mount mount(server, {kMountWords});
  EXPECT_TRUE(std::filesystem::is_empty(mount.path()));
}

class Unprivileged : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string obstacle = PrivateSystem::obstacle(); !obstacle.empty()) GTEST_SKIP() << obstacle;
    installed_ = std::make_unique<InstalledSystem>("/usr");
    installed_->give_credentials_to_user();
  }

  /// Expects the user's mount with `options` to fail: `words` are told, one line begins with our name, nothing is
  /// mounted.
  void expect_refusal(const std::string& options, const std::vector<std::string>& words) const {
    const CommandResult result = installed_->run(R"sh(
      status=0; as_user ftpsfs -o ")sh" + options +
                                                 R"sh(" "$SOURCE" "$MNT" || status=$?
      if mountpoint -q "$MNT" || [ -n "$(ls -A "$MNT")" ]; then status=3; fi
      exit $status
    )sh");
    EXPECT_EQ(result.status, 1) << result.output;
    for (const std::string& word : words) EXPECT_NE(result.output.find(word), std::string::npos) << result.output;
    const std::size_t ours = result.output.find("ftpsfs: ");
    ASSERT_NE(ours, std::string::npos) << result.output;
    EXPECT_EQ(result.output.find('\n', ours), result.output.size() - 1) << result.output;
  }

  std::unique_ptr<InstalledSystem> installed_;
};

TEST_F(Unprivileged, MountsThroughFusermount) {
  installed_->expect_script(R"sh(
    as_user ftpsfs -o "$OPTIONS" "$SOURCE" "$MNT"
    as_user bash -c 'echo written > "$MNT/file"; test "$(cat "$MNT/file")" = written'
    as_user fusermount3 -u "$MNT"
    test -z "$(ls -A "$MNT")"
  )sh");
  EXPECT_EQ(read_file(installed_->server().home() / "file"), "written\n");
}

TEST_F(Unprivileged, TheDoctorsLinesCanBePasted) {
  installed_->expect_script(R"sh(
    name="a 'marked' name"
    mounted_by_that_name() { test "$(findmnt -n -o SOURCE "$MNT")" = "$name"; umount "$MNT"; }
    chown root: "$HOME_DIR/credentials"
    ftpsfs doctor -o "$OPTIONS,fsname=$name" "$SOURCE" > /run/told
    line=$(sed -n '/^To mount it$/{n;p}' /run/told)
    eval "${line/MOUNTPOINT/$MNT}"
    mounted_by_that_name
    line=$(sed -n '/^In .etc.fstab$/{n;p}' /run/told)
    echo "${line/MOUNTPOINT/$MNT}" > /run/fstab
    mount -T /run/fstab "$MNT"
    mounted_by_that_name
  )sh");
}

/// What waits is on the server when umount(8) returns, and the daemon has ended.
class Umount : public Unprivileged {
 protected:
  void expect_that_it_waits(const std::string& umount, const std::string& as = "as_user") const {
    const std::string file = (installed_->server().home() / "file").string();
    installed_->expect_script("as='" + as + "'" + R"sh(
      if [ "$as" = env ]; then chown root: "$HOME_DIR/credentials"; fi
      $as ftpsfs -o "$OPTIONS,write=back,settle=3600" "$SOURCE" "$MNT"
      $as bash -c 'echo written > "$MNT/file"'
      daemon=$($as ftpsfs status --json "$MNT" | sed -n 's/^  "pid": \([0-9]*\),*$/\1/p')
      test ! -e )sh" + file + "\n" +
                              umount + R"sh( "$MNT"
      grep -qx written )sh" + file +
                              R"sh(
      if mountpoint -q "$MNT"; then exit 1; fi
      state=$(sed -n 's/^State:\t//p' "/proc/$daemon/status" 2>/dev/null || true)
      if [[ -n $state && $state != Z* ]]; then exit 1; fi
    )sh");
  }
};

TEST_F(Umount, OfTheUserWhoMountedWaitsForTheUploads) { expect_that_it_waits("as_user umount"); }

TEST_F(Umount, OfRootWaitsForTheUploadsOfAUser) { expect_that_it_waits("umount -c"); }

TEST_F(Umount, OfRootWaitsForHisOwnUploads) { expect_that_it_waits("umount", "env"); }

TEST_F(Umount, OfRootFindsTheHelperByTheHelpersName) { expect_that_it_waits("/sbin/umount.fuse.ftpsfs"); }

TEST_F(Umount, SaysThatAMountIsBusy) {
  const CommandResult result = installed_->run(R"sh(
    as_user ftpsfs -o "$OPTIONS" "$SOURCE" "$MNT"
    cd "$HOME_DIR"; as_user bash -c 'cd "$MNT"; sleep 60' &
    until [ "$(as_user readlink "/proc/$(pgrep -x sleep -u "$NOBODY" || echo none)/cwd")" = "$MNT" ]; do sleep 0.05; done
    status=0; as_user umount "$MNT" || status=$?
    as_user umount -l "$MNT"
    exit $status
  )sh");
  EXPECT_EQ(result.status, 32) << result.output;
  EXPECT_NE(result.output.find("mnt: target is busy.\n"), std::string::npos) << result.output;
}

TEST_F(Unprivileged, KeepsOthersOut) {
  installed_->expect_script(R"sh(
    as_user ftpsfs -o "$OPTIONS" "$SOURCE" "$MNT"
    if ls "$MNT" 2>/run/words; then exit 1; fi
    grep -q 'Permission denied' /run/words
  )sh");
}

TEST_F(Unprivileged, MayLetOthersInWhereFuseConfSaysSo) {
  installed_->system().write_fuse_conf("user_allow_other\n");
  installed_->expect_script(R"sh(
    as_user ftpsfs -o "$OPTIONS,allow_other" "$SOURCE" "$MNT"
    as_user touch "$MNT/file"
    test "$(ls "$MNT")" = file
    as_user fusermount3 -u "$MNT"
  )sh");
}

// fusermount3 prints the reason itself, in a line before ours.
TEST_F(Unprivileged, MayNotLetOthersInElsewhere) {
  expect_refusal("$OPTIONS,allow_other", {"allow_other", "user_allow_other", "/etc/fuse.conf"});
  expect_refusal("$OPTIONS,allow_root", {"user_allow_other", "/etc/fuse.conf"});
}

}  // namespace
}  // namespace ftpsfs::test
