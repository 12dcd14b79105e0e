#include "remote/entry_collector.h"

#include <utility>

#include "ftpsfs/base/log.h"
#include "remote/entry_conversion.h"

namespace ftpsfs::remote {

void EntryCollector::take(std::string_view line, const ParsedLine& parsed) {
  if (!parsed) return leave_out(line);
  if (!*parsed) return;
  const ftp::ListedEntry& listed = **parsed;
  if (!is_representable_name(listed.name)) return leave_out(line);
  auto attributes = to_attributes(listed);
  if (!attributes || !names_.insert(listed.name).second) return;
  entries_.push_back({listed.name, std::move(*attributes)});
  if (listed.precision == ftp::TimePrecision::kMinute) to_the_minute_.insert(listed.name);
}

std::vector<Entry> EntryCollector::take_entries() {
  names_.clear();
  to_the_minute_.clear();
  return std::exchange(entries_, {});
}

void EntryCollector::report(std::string_view directory) const {
  if (left_out_ == 0) return;
  spdlog::warn("listing of {}: {} lines make no sense and are left out; the first: {}", log::printable(directory),
               left_out_, log::printable(first_left_out_));
}

void EntryCollector::shift_to_utc(const Dialect& dialect) {
  const auto zone = dialect.list_zone();
  if (!zone) return;
  for (Entry& entry : entries_) {
    if (!entry.attributes.mtime_exact && to_the_minute(entry)) entry.attributes.mtime += zone->count();
  }
}

void EntryCollector::leave_out(std::string_view line) {
  if (left_out_++ == 0) first_left_out_ = line;
}

}  // namespace ftpsfs::remote
