// Results into libfuse's replies.
#include "fuse/replies.h"

#include <sys/uio.h>

#include "ftpsfs/base/log.h"
#include "fuse/attributes.h"
#include "fuse/errno_map.h"

namespace ftpsfs::fuse {
namespace {

double seconds(std::chrono::milliseconds span) { return std::chrono::duration<double>(span).count(); }

fuse_file_info to_file_info(const vfs::Opened& opened) {
  fuse_file_info info{};
  info.fh = opened.handle;
  info.keep_cache = opened.keep_cache ? 1 : 0;
  info.direct_io = opened.direct_io ? 1 : 0;
  return info;
}

/// A lookup of what cannot be a name finds nothing.
bool means_absent(ErrorKind kind) { return kind == ErrorKind::kNotFound || kind == ErrorKind::kUnrepresentable; }

}  // namespace

fuse_entry_param to_entry(const vfs::NodeAttributes& attributes) {
  fuse_entry_param entry{};
  entry.ino = attributes.node;
  entry.attr = to_stat(attributes);
  entry.attr_timeout = seconds(attributes.valid_for);
  entry.entry_timeout = entry.attr_timeout;
  return entry;
}

void Reply::fail(const Error& error) {
  const std::string words = log::printable(error.message);
  if (is_everyday(error.kind)) {
    log::of(log::Topic::kFuse).debug("{}: {}: {}", verb_, to_string(error.kind), words);
  } else {
    spdlog::warn("{}: {}: {}", verb_, to_string(error.kind), words);
  }
  fuse_reply_err(take(), to_errno(error.kind));
}

void StatusReply::answer(const Status& status) {
  if (!status) return fail(status.error());
  fuse_reply_err(take(), 0);
}

void EntryReply::answer(const Result<vfs::NodeAttributes>& entry) {
  if (!entry && absent_for_ && means_absent(entry.error().kind)) {
    fuse_entry_param absent{};
    absent.entry_timeout = seconds(*absent_for_);
    fuse_reply_entry(take(), &absent);
    return;
  }
  if (!entry) return fail(entry.error());
  const fuse_entry_param param = to_entry(*entry);
  fuse_reply_entry(take(), &param);
}

void AttributesReply::answer(const Result<vfs::NodeAttributes>& attributes) {
  if (!attributes) return fail(attributes.error());
  const struct stat told = to_stat(*attributes);
  fuse_reply_attr(take(), &told, seconds(attributes->valid_for));
}

void OpenReply::answer(const Result<vfs::Opened>& opened) {
  if (!opened) return fail(opened.error());
  const fuse_file_info info = to_file_info(*opened);
  fuse_reply_open(take(), &info);
}

void CreateReply::answer(const Result<vfs::Created>& created) {
  if (!created) return fail(created.error());
  const fuse_entry_param entry = to_entry(created->attributes);
  const fuse_file_info info = to_file_info(created->opened);
  fuse_reply_create(take(), &entry, &info);
}

void ReadReply::answer(const Result<std::vector<vfs::Slice>>& slices) {
  if (!slices) return fail(slices.error());
  std::vector<iovec> pieces;
  pieces.reserve(slices->size());
  for (const vfs::Slice& slice : *slices) {
    // iovec serves readv(2) too and so wants a pointer to non-const; the kernel only reads from these.
    auto* from = const_cast<std::byte*>(slice.block->data() + slice.offset);
    pieces.push_back({from, slice.length});
  }
  fuse_reply_iov(take(), pieces.data(), static_cast<int>(pieces.size()));
}

void WriteReply::answer(const Status& status) {
  if (!status) return fail(status.error());
  fuse_reply_write(take(), length_);
}

void CopyReply::answer(const Result<std::uint64_t>& copied) {
  if (!copied) return fail(copied.error());
  fuse_reply_write(take(), *copied);
}

void DirectoryReply::answer(const Result<std::vector<char>>& entries) {
  if (!entries) return fail(entries.error());
  fuse_reply_buf(take(), entries->data(), entries->size());
}

void LinkReply::answer(const Result<std::string>& target) {
  if (!target) return fail(target.error());
  fuse_reply_readlink(take(), target->c_str());
}

void ExtendedAttributeReply::answer(const Result<std::optional<std::string>>& value) {
  if (!value) return fail(value.error());
  const std::optional<std::string>& told = *value;
  if (!told) {
    fuse_reply_err(take(), ENODATA);
  } else if (room_ == 0) {
    fuse_reply_xattr(take(), told->size());
  } else if (told->size() > room_) {
    fuse_reply_err(take(), ERANGE);
  } else {
    fuse_reply_buf(take(), told->data(), told->size());
  }
}

void SpaceReply::answer(const Result<std::optional<remote::Space>>& space) {
  if (!space) return fail(space.error());
  const struct statvfs told = to_statvfs(*space);
  fuse_reply_statfs(take(), &told);
}

}  // namespace ftpsfs::fuse
