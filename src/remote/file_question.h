// FileQuestion: the attributes of a file, asked for in company of other commands.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "remote/conversation.h"
#include "remote/standing.h"

namespace ftpsfs::remote {

/// Asks by MLST, with SIZE where it tells none, or else by SIZE and MDTM, as part of a batch. Links are not settled: a
/// server may tell of the link, or of what it points to.
class FileQuestion {
 public:
  FileQuestion(Batch& batch, const Dialect& dialect, const RemotePath& path);

  /// nullopt when there is no such file, or the server could not tell.
  [[nodiscard]] std::optional<Attributes> answer(const std::vector<ftp::Reply>& replies) const;
  /// What MLST tells beside the attributes.
  [[nodiscard]] Standing standing(const std::vector<ftp::Reply>& replies) const;
  /// False when the server has no verb for it: nothing was asked.
  [[nodiscard]] bool can_be_answered() const { return mlst_ || size_; }

 private:
  using Place = std::optional<std::size_t>;

  Place mlst_;
  Place size_;
  Place mdtm_;
};

}  // namespace ftpsfs::remote
