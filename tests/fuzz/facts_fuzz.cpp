// Fuzzes MLSx lines and time values.
#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace ftpsfs;
  const std::string_view line = fuzz::text_of(data, size);
  fuzz::check_entry(ftp::parse_facts_line(line, false));
  fuzz::check_entry(ftp::parse_facts_line(line, true));
  if (const auto seconds = ftp::parse_time_value(line)) {
    FTPSFS_FUZZ_CHECK(ftp::parse_time_value(ftp::format_time_value(*seconds)).value_or(*seconds - 1) == *seconds);
  }
  return 0;
}
