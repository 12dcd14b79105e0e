// RemoteFilesystem: reading directories, large ones while they come in.
#include <algorithm>
#include <utility>

#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Entry;
using remote::RemotePath;

Result<HandleId> RemoteFilesystem::open_directory(NodeId node, const Context& /*context*/) {
  auto handle = std::make_shared<DirectoryHandle>();
  handle->node = node;
  MutexLock lock(mutex_);
  const HandleId id = next_handle_++;
  directories_.emplace(id, std::move(handle));
  return id;
}

void RemoteFilesystem::rewind_directory(HandleId handle) {
  if (const auto directory = directory_of(handle)) (*directory)->begun = false;
}

Result<std::vector<DirectoryEntry>> RemoteFilesystem::read_directory(HandleId handle, std::size_t first,
                                                                     std::size_t most, const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto directory, directory_of(handle));
  if (!directory->begun) FTPSFS_TRY(begin_reading(*directory, context));
  for (;;) {
    if (auto known = entries_of(*directory, first, most)) return *std::move(known);
    FTPSFS_TRY(directory->reading.flight->await(first, context));
  }
}

std::optional<Result<std::vector<DirectoryEntry>>> RemoteFilesystem::try_read_directory(HandleId handle,
                                                                                        std::size_t first,
                                                                                        std::size_t most) {
  const auto directory = directory_of(handle);
  if (!directory) return fail(directory.error());
  if (!(*directory)->begun) return std::nullopt;
  return entries_of(**directory, first, most);
}

void RemoteFilesystem::release_directory(HandleId handle) {
  MutexLock lock(mutex_);
  directories_.erase(handle);
}

Result<std::shared_ptr<RemoteFilesystem::DirectoryHandle>> RemoteFilesystem::directory_of(HandleId handle) {
  MutexLock lock(mutex_);
  const auto found = directories_.find(handle);
  if (found == directories_.end()) return fail(ErrorKind::kInvalid, "no such directory handle");
  return found->second;
}

Status RemoteFilesystem::begin_reading(DirectoryHandle& directory, const Context& context) {
  FTPSFS_TRY_ASSIGN(RemotePath path, nodes_.path(directory.node));
  FTPSFS_TRY_ASSIGN(directory.reading, loader_.open(path, context));
  directory.path = std::move(path);
  directory.written = written_in(directory.node);
  directory.begun = true;
  if (directory.reading.listing) note_listed(directory, directory.reading.listing);
  return {};
}

// Somebody has read the directory; what he was told, if the server was asked for it, may be news to the kernel.
void RemoteFilesystem::note_listed(const DirectoryHandle& directory,
                                   const std::shared_ptr<const cache::Listing>& listing) {
  walker_.note_listed(directory.path, *listing);
  if (directory.reading.flight) refreshed_.add({directory.node, listing});
}

// What is newer here than on the server, by name.
std::map<std::string, Known, std::less<>> RemoteFilesystem::written_in(NodeId directory) {
  std::map<std::string, Known, std::less<>> written;
  for (const OpenFilePtr& file : all_open()) {
    const NodeId node = file->node;
    const auto parent = nodes_.parent(node);
    const auto full = nodes_.path(node);
    if (!parent || *parent != directory || !full) continue;
    if (auto known = local_attributes(node)) written.emplace(full->name(), *std::move(known));
  }
  return written;
}

// The server's entries, with what is newer here in its place, then what is only here. Nothing while `first` is not
// told.
std::optional<Result<std::vector<DirectoryEntry>>> RemoteFilesystem::entries_of(const DirectoryHandle& directory,
                                                                                std::size_t first, std::size_t most) {
  const DirectoryReading& reading = directory.reading;
  std::size_t told = 0;
  std::vector<Entry> entries;
  std::shared_ptr<const cache::Listing> whole = reading.listing;
  if (whole) {
    told = whole->entries.size();
    for (auto i = first; i < told && entries.size() < most; ++i) entries.push_back(whole->entries[i]);
  } else {
    const auto landing = reading.flight->landing();
    entries = reading.flight->entries(first, most);
    if (entries.empty() && !landing) return std::nullopt;
    if (entries.empty() && !landing->listing) {
      return fail(landing->error.value_or(Error{}));
    }
    told = reading.flight->size();
    if (entries.empty()) {
      whole = landing->listing;
      note_listed(directory, whole);
    }
  }
  if (!entries.empty()) return present_entries(directory, entries);
  return present_only_here(directory, *whole, first - std::min(first, told), most);
}

std::vector<DirectoryEntry> RemoteFilesystem::present_entries(const DirectoryHandle& directory,
                                                              std::span<const Entry> entries) {
  const DirectoryReading& reading = directory.reading;
  const auto learned = reading.listing ? reading.listing->learned : reading.flight->mark().taken;
  std::vector<DirectoryEntry> presented;
  presented.reserve(entries.size());
  for (const Entry& entry : entries) {
    const auto newer = directory.written.find(entry.name);
    if (newer != directory.written.end()) {
      presented.push_back(present_entry(directory, entry.name, newer->second));
    } else {
      const Known told{entry.attributes, learned};
      const auto full = directory.path.child(entry.name);
      presented.push_back(present_entry(directory, entry.name, full ? recall(*full, told) : told));
    }
  }
  return presented;
}

std::vector<DirectoryEntry> RemoteFilesystem::present_only_here(const DirectoryHandle& directory,
                                                                const cache::Listing& listing, std::size_t first,
                                                                std::size_t most) {
  std::vector<DirectoryEntry> presented;
  std::size_t number = 0;
  for (const auto& [name, known] : directory.written) {
    if (listing.entries.find(name) || number++ < first) continue;
    if (presented.size() < most) presented.push_back(present_entry(directory, name, known));
  }
  return presented;
}

DirectoryEntry RemoteFilesystem::present_entry(const DirectoryHandle& directory, const std::string& name,
                                               const Known& known) {
  return {name, present(nodes_.inode(directory.path, directory.node, name), 0, known)};
}

}  // namespace ftpsfs::vfs
