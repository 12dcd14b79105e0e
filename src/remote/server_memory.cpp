#include "remote/server_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/private_folder.h"
#include "ftpsfs/net/tls.h"
#include "remote/observations.h"

namespace ftpsfs::remote {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongest = 32UL * 1024;
constexpr std::size_t kMostServers = 256;
constexpr std::string_view kUnfinished = ".new";

std::chrono::sys_days today() { return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()); }

/// Whoever looks into the file has a terminal.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; }, '?');
  return text;
}

std::string read_beginning(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kLongest, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Status write_new(const std::string& file, std::string_view text) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return fail(disk_error(file, errno));
  const ssize_t count = ::write(fd.get(), text.data(), text.size());
  if (count < 0) return fail(disk_error(file, errno));
  if (static_cast<std::size_t>(count) < text.size()) return fail(disk_error(file, ENOSPC));
  return {};
}

/// Forgets the servers of which nothing new was learnt for longest.
void make_room(const std::string& folder) {
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    files.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  if (files.size() < kMostServers) return;
  std::sort(files.begin(), files.end());
  files.resize(files.size() - kMostServers + 1);
  for (const auto& [time, path] : files) fs::remove(path, ignored);
}

Status write(const std::string& file, std::string_view text) {
  const std::string folder = fs::path(file).parent_path();
  FTPSFS_TRY(make_private_folder(folder));
  if (::access(file.c_str(), F_OK) != 0) make_room(folder);
  const std::string unfinished = file + std::string(kUnfinished);
  Status written = write_new(unfinished, text);
  if (written && std::rename(unfinished.c_str(), file.c_str()) != 0) written = fail(disk_error(file, errno));
  if (!written) ::unlink(unfinished.c_str());
  return written;
}

}  // namespace

ServerMemory::ServerMemory(std::string file) : file_(std::move(file)) {
  if (!file_.empty()) notes_ = without_old(parse_notes(read_beginning(file_)), today());
}

void ServerMemory::prepare(const ftp::ServerOptions& options) const {
  for (const ServerNote& note : notes_.notes) recall_early(note.observation, options);
}

void ServerMemory::recall(Server& server, const std::string& greeting) {
  greeting_ = one_line(lasting_part(greeting));
  if (!notes_.same_server(notes_of(server))) {
    // The next mount finds out.
    if (tells(kFeatUnanswered)) server.lessons->feat_unanswered = false;
    if (tells(kTicketsRunOut)) server.lessons->no_tls13 = false;
    if (server.tls && !notes_.notes.empty()) server.tls->expect_key_exchange({});
    if (!notes_.features.empty()) answered_before_ = notes_.greeting;
    notes_ = {};
    return;
  }
  for (const ServerNote& note : notes_.notes) remote::recall(note.observation, server);
}

void ServerMemory::keep(const Server& server) {
  ServerNotes now = notes_of(server);
  if (answered_before_ == now.greeting && server.lessons->feat_unanswered) return;  // it was only slow
  if (file_.empty() || (now.same_server(notes_) && now.notes == notes_.notes)) return;
  const std::string text = to_text(now);
  const Status written = text.size() > kLongest ? fail(ErrorKind::kIo, "what the server says is too long to remember")
                                                : write(file_, text);
  if (!written) spdlog::info("what was learnt of the server is not kept: {}", written.error().message);
  notes_ = std::move(now);
}

bool ServerMemory::tells(std::string_view observation) const {
  return std::any_of(notes_.notes.begin(), notes_.notes.end(),
                     [=](const ServerNote& note) { return note.observation == observation; });
}

ServerNotes ServerMemory::notes_of(const Server& server) const {
  return {greeting_, one_line(server.lessons->system().value_or("")), one_line(server.lessons->features()->told),
          dated(observations(server), notes_.notes, today())};
}

}  // namespace ftpsfs::remote
