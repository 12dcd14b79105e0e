// Passive-mode replies and the quoted path of a 257, picked out of the free text around them.
#include "ftpsfs/ftp/passive.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

tl::unexpected<Error> misunderstood(std::string_view what, const Reply& reply) {
  return fail(ErrorKind::kProtocol, std::string(what) + ": \"" + printable_text(reply.text()) + "\"", reply.code);
}

/// Takes the digits at the front of `text` off it: a number of at most `largest`.
std::optional<unsigned> take_number(std::string_view& text, unsigned largest) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto number = parse_number<unsigned>(digits);
  if (!number || *number > largest) return std::nullopt;
  text.remove_prefix(digits.size());
  return number;
}

/// RFC 2428 section 2: the delimiter is one of the ASCII characters 33 to 126; a digit could not be told from the port.
bool can_delimit(char c) { return c > ' ' && c <= '~' && !is_digit(c); }

/// Reads "|||port|" at the front of `text`, with any delimiter.
std::optional<std::uint16_t> epsv_port_at(std::string_view text) {
  const char delimiter = text.front();
  if (!can_delimit(delimiter) || !text.starts_with(std::string(3, delimiter))) return std::nullopt;
  text.remove_prefix(3);
  const auto port = take_number(text, 65535);
  if (!port || *port == 0 || !text.starts_with(delimiter)) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

/// Reads "h1,h2,h3,h4,p1,p2" at the front of `text`.
std::optional<PasvAddress> pasv_address_at(std::string_view text) {
  std::array<std::uint8_t, 6> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with(',')) return std::nullopt;
      text.remove_prefix(1);
      while (text.starts_with(' ')) text.remove_prefix(1);  // "(192, 0, 2, 1, 4, 1)"
    }
    const auto number = take_number(text, 255);
    if (!number) return std::nullopt;
    numbers[i] = static_cast<std::uint8_t>(*number);
  }
  PasvAddress address;
  address.host = {numbers[0], numbers[1], numbers[2], numbers[3]};
  address.port = static_cast<std::uint16_t>(numbers[4] << 8 | numbers[5]);
  if (address.port == 0) return std::nullopt;
  return address;
}

/// Reads a quoted string whose opening quote is behind us: up to the next quote that is not doubled.
std::optional<std::string> unquote(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      const bool doubled = text.substr(i + 1).starts_with('"');
      if (!doubled) return result;
      ++i;
    }
    result += text[i];
  }
  return std::nullopt;
}

}  // namespace

std::string PasvAddress::host_text() const {
  std::string text;
  for (const std::uint8_t part : host) text += (text.empty() ? "" : ".") + std::to_string(part);
  return text;
}

Result<std::uint16_t> parse_epsv(const Reply& reply) {
  if (reply.code != 229) return misunderstood("EPSV refused", reply);
  const std::string text = reply.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto port = epsv_port_at(std::string_view(text).substr(i))) return *port;
  }
  return misunderstood("no port in the EPSV reply", reply);
}

Result<PasvAddress> parse_pasv(const Reply& reply) {
  if (reply.code != 227) return misunderstood("PASV refused", reply);
  const std::string text = reply.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_number = is_digit(text[i]) && (i == 0 || !is_digit(text[i - 1]));
    if (!starts_number) continue;
    if (const auto address = pasv_address_at(std::string_view(text).substr(i))) return *address;
  }
  return misunderstood("no address in the PASV reply", reply);
}

Result<std::string> parse_quoted_path(const Reply& reply) {
  if (reply.code != 257) return misunderstood("no path given", reply);
  const std::string text = reply.text();
  const std::size_t opening = text.find('"');
  if (opening != std::string::npos) {
    auto path = unquote(std::string_view(text).substr(opening + 1));
    const bool usable = path && !path->empty() && path->find('\0') == std::string::npos;
    if (usable) return *std::move(path);
  }
  return misunderstood("no quoted path in the reply", reply);
}

}  // namespace ftpsfs::ftp
