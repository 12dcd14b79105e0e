// MetadataCache: what the server last said about names, and when.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/entry_list.h"
#include "ftpsfs/cache/lru_cache.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::cache {

/// Taken before a request is sent, shown with its answer: an answer older than one of our own changes to that directory
/// is not taken in.
struct Mark {
  std::uint64_t value = 0;  ///< how many changes of ours came before
  Clock::TimePoint taken;   ///< the age of the answer counts from here
};

/// For those who take what is known, however old.
inline constexpr std::chrono::milliseconds kAnyAge = std::chrono::milliseconds::max();

/// What is known of one name.
struct Knowledge {
  std::optional<remote::Attributes> attributes;  ///< absent: the name does not exist
  Clock::TimePoint learned;                      ///< when the request that told was sent, or our change was done
};

/// A whole directory, as last listed, with what was learned and changed since. Ordered by name, each name once.
struct Listing {
  EntryList entries;
  Clock::TimePoint learned;  ///< when the request that listed was sent; what came later does not make it younger
};

/// Keyed by path, bounded in bytes, least recently used directories forgotten first. Any thread may call any member.
///
/// Newer knowledge wins: between answers the one whose request was sent later (of two sent at one time, the one that
/// came later); between an answer and a change of ours the change, unless the mark was taken after it. When in doubt (a
/// changed directory had to be forgotten meanwhile), an answer is refused.
///
/// An entry of a listing with a name of 20 bytes and an identity of 13 costs about 75 bytes, a name learned or changed
/// since 240 more.
///
/// The attributes of a directory are knowledge about a name in its parent: a change inside it leaves them as they were.
class MetadataCache {
 public:
  /// Knowledge is fresh while its age is less than `time_to_live`: with 0 nothing ever is, not even our own changes.
  /// `clock` outlives the cache.
  MetadataCache(std::size_t capacity_bytes, std::chrono::milliseconds time_to_live, const Clock& clock);
  ~MetadataCache();
  MetadataCache(const MetadataCache&) = delete;
  MetadataCache& operator=(const MetadataCache&) = delete;

  /// Before a request about `directory` (its listing, or a name in it) is sent.
  [[nodiscard]] Mark mark(const remote::RemotePath& directory) const EXCLUDES(mutex_);

  /// Whether an answer asked for at this mark would still be taken in, and is younger than `max_age` (default: the time
  /// to live).
  [[nodiscard]] bool believes(const remote::RemotePath& directory, const Mark& mark,
                              std::optional<std::chrono::milliseconds> max_age = {}) const EXCLUDES(mutex_);

  /// What is known and younger than `max_age` (default: the time to live). A fresh listing without the name is a
  /// negative answer.
  [[nodiscard]] std::optional<Knowledge> find(const remote::RemotePath& path,
                                              std::optional<std::chrono::milliseconds> max_age = {}) EXCLUDES(mutex_);
  /// The whole directory when a listing younger than `max_age` (default: the time to live) is known, else null. Costs
  /// one copy of the packed entries after something was learned or changed, nothing otherwise.
  [[nodiscard]] std::shared_ptr<const Listing> listing(const remote::RemotePath& directory,
                                                       std::optional<std::chrono::milliseconds> max_age = {})
      EXCLUDES(mutex_);

  /// Takes in answers; false when one of our own changes to the directory came between. Of a name listed twice the
  /// first entry counts.
  bool learn_listing(const remote::RemotePath& directory, const EntryList& entries, Mark mark) EXCLUDES(mutex_);
  bool learn(const remote::RemotePath& path, const remote::Attributes& attributes, Mark mark) EXCLUDES(mutex_);
  bool learn_absent(const remote::RemotePath& path, Mark mark) EXCLUDES(mutex_);

  /// Our own changes. begin_change() before the command is sent: answers under way lose. Then exactly one of the others
  /// after its reply, which again outdates answers under way. A rename is two changes, of the old and of the new name.
  /// A listing stays complete and keeps its age through changed() and removed().
  void begin_change(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// It exists and looks like this. When it is a directory, what was known below it is forgotten, unless `unique` tells
  /// that it is the one that was there before.
  void changed(const remote::RemotePath& path, const remote::Attributes& now) EXCLUDES(mutex_);
  /// Gone, with everything below it.
  void removed(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// Nothing is known of the name any more, nor of what is below it (its change failed midway).
  void forget(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// The name's own attributes are not known any more, what is below it still is: a directory in which something
  /// changed has another time now.
  void outdate(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// The directory's listing and everything below it; answers under way about them lose.
  void forget_below(const remote::RemotePath& directory) EXCLUDES(mutex_);

  /// What the directories cost, their bookkeeping included; never over the capacity.
  [[nodiscard]] std::size_t bytes() const EXCLUDES(mutex_);

 private:
  struct Directory;

  [[nodiscard]] bool fresh(Clock::TimePoint learned, std::chrono::milliseconds max_age) const;
  [[nodiscard]] bool accepts(const std::string& directory, const Mark& mark) const REQUIRES(mutex_);
  bool take_in(const remote::RemotePath& path, Mark mark, std::optional<remote::Attributes> told) EXCLUDES(mutex_);
  /// One of our own changes is done: the name is now like this, absent, or unknown (no knowledge).
  void settle_change(const remote::RemotePath& path, std::optional<Knowledge> now) REQUIRES(mutex_);
  /// Forgets what is known in and below a directory and leaves a record of when: answers under way must lose.
  void outdate_below(const std::string& directory) REQUIRES(mutex_);

  /// The record of a directory, new if need be, made the most recently used. Valid until weigh().
  [[nodiscard]] Directory& open(const std::string& directory) REQUIRES(mutex_);
  /// Weighs a record after it was opened; this may evict it, and others.
  void weigh(const std::string& directory) REQUIRES(mutex_);

  const std::chrono::milliseconds time_to_live_;
  const Clock& clock_;
  mutable Mutex mutex_;
  LruCache<std::string, std::unique_ptr<Directory>> directories_ GUARDED_BY(mutex_);
  std::uint64_t changes_ GUARDED_BY(mutex_) = 0;  ///< counts our own changes, everywhere
  std::uint64_t floor_ GUARDED_BY(mutex_) = 0;    ///< the last change to any directory that was evicted since
};

}  // namespace ftpsfs::cache
