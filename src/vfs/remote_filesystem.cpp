// RemoteFilesystem: lookups and what stat(2) tells.
#include "vfs/remote_filesystem.h"

#include <algorithm>
#include <utility>

#include "vfs/patience.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::FileType;
using remote::RemotePath;

namespace {

constexpr std::size_t kMaxReadWorkers = 64;
constexpr std::uint32_t kPermissionBits = 0777;
constexpr std::uint32_t kAllBits = 07777;
constexpr std::uint32_t kReadBits = 0444;
constexpr std::uint32_t kWriteBits = 0222;
constexpr std::uint32_t kExecuteBits = 0111;

std::uint32_t default_mode(FileType type) {
  switch (type) {
    case FileType::kDirectory:
      return 0755;
    case FileType::kSymlink:
      return 0777;
    case FileType::kFile:
      return 0644;
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<Filesystem>> make_filesystem(remote::RemoteFs& remote, const Clock& clock,
                                                    FilesystemOptions options) {
  auto made = std::make_unique<RemoteFilesystem>(remote, clock, std::move(options));
  FTPSFS_TRY(made->start_journal());
  return made;
}

RemoteFilesystem::RemoteFilesystem(remote::RemoteFs& remote, const Clock& clock, FilesystemOptions options)
    : options_(std::move(options)),
      remote_(remote),
      clock_(clock),
      blocks_(options_.memory_bytes / 4 * 3),
      metadata_(options_.memory_bytes / 4, options_.cache_ttl, clock),
      temporaries_(remote, workers_, options_.stall_limit),
      filled_(options_.attr_ttl, clock),
      loader_(remote, metadata_, options_.stall_limit, options_.stale_when_offline),
      kept_(options_.disk),
      uploader_({remote, metadata_, memory_, nodes_, claims_, workers_, temporaries_, options_.stall_limit,
                 options_.append_rewrites, !options_.append_rewrites, options_.verify_upload, options_.commit,
                 [this](OpenFile& file, const auto& staged) { return note_unconfirmed(file, staged); }},
                kept_),
      walker_(loader_, workers_, clock, options_.stall_limit, remote.capabilities().glance),
      siblings_({remote, blocks_, options_.disk, metadata_, loader_, nodes_, workers_, options_.stall_limit,
                 options_.memory_bytes / 4}),
      staging_space_(std::make_shared<StagingSpace>(options_.staging_dir, options_.staging_bytes)),
      staging_dir_(options_.staging_dir),
      root_(workers_, {options_.moment, options_.stall_limit},
            [this](const Context& each) { return loader_.stat({}, {}, each); }),
      space_(workers_, {options_.moment, options_.stall_limit},
             [this](const Context& each) { return remote_.space(each); }),
      workers_(kMaxReadWorkers) {}

RemoteFilesystem::~RemoteFilesystem() {
  temporaries_.stop();
  root_.stop();
  space_.stop();
  for (const OpenFilePtr& file : all_open()) Uploader::give_up_stream(*file);
}

Result<NodeAttributes> RemoteFilesystem::look_up(NodeId parent, std::string_view name, const Context& context) {
  const Place place{parent, std::string(name)};
  FTPSFS_TRY_ASSIGN(const RemotePath path, path_of(place));
  if (const auto node = nodes_.find(parent, name)) {
    if (const auto local = local_attributes(*node)) return present_with_lookup(place, *local);
  }
  if (filled_.lacks(path) && !loader_.try_stat(path, {})) return fail(ErrorKind::kNotFound, "no such file");
  if (loader_.provisional_type(path) == FileType::kFile) walker_.note_attributes_wanted(path.parent());
  FTPSFS_TRY_ASSIGN(const Known known, loader_.stat(path, {}, context));
  return present_with_lookup(place, recall(path, known));
}

std::optional<Result<NodeAttributes>> RemoteFilesystem::try_look_up(NodeId parent, std::string_view name) {
  const Place place{parent, std::string(name)};
  const auto path = path_of(place);
  if (!path) return Result<NodeAttributes>(fail(path.error()));
  if (const auto node = nodes_.find(parent, name)) {
    if (const auto local = local_attributes(*node)) return present_with_lookup(place, *local);
  }
  const auto known = loader_.try_stat(*path, {});
  if (!known) return std::nullopt;
  if (!*known) return Result<NodeAttributes>(fail(known->error()));
  return present_with_lookup(place, recall(*path, **known));
}

void RemoteFilesystem::forget(NodeId node, std::uint64_t count) { nodes_.forget(node, count); }

Result<NodeAttributes> RemoteFilesystem::attributes(NodeId node, const Context& context) {
  if (auto known = try_attributes(node)) return *std::move(known);
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  FTPSFS_TRY_ASSIGN(const Known known, path.is_root() ? root_attributes(context) : loader_.stat(path, {}, context));
  return present_told(node, recall(path, known));
}

Result<Known> RemoteFilesystem::root_attributes(const Context& context) {
  Known unknown;
  unknown.attributes.type = FileType::kDirectory;
  return root_.get(loader_.last_known({}).value_or(unknown), context);
}

std::optional<Result<NodeAttributes>> RemoteFilesystem::try_attributes(NodeId node) {
  if (const auto local = local_attributes(node)) return present_told(node, *local);
  const auto path = nodes_.path(node);
  if (!path) return Result<NodeAttributes>(fail(path.error()));
  const auto known = loader_.try_stat(*path, {});
  if (!known) return std::nullopt;
  if (!*known) return Result<NodeAttributes>(fail(known->error()));
  return present_told(node, recall(*path, **known));
}

Status RemoteFilesystem::check_access(NodeId node, AccessMode mode, const Context& context) {
  if (mode.write) FTPSFS_TRY(forbid_when_read_only());
  FTPSFS_TRY_ASSIGN(const NodeAttributes now, attributes(node, context));
  const bool forbidden = (mode.read && (now.mode & kReadBits) == 0) || (mode.write && (now.mode & kWriteBits) == 0) ||
                         (mode.execute && (now.mode & kExecuteBits) == 0);
  if (forbidden) return fail(ErrorKind::kPermission, "not allowed");
  return {};
}

Result<std::string> RemoteFilesystem::read_link(NodeId node, const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  FTPSFS_TRY_ASSIGN(const Known known, loader_.stat(path, {}, context));
  if (known.attributes.type != FileType::kSymlink) return fail(ErrorKind::kInvalid, "not a symbolic link");
  if (known.attributes.link_target.empty()) {
    return fail(ErrorKind::kPermission, "the link leads out of the mount, or the server hides its target");
  }
  return known.attributes.link_target;
}

Result<std::optional<std::string>> RemoteFilesystem::server_facts(NodeId node, const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  auto facts = remote_.facts(path, context);
  if (!facts && facts.error().kind == ErrorKind::kNotFound) return std::nullopt;  // it is only here
  return facts;
}

Result<std::optional<std::string>> RemoteFilesystem::server_sha256(NodeId node, const Context& context) {
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  if (local_attributes(node)) return std::nullopt;
  FTPSFS_TRY_ASSIGN(const Known known, loader_.stat(path, {}, context));
  if (known.attributes.type != FileType::kFile) return std::nullopt;
  FTPSFS_TRY_ASSIGN(auto sum, remote_.checksum(path, patient(context, known.attributes.size)));
  if (!sum || sum->algorithm != net::DigestAlgorithm::kSha256) return std::nullopt;
  return std::move(sum->digits);
}

Result<std::optional<remote::Space>> RemoteFilesystem::space(const Context& context) {
  FTPSFS_TRY_ASSIGN(auto told, space_.get(std::nullopt, context));
  if (!options_.quota_bytes) return told;
  const std::uint64_t quota = *options_.quota_bytes;
  return remote::Space{quota, told ? std::min(told->available, quota) : quota};
}

Result<RemotePath> RemoteFilesystem::path_of(const Place& place) const {
  FTPSFS_TRY_ASSIGN(const RemotePath directory, nodes_.path(place.parent));
  return directory.child(place.name);
}

// What was set here and the server could not hold takes the place of what it told.
Known RemoteFilesystem::recall(const RemotePath& path, Known told) {
  told.attributes = memory_.apply(path, std::move(told.attributes));
  return told;
}

NodeAttributes RemoteFilesystem::present(std::uint64_t inode, NodeId node, const Known& known) const {
  const Attributes& told = known.attributes;
  NodeAttributes result;
  result.node = node;
  result.inode = inode;
  result.type = told.type;
  result.mode = told.mode.value_or(default_mode(told.type)) & (options_.hide_special_bits ? kPermissionBits : kAllBits);
  if (told.type != FileType::kSymlink) {
    result.mode &= ~options_.umask.value_or(0);
    if (!told.readable) result.mode &= ~(told.type == FileType::kDirectory ? kReadBits | kExecuteBits : kReadBits);
    if (!told.writable) result.mode &= ~kWriteBits;
  }
  result.links = told.links;
  result.size = told.size;
  result.mtime = told.mtime;
  result.uid = options_.uid;
  result.gid = options_.gid;
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - known.learned);
  result.valid_for = std::max(options_.cache_ttl - age, std::chrono::milliseconds(0));
  return result;
}

// What only we know of an open file: staged content, or that its name is gone.
std::optional<Known> RemoteFilesystem::local_attributes(NodeId node) {
  const OpenFilePtr file = find_open(node);
  if (!file) return std::nullopt;
  MutexLock lock(file->mutex);
  if (!file->staged && !file->orphaned) return std::nullopt;
  Known known{file->base.value_or(Attributes{}), clock_.now()};
  if (file->staged) {
    const StagedState state = file->staged->state();
    known.attributes.size = state.size;
    known.attributes.mtime = state.mtime;
    if (state.mode) known.attributes.mode = state.mode;
  }
  if (file->orphaned) known.attributes.links = 0;
  return known;
}

Status RemoteFilesystem::forbid_when_read_only() const {
  if (options_.read_only) return fail(ErrorKind::kReadOnly, "mounted read-only");
  if (options_.stale_when_offline && remote_.activity().outage) {
    return fail(ErrorKind::kReadOnly, "the server cannot be reached: no changes until it is there again");
  }
  return {};
}

}  // namespace ftpsfs::vfs
