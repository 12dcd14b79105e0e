// Fault: one scripted misbehaviour of a FakeServer, and FaultPlan, which decides when each applies.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::test {

/// When a fault resets the control connection.
enum class ControlCut {
  kNone,
  kBeforeCommand,  ///< the command is not carried out
  kBeforeReply,    ///< the command is carried out, its final reply never leaves
  kMidReply,       ///< carried out; half the bytes of the final reply leave, then FIN without close_notify
  kAfterReply,     ///< carried out and answered, then FIN without close_notify
};

/// What a fault does to the data connection, once `Fault::after` bytes have passed.
enum class DataFault {
  kNone,
  kRefuse,       ///< closed before its TLS handshake; the final reply is 425 unless given
  kEnd,          ///< ended in order (close_notify), as if the data were complete
  kCut,          ///< FIN without close_notify
  kReset,        ///< RST
  kStall,        ///< nothing moves any more, until ABOR, a disconnect, or FakeServer::release_stalls()
  kDrop,         ///< upload: all bytes are taken, those from `after` on are not stored
  kLoseControl,  ///< the control connection is reset; the data goes on to its end
  kLineBreak,    ///< every connection of the server is reset
};

/// One misbehaviour; fields that keep their defaults change nothing. Used with designated initialisers:
///   server.on("RETR", {.nth = 2, .data = DataFault::kReset, .after = 1000});
///   server.on("STOR", {.data = DataFault::kEnd, .after = 5, .final_reply = "452 Disk full"});
///   server.on("RNTO", {.path = "/new", .cut = ControlCut::kBeforeReply});
/// A reply is one or several lines, separated by "\n", each with its code.
struct Fault {
  int nth = 0;         ///< only the n-th match counts (1 is the first); 0: every match
  std::string path{};  ///< only for this absolute path; empty: any

  std::chrono::milliseconds delay{0};  ///< before the command is carried out
  bool silent = false;                 ///< neither carried out nor answered
  std::string stray_reply{};           ///< sent before the real replies
  std::string reply{};                 ///< sent instead of carrying the command out
  std::size_t huge_reply_bytes = 0;    ///< a multi-line 211 reply of at least this size, instead of carrying it out
  std::string injected{};              ///< raw bytes in the same segment behind the reply; for AUTH: in clear
  ControlCut cut = ControlCut::kNone;
  bool line_break = false;  ///< every connection of the server is reset; the command is not carried out

  DataFault data = DataFault::kNone;
  std::uint64_t after = 0;    ///< bytes of data that pass before `data` strikes
  std::string final_reply{};  ///< in place of the reply that follows the data
};

/// The faults of one server. Any thread may call any member.
class FaultPlan {
 public:
  /// Adds a fault for `verb` (upper case; "*": any). Returns its id, for hits().
  int add(std::string verb, Fault fault);
  /// Ends all faults; their ids stay valid.
  void clear();

  /// The first fault that applies to this command, or one without effect. Counts the match.
  Fault match(std::string_view verb, std::string_view path);

  /// How often the fault struck.
  [[nodiscard]] int hits(int id) const;

 private:
  struct Rule {
    std::string verb{};
    Fault fault{};
    int matches = 0;
    int hits = 0;
    bool active = true;
  };

  mutable std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace ftpsfs::test
