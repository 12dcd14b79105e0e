#include "app/disk_cache.h"

#include <fmt/format.h>

#include "ftpsfs/base/log.h"

namespace ftpsfs::app {

std::string disk_source(const CommandLine& line, const std::string& user) {
  const Source& source = line.source;
  const bool sure = source.tls != ftp::TlsMode::kOff && line.options.certificate.verify;
  return fmt::format("{}@{}:{}/{}{}", user, source.host, source.port, source.path, sure ? "" : " unverified");
}

std::size_t disk_queue_bytes(const CacheOptions& options) {
  return options.disk_directory.empty() ? 0 : options.memory_bytes / 8;
}

std::unique_ptr<cache::DiskCache> open_disk_cache(const CommandLine& line, const std::string& user) {
  const CacheOptions& options = line.options.cache;
  if (options.disk_directory.empty()) return nullptr;
  auto opened = cache::DiskCache::open({.directory = options.disk_directory,
                                        .source = disk_source(line, user),
                                        .capacity_bytes = options.disk_bytes,
                                        .queue_bytes = disk_queue_bytes(options)});
  if (opened) return *std::move(opened);
  spdlog::warn("{}; going on without cache_dir", opened.error().message);
  return nullptr;
}

}  // namespace ftpsfs::app
