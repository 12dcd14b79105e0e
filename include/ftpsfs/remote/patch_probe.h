// keeps_rest_of_file: can a part of a file be written anew?
#pragma once

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::remote {

class RemoteFs;

/// Whether WriteMode::kPatch (REST n, then STOR; RFC 3659 section 5.4) leaves what is before and behind the bytes it
/// writes as it was. Some servers refuse it, some cut the file behind the bytes sent, some fill what is before them
/// with zeros. Tried on `scratch`, a small file that must not exist, and that the caller removes afterwards. Errors: of
/// a broken line, a full disk or a busy server, and whatever keeps `scratch` from being written at all.
Result<bool> keeps_rest_of_file(RemoteFs& remote, const RemotePath& scratch, const Context& context);

}  // namespace ftpsfs::remote
