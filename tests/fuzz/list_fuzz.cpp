// Fuzzes LIST lines.
#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace ftpsfs;
  constexpr std::int64_t kNow = 1'718'452'800;  // June 2024
  fuzz::check_entry(ftp::ListParser(kNow).parse(fuzz::text_of(data, size)));
  return 0;
}
