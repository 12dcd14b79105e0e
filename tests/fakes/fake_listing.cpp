// FakeListing: Unix and DOS lines for LIST, facts for MLSx.
#include "fakes/fake_listing.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

constexpr std::int64_t kHalfYear = 182LL * 24 * 3600;

std::string format_time(std::int64_t time, const char* format) {
  const std::time_t value = time;
  std::tm parts{};
  gmtime_r(&value, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string padded(std::string text, std::size_t width, bool to_the_right) {
  if (text.size() < width) text.insert(to_the_right ? 0 : text.size(), width - text.size(), ' ');
  return text;
}

std::string permissions(const FakeNode& node) {
  constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string text(1, node.type == FakeType::kDirectory ? 'd' : node.type == FakeType::kSymlink ? 'l' : '-');
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    text += (node.mode & (0400U >> i)) != 0 ? kLetters[i] : '-';
  }
  return text;
}

/// The perm fact (RFC 3659 section 7.5.5) for the owner.
std::string perm_fact(const FakeNode& node) {
  const bool readable = (node.mode & 0400) != 0;
  const bool writable = (node.mode & 0200) != 0;
  std::string perm;
  if (node.type == FakeType::kDirectory) {
    perm = readable ? "el" : "e";
    if (writable) perm += "cmp";
  } else {
    if (readable) perm += "r";
    if (writable) perm += "aw";
  }
  return node.directory_writable ? perm + "df" : perm;
}

}  // namespace

std::vector<FakeNode> FakeListing::visible(const std::string& directory, bool all) const {
  std::vector<FakeNode> nodes = tree_.children(directory);
  if (dialect_.list_hides_dotfiles && !all) {
    std::erase_if(nodes, [](const FakeNode& node) { return node.name.starts_with('.'); });
  }
  if (dialect_.symlink_facts == SymlinkFacts::kFollowed) {
    std::erase_if(nodes, [](const FakeNode& node) { return node.link_target == "." || node.link_target == ".."; });
  }
  return nodes;
}

std::vector<std::string> FakeListing::long_lines(const std::string& path, bool all) const {
  const std::optional<FakeNode> self = tree_.stat(path);
  if (!self) return {};
  if (self->type != FakeType::kDirectory) return {long_line(*self)};
  std::vector<std::string> lines;
  for (const FakeNode& node : visible(path, all)) lines.push_back(long_line(node));
  for (std::string& raw : tree_.raw_listing_lines(path)) lines.push_back(std::move(raw));
  return lines;
}

std::vector<std::string> FakeListing::status_lines(const std::string& path) const {
  std::vector<std::string> lines = long_lines(path, true);
  std::optional<FakeNode> self = tree_.stat(path);
  std::optional<FakeNode> parent = tree_.stat(resolve_path(path, ".."));
  if (!self || !parent || self->type != FakeType::kDirectory || dialect_.list_format == ListFormat::kDos) return lines;
  self->name = ".";
  parent->name = "..";
  lines.insert(lines.begin(), {unix_line(*self), unix_line(*parent)});
  return lines;
}

std::vector<std::string> FakeListing::name_lines(const std::string& directory, bool all) const {
  std::vector<std::string> lines;
  for (FakeNode& node : visible(directory, all)) lines.push_back(std::move(node.name));
  for (std::string& raw : tree_.raw_listing_lines(directory)) lines.push_back(std::move(raw));
  return lines;
}

std::vector<std::string> FakeListing::fact_lines(const std::string& directory) const {
  std::vector<std::string> lines;
  const std::string parent = resolve_path(directory, "..");
  if (dialect_.facts_cdir_pdir) {
    if (const auto self = tree_.stat(directory)) lines.push_back(fact_list(*self, "cdir") + " .");
    if (const auto up = tree_.stat(parent)) lines.push_back(fact_list(*up, "pdir") + " ..");
  }
  for (const FakeNode& node : tree_.children(directory)) {
    const std::string path = resolve_path(directory, node.name);
    auto line = facts(path, node, dialect_.facts_path_in_names ? path : node.name, true);
    if (line) lines.push_back(*std::move(line));
  }
  for (std::string& raw : tree_.raw_listing_lines(directory)) lines.push_back(std::move(raw));
  return lines;
}

std::optional<std::string> FakeListing::facts(const std::string& path, const FakeNode& node, const std::string& name,
                                              bool listed) const {
  FakeNode told = node;
  std::string type = type_of(node);
  if (node.type == FakeType::kSymlink && dialect_.symlink_facts == SymlinkFacts::kFollowed) {
    const auto target = tree_.stat(path);
    if (!target) return std::nullopt;
    told.unique = target->unique;
    if (!listed) type = type_of(*target);
  }
  return fact_list(told, type) + " " + name;
}

std::string FakeListing::type_of(const FakeNode& node) const {
  switch (node.type) {
    case FakeType::kFile:
      return "file";
    case FakeType::kDirectory:
      return "dir";
    case FakeType::kSymlink:
      return dialect_.symlink_facts == SymlinkFacts::kSlink ? "OS.unix=slink:" + node.link_target : "OS.unix=symlink";
  }
  return "file";
}

std::string FakeListing::fact_list(const FakeNode& node, const std::string& type) const {
  std::string list;
  for (const std::string& fact : dialect_.facts) {
    if (!facts_.contains(lower(fact))) continue;
    const std::string value = fact_value(lower(fact), node, type);
    if (value.empty()) continue;
    list += fact + "=" + value + ";";
  }
  return dialect_.facts_upper_case ? upper(list) : list;
}

std::string FakeListing::fact_value(const std::string& fact, const FakeNode& node, const std::string& type) const {
  if (fact == "type") return type;
  if (fact == "size") return node.type == FakeType::kDirectory ? "" : std::to_string(node.size);
  if (fact == "modify") return time_value(node.mtime);
  if (fact == "perm") return perm_fact(node);
  if (fact == "unique") {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "801U%llX", static_cast<unsigned long long>(node.unique));
    return text.data();
  }
  if (fact == "unix.mode") {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0%03o", node.mode);
    return text.data();
  }
  if (fact == "unix.uid" || fact == "unix.gid") return "1000";
  if (fact == "unix.owner") return node.owner;
  if (fact == "unix.group") return node.group;
  return "";
}

std::string FakeListing::long_line(const FakeNode& node) const {
  return dialect_.list_format == ListFormat::kDos ? dos_line(node) : unix_line(node);
}

std::string FakeListing::unix_line(const FakeNode& node) const {
  const std::int64_t local = node.mtime + dialect_.list_time_offset.count();
  const std::int64_t age = std::time(nullptr) - node.mtime;
  const bool recent = age < kHalfYear && age > -kHalfYear;
  std::string line = permissions(node) + (node.type == FakeType::kDirectory ? "   2 " : "   1 ");
  line += padded(node.owner, 8, false) + " " + padded(node.group, 8, false) + " ";
  line += padded(std::to_string(node.size), 12, true) + " ";
  line += format_time(local, recent ? "%b %d %H:%M" : "%b %d  %Y") + " " + node.name;
  return node.type == FakeType::kSymlink ? line + " -> " + node.link_target : line;
}

std::string FakeListing::dos_line(const FakeNode& node) const {
  const std::string time = format_time(node.mtime + dialect_.list_time_offset.count(), "%m-%d-%y  %I:%M%p");
  if (node.type == FakeType::kDirectory) return time + "       <DIR>          " + node.name;
  return time + padded(std::to_string(node.size), 21, true) + " " + node.name;
}

}  // namespace ftpsfs::test
