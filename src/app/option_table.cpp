// The table of our own -o options.
#include "app/option_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/mount_words.h"
#include "app/option_values.h"

namespace ftpsfs::app {
namespace {

// The kinds of rows. `field` yields the address of the field an option sets; its default is shown.

OptionSpec parsed(std::string_view name, std::string_view value, std::string limits, std::string_view help,
                  std::function<Status(Options&, std::string_view)> set) {
  return {.name = name, .value = value, .limits = std::move(limits), .help = help, .set = std::move(set)};
}

/// For a `parse` that needs no more than the text.
template <typename Parse, typename Field>
OptionSpec parsed(std::string_view name, std::string_view value, std::string limits, std::string_view help, Parse parse,
                  Field field) {
  return parsed(name, value, std::move(limits), help,
                [parse, field](Options& options, std::string_view text) -> Status {
                  FTPSFS_TRY_ASSIGN(*field(options), parse(text));
                  return {};
                });
}

template <typename Field>
OptionSpec number(std::string_view name, NumberRange range, std::string_view help, Field field) {
  Options defaults;
  auto limits = fmt::format("{}, default {}", to_string(range), number_value(*field(defaults)));
  return parsed(name, "N", std::move(limits), help, [range, field](Options& options, std::string_view text) -> Status {
    FTPSFS_TRY_ASSIGN(const std::uint64_t value, parse_number(text, range));
    set_number(*field(options), value);
    return {};
  });
}

template <typename Field>
OptionSpec text(std::string_view name, std::string_view value, std::string limits, std::string_view help, Field field) {
  return parsed(name, value, std::move(limits), help, [field](Options& options, std::string_view given) -> Status {
    *field(options) = given;
    return {};
  });
}

template <typename Set>
OptionSpec flag(std::string_view name, std::string_view help, Set set) {
  return parsed(name, "", "", help, [set](Options& options, std::string_view) -> Status {
    set(options);
    return {};
  });
}

OptionSpec optional_value(OptionSpec option) {
  option.value_optional = true;
  return option;
}

std::vector<OptionSpec> login_options() {
  return {
      text("username", "NAME", "", "login name on the server", [](Options& o) { return &o.login.username; }),
      parsed("credentials", "FILE", "",
             "file with the lines username=NAME and password=SECRET, readable by its owner alone", absolute_path,
             [](Options& o) { return &o.login.credentials_file; }),
      text("password_command", "CMD", "", "shell command whose first line of output is the password",
           [](Options& o) { return &o.login.password_command; }),
  };
}

Status add_pin(Options& options, std::string_view text) {
  FTPSFS_TRY_ASSIGN(std::string pin, parse_fingerprint(text));
  options.certificate.pins.push_back(std::move(pin));
  return {};
}

std::vector<OptionSpec> tls_options() {
  return {
      parsed("tls", "explicit|implicit|off", "default what SOURCE says",
             "when TLS begins: by AUTH TLS, at once, or never", parse_tls_mode, [](Options& o) { return &o.tls; }),
      parsed("verify", "yes|no", Options{}.certificate.verify ? "default yes" : "default no",
             "check the server's certificate; no takes any, which lets others listen in", parse_yes_no,
             [](Options& o) { return &o.certificate.verify; }),
      parsed("ca", "FILE", "default the system's", "PEM file with the certificates to trust", absolute_path,
             [](Options& o) { return &o.certificate.ca_file; }),
      parsed("ca_path", "DIR", "", "directory of certificates to trust, under their hashes (openssl rehash)",
             absolute_path, [](Options& o) { return &o.certificate.ca_directory; }),
      parsed("pin", "sha256:HEX", "",
             "trust the certificate with this fingerprint, whatever its issuer and name; may be repeated", add_pin),
      parsed("tls_min", "1.0|1.1|1.2|1.3", "default 1.2",
             "oldest version of TLS to go on with; 1.0 and 1.1 are not safe", parse_tls_version,
             [](Options& o) { return &o.certificate.least; }),
      text("tls_ciphers", "NAME[:NAME...]", "default OpenSSL's", "ciphers to use, as openssl ciphers -v names them",
           [](Options& o) { return &o.certificate.ciphers; }),
      parsed("data_tls", "on|off", "default on", "encrypt data connections; off shows files and listings to others",
             parse_on_off, [](Options& o) { return &o.encrypt_data; }),
      parsed("cert", "FILE", "", "certificate to show to a server that asks for one, PEM or PKCS#12", absolute_path,
             [](Options& o) { return &o.certificate.client.file; }),
      parsed("key", "FILE", "default in the file of cert", "private key of that certificate", absolute_path,
             [](Options& o) { return &o.certificate.client.key_file; }),
      text("key_password_command", "CMD", "", "shell command whose first line of output opens that key",
           [](Options& o) { return &o.login.key_password_command; }),
  };
}

std::vector<OptionSpec> line_options() {
  return {
      number("sessions", {1, 64}, "most sessions at a time; the server's own limit is learnt",
             [](Options& o) { return &o.pool.max_sessions; }),
      number("timeout", {1, 3600, "s"}, "longest wait for the server's next byte or reply",
             [](Options& o) { return &o.timeout; }),
      number("keep_alive", {5, 3600, "s"}, "an idle session says NOOP this often",
             [](Options& o) { return &o.pool.keep_alive; }),
      parsed("offline", "error|stale", "default error",
             "while the server cannot be reached: errors, or what is known of it, read-only", parse_stale_when_offline,
             [](Options& o) { return &o.cache.stale_when_offline; }),
  };
}

ftp::ActiveOptions& active_options(Options& options) {
  if (!options.data.active) options.data.active.emplace();
  return *options.data.active;
}

Status be_active(Options& options, std::string_view address) {
  FTPSFS_TRY_ASSIGN(active_options(options).address, parse_address(address));
  return {};
}

OptionSpec proxy_option() {
  OptionSpec option =
      parsed("proxy", "URL", "", "reach the server through socks5://[user@]host[:port] or http://[user@]host[:port]",
             parse_proxy, [](Options& o) { return &o.proxy; });
  option.hides_value = true;
  return option;
}

std::vector<OptionSpec> connection_options() {
  return {
      proxy_option(),
      parsed("pasv_address", "control|server", "default control",
             "connect for data to the host of the control connection, or to the one PASV names", parse_pasv_address,
             [](Options& o) { return &o.data.trust_pasv_address; }),
      optional_value(
          parsed("active", "ADDRESS", "", "let the server connect for data, to our address or to this one", be_active)),
      parsed("active_ports", "A-B", "default any", "the ports on which it may; brings active", parse_ports,
             [](Options& o) { return &active_options(o).ports; }),
      flag("compress", "compress data on its way (MODE Z) where the server offers it; with ProFTPD what comes alone",
           [](Options& o) { o.data.compress = true; }),
  };
}

std::vector<OptionSpec> cache_options() {
  constexpr NumberRange kMemory{16, 65536, "MiB"};
  constexpr NumberRange kDisk{64, 4'194'304, "MiB"};
  auto memory_limits = fmt::format("{}, default {}", to_string(kMemory), Options{}.cache.memory_bytes >> 20);
  auto disk_limits = fmt::format("{}, default {}", to_string(kDisk), Options{}.cache.disk_bytes >> 20);
  return {
      number("cache_ttl", {0, 86400, "s"}, "how long a directory listing is believed",
             [](Options& o) { return &o.cache.listing_age; }),
      number("attr_ttl", {0, 3600, "s"}, "an open asks again when it knows the file for longer",
             [](Options& o) { return &o.cache.attribute_age; }),
      parsed(
          "memory", "N[K|M|G]", std::move(memory_limits), "memory for all caches together",
          [kMemory](std::string_view value) { return parse_mebibytes(value, kMemory); },
          [](Options& o) { return &o.cache.memory_bytes; }),
      parsed("cache_dir", "DIR", "", "keep file contents on this disk, from one mount to the next", absolute_path,
             [](Options& o) { return &o.cache.disk_directory; }),
      parsed(
          "cache_size", "N[K|M|G]", std::move(disk_limits), "disk space in cache_dir for each source",
          [kDisk](std::string_view value) { return parse_mebibytes(value, kDisk); },
          [](Options& o) { return &o.cache.disk_bytes; }),
  };
}

std::vector<OptionSpec> writing_options() {
  constexpr NumberRange kStaging{64, 4'194'304, "MiB"};
  constexpr NumberRange kQuota{1, 1'073'741'824, "MiB"};
  return {
      parsed("write", "sync|back", "default sync", "what a close waits for: the server, or the local disk alone",
             parse_write_back, [](Options& o) { return &o.writing.back; }),
      number("settle", {0, 3600, "s"}, "with write=back, how long an upload waits for further changes",
             [](Options& o) { return &o.writing.settle; }),
      parsed("append", "tail|rewrite", "default tail",
             "what is sent of a changed file: what changed, where that is safe, or all", parse_append_rewrites,
             [](Options& o) { return &o.writing.append_rewrites; }),
      parsed("commit", "auto|rename|inplace", "default auto",
             "upload under another name and rename, or into the file itself", parse_commit_mode,
             [](Options& o) { return &o.writing.commit; }),
      parsed("verify_upload", "none|size|checksum", "default size",
             "what of an upload is compared before it takes the old one's place", parse_verify_upload,
             [](Options& o) { return &o.writing.verify; }),
      parsed("staging_dir", "DIR", "default ~/.local/state/ftpsfs, for root /var/lib/ftpsfs",
             "where written files wait for their upload", absolute_path,
             [](Options& o) { return &o.writing.staging_directory; }),
      parsed(
          "staging_size", "N[K|M|G]", fmt::format("{}, default what the disk has", to_string(kStaging)),
          "disk space for them; a fiftieth of the disk, at most 1 GiB, stays free in any case",
          [kStaging](std::string_view value) { return parse_mebibytes(value, kStaging); },
          [](Options& o) { return &o.writing.staging_bytes; }),
      parsed(
          "quota_size", "N[K|M|G]", fmt::format("{}, default what the server tells", to_string(kQuota)),
          "the space on the server that df shows",
          [kQuota](std::string_view value) { return parse_mebibytes(value, kQuota); },
          [](Options& o) { return &o.writing.quota_bytes; }),
  };
}

std::vector<OptionSpec> file_options() {
  return {
      parsed("charset", "NAME", "default UTF-8", "character set of names on the server, as iconv(1) knows it",
             remote::Charset::make, [](Options& o) { return &o.charset; }),
      parsed("uid", "USER", "default the user who mounts", "owner of all files, a name or a number", parse_user,
             [](Options& o) { return &o.owner.uid; }),
      parsed("gid", "GROUP", "default that user's group", "group of all files, a name or a number", parse_group,
             [](Options& o) { return &o.owner.gid; }),
      parsed("umask", "OCTAL", fmt::format("0..777, default {:o}", Options{}.owner.umask),
             "permissions to take away from all files", parse_mask, [](Options& o) { return &o.owner.umask; }),
  };
}

std::vector<OptionSpec> mount_options() {
  return {
      flag("ro", "mount read-only", [](Options& o) { o.kernel.read_only = true; }),
      flag("rw", "mount for writing, the default", [](Options& o) { o.kernel.read_only = false; }),
      flag("allow_other", "let all users in; brings default_permissions",
           [](Options& o) { o.kernel.allow_other = true, o.kernel.allow_root = false; }),
      flag("allow_root", "let root in, besides the user who mounts",
           [](Options& o) { o.kernel.allow_root = true, o.kernel.allow_other = false; }),
      flag("default_permissions", "let the kernel check permissions by mode and owner",
           [](Options& o) { o.kernel.default_permissions = true; }),
      flag("no_default_permissions", "let the server alone judge, even with allow_other",
           [](Options& o) { o.kernel.default_permissions = false; }),
      text("fsname", "NAME", "default SOURCE", "name in the first column of /proc/mounts",
           [](Options& o) { return &o.kernel.filesystem_name; }),
      optional_value(parsed("debug", "ftp|tls|cache|fuse", "",
                            "log what is asked and answered, as -d, or these topics of it, with colons between",
                            parse_debug, [](Options& o) { return &o.debug; })),
  };
}

std::vector<OptionSpec> build_table() {
  std::vector<OptionSpec> table;
  const auto add = [&table](OptionGroup group, std::vector<OptionSpec> rows) {
    for (OptionSpec& row : rows) {
      row.group = group;
      table.push_back(std::move(row));
    }
  };
  add(OptionGroup::kLogin, login_options());
  add(OptionGroup::kTls, tls_options());
  add(OptionGroup::kLine, line_options());
  add(OptionGroup::kConnections, connection_options());
  add(OptionGroup::kCaches, cache_options());
  add(OptionGroup::kWriting, writing_options());
  add(OptionGroup::kFiles, file_options());
  add(OptionGroup::kMount, mount_options());
  return table;
}

/// Levenshtein's distance: how many characters to insert, delete or replace.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

const OptionSpec* find_option(std::string_view name) {
  const auto& table = option_table();
  const auto known = std::find_if(table.begin(), table.end(), [name](const OptionSpec& o) { return o.name == name; });
  return known == table.end() ? nullptr : &*known;
}

tl::unexpected<Error> unknown_option(std::string_view name) {
  std::string message = fmt::format("unknown option '{}'", name);
  const auto nearest =
      std::min_element(option_table().begin(), option_table().end(), [name](const OptionSpec& a, const OptionSpec& b) {
        return edit_distance(name, a.name) < edit_distance(name, b.name);
      });
  if (edit_distance(name, nearest->name) <= std::max<std::size_t>(2, name.size() / 2)) {
    message += fmt::format("; did you mean '{}'?", nearest->name);
  } else {
    message += "; ftpsfs --help lists all";
  }
  return fail(ErrorKind::kInvalid, std::move(message));
}

}  // namespace

const std::vector<OptionSpec>& option_table() {
  static const std::vector<OptionSpec> table = build_table();
  return table;
}

std::string heading(const OptionSpec& option) {
  if (option.value.empty()) return std::string(option.name);
  if (option.value_optional) return fmt::format("{}[={}]", option.name, option.value);
  return fmt::format("{}={}", option.name, option.value);
}

std::string_view option_name(std::string_view word) { return word.substr(0, word.find('=')); }

bool is_known_option(std::string_view word) {
  return is_mount_word(option_name(word)) || find_option(option_name(word)) != nullptr;
}

Status set_option(Options& options, std::string_view word) {
  const std::string_view name = option_name(word);
  if (is_mount_word(name)) return take_mount_word(word, options.kernel.flags);
  const OptionSpec* known = find_option(name);
  if (known == nullptr) return unknown_option(name);

  const bool has_value = name.size() < word.size();
  if (has_value && known->value.empty()) return fail(ErrorKind::kInvalid, fmt::format("-o {} takes no value", name));
  const std::string_view value = has_value ? word.substr(name.size() + 1) : std::string_view();
  const bool may_lack_value = known->value.empty() || (known->value_optional && !has_value);
  if (value.empty() && !may_lack_value) {
    return fail(ErrorKind::kInvalid, fmt::format("-o {} needs a value", heading(*known)));
  }
  const Status set = known->set(options, value);
  if (!set) return fail(set.error().with_context(fmt::format("-o {}", known->hides_value ? name : word)));
  return {};
}

}  // namespace ftpsfs::app
