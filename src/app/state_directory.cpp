#include "app/state_directory.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>

namespace ftpsfs::app {
namespace {

constexpr std::size_t kLongestName = 200;

/// FNV-1a: the same on every machine and in every version.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::string as_file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == '@';
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  if (name.size() > kLongestName) name = fmt::format("{}-{:016x}", name.substr(0, kLongestName), hash_of(text));
  return name;
}

}  // namespace

std::string state_directory(const CommandLine& line, const std::string& user) {
  const Source& source = line.source;
  const auto text = fmt::format("{}@{}:{}/{}", user, source.host, source.port, source.path);
  return line.options.writing.staging_directory + "/" + as_file_name(text);
}

std::string server_memory_file(const CommandLine& line) {
  const auto server = fmt::format("{}:{}", line.source.host, line.source.port);
  return line.options.writing.staging_directory + "/servers/" + as_file_name(server);
}

}  // namespace ftpsfs::app
