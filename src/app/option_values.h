// The values of options: numbers in their range, modes, fingerprints, users, paths.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::app {

struct NumberRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::string_view unit = {};
};

/// "1..3600 s".
std::string to_string(const NumberRange& range);

// Number fields are plain integers or seconds.
inline std::uint64_t number_value(std::size_t field) { return field; }
inline std::uint64_t number_value(std::chrono::seconds field) { return static_cast<std::uint64_t>(field.count()); }
inline void set_number(std::size_t& field, std::uint64_t value) { field = value; }
inline void set_number(std::chrono::seconds& field, std::uint64_t value) {
  field = std::chrono::seconds(static_cast<std::chrono::seconds::rep>(value));
}

// Each parser's errors are kInvalid and say what is allowed.

Result<std::uint64_t> parse_number(std::string_view text, const NumberRange& range);
/// Bytes, from a plain number of MiB or one with the suffix K, M or G (KiB, MiB, GiB); `range` is in MiB.
Result<std::size_t> parse_mebibytes(std::string_view text, const NumberRange& range);
/// Octal, 0 to 777.
Result<mode_t> parse_mask(std::string_view text);
Result<bool> parse_yes_no(std::string_view text);
Result<bool> parse_on_off(std::string_view text);
Result<bool> parse_write_back(std::string_view text);          ///< "back" or "sync"
Result<bool> parse_append_rewrites(std::string_view text);     ///< "tail" or "rewrite"
Result<bool> parse_stale_when_offline(std::string_view text);  ///< "stale" or "error"
/// Topics separated by colons; no text means all there is to be logged.
Result<log::Watched> parse_debug(std::string_view text);
Result<vfs::CommitMode> parse_commit_mode(std::string_view text);
Result<vfs::VerifyUpload> parse_verify_upload(std::string_view text);
Result<ftp::TlsMode> parse_tls_mode(std::string_view text);
Result<net::TlsVersion> parse_tls_version(std::string_view text);  ///< "1.2"
/// "control" or "server".
Result<bool> parse_pasv_address(std::string_view text);
/// A numeric address, without brackets; empty stays empty.
Result<std::string> parse_address(std::string_view text);
/// "A-B", or one port.
Result<net::PortRange> parse_ports(std::string_view text);
/// "socks5://[user@]host[:port]" (port 1080) or "http://[user@]host[:port]" (3128). A password is refused.
Result<net::ProxyOptions> parse_proxy(std::string_view text);
/// "sha256:" and 64 hexadecimal digits in either case, colons between them allowed; yields the digits in lower case.
Result<std::string> parse_fingerprint(std::string_view text);
/// A number, or a name this system knows.
Result<uid_t> parse_user(std::string_view text);
Result<gid_t> parse_group(std::string_view text);
/// Relative to the present directory, which a daemon leaves; "~/" is the home directory, which no shell expands in -o.
Result<std::string> absolute_path(std::string_view text);

}  // namespace ftpsfs::app
