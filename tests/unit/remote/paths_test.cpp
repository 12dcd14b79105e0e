// RemotePath, ServerPaths and temporary names.
#include <gtest/gtest.h>

#include "ftpsfs/remote/remote_path.h"
#include "remote/server_paths.h"
#include "remote/temporary_name.h"

namespace ftpsfs::remote {
namespace {

RemotePath path(std::string_view text) {
  RemotePath result;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    result = result.child(text.substr(0, slash)).value();
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return result;
}

ErrorKind child_error(std::string_view name) { return RemotePath().child(name).error().kind; }

TEST(RemotePathTest, Children) {
  EXPECT_EQ(path("a/b").text(), "a/b");
  EXPECT_EQ(path("a/b").parent().text(), "a");
  EXPECT_EQ(path("a/b").name(), "b");
  EXPECT_TRUE(path("a").parent().is_root());
  EXPECT_TRUE(RemotePath().parent().is_root());
  EXPECT_EQ(RemotePath().name(), "");
}

TEST(RemotePathTest, NamesThatAreRefused) {
  EXPECT_EQ(child_error(""), ErrorKind::kInvalid);
  EXPECT_EQ(child_error("."), ErrorKind::kInvalid);
  EXPECT_EQ(child_error(".."), ErrorKind::kInvalid);
  EXPECT_EQ(child_error("a/b"), ErrorKind::kInvalid);
  EXPECT_EQ(child_error("a\rb"), ErrorKind::kUnrepresentable);
  EXPECT_EQ(child_error("a\nb"), ErrorKind::kUnrepresentable);
  EXPECT_EQ(child_error(std::string_view("a\0b", 3)), ErrorKind::kUnrepresentable);
  EXPECT_EQ(child_error(std::string(766, 'x')), ErrorKind::kNameTooLong);
  EXPECT_TRUE(RemotePath().child(std::string(765, 'x')));
  EXPECT_TRUE(is_representable_name("-rf *?[]\"\\ \xff"));
}

TEST(RemotePathTest, IsWithin) {
  EXPECT_TRUE(path("a/b").is_within(path("a")));
  EXPECT_TRUE(path("a").is_within(path("a")));
  EXPECT_TRUE(path("a").is_within(RemotePath()));
  EXPECT_FALSE(path("ab").is_within(path("a")));
  EXPECT_FALSE(path("a").is_within(path("a/b")));
}

struct ArgumentRow {
  std::string login;
  std::string root;
  std::string path;
  std::string argument;
};

TEST(ServerPathsTest, Arguments) {
  const ArgumentRow rows[] = {
      {"/home/u", "", "", "/home/u"},
      {"/home/u", "", "-a b", "/home/u/-a b"},
      {"/", "", "a", "/a"},
      {"/home/u", "sub/dir/", "a", "/home/u/sub/dir/a"},
      {"/home/u", "../v", "a", "/home/v/a"},
      {"/home/u", "/srv//x/", "a", "/srv/x/a"},
      {"/home/u", "/", "", "/"},
      {"", "", "", "."},
      {"", "", "-a", "./-a"},
      {"", "sub", "a", "sub/a"},
      {"", "/srv", "a", "/srv/a"},
      {"C:\\ftp", "", "a", "a"},
  };
  for (const ArgumentRow& row : rows) {
    const auto paths = ServerPaths::make(row.login, row.root);
    ASSERT_TRUE(paths);
    EXPECT_EQ(paths->argument(path(row.path)), row.argument) << row.login << ' ' << row.root << ' ' << row.path;
  }
}

TEST(ServerPathsTest, RootsThatAreRefused) {
  EXPECT_EQ(ServerPaths::make("/", "a\nb").error().kind, ErrorKind::kUnrepresentable);
  EXPECT_EQ(ServerPaths::make("", "../x").error().kind, ErrorKind::kInvalid);
}

struct LinkRow {
  std::string link;
  std::string target;
  std::optional<std::string> inside;
};

TEST(ServerPathsTest, LinksStayInsideTheMount) {
  const auto paths = ServerPaths::make("/home/u", "").value();
  const LinkRow rows[] = {
      {"l", "a/b", "a/b"},
      {"d/l", "../a", "../a"},
      {"d/l", "x", "x"},
      {"d/l", "../../a", std::nullopt},
      {"l", "..", std::nullopt},
      {"l", "/etc/passwd", std::nullopt},
      {"l", "/home/user2/x", std::nullopt},
      {"d/l", "/home/u/a", "../a"},
      {"d/l", "/home/u", ".."},
      {"l", "/home/u/", "."},
      {"l", "", std::nullopt},
      // ".." behind a name could climb out when that name is a link itself.
      {"d/l", "x/../../y", "../y"},
  };
  for (const LinkRow& row : rows) {
    EXPECT_EQ(paths.link_inside(path(row.link), row.target), row.inside) << row.link << " -> " << row.target;
  }
}

TEST(ServerPathsTest, TargetsOfLinksHaveAPlaceInTheMount) {
  const auto paths = ServerPaths::make("/home/u", "").value();
  EXPECT_EQ(paths.place_of_target(path("d/l"), "../a/./b")->text(), "a/b");
  EXPECT_EQ(paths.place_of_target(path("d/l"), "/home/u/x")->text(), "x");
  EXPECT_EQ(paths.place_of_target(path("d/l"), "..")->text(), "");
  for (const char* out : {"../../x", "/etc/passwd", "", "a\nb"})
    EXPECT_FALSE(paths.place_of_target(path("d/l"), out)) << out;
}

TEST(TemporaryNamesTest, AreShortUniqueAndRecognised) {
  TemporaryNames names;
  const std::string first = names.next();
  EXPECT_EQ(first.size(), 25U);
  EXPECT_TRUE(is_own_temporary_name(first));
  EXPECT_NE(first, names.next());
  EXPECT_TRUE(is_own_temporary_name(".ftpsfs-0123abcd-00000001"));
  EXPECT_FALSE(is_own_temporary_name(".ftpsfs-0123abcd-0000000"));
  EXPECT_FALSE(is_own_temporary_name(".ftpsfs-0123abcg-00000001"));
  EXPECT_FALSE(is_own_temporary_name(".ftpsfs-0123abcd+00000001"));
  EXPECT_FALSE(is_own_temporary_name("xftpsfs-0123abcd-00000001"));
}

TEST(TemporaryNamesTest, TellTheirMountAndWhatIsOnlySetAside) {
  TemporaryNames names;
  const auto temporary = parse_temporary_name(names.next());
  ASSERT_TRUE(temporary);
  EXPECT_EQ(temporary->mount, names.mount_id());
  EXPECT_FALSE(temporary->set_aside);
  const auto aside = parse_temporary_name(names.next_aside());
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->mount, names.mount_id());
  EXPECT_TRUE(aside->set_aside);
}

}  // namespace
}  // namespace ftpsfs::remote
