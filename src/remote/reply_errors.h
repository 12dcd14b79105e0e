// What a refusal means: the one table from verb, reply code and the server's words to an ErrorKind.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/error.h"
#include "ftpsfs/ftp/reply.h"

namespace ftpsfs::remote {

/// A command that was refused.
struct Refusal {
  std::string_view verb;
  std::string argument;  ///< the path as sent
  int code = 0;
  std::string text;  ///< the server's words

  static Refusal of(std::string_view verb, std::string argument, const ftp::Reply& reply) {
    return {verb, std::move(argument), reply.code, reply.text()};
  }
};

/// What code and words tell; the path, should the server repeat it, is no part of its words. nullopt: they do not tell
/// (vsftpd's bare 550 and 553), one has to look.
[[nodiscard]] std::optional<ErrorKind> meaning_of(const Refusal& refusal);

/// The error of `kind`: verb, path, the server's own words and the code.
[[nodiscard]] Error to_error(const Refusal& refusal, ErrorKind kind);

/// True when the server does not know the verb at all (500, 502, 504).
[[nodiscard]] constexpr bool is_unknown_verb(int code) { return code == 500 || code == 502 || code == 504; }

/// True when the data connection could not be made (425) or was not resumed from the control connection (522): a new
/// session may fare better.
[[nodiscard]] constexpr bool is_data_channel_refusal(int code) { return code == 425 || code == 522; }

/// True when the server broke a transfer off (426, 451); the data may still be whole.
[[nodiscard]] constexpr bool is_broken_transfer(int code) { return code == 426 || code == 451; }

}  // namespace ftpsfs::remote
