// FakeConnection's verbs about names: directories, renames, sizes, times, modes, and facts on the control connection.
#include <utility>

#include "fakes/fake_connection.h"
#include "fakes/fake_listing.h"
#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

std::string quoted(const std::string& path) {
  std::string text = "\"";
  for (const char c : path) text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

}  // namespace

void FakeConnection::refuse(TreeError error, const std::string& path) {
  if (!dialect_.reasons_told) return reply("550 Failed to carry out the command.");
  reply("550 " + path + ": " + std::string(describe(error)));
}

void FakeConnection::do_pwd(const std::string& /*argument*/) {
  switch (dialect_.pwd) {
    case PwdStyle::kNormal:
      return reply("257 " + quoted(cwd_) + " is the current directory");
    case PwdStyle::kUnquoted:
      return reply("257 " + cwd_);
    case PwdStyle::kDataSet:
      return reply("257 \"'" + upper(user_) + ".'\" is working directory");
    case PwdStyle::kRefused:
      return reply("550 PWD refused");
  }
}

void FakeConnection::do_cwd(const std::string& argument) {
  const std::string path = resolve(argument);
  const std::optional<FakeNode> node = world_.tree.stat(path);
  if (!node) return refuse(TreeError::kMissing, argument);
  if (node->type != FakeType::kDirectory) return refuse(TreeError::kNotDirectory, argument);
  enter(path);
  reply("250 Directory changed");
}

void FakeConnection::enter(std::string directory) {
  cwd_ = std::move(directory);
  world_.places.enter(number_, cwd_);
}

void FakeConnection::do_cdup(const std::string& /*argument*/) { do_cwd(".."); }

void FakeConnection::do_mkd(const std::string& argument) {
  const std::string path = resolve(argument);
  const TreeError error = world_.tree.make_directory(path);
  if (error == TreeError::kExists && dialect_.mkd_exists_code != 550) {
    return reply(std::to_string(dialect_.mkd_exists_code) + " " + quoted(path) + " directory already exists");
  }
  if (error != TreeError::kNone) return refuse(error, argument);
  reply(std::to_string(dialect_.mkd_ok_code) + " " + quoted(path) + " created");
}

void FakeConnection::do_rmd(const std::string& argument) {
  const TreeError error = world_.tree.remove_directory(resolve(argument));
  if (error != TreeError::kNone) return refuse(error, argument);
  reply("250 Directory removed");
}

void FakeConnection::do_dele(const std::string& argument) {
  const TreeError error = world_.tree.remove_file(resolve(argument));
  if (error != TreeError::kNone) return refuse(error, argument);
  reply("250 File removed");
}

void FakeConnection::do_rnfr(const std::string& argument) {
  const std::string path = resolve(argument);
  if (!world_.tree.stat(path, false)) return refuse(TreeError::kMissing, argument);
  rename_from_ = path;
  reply("350 Ready for RNTO");
}

void FakeConnection::do_rnto(const std::string& argument) {
  if (rename_from_.empty()) return reply("503 RNFR first");
  if (dialect_.cwd_locks && world_.places.occupied(rename_from_)) {
    return reply("550 The process cannot access the file because it is being used by another process.");
  }
  const TreeError error = world_.tree.rename(rename_from_, resolve(argument), dialect_.rnto_overwrites);
  if (error != TreeError::kNone) return refuse(error, argument);
  reply("250 Rename successful");
}

void FakeConnection::do_size(const std::string& argument) {
  if (!dialect_.size) return reply("500 Unknown command");
  if (ascii_) return reply("550 SIZE not allowed in ASCII mode");
  const std::optional<FakeNode> node = world_.tree.stat(resolve(argument));
  if (!node) return refuse(TreeError::kMissing, argument);
  if (node->type != FakeType::kFile) return reply("550 " + argument + ": not a regular file");
  reply("213 " + std::to_string(node->size));
}

void FakeConnection::do_mdtm(const std::string& argument) {
  if (!dialect_.mdtm) return reply("500 Unknown command");
  const std::string time(first_word(argument));
  if (dialect_.mdtm_set && is_time_value(time) && argument.size() > time.size()) {
    return change_time(time, std::string(after_first_word(argument)), "");
  }
  const std::optional<std::int64_t> mtime = world_.tree.mtime(resolve(argument));
  if (!mtime) return refuse(TreeError::kMissing, argument);
  reply("213 " + time_value(*mtime + dialect_.mdtm_time_offset.count()));
}

void FakeConnection::do_mfmt(const std::string& argument) {
  if (!dialect_.mfmt) return reply("500 Unknown command");
  change_time(std::string(first_word(argument)), std::string(after_first_word(argument)), "Modify=");
}

void FakeConnection::change_time(const std::string& time, const std::string& path, std::string_view fact) {
  const std::optional<std::int64_t> mtime = parse_time(time);
  if (!mtime || path.empty()) return reply("501 Time and path expected");
  const TreeError error = world_.tree.set_mtime(resolve(path), *mtime);
  if (error != TreeError::kNone) return refuse(error, path);
  reply("213 " + std::string(fact) + time + "; " + path);
}

void FakeConnection::do_mlst(const std::string& argument) {
  if (!dialect_.mlsd) return reply("500 Unknown command");
  const std::string path = resolve(argument);
  const std::optional<FakeNode> node = world_.tree.stat(path, false);
  if (!node) return refuse(TreeError::kMissing, argument);
  const auto facts = FakeListing(world_.tree, dialect_, facts_).facts(path, *node, path, false);
  if (!facts) return reply("550 '" + argument + "' cannot be listed");
  reply("250-Listing " + path + "\n " + *facts + "\n250 End");
}

void FakeConnection::do_stat(const std::string& argument) {
  if (argument.empty()) return reply("211-Status of the fake server\n Logged in as " + user_ + "\n211 End of status");
  if (dialect_.stat == StatStyle::kOff) return reply("502 STAT of a path not implemented");
  const std::string path = fault_path("STAT", argument);
  const bool indented = dialect_.stat == StatStyle::k212Indented;
  const bool brief = dialect_.stat == StatStyle::k213Brief;
  const std::optional<FakeNode> node = world_.tree.stat(path, false);
  if (indented && !node) return reply("450 " + path + ": No such file or directory");
  const bool readable = node && (node->type != FakeType::kDirectory || (node->mode & 0400) != 0);
  if (indented && !readable) return reply("450 " + path + ": Permission denied");
  // Not by reply(): a name with a line end in it leaves as it is.
  output_ +=
      indented ? "212-Status of " + path + ":\r\n" : std::string(brief ? "213-STAT\r\n" : "213-Status follows:\r\n");
  std::vector<std::string> lines;
  if (readable) lines = FakeListing(world_.tree, dialect_, facts_).status_lines(path);
  for (const std::string& line : lines) output_ += (indented ? " " : "") + line + "\r\n";
  reply(indented ? "212 End of status" : brief ? "213 End." : "213 End of status");
}

void FakeConnection::do_site(const std::string& argument) {
  const std::string verb = upper(first_word(argument));
  const std::string rest(after_first_word(argument));
  if (verb == "UTIME" && dialect_.site_utime) return site_utime(rest);
  if (verb == "QUOTA" && dialect_.quota) return tell_quota(*dialect_.quota);
  if (verb == "CPFR" && dialect_.site_copy) return site_cpfr(rest);
  if (verb == "CPTO" && dialect_.site_copy) return site_cpto(rest);
  if (verb == "SYMLINK" && dialect_.site_symlink) return site_symlink(rest);
  if (verb != "CHMOD" || !dialect_.site_chmod) return reply("500 Unknown SITE command");
  const std::optional<std::uint64_t> mode = to_number(first_word(rest), 8);
  const std::string path(after_first_word(rest));
  if (!mode || path.empty()) return reply("501 SITE CHMOD mode path expected");
  const TreeError error = world_.tree.set_mode(resolve(path), static_cast<std::uint32_t>(*mode));
  if (error != TreeError::kNone) return refuse(error, path);
  reply("200 SITE CHMOD command ok");
}

/// As ProFTPD's mod_quotatab does.
void FakeConnection::tell_quota(const FakeQuota& quota) {
  const std::string use = std::to_string(quota.used) + ".00/" + std::to_string(quota.limit) + ".00";
  output_ += "200-The current quota for this session are [current/limit]:\r\n Name: demo\r\n";
  output_ += "   Uploaded bytes:\t" + (quota.limit == 0 ? "unlimited" : use) + "\r\n";
  output_ += "   Transferred bytes:\tunlimited\r\n   Uploaded files:\t0/7\r\n";
  reply("200 Please contact root@localhost if these entries are inaccurate");
}

/// As ProFTPD: the link gets the whole path of what its target is at present.
void FakeConnection::site_symlink(const std::string& argument) {
  const std::vector<std::string> words = site_words(argument);
  if (words.size() < 2) return reply("500 'SITE SYMLINK' not understood");
  const std::string target = resolve(words[0]);
  const std::string link = resolve(words[1]);
  if (!world_.tree.exists(target)) return refuse(TreeError::kMissing, argument);
  if (world_.tree.stat(link, false)) return refuse(TreeError::kExists, argument);
  world_.tree.add_symlink(link, target);
  reply("200 SITE SYMLINK command successful");
}

/// As ProFTPD: a name that waits for its CPTO is kept when another one comes.
void FakeConnection::site_cpfr(const std::string& argument) {
  const std::string path = resolve(argument);
  if (!world_.tree.stat(path, false)) return refuse(TreeError::kMissing, argument);
  if (copy_from_.empty()) copy_from_ = path;
  reply("350 File or directory exists, ready for destination name");
}

void FakeConnection::site_cpto(const std::string& argument) {
  if (copy_from_.empty()) return reply("503 Bad sequence of commands");
  const std::string from = std::exchange(copy_from_, {});
  const std::optional<FakeNode> source = world_.tree.stat(from, !dialect_.site_copy_links);
  if (!source) return refuse(TreeError::kMissing, argument);
  if (source->type == FakeType::kSymlink) {
    world_.tree.add_symlink(resolve(argument), source->link_target);
    return reply("250 Copy successful");
  }
  FakeTree::OpenFile copy;
  const TreeError error = world_.tree.create(resolve(argument), copy);
  if (error != TreeError::kNone) return refuse(error, argument);
  world_.tree.truncate(copy, 0);
  world_.tree.write(copy, 0, world_.tree.content(from).value_or(""));
  (void)world_.tree.set_mode(resolve(argument), source->mode);
  reply("250 Copy successful");
}

void FakeConnection::site_utime(const std::string& argument) {
  std::string time(first_word(argument));
  if (time.size() == 12) time += "00";
  const std::optional<std::int64_t> mtime = parse_time(time);
  const std::string path(after_first_word(argument));
  if (!mtime || path.empty()) return reply("501 SITE UTIME YYYYMMDDhhmm[ss] path expected");
  const TreeError error = world_.tree.set_mtime(resolve(path), *mtime);
  if (error != TreeError::kNone) return refuse(error, path);
  reply("200 SITE UTIME command ok");
}

}  // namespace ftpsfs::test
