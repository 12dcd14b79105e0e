#include "fuse/status_text.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/problems.h"

namespace ftpsfs::fuse {
namespace {

using nlohmann::json;
using vfs::UploadStatus;

constexpr std::size_t kMostBytes = 60'000;  // an extended attribute has at most 64 KiB
constexpr std::size_t kMostInPlaceBytes = 8'000;
constexpr std::size_t kMostFiles = 100;

const char* word_of(UploadStatus::State state) {
  switch (state) {
    case UploadStatus::State::kPending:
      return "pending";
    case UploadStatus::State::kUploading:
      return "uploading";
    case UploadStatus::State::kFailed:
      return "failed";
  }
  return "";
}

json to_json(const UploadStatus& upload) {
  json file = {{"path", upload.path}, {"state", word_of(upload.state)}, {"size", upload.size}, {"sent", upload.sent}};
  if (!upload.error.empty()) file["error"] = log::printable(upload.error);
  return file;
}

json count(const std::vector<UploadStatus>& uploads) {
  json counts = {{"pending", 0}, {"uploading", 0}, {"failed", 0}};
  std::uint64_t bytes = 0;
  for (const UploadStatus& upload : uploads) {
    counts[word_of(upload.state)] = counts[word_of(upload.state)].get<std::size_t>() + 1;
    bytes += upload.size - std::min(upload.sent, upload.size);
  }
  counts["bytes"] = bytes;
  return counts;
}

/// Null while the server can be reached, as far as is known.
json to_json(const std::optional<remote::Outage>& outage, bool serves_stale) {
  if (!outage) return {};
  return {{"seconds", outage->lasted.count()},
          {"why", log::printable(outage->why.text())},
          {"serves", serves_stale ? "stale" : "error"}};
}

json to_json(const vfs::Usage& usage) { return {{"used", usage.used}, {"most", usage.most}}; }

// Names need not be UTF-8, which JSON must be.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string status_text(const MountDescription& description, const vfs::FilesystemStatus& status) {
  json errors = json::array();
  for (const log::Problem& problem : log::recent_problems()) {
    errors.push_back({{"time", problem.at}, {"text", problem.text}, {"times", problem.times}});
  }
  json in_place = json::array();
  std::size_t in_place_bytes = 0;
  for (const std::string& path : status.in_place) {
    in_place_bytes += path.size();
    if (in_place_bytes <= kMostInPlaceBytes) in_place.push_back(path);
  }
  json all = {
      {"version", description.version},
      {"pid", ::getpid()},
      {"source", description.source},
      {"write", description.write_back ? "back" : "sync"},
      {"files", count(status.uploads)},
      {"sessions", {{"open", status.sessions.open}, {"busy", status.sessions.busy}, {"most", status.sessions.most}}},
      {"offline", to_json(status.sessions.outage, description.stale_when_offline)},
      {"server", {{"kind", status.server.kind}, {"peculiarities", status.server.peculiarities}}},
      {"memory", to_json(status.memory)},
      {"disk_cache", status.disk_cache ? to_json(*status.disk_cache) : json()},
      {"staging", {{"directory", description.staging_directory}, {"used", status.staged}}},
      {"in_place", in_place},
      {"errors", errors},
      {"list", json::array()},
  };
  std::size_t bytes = text_of(all).size();
  std::size_t listed = 0;
  for (const UploadStatus& upload : status.uploads) {
    json file = to_json(upload);
    bytes += text_of(file).size() + 1;
    if (listed == kMostFiles || bytes > kMostBytes) break;
    all["list"].push_back(std::move(file));
    ++listed;
  }
  all["listed_all"] = listed == status.uploads.size();
  return text_of(all);
}

}  // namespace ftpsfs::fuse
