// What every fuzzer asks of a parser's result: FTPSFS_FUZZ_CHECK stops the run when a promise is broken.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ftpsfs/ftp/listing.h"

#define FTPSFS_FUZZ_CHECK(promise)                                                       \
  do {                                                                                   \
    if (!(promise)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #promise); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

namespace ftpsfs::fuzz {

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The promises of ListedEntry.
inline void check_entry(const Result<std::optional<ftp::ListedEntry>>& parsed) {
  if (!parsed) {
    FTPSFS_FUZZ_CHECK(parsed.error().kind == ErrorKind::kProtocol);
    FTPSFS_FUZZ_CHECK(!parsed.error().message.empty());
    return;
  }
  if (!*parsed) return;
  const ftp::ListedEntry& entry = **parsed;
  FTPSFS_FUZZ_CHECK(!entry.name.empty() && entry.name != "." && entry.name != "..");
  FTPSFS_FUZZ_CHECK(entry.name.find_first_of(std::string_view("/\0\r\n", 4)) == std::string::npos);
  FTPSFS_FUZZ_CHECK(entry.mode.value_or(0) <= 07777);
  FTPSFS_FUZZ_CHECK(entry.size.value_or(0) <= INT64_MAX);
  FTPSFS_FUZZ_CHECK(entry.mtime.has_value() == (entry.precision != ftp::TimePrecision::kUnknown));
  FTPSFS_FUZZ_CHECK(entry.link_target.empty() || entry.type == ftp::EntryType::kSymlink);
}

}  // namespace ftpsfs::fuzz
