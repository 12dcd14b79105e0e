// Many threads on few names. Most of its worth is under the thread sanitizer.
#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class StressTest : public FilesystemTest {
 protected:
  static constexpr int kThreads = 6;
  static constexpr int kSteps = 120;

  StressTest() {
    server_.put_directory("d");
    server_.put_directory("e");
    for (const Verb verb : {Verb::kPublish, Verb::kRename, Verb::kList, Verb::kStat, Verb::kOpenReader}) {
      server_.delay(verb, std::chrono::microseconds(150));
    }
  }
  template <typename Work>
  static void run(const Work& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
    for (auto& thread : threads) thread.join();
  }
  static bool expected(const std::string& outcome, std::initializer_list<const char*> allowed) {
    return std::find(allowed.begin(), allowed.end(), outcome) != allowed.end();
  }
  /// What is there through the mount: each path with its content, or "<dir>".
  std::map<std::string, std::string> seen(NodeId directory = kRootNode, const std::string& prefix = "") {
    std::map<std::string, std::string> all;
    for (const std::string& name : names(directory)) {
      const std::string path = prefix + name;
      const auto found = find(path);
      EXPECT_TRUE(found) << path;
      if (found && found->type == remote::FileType::kDirectory) {
        all[path] = "<dir>";
        all.merge(seen(found->node, path + "/"));
      } else {
        all[path] = read_file(path);
      }
    }
    return all;
  }
};

TEST_F(StressTest, EachThreadsOwnFilesEndAsTheyWereLeft) {
  std::array<std::map<std::string, std::string>, kThreads> left;
  run([&](int thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    std::map<std::string, std::string>& mine = left[static_cast<std::size_t>(thread)];
    const auto name = [&] { return "t" + std::to_string(thread) + "-" + std::to_string(random() % 4); };
    for (int step = 0; step < kSteps; ++step) {
      const std::string from = name();
      const std::string to = name();
      if (const auto action = random() % 5; action < 2) {
        const auto created = fs_->create(kRootNode, from, 0644, kTruncate, kProgram, context_);
        ASSERT_EQ(outcome(created), "ok");
        const std::string text = pattern(random() % 3000, static_cast<unsigned>(step));
        write(created->opened.handle, 0, text);
        if (random() % 2 == 0) {
          ASSERT_EQ(flush(created->opened.handle), "ok");
        }
        fs_->release(created->opened.handle, context_);
        mine[from] = text;
      } else if (action == 2) {
        ASSERT_EQ(remove(from), mine.erase(from) == 1 ? "ok" : "not found");
      } else if (action == 3) {
        const bool there = mine.contains(from);
        ASSERT_EQ(rename(from, to), there || from == to ? "ok" : "not found");
        if (there && from != to) {
          mine[to] = mine[from];
          mine.erase(from);
        }
      } else if (mine.contains(from)) {
        ASSERT_EQ(read_file(from), mine[from]);
      }
    }
  });
  std::map<std::string, std::string> all{{"d", "<dir>"}, {"e", "<dir>"}};
  for (const auto& mine : left) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(server_.tree(), all);
  EXPECT_EQ(seen(), all);
  EXPECT_TRUE(staging_.contents().empty());
}

TEST_F(StressTest, ManyThreadsOnFewNames) {
  std::atomic<int> unexpected = 0;
  const auto check = [&](const std::string& outcome, std::initializer_list<const char*> allowed) {
    if (expected(outcome, allowed)) return;
    ++unexpected;
    ADD_FAILURE() << outcome;
  };
  // As the kernel does: what changes a directory's names has it for itself.
  const NodeId directories[] = {kRootNode, node("d"), node("e")};
  std::array<std::mutex, 3> locks;
  run([&](int thread) {
    std::mt19937 random(static_cast<unsigned>(thread) + 100);
    for (int step = 0; step < kSteps; ++step) {
      const std::size_t place = random() % 3;
      const NodeId parent = directories[place];
      const auto name = [&] { return std::string(1, static_cast<char>('p' + random() % 3)); };
      const std::string from = name();
      switch (random() % 6) {
        case 0:
        case 1: {
          std::unique_lock lock(locks[place]);
          const auto created = fs_->create(parent, from, 0644, kTruncate, thread, context_);
          lock.unlock();
          check(outcome(created), {"ok"});
          if (!created) break;
          check(write(created->opened.handle, 0, pattern(random() % 2000, random())), {"ok"});
          check(flush(created->opened.handle, thread), {"ok", "busy"});
          fs_->release(created->opened.handle, context_);
          break;
        }
        case 2: {
          const std::scoped_lock lock(locks[place]);
          check(remove(from, parent), {"ok", "not found"});
          break;
        }
        case 3: {
          const std::size_t other = random() % 3;
          const std::scoped_lock lock(locks[std::min(place, other)]);
          std::unique_lock<std::mutex> second;
          if (other != place) second = std::unique_lock(locks[std::max(place, other)]);
          check(outcome(fs_->rename(parent, from, directories[other], name(), RenameMode::kReplace, context_)),
                {"ok", "not found"});
          break;
        }
        case 4: {
          const auto found = fs_->look_up(parent, from, context_);
          if (!found) break;
          const auto opened = fs_->open(found->node, kRead, thread, context_);
          if (!opened) break;
          if (const auto slices = fs_->read(opened->handle, 0, 4000, context_); !slices) {
            check(outcome(slices), {"stale", "not found"});
          }
          fs_->release(opened->handle, context_);
          break;
        }
        default:
          names(parent);
      }
    }
  });
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(seen(), server_.tree()) << "at rest the mount and the server agree, and nothing hidden is left";
  EXPECT_TRUE(staging_.contents().empty()) << "nothing had to be rescued";
}

}  // namespace
}  // namespace ftpsfs::vfs
