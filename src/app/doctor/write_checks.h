// What writing to a server does.
#pragma once

#include <cstdint>
#include <vector>

#include "app/doctor/report.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::app {

/// Files under temporary names, removed when this goes, however a check ended.
class Scratch {
 public:
  Scratch(remote::RemoteFs& server, const Context& context) : server_(server), context_(context) {}
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Result<remote::RemotePath> name(const remote::RemotePath& directory);

 private:
  remote::RemoteFs& server_;
  const Context& context_;
  std::vector<remote::RemotePath> paths_;
};

struct SizedFile {
  remote::RemotePath path;
  std::uint64_t size = 0;
};

/// Upload, a rename over an existing file, its time, an append, and a change of a part, as a mount does them. Returns
/// a file that is there until `scratch` goes. Errors: those of what no mount can write without.
Result<SizedFile> check_writing(remote::RemoteFs& server, const remote::RemotePath& directory, Scratch& scratch,
                                Report& report, const Context& context);

}  // namespace ftpsfs::app
