// FakeListing: names of the tree as LIST and MLSx lines, in the dialect's style.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_dialect.h"
#include "fakes/fake_tree.h"

namespace ftpsfs::test {

/// A short-lived view; refers to what it was made from. Lines are without CRLF.
class FakeListing {
 public:
  /// `facts`: those to tell, in lower case.
  FakeListing(const FakeTree& tree, const FakeDialect& dialect, const std::set<std::string>& facts)
      : tree_(tree), dialect_(dialect), facts_(facts) {}

  /// What LIST says about a directory, or about the one file `path`; nothing when it is missing.
  [[nodiscard]] std::vector<std::string> long_lines(const std::string& path, bool all) const;
  /// What STAT says about the same: all names, and of a directory also "." and "..".
  [[nodiscard]] std::vector<std::string> status_lines(const std::string& path) const;
  /// What MLSD says (RFC 3659 section 7).
  [[nodiscard]] std::vector<std::string> fact_lines(const std::string& directory) const;
  /// What NLST says.
  [[nodiscard]] std::vector<std::string> name_lines(const std::string& directory, bool all) const;
  /// One line of MLSD (`listed`) or MLST: the facts of `node`, which is at `path`, then `name`. nullopt for a link that
  /// the server does not tell of.
  [[nodiscard]] std::optional<std::string> facts(const std::string& path, const FakeNode& node, const std::string& name,
                                                 bool listed) const;

 private:
  [[nodiscard]] std::vector<FakeNode> visible(const std::string& directory, bool all) const;
  [[nodiscard]] std::string long_line(const FakeNode& node) const;
  [[nodiscard]] std::string unix_line(const FakeNode& node) const;
  [[nodiscard]] std::string dos_line(const FakeNode& node) const;
  [[nodiscard]] std::string fact_list(const FakeNode& node, const std::string& type) const;
  [[nodiscard]] std::string fact_value(const std::string& fact, const FakeNode& node, const std::string& type) const;
  [[nodiscard]] std::string type_of(const FakeNode& node) const;

  const FakeTree& tree_;
  const FakeDialect& dialect_;
  const std::set<std::string>& facts_;
};

}  // namespace ftpsfs::test
