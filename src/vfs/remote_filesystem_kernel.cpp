// RemoteFilesystem: what the kernel keeps of us, and what of it is to be taken back.
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

namespace {

constexpr std::size_t kNodeShare = 4;    ///< the part of the memory that nodes may take
constexpr std::size_t kNodeBytes = 192;  ///< what one costs
constexpr std::size_t kSurplusAtOnce = 512;
constexpr std::chrono::milliseconds kPause{10};

// Never 0, which says that nothing was told.
std::uint64_t fingerprint(const NodeAttributes& told) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15U + (hash >> 29U); };
  mix(static_cast<std::uint64_t>(told.type));
  mix(told.size);
  mix(static_cast<std::uint64_t>(told.mtime));
  mix(told.mode);
  return hash | 1U;
}

}  // namespace

std::optional<NodeAttributes> RemoteFilesystem::try_offer(NodeId parent, std::string_view name) {
  if (nodes_.size() >= most_nodes() && !nodes_.find(parent, name)) return std::nullopt;
  auto known = try_look_up(parent, name);
  return known && *known ? std::optional(**std::move(known)) : std::nullopt;
}

std::size_t RemoteFilesystem::most_nodes() const { return options_.memory_bytes / kNodeShare / kNodeBytes; }

NodeAttributes RemoteFilesystem::present_told(NodeId node, const Known& known) {
  const NodeAttributes told = present(nodes_.inode(node), node, known);
  nodes_.set_told(node, fingerprint(told));
  return told;
}

NodeAttributes RemoteFilesystem::present_with_lookup(const Place& place, const Known& known) {
  const NodeId node = nodes_.look_up(place.parent, place.name, known.attributes.type);
  if (nodes_.size() > most_nodes()) refreshed_.nudge();
  return present_told(node, known);
}

// True when the kernel was told otherwise; from then on it counts as told nothing.
bool RemoteFilesystem::is_news(NodeId node, const remote::RemotePath& path, const Known& known) {
  const std::uint64_t told = nodes_.told(node);
  if (told == 0 || told == fingerprint(present(0, node, recall(path, known)))) return false;
  nodes_.set_told(node, 0);
  return true;
}

std::vector<Invalidation> RemoteFilesystem::next_invalidations(const Context& context) {
  for (;;) {
    std::vector<Invalidation> found = refreshed_.take_outdated();
    for (const Refreshed& refreshed : refreshed_.take()) compare(refreshed, found);
    for (const Invalidation& each : found) {
      log::of(log::Topic::kCache)
          .debug("changed on the server, to be told to the kernel: node {} {}", each.node, log::printable(each.name));
    }
    if (found.empty() && nodes_.size() > most_nodes()) {
      // A file that somebody watches stays with the kernel: what was in vain is not tried again at once.
      const std::size_t nodes = nodes_.size();
      Context briefly = context;
      briefly.deadline = Deadline::after(kPause);
      if (nodes >= std::exchange(nodes_before_, nodes)) (void)refreshed_.await(briefly);
      found = surplus_nodes();
    }
    if (!found.empty()) return found;
    if (!refreshed_.await(context)) return {};
  }
}

// What the kernel was told of names in a directory, against a new listing of it. What is newer here than on the server
// is left alone.
void RemoteFilesystem::compare(const Refreshed& refreshed, std::vector<Invalidation>& outdated) {
  const auto path = nodes_.path(refreshed.directory);
  const std::size_t children = nodes_.children(refreshed.directory);
  if (!path || children == 0) return;
  const cache::EntryList& entries = refreshed.listing->entries;
  std::size_t met = 0;
  for (std::size_t place = 0; place < entries.size() && met < children; ++place) {
    const auto node = nodes_.find(refreshed.directory, entries.name(place));
    if (!node) continue;
    ++met;
    const auto full = path->child(entries.name(place));
    const Known known{entries.attributes(place), refreshed.listing->learned};
    if (!full || local_attributes(*node) || !is_news(*node, *full, known)) continue;
    if (nodes_.type(*node) == known.attributes.type) {
      outdated.push_back({0, {}, *node});
    } else {
      outdated.push_back({refreshed.directory, std::string(entries.name(place)), *node});
    }
  }
  if (met == children) return;
  for (auto& [name, node] : nodes_.names_in(refreshed.directory)) {
    if (!entries.find(name) && !local_attributes(node)) outdated.push_back({refreshed.directory, name, node});
  }
}

// Files that the kernel looked up longest ago, when it knows more of them than may be.
std::vector<Invalidation> RemoteFilesystem::surplus_nodes() {
  std::vector<Invalidation> surplus;
  for (NodeTable::Surplus& each : nodes_.surplus(kSurplusAtOnce)) {
    if (!find_open(each.node)) surplus.push_back({each.parent, std::move(each.name), each.node});
  }
  return surplus;
}

}  // namespace ftpsfs::vfs
