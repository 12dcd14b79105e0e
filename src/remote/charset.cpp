// Charset: iconv(3), and an escape for what it cannot carry there and back.
#include "ftpsfs/remote/charset.h"

#include <iconv.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/mutex.h"

namespace ftpsfs::remote {
namespace {

constexpr std::size_t kLongestCharacter = 4;  // bytes, in any of them
constexpr std::string_view kUtf8 = "UTF-8";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The same bytes in each character set that is taken here; control characters are not.
bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_control(std::string_view text) { return text.size() == 1 && is_ascii(text) && !is_printable_ascii(text); }

// The escape of a byte from 0x80 up, in UTF-8.
constexpr std::size_t kEscapeLength = 3;

std::string escape(char byte) {
  const auto low = static_cast<unsigned char>(byte);
  return {'\xee', static_cast<char>(0xbc | (low >> 6U)), static_cast<char>(0x80 | (low & 0x3fU))};
}

/// The byte that the character at the front of `text` stands for, if it is an escape.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < kEscapeLength || text[0] != '\xee' || (text[1] != '\xbe' && text[1] != '\xbf')) return std::nullopt;
  const auto high = static_cast<unsigned char>(text[1]) & 3U;
  const auto low = static_cast<unsigned char>(text[2]) & 0x3fU;
  return static_cast<char>(high << 6U | low);
}

std::size_t find_escape(std::string_view text) {
  for (std::size_t at = text.find('\xee'); at != std::string_view::npos; at = text.find('\xee', at + 1)) {
    if (escaped_byte(text.substr(at))) return at;
  }
  return std::string_view::npos;
}

std::string escape_all(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += is_ascii({&byte, 1}) ? std::string(1, byte) : escape(byte);
  return text;
}

/// iconv(3) in one direction.
class Converter {
 public:
  Converter(const std::string& to, const std::string& from) : descriptor_(::iconv_open(to.c_str(), from.c_str())) {}
  ~Converter() {
    if (known()) ::iconv_close(descriptor_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  /// False when there is no such conversion.
  [[nodiscard]] bool known() const { return descriptor_ != reinterpret_cast<iconv_t>(-1); }

  /// nullopt unless all of `text` makes sense.
  std::optional<std::string> convert(std::string_view text) {
    ::iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
    std::string result;
    char* in = const_cast<char*>(text.data());  // iconv() does not write there
    std::size_t left = text.size();
    if (!run(&in, &left, result) || !run(nullptr, nullptr, result)) return std::nullopt;
    return result;
  }

 private:
  static constexpr std::size_t kFailed = static_cast<std::size_t>(-1);

  /// Without input: what is still held back.
  bool run(char** in, std::size_t* left, std::string& result) {
    std::array<char, 1024> buffer;
    for (;;) {
      char* out = buffer.data();
      std::size_t room = buffer.size();
      const std::size_t done = ::iconv(descriptor_, in, left, &out, &room);
      result.append(buffer.data(), buffer.size() - room);
      if (done != kFailed) return true;
      if (errno != E2BIG) return false;
    }
  }

  const iconv_t descriptor_;
};

std::string lower(std::string_view name) {
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view hint_at(std::string_view name) {
  if (lower(name).find("jis") != std::string::npos) return "for Shift_JIS take CP932";
  return "`iconv --list` shows those known, such as CP932, EUC-JP, GBK, CP949, ISO-8859-1";
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           c == '.' || c == ':';
  });
}

}  // namespace

/// Converters keep a state: one thread at a time.
class Charset::Tables {
 public:
  explicit Tables(std::string_view name)
      : name_(name), decoder_(std::string(kUtf8), name_), encoder_(name_, std::string(kUtf8)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool known() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return decoder_.known() && encoder_.known();
  }
  /// But for control characters, of which IBM943 exchanges some with one another.
  bool keeps_ascii() EXCLUDES(mutex_);
  std::string decode(std::string_view bytes) EXCLUDES(mutex_);
  /// What comes back is the text, or else it has no bytes of its own.
  struct Encoded {
    std::string bytes;
    std::string comes_back;
  };
  std::optional<Encoded> encode(std::string_view text) EXCLUDES(mutex_);

 private:
  std::optional<std::string> faithful(std::string_view bytes) REQUIRES(mutex_);
  std::string decode_by_character(std::string_view bytes) REQUIRES(mutex_);
  std::optional<std::string> unescape_and_encode(std::string_view text) REQUIRES(mutex_);

  const std::string name_;
  Mutex mutex_;
  Converter decoder_ GUARDED_BY(mutex_);
  Converter encoder_ GUARDED_BY(mutex_);
};

bool Charset::Tables::keeps_ascii() {
  MutexLock lock(mutex_);
  for (char c = 1; c < 0x7f; ++c) {
    const std::string_view letter(&c, 1);
    const auto decoded = decoder_.convert(letter);
    const auto encoded = encoder_.convert(letter);
    const bool same = decoded == letter && encoded == letter;
    const bool controls = c < ' ' && decoded && encoded && is_control(*decoded) && is_control(*encoded);
    if (!same && !controls) return false;
  }
  return true;
}

std::string Charset::Tables::decode(std::string_view bytes) {
  MutexLock lock(mutex_);
  if (auto text = faithful(bytes)) return *std::move(text);
  std::string text = decode_by_character(bytes);
  return unescape_and_encode(text) == bytes ? text : escape_all(bytes);
}

std::optional<Charset::Tables::Encoded> Charset::Tables::encode(std::string_view text) {
  auto bytes = [&] {
    MutexLock lock(mutex_);
    return unescape_and_encode(text);
  }();
  const bool same_steps =
      bytes && std::count(bytes->begin(), bytes->end(), '/') == std::count(text.begin(), text.end(), '/');
  if (!same_steps) return std::nullopt;
  std::string comes_back = decode(*bytes);
  return Encoded{*std::move(bytes), std::move(comes_back)};
}

/// What the bytes stand for, if that stands for these bytes and no others, and looks like no escape.
std::optional<std::string> Charset::Tables::faithful(std::string_view bytes) {
  auto text = decoder_.convert(bytes);
  if (!text || find_escape(*text) != std::string::npos || encoder_.convert(*text) != bytes) return std::nullopt;
  return text;
}

std::string Charset::Tables::decode_by_character(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::string character = escape_all(bytes.substr(0, 1));
    std::size_t length = 1;
    for (std::size_t attempt = 1; attempt <= std::min(kLongestCharacter, bytes.size()); ++attempt) {
      auto told = faithful(bytes.substr(0, attempt));
      if (!told) continue;
      character = *std::move(told);
      length = attempt;
      break;
    }
    text += character;
    bytes.remove_prefix(length);
  }
  return text;
}

std::optional<std::string> Charset::Tables::unescape_and_encode(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const std::size_t plain = std::min(find_escape(text), text.size());
    const auto encoded = encoder_.convert(text.substr(0, plain));
    if (!encoded) return std::nullopt;
    bytes += *encoded;
    text.remove_prefix(plain);
    if (const auto byte = escaped_byte(text)) {
      bytes += *byte;
      text.remove_prefix(kEscapeLength);
    }
  }
  return bytes;
}

Result<Charset> Charset::make(std::string_view name) {
  Charset charset;
  if (lower(name) == "utf-8" || lower(name) == "utf8") return charset;
  if (is_plain_name(name)) charset.tables_ = std::make_shared<Tables>(name);
  if (!charset.tables_ || !charset.tables_->known()) {
    return fail(ErrorKind::kInvalid, fmt::format("unknown character set '{}'; {}", name, hint_at(name)));
  }
  if (!charset.tables_->keeps_ascii()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("'{}' has other signs in the place of ASCII's; {}", name, hint_at(name)));
  }
  return charset;
}

std::string Charset::decode(std::string_view bytes) const {
  return is_utf8() || is_printable_ascii(bytes) ? std::string(bytes) : tables_->decode(bytes);
}

Result<std::string> Charset::encode(std::string_view text) const {
  if (is_utf8() || is_printable_ascii(text)) return std::string(text);
  auto encoded = tables_->encode(text);
  if (encoded && encoded->comes_back == text) return std::move(encoded->bytes);
  std::string refusal = fmt::format("\"{}\" cannot be written in {}", log::printable(text), tables_->name());
  if (encoded) refusal += fmt::format(": it would come back as \"{}\"", log::printable(encoded->comes_back));
  return fail(ErrorKind::kUnrepresentable, std::move(refusal));
}

}  // namespace ftpsfs::remote
