// Replies: one type for each kind of answer the kernel knows. All are move-only, answered once, and never lost.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/result.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/vfs/filesystem.h"
#include "fuse/answer_duty.h"
#include "fuse/libfuse.h"

namespace ftpsfs::fuse {

/// What all kinds share. Each has `Value` and `answer(Result<Value>)`. An error goes out as its errno, and into the log
/// under `verb` ("lookup"). That the kernel did not take an answer is ignored: it happens only when the mount is torn
/// down, and then everything it was given is taken back anyway.
class Reply {
 public:
  /// `verb` is a literal.
  Reply(fuse_req_t request, const char* verb) : duty_(request), verb_(verb) {}

  [[nodiscard]] fuse_req_t request() const { return duty_.request(); }

 protected:
  void fail(const Error& error);
  [[nodiscard]] fuse_req_t take() { return duty_.take(); }

 private:
  AnswerDuty<fuse_req, fuse_reply_err> duty_;
  const char* verb_;
};

/// Success without more to say.
class StatusReply : public Reply {
 public:
  using Value = void;
  using Reply::Reply;
  void answer(const Status& status);
};

/// A name and what it stands for. A name that is not there is an answer too, which the kernel remembers.
class EntryReply : public Reply {
 public:
  using Value = vfs::NodeAttributes;
  /// `absent_for`: how long the kernel may believe that the name is absent; nullopt: absence is an error.
  EntryReply(fuse_req_t request, const char* verb, std::optional<std::chrono::milliseconds> absent_for = {})
      : Reply(request, verb), absent_for_(absent_for) {}
  void answer(const Result<vfs::NodeAttributes>& entry);

 private:
  std::optional<std::chrono::milliseconds> absent_for_;
};

class AttributesReply : public Reply {
 public:
  using Value = vfs::NodeAttributes;
  using Reply::Reply;
  void answer(const Result<vfs::NodeAttributes>& attributes);
};

class OpenReply : public Reply {
 public:
  using Value = vfs::Opened;
  using Reply::Reply;
  void answer(const Result<vfs::Opened>& opened);
};

class CreateReply : public Reply {
 public:
  using Value = vfs::Created;
  using Reply::Reply;
  void answer(const Result<vfs::Created>& created);
};

/// A file's bytes, from the cache's own memory. Fewer than asked for mean its end.
class ReadReply : public Reply {
 public:
  using Value = std::vector<vfs::Slice>;
  using Reply::Reply;
  void answer(const Result<std::vector<vfs::Slice>>& slices);
};

/// `length` bytes are written, or none.
class WriteReply : public Reply {
 public:
  WriteReply(fuse_req_t request, const char* verb, std::size_t length) : Reply(request, verb), length_(length) {}
  using Value = void;
  void answer(const Status& status);

 private:
  std::size_t length_;
};

/// How many bytes were copied, below 4 GiB. After kUnsupported the kernel reads and writes them itself.
class CopyReply : public Reply {
 public:
  using Value = std::uint64_t;
  using Reply::Reply;
  void answer(const Result<std::uint64_t>& copied);
};

/// Directory entries as the kernel wants them laid out; none at the end.
class DirectoryReply : public Reply {
 public:
  using Value = std::vector<char>;
  using Reply::Reply;
  void answer(const Result<std::vector<char>>& entries);
};

class LinkReply : public Reply {
 public:
  using Value = std::string;
  using Reply::Reply;
  void answer(const Result<std::string>& target);
};

/// An extended attribute's value, or only its size, when the caller gave no room (`room` 0). ENODATA when there is
/// none.
class ExtendedAttributeReply : public Reply {
 public:
  ExtendedAttributeReply(fuse_req_t request, const char* verb, std::size_t room) : Reply(request, verb), room_(room) {}
  using Value = std::optional<std::string>;
  void answer(const Result<std::optional<std::string>>& value);

 private:
  std::size_t room_;
};

class SpaceReply : public Reply {
 public:
  using Value = std::optional<remote::Space>;
  using Reply::Reply;
  void answer(const Result<std::optional<remote::Space>>& space);
};

/// A name's attributes and how long the kernel may believe them.
[[nodiscard]] fuse_entry_param to_entry(const vfs::NodeAttributes& attributes);

}  // namespace ftpsfs::fuse
