// A Filesystem whose every call a test can script.
#pragma once

#include <gmock/gmock.h>
#include <poll.h>

#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

// gmock's macros split at commas.
using MaybeAttributes = std::optional<Result<vfs::NodeAttributes>>;
using Entries = std::vector<vfs::DirectoryEntry>;
using MaybeEntries = std::optional<Result<Entries>>;
using MaybeSpace = std::optional<remote::Space>;

class MockFilesystem : public vfs::Filesystem {
 public:
  /// Unless a test has some to tell, the wait for invalidations lasts until it is cancelled.
  MockFilesystem() {
    ON_CALL(*this, next_invalidations).WillByDefault([](const Context& context) {
      pollfd cancelled{context.cancellation->fd(), POLLIN, 0};
      ::poll(&cancelled, 1, -1);
      return std::vector<vfs::Invalidation>();
    });
  }

  using NodeId = vfs::NodeId;
  using HandleId = vfs::HandleId;
  using Attributes = vfs::NodeAttributes;

  MOCK_METHOD(Result<Attributes>, look_up, (NodeId, std::string_view, const Context&), (override));
  MOCK_METHOD(MaybeAttributes, try_look_up, (NodeId, std::string_view), (override));
  MOCK_METHOD(std::optional<Attributes>, try_offer, (NodeId, std::string_view), (override));
  MOCK_METHOD(void, forget, (NodeId, std::uint64_t), (override));
  MOCK_METHOD(Result<Attributes>, attributes, (NodeId, const Context&), (override));
  MOCK_METHOD(MaybeAttributes, try_attributes, (NodeId), (override));
  MOCK_METHOD(Result<Attributes>, change_attributes, (NodeId, HandleId, const vfs::AttributeChange&, const Context&),
              (override));
  MOCK_METHOD(Status, check_access, (NodeId, vfs::AccessMode, const Context&), (override));
  MOCK_METHOD(Result<std::string>, read_link, (NodeId, const Context&), (override));
  MOCK_METHOD(Result<HandleId>, open_directory, (NodeId, const Context&), (override));
  MOCK_METHOD(Result<Entries>, read_directory, (HandleId, std::size_t, std::size_t, const Context&), (override));
  MOCK_METHOD(MaybeEntries, try_read_directory, (HandleId, std::size_t, std::size_t), (override));
  MOCK_METHOD(void, rewind_directory, (HandleId), (override));
  MOCK_METHOD(void, release_directory, (HandleId), (override));
  MOCK_METHOD(Result<std::optional<std::string>>, server_facts, (NodeId, const Context&), (override));
  MOCK_METHOD(Result<std::optional<std::string>>, server_sha256, (NodeId, const Context&), (override));
  MOCK_METHOD(Result<Attributes>, make_link, (NodeId, std::string_view, std::string_view, const Context&), (override));
  MOCK_METHOD(Result<Attributes>, make_directory, (NodeId, std::string_view, std::uint32_t, const Context&),
              (override));
  MOCK_METHOD(Status, remove, (NodeId, std::string_view, const Context&), (override));
  MOCK_METHOD(Status, remove_directory, (NodeId, std::string_view, const Context&), (override));
  MOCK_METHOD(Status, rename, (NodeId, std::string_view, NodeId, std::string_view, vfs::RenameMode, const Context&),
              (override));
  MOCK_METHOD(Result<vfs::Opened>, open, (NodeId, vfs::OpenMode, pid_t, const Context&), (override));
  MOCK_METHOD(Result<vfs::Created>, create,
              (NodeId, std::string_view, std::uint32_t, vfs::OpenMode, pid_t, const Context&), (override));
  MOCK_METHOD(Result<std::vector<vfs::Slice>>, read, (HandleId, std::uint64_t, std::size_t, const Context&),
              (override));
  MOCK_METHOD(std::optional<std::vector<vfs::Slice>>, try_read, (HandleId, std::uint64_t, std::size_t), (override));
  MOCK_METHOD(bool, has_room, (std::size_t), (override));
  MOCK_METHOD(Status, write_when_room, (HandleId, std::uint64_t, std::span<const std::byte>, const Context&),
              (override));
  MOCK_METHOD(Status, write, (HandleId, std::uint64_t, std::span<const std::byte>), (override));
  MOCK_METHOD(Result<std::uint64_t>, copy_range, (const vfs::CopyRange&, const Context&), (override));
  MOCK_METHOD(Status, flush, (HandleId, pid_t, const Context&), (override));
  MOCK_METHOD(Status, sync, (HandleId, const Context&), (override));
  MOCK_METHOD(void, release, (HandleId, const Context&), (override));
  MOCK_METHOD(vfs::Undrained, drain, (const Context&), (override));
  MOCK_METHOD(vfs::FilesystemStatus, status, (), (override));
  MOCK_METHOD(Status, sync_all, (const Context&), (override));
  MOCK_METHOD(Status, retry, (std::string_view, const Context&), (override));
  MOCK_METHOD(Status, discard, (std::string_view, const Context&), (override));
  MOCK_METHOD(Result<MaybeSpace>, space, (const Context&), (override));
  MOCK_METHOD(std::vector<vfs::Invalidation>, next_invalidations, (const Context&), (override));
};

}  // namespace ftpsfs::fuse
