// Reading the status. The only file that knows the JSON library, which takes long to compile.
#include "app/mount_status.h"

#include <nlohmann/json.hpp>

namespace ftpsfs::app {
namespace {

using Json = nlohmann::ordered_json;

const Json& member(const Json& object, const char* name) {
  static const Json nothing = Json::object();
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nothing : *found;
}

Usage usage_of(const Json& json) {
  return Usage{json.value("used", std::uint64_t{0}), json.value("most", std::uint64_t{0})};
}

WaitingFile file_of(const Json& json) {
  WaitingFile file;
  file.path = json.value("path", "");
  file.state = json.value("state", "");
  file.size = json.value("size", file.size);
  file.sent = json.value("sent", file.sent);
  file.error = json.value("error", "");
  return file;
}

MountStatus status_of(const Json& json) {
  MountStatus status;
  status.version = json.value("version", "");
  status.pid = json.value("pid", status.pid);
  status.source = json.value("source", "");
  status.write = json.value("write", "");

  const Json& files = member(json, "files");
  status.pending = files.value("pending", status.pending);
  status.uploading = files.value("uploading", status.uploading);
  status.failed = files.value("failed", status.failed);
  status.bytes = files.value("bytes", status.bytes);
  for (const Json& file : member(json, "list")) status.list.push_back(file_of(file));
  status.listed_all = json.value("listed_all", true);

  const Json& sessions = member(json, "sessions");
  status.open_sessions = sessions.value("open", status.open_sessions);
  status.busy_sessions = sessions.value("busy", status.busy_sessions);
  status.most_sessions = sessions.value("most", status.most_sessions);
  if (const Json& offline = member(json, "offline"); !offline.empty()) {
    status.offline = Offline{offline.value("seconds", std::int64_t{0}), offline.value("why", ""),
                             offline.value("serves", "") == "stale"};
  }
  const Json& server = member(json, "server");
  status.server = server.value("kind", "");
  for (const Json& each : member(server, "peculiarities")) status.peculiarities.push_back(each.get<std::string>());
  status.memory = usage_of(member(json, "memory"));
  if (const Json& disk = member(json, "disk_cache"); !disk.empty()) status.disk_cache = usage_of(disk);
  const Json& staging = member(json, "staging");
  status.staging_directory = staging.value("directory", "");
  if (staging.contains("used")) status.staging_used = staging["used"].get<std::uint64_t>();
  for (const Json& path : member(json, "in_place")) status.in_place.push_back(path.get<std::string>());
  for (const Json& error : member(json, "errors")) {
    status.errors.push_back(
        {error.value("time", std::int64_t{0}), error.value("text", ""), error.value("times", std::uint64_t{1})});
  }
  return status;
}

tl::unexpected<Error> not_a_status(std::string_view why) {
  return fail(ErrorKind::kProtocol, std::string("the mount's status cannot be read: ").append(why));
}

Result<Json> parsed(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return not_a_status("it is not a JSON object");
  return json;
}

}  // namespace

Result<MountStatus> parse_mount_status(std::string_view json) {
  FTPSFS_TRY_ASSIGN(const Json object, parsed(json));
  try {
    return status_of(object);
  } catch (const Json::exception& error) {  // a member of another type
    return not_a_status(error.what());
  }
}

Result<std::string> indented_json(std::string_view json) {
  FTPSFS_TRY_ASSIGN(const Json object, parsed(json));
  return object.dump(2, ' ', true, Json::error_handler_t::replace);
}

}  // namespace ftpsfs::app
