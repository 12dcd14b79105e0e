// Survey: what one session tells of its server, for a person who wants to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/ftps_remote_fs.h"

namespace ftpsfs::remote {

enum class ListingFormat {
  kUnknown,  ///< there was nothing to tell it by
  kFacts,    ///< MLSD (RFC 3659 section 7)
  kUnix,     ///< LIST, as ls -l writes it
  kDos,      ///< LIST, as IIS writes it
};

/// One data connection, from the command to the final reply.
struct DataConnectionSurvey {
  std::chrono::duration<double> took{0};
  bool tls_resumed = false;
};

/// Listings of one directory, one after the other, each on a data connection of its own.
struct ListingSurvey {
  std::vector<DataConnectionSurvey> data_connections;  ///< those that worked
  std::optional<Error> failure;                        ///< of the one after them
  bool refused = false;  ///< it failed for the directory, which may be empty: that says nothing of data connections
  ListingFormat format = ListingFormat::kUnknown;
  /// What is to be added to its times so that they are UTC; told by a file of this year and its MDTM.
  std::optional<std::chrono::seconds> zone;
};

/// The encoding of the names in a listing.
struct NameSurvey {
  std::size_t ascii = 0;
  std::size_t fitting = 0;  ///< in UTF-8, or the character set that was asked for, and not ASCII
  std::size_t other = 0;
  /// For the others, the likeliest first: what iconv(3) calls it, and one of the names read in it.
  struct Guess {
    std::string charset;
    std::string reading;
  };
  std::vector<Guess> guesses;
};

struct Survey {
  std::string kind;  ///< "vsftpd"; empty when it is none that is known
  std::string login_directory;
  std::string tls;
  std::chrono::duration<double> login_took{0};
  std::string system;  ///< what SYST tells; empty when refused
  bool tells_features = false;
  bool tells_times = false;  ///< MDTM
  bool announces_utf8 = false;
  bool deflates_downloads = false;  ///< MODE Z, as -o compress would use it
  bool deflates_uploads = false;
  std::vector<std::string> announced;                       ///< what it can do
  std::vector<std::string> missing;                         ///< and what not
  std::optional<std::chrono::duration<double>> round_trip;  ///< the median of several
  ListingSurvey listing;
  NameSurvey names;
  /// The host that a PASV reply names (RFC 959 section 4.1.2), which is never believed.
  std::optional<std::string> passive_host;
  bool passive_host_is_private = false;
};

/// Logs in and looks, at the mount's root where it may. Errors: those of ftp::Session::open; what fails afterwards is
/// told in the survey.
Result<Survey> survey_server(const RemoteOptions& options, const Context& context);

/// Whether data come in the other mode than `options` say, passive or active: lists the mount's root in it, on a
/// session of its own; the server has `patience` for each step of that. Errors: those of ftp::Session::open and of a
/// listing, with the server's words.
Status try_other_mode(RemoteOptions options, std::chrono::milliseconds patience, const Context& context);

}  // namespace ftpsfs::remote
