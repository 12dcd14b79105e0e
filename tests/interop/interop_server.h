// InteropServer: a server, real or played, mounted through the kernel; what
// happens on its side is seen and done here.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ftpsfs::test {

/// Its paths are relative to the directory that is mounted.
class InteropServer {
 public:
  virtual ~InteropServer() = default;
  InteropServer() = default;
  InteropServer(const InteropServer&) = delete;
  InteropServer& operator=(const InteropServer&) = delete;

  [[nodiscard]] virtual std::filesystem::path mount_point() const = 0;

  // The server's side. put() makes missing parents.
  virtual void put(const std::string& path, const std::string& content) = 0;
  virtual void put_directory(const std::string& path) = 0;
  [[nodiscard]] virtual std::optional<std::string> content(const std::string& path) const = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
  [[nodiscard]] virtual std::vector<std::string> names(const std::string& directory) const = 0;

  /// Every connection breaks.
  virtual void break_line() = 0;
  /// What is idle is told 421. False where that cannot be made to happen.
  virtual bool time_out_idle() = 0;
};

/// Of "vsftpd", "proftpd", "pureftpd", and the presets.
struct InteropKind {
  std::string name;
  std::string title;
};
std::vector<InteropKind> interop_kinds();

/// Starts the server, lets `set_the_scene` put there what is wanted, and mounts
/// it. Throws std::runtime_error when that fails.
std::unique_ptr<InteropServer> start_interop_server(const std::string& name,
                                                    const std::function<void(InteropServer&)>& set_the_scene);

}  // namespace ftpsfs::test
