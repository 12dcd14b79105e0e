#include "integration/private_system.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "integration/mount.h"

namespace ftpsfs::test {
namespace {

using std::chrono::seconds;

const std::vector<std::string> kNamespaces = {"unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"};

/// What comes before each script: $ROOT is the DESTDIR. /run is private too, because mount(8) takes notes there.
constexpr const char* kPreamble = R"sh(
set -eEuo pipefail
trap 'echo "line $LINENO failed: $BASH_COMMAND"' ERR
for directory in etc usr/bin usr/sbin usr/local/bin sbin; do
  if [ -d "$ROOT/$directory" ]; then
    mount -t overlay overlay -o "ro,lowerdir=$ROOT/$directory:/$directory" "/$directory"
  fi
done
mount -t tmpfs tmpfs /run
mknod -m 666 /run/fuse c 10 229
mount --bind /run/fuse /dev/fuse
as_user() {
  setpriv --reuid="$NOBODY" --regid="$(id -g "$NOBODY")" --clear-groups env HOME="$HOME_DIR" "$@"
}
cd /
)sh";

CommandResult run_apart(const std::string& script, const std::vector<std::string>& environment) {
  std::vector<std::string> argv = kNamespaces;
  argv.insert(argv.end(), {"bash", "-c", script});
  return run_command(argv, seconds(120), environment);
}

bool is_setuid_root(const char* program) {
  const CommandResult found = run_command({"sh", "-c", std::string("command -v ") + program}, seconds(5));
  const std::string path = found.output.substr(0, found.output.find('\n'));
  const CommandResult mode = run_command({"stat", "-L", "-c", "%u %a", path}, seconds(5));
  return mode.output.starts_with("0 4");
}

}  // namespace

PrivateSystem::PrivateSystem(const std::string& prefix)
    : directory_(make_temporary_directory()), root_(directory_ / "root"), home_(directory_ / "home") {
  using std::filesystem::perms;
  std::filesystem::permissions(directory_, perms::owner_all | perms::group_exec | perms::others_exec);
  std::filesystem::create_directories(root_ / "etc");
  std::filesystem::create_directories(mount_point());
  give_to_user(home_);
  give_to_user(mount_point());
  write_fstab("");
  write_fuse_conf("");
  const CommandResult installed = run_command({FTPSFS_CMAKE, "--install", FTPSFS_BUILD_DIR, "--prefix", prefix},
                                              seconds(60), {"DESTDIR=" + root_.string()});
  if (installed.status != 0) throw std::runtime_error("cmake --install failed:\n" + installed.output);
}

PrivateSystem::~PrivateSystem() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string PrivateSystem::obstacle() {
  if (::geteuid() != 0) return "only root can lay an installation over the system";
  if (::getpwnam(kUnprivilegedUser) == nullptr) return std::string("there is no user ") + kUnprivilegedUser;
  if (!is_setuid_root("fusermount3")) return "fusermount3 is not set-user-ID root";
  if (!is_setuid_root("mount")) return "mount is not set-user-ID root";
  const CommandResult tried = run_apart("mount -t overlay overlay -o ro,lowerdir=/usr/sbin:/usr/bin /usr/sbin", {});
  return tried.status == 0 ? "" : "no mount namespaces or no overlay file system here: " + tried.output;
}

void PrivateSystem::write_fstab(const std::string& lines) { write_file(root_ / "etc/fstab", lines); }

void PrivateSystem::write_fuse_conf(const std::string& lines) { write_file(root_ / "etc/fuse.conf", lines); }

void PrivateSystem::give_to_user(const std::filesystem::path& path) const {
  const passwd* const user = ::getpwnam(kUnprivilegedUser);
  if (user == nullptr || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::system_error(errno, std::generic_category(), "chown " + path.string());
  }
}

CommandResult PrivateSystem::run(const std::string& script, const std::vector<std::string>& environment) const {
  std::vector<std::string> variables = {"ROOT=" + root_.string(), "HOME_DIR=" + home_.string(),
                                        "MNT=" + mount_point().string(), std::string("NOBODY=") + kUnprivilegedUser,
                                        "LC_ALL=C.UTF-8"};
  variables.insert(variables.end(), environment.begin(), environment.end());
  return run_apart(kPreamble + script, variables);
}

}  // namespace ftpsfs::test
