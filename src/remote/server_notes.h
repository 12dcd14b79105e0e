// ServerNotes: what earlier mounts found out about a server, as text that a person can read.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::remote {

/// Something observed, and the day when.
struct ServerNote {
  std::string observation;  ///< as observations() words it
  std::chrono::sys_days since;

  bool operator==(const ServerNote&) const = default;
};

struct ServerNotes {
  // By which the server is told from another one, or from a newer version of itself.
  std::string greeting;  ///< in the form of lasting_part()
  std::string system;
  std::string features;
  std::vector<ServerNote> notes;

  [[nodiscard]] bool same_server(const ServerNotes& other) const {
    return greeting == other.greeting && system == other.system && features == other.features;
  }
};

/// A greeting without what differs from one connection to the next: times, addresses, numbers of users. Numbers that
/// look like versions stay.
std::string lasting_part(std::string_view greeting);

/// One line for each.
std::string to_text(const ServerNotes& notes);
/// Lines that make no sense are passed over.
ServerNotes parse_notes(std::string_view text);

/// Without those that are to be doubted, and looked at again: a server may have been repaired.
ServerNotes without_old(ServerNotes notes, std::chrono::sys_days today);

/// What is observed now; what was so before keeps its day.
std::vector<ServerNote> dated(const std::vector<std::string>& observations, const std::vector<ServerNote>& before,
                              std::chrono::sys_days today);

}  // namespace ftpsfs::remote
