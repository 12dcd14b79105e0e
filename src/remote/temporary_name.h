// Names of our own temporary files: ".ftpsfs-", the mount's id, "-", a counter; both of eight hexadecimal digits. The
// name of a file set aside has "_" in the place of the second "-".
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::remote {

/// nullopt for any other name than a temporary one of some mount.
[[nodiscard]] std::optional<TemporaryFile> parse_temporary_name(std::string_view name);
/// True for a temporary name of any mount.
[[nodiscard]] bool is_own_temporary_name(std::string_view name);

/// Makes names that no other mount and no earlier call made. Any thread may call any member.
class TemporaryNames {
 public:
  TemporaryNames();
  [[nodiscard]] std::string next();
  [[nodiscard]] std::string next_aside();
  [[nodiscard]] std::string mount_id() const;

 private:
  const std::uint32_t mount_id_;
  std::atomic<std::uint32_t> counter_{0};
};

}  // namespace ftpsfs::remote
