#include "vfs/listing_loader.h"

#include <limits>
#include <system_error>
#include <utility>

#include "ftpsfs/remote/broken_line.h"

namespace ftpsfs::vfs {

using cache::Listing;
using remote::RemotePath;
using Landing = ListingFlight::Landing;

namespace {

/// A directory with fewer entries is shown when it is whole.
constexpr std::size_t kLarge = 1000;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr int kAttempts = 4;  // a change of ours during the request makes its answer useless

/// After half a directory an error must not be one that readdir(3) takes for the end (ENOENT).
Error unconfirmed(Error error, std::size_t told) {
  if (told > 0 && error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kIo;
  return error;
}

}  // namespace

Result<DirectoryReading> ListingLoader::open(const RemotePath& directory, const Context& context) {
  auto reading = open_current(directory, context);
  auto known = reading ? nullptr : instead(reading.error(), directory);
  return known ? DirectoryReading{std::move(known), nullptr} : std::move(reading);
}

Result<std::shared_ptr<const Listing>> ListingLoader::list(const RemotePath& directory, const Context& context) {
  auto listing = list_current(directory, context);
  auto known = listing ? nullptr : instead(listing.error(), directory);
  return known ? std::move(known) : std::move(listing);
}

/// What is known of the directory, when the error allows to go by that.
std::shared_ptr<const Listing> ListingLoader::instead(const Error& error, const RemotePath& directory) {
  if (!stale_when_offline_ || !remote::out_of_reach(error)) return nullptr;
  return cache_.listing(directory, cache::kAnyAge);
}

Result<DirectoryReading> ListingLoader::open_current(const RemotePath& directory, const Context& context) {
  for (int attempt = 1;;) {
    if (auto known = cache_.listing(directory)) return DirectoryReading{std::move(known), nullptr};
    const Joined joined = join(directory);
    FTPSFS_TRY(joined.flight->await(kLarge, context));
    const bool usable = joined.started || cache_.believes(directory, joined.flight->mark());
    if (usable && !joined.flight->landing()) return DirectoryReading{nullptr, joined.flight};
    FTPSFS_TRY_ASSIGN(const auto landing, await_landing(joined, context));
    if (!landing) continue;
    if (landing->current || attempt++ == kAttempts) return DirectoryReading{landing->listing, joined.flight};
  }
}

Result<std::shared_ptr<const Listing>> ListingLoader::list_current(const RemotePath& directory,
                                                                   const Context& context) {
  for (int attempt = 1;; ++attempt) {
    if (auto known = cache_.listing(directory)) return known;
    FTPSFS_TRY_ASSIGN(const Landing landing, request(directory, context));
    if (landing.current || attempt == kAttempts) return landing.listing;
  }
}

Result<Landing> ListingLoader::request(const RemotePath& directory, const Context& context) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(auto landing, await_landing(join(directory), context));
    if (landing) return *std::move(landing);
  }
}

/// A failure is told to the one who asked; to others it says nothing, and they ask anew.
Result<std::optional<Landing>> ListingLoader::await_landing(const Joined& joined, const Context& context) {
  FTPSFS_TRY(joined.flight->await(kAll, context));
  auto landing = joined.flight->landing();
  if (landing->listing) return landing;
  if (joined.started) return fail(*std::move(landing->error));
  return std::nullopt;
}

ListingLoader::Joined ListingLoader::join(const RemotePath& directory) {
  MutexLock lock(mutex_);
  if (const auto found = under_way_.find(directory); found != under_way_.end()) return {found->second, false};
  const auto flight = std::make_shared<ListingFlight>(cache_.mark(directory));
  under_way_.emplace(directory, flight);
  try {
    workers_.submit([this, directory, flight] { fetch(directory, *flight); });
  } catch (const std::system_error&) {
    under_way_.erase(directory);
    flight->land({nullptr, false, Error{ErrorKind::kIo, "no thread to fetch a listing"}});
  }
  return {flight, true};
}

void ListingLoader::fetch(const RemotePath& directory, ListingFlight& flight) {
  const Context context{stall_limit_, std::nullopt, stop_};
  const auto reader = remote_.open_listing(directory);
  for (;;) {
    auto part = reader->next(context);
    if (!part) return land(directory, Landing{nullptr, false, unconfirmed(std::move(part).error(), flight.size())});
    if (part->empty()) break;
    flight.add(*part);
  }
  const cache::EntryList entries = flight.told().in_order();
  Landing landing;
  landing.current = cache_.learn_listing(directory, entries, flight.mark());
  if (landing.current) landing.listing = cache_.listing(directory);
  if (!landing.listing) landing.listing = std::make_shared<Listing>(Listing{entries, flight.mark().taken});
  land(directory, std::move(landing));
}

void ListingLoader::land(const RemotePath& directory, Landing landing) {
  const bool in_cache = cache_.listing(directory) != nullptr;
  MutexLock lock(mutex_);
  const auto found = under_way_.find(directory);
  const std::shared_ptr<ListingFlight> flight = found->second;
  under_way_.erase(found);
  std::erase_if(outside_, [](const auto& item) { return item.second.expired(); });
  if (landing.listing && !in_cache) outside_.insert_or_assign(directory, flight);
  flight->land(std::move(landing));
}

std::optional<Result<Known>> ListingLoader::find(const RemotePath& path,
                                                 std::optional<std::chrono::milliseconds> max_age) const {
  const RemotePath directory = path.parent();
  std::shared_ptr<const ListingFlight> flight;
  {
    MutexLock lock(mutex_);
    if (const auto landed = outside_.find(directory); landed != outside_.end()) flight = landed->second.lock();
    if (const auto moving = under_way_.find(directory); moving != under_way_.end()) flight = moving->second;
  }
  if (!flight || path.is_root() || !cache_.believes(directory, flight->mark(), max_age)) return std::nullopt;
  if (auto told = flight->find(path.name())) return Known{*std::move(told), flight->mark().taken};
  const auto landing = flight->landing();
  if (!landing || !landing->listing) return std::nullopt;
  return fail(ErrorKind::kNotFound, "no such file or directory");
}

bool ListingLoader::claim(const RemotePath& directory) {
  MutexLock lock(mutex_);
  return under_way_.try_emplace(directory, std::make_shared<ListingFlight>(cache_.mark(directory))).second;
}

Status ListingLoader::await(const RemotePath& directory, const Context& context) {
  std::shared_ptr<const ListingFlight> flight;
  {
    MutexLock lock(mutex_);
    const auto found = under_way_.find(directory);
    if (found == under_way_.end()) return {};
    flight = found->second;
  }
  return flight->await(kAll, context);
}

}  // namespace ftpsfs::vfs
