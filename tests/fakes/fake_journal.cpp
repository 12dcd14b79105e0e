// FakeJournal: keeps commands and counters.
#include "fakes/fake_journal.h"

#include <algorithm>
#include <utility>

namespace ftpsfs::test {

void FakePlaces::enter(int connection, std::string directory) {
  std::lock_guard lock(mutex_);
  places_[connection] = std::move(directory);
}

void FakePlaces::leave(int connection) {
  std::lock_guard lock(mutex_);
  places_.erase(connection);
}

bool FakePlaces::occupied(std::string_view directory) const {
  std::lock_guard lock(mutex_);
  const std::string below = std::string(directory) + "/";
  return std::any_of(places_.begin(), places_.end(),
                     [&](const auto& place) { return place.second == directory || place.second.starts_with(below); });
}

void FakeJournal::record(FakeCommand command) {
  std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
}

std::vector<FakeCommand> FakeJournal::commands() const {
  std::lock_guard lock(mutex_);
  return commands_;
}

int FakeJournal::count(std::string_view verb) const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(commands_.begin(), commands_.end(),
                                        [&](const FakeCommand& command) { return command.verb == verb; }));
}

void FakeJournal::forget() {
  std::lock_guard lock(mutex_);
  commands_.clear();
  connections = logins = data_connections = resumed_data_connections = round_trips = 0;
  longest_record = 0;
}

}  // namespace ftpsfs::test
