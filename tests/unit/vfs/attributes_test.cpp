// What stat(2) tells, what may be changed, and what the mount refuses.
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using remote::FileType;

class AttributesTest : public FilesystemTest {
 protected:
  AttributesTest() {
    server_.put_directory("d");
    server_.put("d/file", "text", 5000);
    server_.put("file", "text", 5000);
    server_.put_link("link", "d/file");
    server_.put_link("secret", "");
  }
  std::string access(std::string_view path, AccessMode mode) {
    return outcome(fs_->check_access(node(path), mode, context_));
  }
  void mount_read_only() {
    options_.read_only = true;
    mount();
  }
};

TEST_F(AttributesTest, TellsWhatTheServerTells) {
  const auto file = find("file");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->type, FileType::kFile);
  EXPECT_EQ(file->size, 4U);
  EXPECT_EQ(file->mtime, 5000);
  EXPECT_EQ(file->mode, 0644U);
  EXPECT_EQ(file->uid, 1000U);
  EXPECT_EQ(file->valid_for, options_.cache_ttl);
  EXPECT_EQ(find("d")->type, FileType::kDirectory);
}

TEST_F(AttributesTest, AnswersAreValidForAsLongAsTheyAreFresh) {
  node("file");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(find("file")->valid_for, options_.cache_ttl - std::chrono::seconds(10));
}

TEST_F(AttributesTest, SpecialBitsAndUmaskAreTakenAway) {
  remote::Attributes now = *server_.attributes("file");
  now.mode = 04777;
  server_.set_attributes("file", now);
  options_.umask = 022;
  mount();
  EXPECT_EQ(find("file")->mode, 0755U);
  options_.hide_special_bits = false;
  mount();
  EXPECT_EQ(find("file")->mode, 04755U);
}

TEST_F(AttributesTest, WhatTheServerForbidsToWriteIsNotWritable) {
  remote::Attributes now = *server_.attributes("file");
  now.writable = false;
  server_.set_attributes("file", now);
  EXPECT_EQ(find("file")->mode, 0444U);
  EXPECT_EQ(access("file", {.write = true}), "permission denied");
  EXPECT_EQ(access("file", {.read = true}), "ok");
  EXPECT_EQ(outcome(fs_->open(node("file"), kWrite, kProgram, context_)), "permission denied") << "not at close";
}

TEST_F(AttributesTest, WhatTheServerForbidsToReadIsNotReadable) {
  for (const char* path : {"file", "d"}) {
    remote::Attributes now = *server_.attributes(path);
    now.readable = false;
    server_.set_attributes(path, now);
  }
  EXPECT_EQ(find("file")->mode, 0200U);
  EXPECT_EQ(find("d")->mode, 0200U);
  EXPECT_EQ(access("file", {.read = true}), "permission denied");
  EXPECT_EQ(access("file", {.write = true}), "ok");
  EXPECT_EQ(access("d", {.execute = true}), "permission denied");
}

TEST_F(AttributesTest, TheServerTellsOfAFileInItsOwnWords) {
  server_.checksums = net::DigestAlgorithm::kSha256;
  EXPECT_EQ(**fs_->server_facts(node("file"), context_), "size=4;");
  EXPECT_EQ(**fs_->server_sha256(node("file"), context_),
            "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1");
  EXPECT_EQ(*fs_->server_sha256(node("d"), context_), std::nullopt);
  const auto opened = fs_->open(node("file"), kReadWrite, kProgram, context_);
  ASSERT_TRUE(fs_->write(opened->handle, 0, bytes_of("news")));
  EXPECT_EQ(*fs_->server_sha256(node("file"), context_), std::nullopt) << "the file here is another";
  close(opened->handle);
  server_.checksums = net::DigestAlgorithm::kSha1;
  EXPECT_EQ(*fs_->server_sha256(node("file"), context_), std::nullopt);
}

TEST_F(AttributesTest, LinksAreMadeWhereTheServerMakesThem) {
  EXPECT_EQ(outcome(fs_->make_link(kRootNode, "new", "file", context_)), "not permitted");
  server_.makes_links = true;
  const auto made = fs_->make_link(kRootNode, "new", "file", context_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->type, FileType::kSymlink);
  EXPECT_EQ(*fs_->read_link(made->node, context_), "file");
  EXPECT_EQ(find("new")->node, made->node);
  EXPECT_EQ(outcome(fs_->make_link(kRootNode, "new", "d", context_)), "exists");
  mount_read_only();
  EXPECT_EQ(outcome(fs_->make_link(kRootNode, "other", "file", context_)), "read-only");
}

TEST_F(AttributesTest, ALinkToWhatDoesNotExistMayBeRefused) {
  server_.makes_links = server_.links_need_targets = true;
  EXPECT_EQ(outcome(fs_->make_link(kRootNode, "new", "missing", context_)), "not permitted");
  EXPECT_EQ(outcome(fs_->make_link(node("d"), "new", "../file", context_)), "ok");
}

TEST_F(AttributesTest, ANameThatTheServerCannotWriteIsRefusedBeforeAnythingIsMade) {
  server_.unwritable_names = "\xc3\xa9";
  const std::string name = "caf\xc3\xa9";
  EXPECT_EQ(outcome(fs_->create(kRootNode, name, 0644, kWrite, kProgram, context_)), "unrepresentable name");
  EXPECT_EQ(outcome(fs_->make_directory(kRootNode, name, 0755, context_)), "unrepresentable name");
  EXPECT_EQ(rename("file", name), "unrepresentable name");
  EXPECT_EQ(read_file("file"), "text");
  EXPECT_EQ(server_.tree().count(name), 0U);
}

TEST_F(AttributesTest, ExecutePermissionCounts) {
  EXPECT_EQ(access("file", {.execute = true}), "permission denied");
  EXPECT_EQ(access("d", {.execute = true}), "ok");
}

TEST_F(AttributesTest, ALinkTellsItsTargetOrIsRefused) {
  EXPECT_EQ(fs_->read_link(node("link"), context_).value(), "d/file");
  EXPECT_EQ(outcome(fs_->read_link(node("secret"), context_)), "permission denied");
  EXPECT_EQ(outcome(fs_->read_link(node("file"), context_)), "invalid");
}

TEST_F(AttributesTest, TheTimeOfALinkIsRememberedAndItsTargetLeftAlone) {
  options_.state_dir = staging_.path() + "/source";
  mount();
  EXPECT_EQ(change(node("link"), to_mtime(777)), "ok");
  EXPECT_EQ(change(node("link"), to_mode(0600)), "unsupported");
  EXPECT_EQ(change(node("link"), to_owner(0)), "not permitted");
  EXPECT_EQ(stat(node("link")).mtime, 777);
  EXPECT_EQ(server_.count(Verb::kSetMtime) + server_.count(Verb::kSetMode), 0);
  mount();
  EXPECT_EQ(stat(node("link")).mtime, 777);
  EXPECT_EQ(remove("link"), "ok");
  server_.put_link("link", "file");
  clock_.advance(options_.cache_ttl);
  EXPECT_NE(stat(node("link")).mtime, 777) << "that is another link";
}

TEST_F(AttributesTest, ADirectoryIsNotOpenedAsAFile) {
  EXPECT_EQ(outcome(fs_->open(node("d"), kRead, kProgram, context_)), "is a directory");
}

TEST_F(AttributesTest, TimeAndModeReachTheServer) {
  EXPECT_EQ(change(node("file"), to_mode(0600, 777)), "ok");
  EXPECT_EQ(server_.attributes("file")->mtime, 777);
  EXPECT_EQ(server_.attributes("file")->mode, 0600U);
  EXPECT_EQ(stat(node("file")).mtime, 777);
  EXPECT_EQ(stat(node("file")).mode, 0600U);
}

TEST_F(AttributesTest, WhatTheServerCannotHoldIsRemembered) {
  server_.capable.set_file_mtime = server_.capable.set_directory_mtime = server_.capable.set_mode = false;
  for (const char* path : {"file", "d"}) {
    EXPECT_EQ(change(node(path), to_mode(0700, 777)), "ok");
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(stat(node(path)).mtime, 777);
      EXPECT_EQ(stat(node(path)).mode, 0700U);
      clock_.advance(options_.cache_ttl);
    }
  }
}

TEST_F(AttributesTest, WhatTheServerCannotHoldIsRememberedOfACommitToo) {
  server_.capable.set_file_mtime = server_.capable.set_mode = false;
  const HandleId handle = create("new", 0755);
  write(handle, 0, "x");
  EXPECT_EQ(change(node("new"), to_mtime(777), handle), "ok");
  EXPECT_EQ(close(handle), "ok");
  clock_.advance(options_.cache_ttl);
  EXPECT_EQ(stat(node("new")).mtime, 777);
  EXPECT_EQ(stat(node("new")).mode, 0755U);
  EXPECT_EQ(rename("new", "newer"), "ok");
  EXPECT_EQ(stat(node("newer")).mtime, 777);
  EXPECT_EQ(write_file("newer", "again"), "ok");
  EXPECT_EQ(stat(node("newer")).mode, 0755U) << "new content leaves the mode alone";
}

TEST_F(AttributesTest, WhatTheServerCannotHoldIsRememberedByTheNextMount) {
  options_.state_dir = staging_.path() + "/source";
  mount();
  server_.capable.set_directory_mtime = server_.capable.set_mode = false;
  EXPECT_EQ(change(node("d"), to_mode(0700, 777)), "ok");
  mount();
  EXPECT_EQ(stat(node("d")).mtime, 777);
  EXPECT_EQ(stat(node("d")).mode, 0700U);
}

TEST_F(AttributesTest, ARememberedTimeEndsWithAForeignChange) {
  server_.capable.set_file_mtime = false;
  EXPECT_EQ(change(node("file"), to_mtime(777)), "ok");
  EXPECT_EQ(stat(node("file")).mtime, 777);
  server_.put("file", "longer", 9000);
  clock_.advance(options_.cache_ttl);
  EXPECT_EQ(stat(node("file")).mtime, 9000);
}

TEST_F(AttributesTest, ARefusalIsNotHidden) {
  server_.fail_next(Verb::kSetMode, ErrorKind::kPermission);
  EXPECT_EQ(change(node("file"), to_mode(0600)), "permission denied");
  EXPECT_EQ(stat(node("file")).mode, 0644U);
  server_.fail_next(Verb::kSetMtime, ErrorKind::kPermission);
  EXPECT_EQ(change(node("file"), to_mtime(1)), "permission denied");
  EXPECT_EQ(stat(node("file")).mtime, 5000);
}

TEST_F(AttributesTest, OnlyThePresentOwnerMayBeSet) {
  EXPECT_EQ(change(node("file"), to_owner(1000, 1000)), "ok");
  EXPECT_EQ(change(node("file"), to_owner(0)), "not permitted");
  EXPECT_EQ(change(node("file"), to_owner({}, 0)), "not permitted");
  EXPECT_EQ(change(node("file"), to_owner(0, {}, 0600)), "not permitted");
  EXPECT_EQ(server_.attributes("file")->mode, 0644U) << "all or nothing";
}

TEST_F(AttributesTest, AReadOnlyMountRefusesEveryChange) {
  mount_read_only();
  const NodeId file = node("file");
  EXPECT_EQ(outcome(fs_->open(file, kWrite, kProgram, context_)), "read-only");
  EXPECT_EQ(outcome(fs_->create(kRootNode, "new", 0644, kWrite, kProgram, context_)), "read-only");
  EXPECT_EQ(outcome(fs_->make_directory(kRootNode, "new", 0755, context_)), "read-only");
  EXPECT_EQ(remove("file"), "read-only");
  EXPECT_EQ(outcome(fs_->remove_directory(kRootNode, "d", context_)), "read-only");
  EXPECT_EQ(rename("file", "other"), "read-only");
  EXPECT_EQ(change(file, to_mode(0600)), "read-only");
  EXPECT_EQ(change(file, to_size(0)), "read-only");
  EXPECT_EQ(access("file", {.write = true}), "read-only");
  EXPECT_EQ(read_file("file"), "text");
}

TEST_F(AttributesTest, ADirectoryThatForbidsNewFilesRefusesAtCreate) {
  remote::Attributes now = *server_.attributes("d");
  now.writable = false;
  server_.set_attributes("d", now);
  EXPECT_EQ(outcome(fs_->create(node("d"), "new", 0644, kWrite, kProgram, context_)), "permission denied");
}

TEST_F(AttributesTest, CreateOpensWhatIsThereUnlessExclusive) {
  OpenMode mode = kReadWrite;
  mode.exclusive = true;
  EXPECT_EQ(outcome(fs_->create(kRootNode, "file", 0600, mode, kProgram, context_)), "exists");
  const auto created = fs_->create(kRootNode, "file", 0600, kReadWrite, kProgram, context_);
  ASSERT_TRUE(created);
  EXPECT_EQ(read(created->opened.handle), "text");
  EXPECT_EQ(created->attributes.mode, 0644U);
  close(created->opened.handle);
  EXPECT_EQ(outcome(fs_->create(kRootNode, "d", 0600, kReadWrite, kProgram, context_)), "is a directory");
}

TEST_F(AttributesTest, ANewFileTellsItsStateHere) {
  const HandleId handle = create("new", 0640);
  write(handle, 0, "12345");
  EXPECT_EQ(find("new")->size, 5U);
  EXPECT_EQ(find("new")->mode, 0640U);
  ASSERT_TRUE(fs_->try_attributes(node("new")));
  EXPECT_EQ(server_.count(Verb::kStat), 1) << "of its name, before it was made";
  close(handle);
  EXPECT_EQ(server_.attributes("new")->mode, 0640U);
}

TEST_F(AttributesTest, ReadingADirectoryMergesWhatIsOnlyHere) {
  const HandleId fresh = create("new", 0644, node("d"));
  const HandleId changed = open("d/file", kTruncate);
  write(changed, 0, "longer than before");
  const HandleId handle = fs_->open_directory(node("d"), context_).value();
  const auto entries = read_all(handle).value();
  ASSERT_EQ(entries.size(), 2U);
  for (const DirectoryEntry& entry : entries) {
    EXPECT_EQ(entry.attributes.size, entry.name == "new" ? 0U : 18U) << entry.name;
    EXPECT_EQ(entry.attributes.inode, find("d/" + entry.name)->inode);
  }
  EXPECT_EQ(remove("new", node("d")), "ok");
  EXPECT_EQ(read_all(handle).value().size(), 2U) << "as of the first call";
  fs_->rewind_directory(handle);
  EXPECT_EQ(read_all(handle).value().size(), 1U);
  fs_->release_directory(handle);
  close(fresh);
  close(changed);
}

TEST_F(AttributesTest, DirectoriesAreMadeAndRemoved) {
  const auto made = fs_->make_directory(kRootNode, "new", 0750, context_);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->mode, 0750U);
  EXPECT_EQ(outcome(fs_->make_directory(kRootNode, "new", 0750, context_)), "exists");
  EXPECT_EQ(outcome(fs_->remove_directory(kRootNode, "new", context_)), "ok");
  EXPECT_EQ(outcome(find("new")), "not found");
  EXPECT_EQ(outcome(fs_->remove_directory(kRootNode, "d", context_)), "directory not empty");
  EXPECT_EQ(outcome(find("d/file")), "ok");
}

TEST_F(AttributesTest, NamesTheServerCannotCarryAreRefused) {
  EXPECT_EQ(outcome(fs_->create(kRootNode, "a\nb", 0644, kWrite, kProgram, context_)), "unrepresentable name");
  EXPECT_EQ(outcome(fs_->look_up(kRootNode, std::string(766, 'x'), context_)), "name too long");
}

TEST_F(AttributesTest, HandlesThatNeverWereAreRefused) {
  EXPECT_EQ(write(99, 0, "x"), "invalid");
  EXPECT_EQ(read(99), "invalid");
  EXPECT_EQ(flush(99), "invalid");
  EXPECT_EQ(outcome(fs_->read_directory(99, 0, 1, context_)), "invalid");
  fs_->release(99, context_);
}

}  // namespace
}  // namespace ftpsfs::vfs
