// Names of our own temporary files: ".ftpsfs-", the mount's id, "-", a counter; both of eight hexadecimal digits.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace ftpsfs::remote {

/// True for a temporary name of any mount.
[[nodiscard]] bool is_own_temporary_name(std::string_view name);

/// Makes names that no other mount and no earlier call made. Any thread may call next().
class TemporaryNames {
 public:
  TemporaryNames();
  [[nodiscard]] std::string next();

 private:
  const std::uint32_t mount_id_;
  std::atomic<std::uint32_t> counter_{0};
};

}  // namespace ftpsfs::remote
