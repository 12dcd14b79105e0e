// Survey: what one session tells of its server, for a person who wants to know.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::remote {

/// Listings of the directory after login, one after the other, each on a data connection of its own.
struct ListingSurvey {
  int wanted = 0;
  std::size_t bytes = 0;                  ///< of the last
  std::chrono::duration<double> took{0};  ///< each, on average
  ftp::DataConnections data_connections;
  std::optional<Error> failure;
};

struct Survey {
  std::string greeting;
  std::string login_directory;
  std::string tls;
  std::vector<net::CertificateInfo> certificates;
  std::chrono::duration<double> login_took{0};
  bool tells_features = false;
  bool lists_exactly = false;  ///< MLSD
  bool announces_utf8 = false;
  std::vector<std::string> announced;                       ///< what it can do
  std::vector<std::string> missing;                         ///< and what not
  std::optional<std::chrono::duration<double>> round_trip;  ///< the median of several
  ListingSurvey listing;
  /// The host that a PASV reply names (RFC 959 section 4.1.2), which is never believed.
  std::optional<std::string> passive_host;
  bool passive_host_is_private = false;
};

/// Logs in and looks. Errors: those of ftp::Session::open; what fails afterwards is told in the survey.
Result<Survey> survey_server(const ftp::ServerOptions& options, const Context& context);

}  // namespace ftpsfs::remote
