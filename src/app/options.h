// Options: what the user may choose about a mount, with the defaults beside the fields.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"
#include "ftpsfs/remote/charset.h"
#include "ftpsfs/remote/session_pool.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::app {

/// How the login name and the passwords are found; see `find_credentials`.
struct LoginOptions {
  std::string username;              ///< empty: from elsewhere
  std::string credentials_file;      ///< absolute path; empty: none
  std::string password_command;      ///< for /bin/sh -c; empty: none
  std::string key_password_command;  ///< the same for the key of our own certificate
};

struct CacheOptions {
  std::chrono::seconds listing_age{30};   ///< how long a directory listing is believed; 0 to 86400
  std::chrono::seconds attribute_age{3};  ///< how long the kernel may believe attributes; 0 to 3600
  std::size_t memory_bytes = 64UL << 20;  ///< bound of the block cache; 16 MiB to 64 GiB
  std::string disk_directory;             ///< absolute path; empty: no contents are kept on disk
  std::size_t disk_bytes = 10UL << 30;    ///< bound of what is kept there of one source; 64 MiB to 4 TiB
  bool stale_when_offline = false;        ///< what is known is shown while the server cannot be reached
};

struct WritingOptions {
  std::string staging_directory;                    ///< absolute path; empty: see `default_staging_directory`
  std::optional<std::uint64_t> staging_bytes;       ///< most of the disk; 64 MiB to 4 TiB
  std::optional<std::uint64_t> quota_bytes;         ///< what the server has in all; 1 MiB to 1 PiB
  bool append_rewrites = false;                     ///< what became longer is sent whole, too
  bool back = false;                                ///< a close waits for the local disk only
  std::chrono::seconds settle{1};                   ///< how long an upload waits for further changes then; 0 to 3600
  vfs::CommitMode commit = vfs::CommitMode::kAuto;  ///< how new content gets to its name
  vfs::VerifyUpload verify = vfs::VerifyUpload::kSize;  ///< what proves that an upload arrived whole
};

/// Whom the files belong to, as local programs see them.
struct OwnerOptions {
  uid_t uid = ::getuid();
  gid_t gid = ::getgid();
  mode_t umask = 0;  ///< bits taken away from every mode
};

/// What the kernel is told about the mount.
struct KernelOptions {
  bool read_only = false;
  bool allow_other = false;
  bool allow_root = false;
  std::optional<bool> default_permissions;  ///< empty: exactly when `allow_other`
  std::string filesystem_name;              ///< first column of /proc/mounts; empty: SOURCE
  std::vector<std::string> flags;           ///< further mount(8) words for the kernel: noexec, noatime, …
};

struct Options {
  LoginOptions login;
  std::optional<ftp::TlsMode> tls;         ///< empty: what SOURCE says
  bool encrypt_data = true;                ///< false: files and listings cross the network in clear
  net::TlsOptions certificate;             ///< but for the password of our own key
  std::optional<net::ProxyOptions> proxy;  ///< but for its password
  ftp::DataOptions data;
  std::chrono::seconds timeout{15};  ///< longest wait for the next byte or reply; 1 to 3600
  remote::PoolOptions pool;
  remote::Charset charset;  ///< of names on the server
  CacheOptions cache;
  WritingOptions writing;
  OwnerOptions owner;
  KernelOptions kernel;
  bool foreground = false;
  log::Watched debug;
};

/// `ftpsfs` in the user's state directory ($XDG_STATE_HOME, else ~/.local/state), or /var/lib/ftpsfs for root.
std::string default_staging_directory();

/// The argument of libfuse's own `-o`, commas escaped: names, permissions and flags. nosuid and nodev always hold.
std::string fuse_option_string(const KernelOptions& options, std::string_view source);

}  // namespace ftpsfs::app
