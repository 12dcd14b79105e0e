// Uploader: a copy that the server makes of another of its files takes the place of the old content.
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/patience.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::Named;
using remote::RemotePath;

Result<Attributes> Uploader::copy_on_server(OpenFile& file, const RemotePath& path, const Named& source,
                                            const Context& context) {
  if (policy_.in_place(path)) return fail(ErrorKind::kUnsupported, path.text() + " is written in place");
  const ParentTime parent_time(services_, path.parent());
  const Context firm = context.uncancellable();
  Attempt attempt;
  {
    MutexLock lock(file.mutex);
    if (!file.staged) return fail(ErrorKind::kStale, "it is not being written");
    attempt.state = file.staged->state();
    attempt.state.size = source.attributes.size;
  }
  Status copied = copy_to_temporary(path.parent(), source, attempt, context);
  if (!copied && line_broke(copied.error()) && context.check()) {
    copied = copy_to_temporary(path.parent(), source, attempt, context);
  }
  FTPSFS_TRY(copied);
  if (const Status same = verify_copy(source.path, attempt, firm); !same) {
    discard(*attempt.path, firm);
    return fail(same.error());
  }
  const auto now = publish(file, path, attempt, firm);
  if (!now) {
    services_.temporaries.give_up(*attempt.path);
    return now;
  }
  note_changed(path, attempt.state, *now);
  sweep(file, firm);
  return now;
}

/// Under a new name each time: after a broken line the server may still be writing to the last one.
Status Uploader::copy_to_temporary(const RemotePath& directory, const Named& source, Attempt& attempt,
                                   const Context& context) {
  FTPSFS_TRY_ASSIGN(attempt.path, services_.temporaries.make(directory));
  const remote::CopyRequest request{source.path, remote::Version::exactly(source.attributes), *attempt.path};
  Status copied = services_.remote.copy(request, patient(context, source.attributes.size));
  if (copied) return copied;
  const bool may_be_there = line_broke(copied.error()) || copied.error().kind == ErrorKind::kInterrupted;
  if (may_be_there) {
    services_.temporaries.give_up(*attempt.path);
  } else {
    services_.temporaries.gone(*attempt.path);
  }
  return copied;
}

/// verify_upload=checksum: nothing of it is here to be compared with, but the server tells it of both.
Status Uploader::verify_copy(const RemotePath& source, const Attempt& attempt, const Context& context) {
  if (services_.verify != VerifyUpload::kChecksum) return {};
  const Context waiting = patient(context, attempt.state.size);
  FTPSFS_TRY_ASSIGN(const auto theirs, services_.remote.checksum(source, waiting));
  FTPSFS_TRY_ASSIGN(const auto copy, services_.remote.checksum(*attempt.path, waiting));
  if (theirs == copy) return {};
  return fail(ErrorKind::kIo, "the server's copy of " + source.text() + " is damaged");
}

}  // namespace ftpsfs::vfs
