// FakeJournal: what the clients of a FakeServer did, and how often.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::test {

/// One command as it arrived (passwords too: they are fakes).
struct FakeCommand {
  int connection = 0;  ///< 1 for the server's first control connection
  std::string verb;    ///< upper case
  std::string argument;

  [[nodiscard]] std::string line() const { return argument.empty() ? verb : verb + " " + argument; }
};

/// Where the sessions of a FakeServer stand. Any thread may call any member.
class FakePlaces {
 public:
  void enter(int connection, std::string directory);
  void leave(int connection);
  /// Is anybody in `directory`, or below it?
  [[nodiscard]] bool occupied(std::string_view directory) const;

 private:
  mutable std::mutex mutex_;
  std::map<int, std::string> places_;
};

/// Any thread may call any member.
class FakeJournal {
 public:
  void record(FakeCommand command);
  [[nodiscard]] std::vector<FakeCommand> commands() const;
  [[nodiscard]] int count(std::string_view verb) const;
  void forget();

  std::atomic<int> connections = 0;
  std::atomic<int> logins = 0;
  std::atomic<int> data_connections = 0;
  std::atomic<int> resumed_data_connections = 0;
  std::atomic<int> round_trips = 0;
  std::atomic<std::size_t> longest_record = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<FakeCommand> commands_;
};

}  // namespace ftpsfs::test
