#include "vfs/metadata_loader.h"

#include <algorithm>
#include <utility>

#include "vfs/waiting.h"

namespace ftpsfs::vfs {

using cache::Listing;
using cache::Mark;
using remote::Attributes;
using remote::RemotePath;

namespace {

Result<Known> answer(const cache::Knowledge& knowledge) {
  if (!knowledge.attributes) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{*knowledge.attributes, knowledge.learned};
}

}  // namespace

std::optional<Result<Known>> MetadataLoader::try_stat(const RemotePath& path,
                                                      std::optional<std::chrono::milliseconds> max_age) {
  const auto known = cache_.find(path, max_age);
  if (!known) return std::nullopt;
  return answer(*known);
}

Result<Known> MetadataLoader::stat(const RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                                   const Context& context) {
  if (auto known = try_stat(path, max_age)) return *std::move(known);
  if (!remote_.capabilities().stat_one && !path.is_root()) return stat_through_listing(path, context);
  const Mark mark = cache_.mark(path.parent());
  auto told = remote_.stat(path, context);
  if (told) {
    cache_.learn(path, *told, mark);
  } else if (told.error().kind == ErrorKind::kNotFound) {
    cache_.learn_absent(path, mark);
  }
  if (!told) return fail(std::move(told).error());
  return Known{*std::move(told), mark.taken};
}

Result<Known> MetadataLoader::stat_through_listing(const RemotePath& path, const Context& context) {
  FTPSFS_TRY(refresh_listing(path.parent(), context));
  // Even an answer that lost to a change of ours, and so was not taken in, is the best there is for this request.
  if (auto known = try_stat(path, {})) return *std::move(known);
  const Mark mark = cache_.mark(path.parent());
  FTPSFS_TRY_ASSIGN(auto entries, remote_.list(path.parent(), context));
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.name == path.name(); });
  const std::optional<Attributes> told = found == entries.end() ? std::nullopt : std::optional(found->attributes);
  cache_.learn_listing(path.parent(), std::move(entries), mark);
  if (!told) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{*told, mark.taken};
}

Result<std::shared_ptr<const Listing>> MetadataLoader::list(const RemotePath& directory, const Context& context) {
  constexpr int kAttempts = 3;  // a change of ours during the request makes its answer useless
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto known = cache_.listing(directory)) return known;
    FTPSFS_TRY(refresh_listing(directory, context));
  }
  FTPSFS_TRY_ASSIGN(auto entries, remote_.list(directory, context));
  auto listing = std::make_shared<Listing>();
  listing->entries = std::move(entries);
  return std::shared_ptr<const Listing>(std::move(listing));
}

// Lists the directory once for everybody who waits for it.
Status MetadataLoader::refresh_listing(const RemotePath& directory, const Context& context) {
  {
    MutexLock lock(mutex_);
    bool waited = false;
    while (in_flight_.contains(directory)) {
      waited = true;
      FTPSFS_TRY(wait_briefly(landed_, mutex_, context));
    }
    if (waited && cache_.listing(directory)) return {};
    in_flight_.insert(directory);
  }
  const Mark mark = cache_.mark(directory);
  auto entries = remote_.list(directory, context);
  if (entries) cache_.learn_listing(directory, std::move(*entries), mark);
  MutexLock lock(mutex_);
  in_flight_.erase(directory);
  landed_.notify_all();
  if (!entries) return fail(std::move(entries).error());
  return {};
}

}  // namespace ftpsfs::vfs
