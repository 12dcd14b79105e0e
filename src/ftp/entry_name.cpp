// Names and sizes in listings: what is let through.
#include "ftp/entry_name.h"

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {

bool is_dot_name(std::string_view name) { return name == "." || name == ".."; }

Status check_entry_name(std::string_view name) {
  constexpr std::string_view kForbidden("/\0\r\n", 4);
  if (name.empty()) return fail(ErrorKind::kProtocol, "listing entry without a name");
  if (name.find_first_of(kForbidden) != std::string_view::npos) {
    return fail(ErrorKind::kProtocol, "unusable name in a listing: \"" + printable_text(name) + "\"");
  }
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto size = parse_number<std::uint64_t>(text);
  if (!size || *size > INT64_MAX) return std::nullopt;
  return size;
}

}  // namespace ftpsfs::ftp
