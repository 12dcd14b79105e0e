#include "interop/interop_server.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <stdexcept>

#include "fakes/server_presets.h"
#include "integration/fake_mount_point.h"
#include "integration/ftp_server.h"

namespace ftpsfs::test {
namespace {

namespace fs = std::filesystem;

struct RealKind {
  InteropKind kind;
  ServerKind server;
};
const std::vector<RealKind>& real_kinds() {
  static const std::vector<RealKind> kinds{{{"vsftpd", "vsftpd 3.0.3"}, ServerKind::kVsftpd},
                                           {{"proftpd", "ProFTPD 1.3.8"}, ServerKind::kProftpd},
                                           {{"pureftpd", "Pure-FTPd 1.0.50"}, ServerKind::kPureFtpd}};
  return kinds;
}

/// All that descend from `ancestor`.
std::set<pid_t> descendants(pid_t ancestor) {
  std::vector<std::pair<pid_t, pid_t>> parents;  // of each process
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "stat");
    std::string text;
    if (!std::getline(status, text)) continue;
    const auto end = text.rfind(") ");
    if (end == std::string::npos) continue;
    parents.emplace_back(std::stoi(text), std::stoi(text.substr(end + 4)));
  }
  std::set<pid_t> found{ancestor};
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const auto& [process, parent] : parents) {
      if (found.contains(parent)) found.insert(process);
    }
  }
  found.erase(ancestor);
  return found;
}

class RealServer final : public InteropServer {
 public:
  RealServer(ServerKind kind, const std::function<void(InteropServer&)>& set_the_scene)
      : server_(FtpServer::start(kind)) {
    set_the_scene(*this);
    mount_.emplace(server_);
  }

  [[nodiscard]] fs::path mount_point() const override { return mount_->path(); }

  void put(const std::string& path, const std::string& content) override {
    const fs::path file = server_.home() / path;
    if (file.parent_path() != server_.home()) put_directory(fs::path(path).parent_path());
    write_file(file, content);
    give_away(file);
  }
  void put_directory(const std::string& path) override {
    fs::path made = server_.home();
    for (const fs::path& part : fs::path(path)) {
      made /= part;
      if (fs::create_directory(made)) give_away(made);
    }
  }
  [[nodiscard]] std::optional<std::string> content(const std::string& path) const override {
    if (!fs::is_regular_file(server_.home() / path)) return std::nullopt;
    return read_file(server_.home() / path);
  }
  [[nodiscard]] bool exists(const std::string& path) const override { return fs::exists(server_.home() / path); }
  [[nodiscard]] std::vector<std::string> names(const std::string& directory) const override {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(server_.home() / directory)) {
      all.push_back(entry.path().filename());
    }
    return all;
  }

  void break_line() override {
    for (const pid_t process : descendants(server_.pid())) ::kill(process, SIGKILL);
  }
  bool time_out_idle() override { return false; }

 private:
  /// To the account that sessions run as.
  void give_away(const fs::path& path) const {
    struct stat home {};
    if (::stat(server_.home().c_str(), &home) != 0 || ::chown(path.c_str(), home.st_uid, home.st_gid) != 0) {
      throw std::runtime_error("cannot give away " + path.string());
    }
  }

  FtpServer server_;
  std::optional<Mount> mount_;
};

class PlayedServer final : public InteropServer {
 public:
  PlayedServer(const ServerPreset& preset, const std::function<void(InteropServer&)>& set_the_scene)
      : root_(preset.path.empty() ? "" : preset.path.substr(1)), server_(preset.dialect) {
    set_the_scene(*this);
    mount_.emplace(server_, "", preset.path);
    const CommandResult mounted = mount_->mount();
    if (mounted.status != 0) throw std::runtime_error("mount failed: " + mounted.output);
  }

  [[nodiscard]] fs::path mount_point() const override { return mount_->path(); }

  void put(const std::string& path, const std::string& content) override {
    server_.tree().add_file(there(path), content);
  }
  void put_directory(const std::string& path) override { server_.tree().add_directory(there(path)); }
  [[nodiscard]] std::optional<std::string> content(const std::string& path) const override {
    return server_.tree().content(there(path));
  }
  [[nodiscard]] bool exists(const std::string& path) const override { return server_.tree().exists(there(path)); }
  [[nodiscard]] std::vector<std::string> names(const std::string& directory) const override {
    return server_.tree().names(there(directory));
  }

  void break_line() override { server_.disconnect_all(); }
  bool time_out_idle() override {
    server_.time_out_idle();
    return true;
  }

 private:
  [[nodiscard]] std::string there(const std::string& path) const { return root_ + "/" + path; }

  const std::string root_;
  FakeServer server_;
  std::optional<FakeMountPoint> mount_;  ///< last: unmounted while the server still answers
};

}  // namespace

std::vector<InteropKind> interop_kinds() {
  std::vector<InteropKind> kinds;
  for (const RealKind& each : real_kinds()) kinds.push_back(each.kind);
  for (const ServerPreset& each : server_presets()) kinds.push_back({each.name, each.title});
  return kinds;
}

std::unique_ptr<InteropServer> start_interop_server(const std::string& name,
                                                    const std::function<void(InteropServer&)>& set_the_scene) {
  for (const RealKind& each : real_kinds()) {
    if (each.kind.name == name) return std::make_unique<RealServer>(each.server, set_the_scene);
  }
  return std::make_unique<PlayedServer>(server_preset(name), set_the_scene);
}

}  // namespace ftpsfs::test
