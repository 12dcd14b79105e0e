// Publishing: an uploaded temporary file becomes the file itself, in two round trips where nothing is in the way.
#pragma once

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// As RemoteFs::publish. `aside` is a name of our own beside the target, for servers that will not rename onto a file.
Result<Attributes> publish(Conversation& conversation, const PublishRequest& request, const RemotePath& aside);

/// After the connection was lost during publish() with the same arguments: finds out whether the target is the new file
/// already, and goes on where not.
Result<Attributes> resume_publish(Conversation& conversation, const PublishRequest& request, const RemotePath& aside);

}  // namespace ftpsfs::remote
