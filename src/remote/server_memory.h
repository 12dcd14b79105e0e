// ServerMemory: what was found out about a server, kept in a file from one mount to the next.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "remote/conversation.h"
#include "remote/server_notes.h"

namespace ftpsfs::remote {

/// One for each mount, used by one thread at a time. What goes wrong with the file is logged; a mount works without.
class ServerMemory {
 public:
  /// Reads what is there. `file`: absolute, in a folder that is made when missing; empty: nothing is remembered.
  explicit ServerMemory(std::string file);

  /// Before the first session: what has to be known then.
  void prepare(const ftp::ServerOptions& options) const;
  /// After it: all of it, unless the server has changed since.
  void recall(Server& server, const std::string& greeting);
  /// Writes what is known now, if that is something new.
  void keep(const Server& server);

 private:
  [[nodiscard]] bool tells(std::string_view observation) const;
  [[nodiscard]] ServerNotes notes_of(const Server& server) const;

  const std::string file_;
  std::string greeting_;
  std::optional<std::string> answered_before_;  ///< greeting of a server that told an earlier mount its features
  ServerNotes notes_;                           ///< as the file has them
};

}  // namespace ftpsfs::remote
