// Login: from the first byte to a session that is ready for work.
#pragma once

#include <memory>
#include <string>

#include "ftp/control_connection.h"
#include "ftpsfs/ftp/features.h"
#include "ftpsfs/ftp/session.h"

namespace ftpsfs::ftp {

struct LoggedIn {
  std::unique_ptr<ControlConnection> control;
  std::string greeting;
};

/// True when the host is given by its name, which HOST could tell.
[[nodiscard]] bool has_name(const ServerOptions& options);

/// Connects, begins TLS before anything else as `options.tls` says (RFC 4217 section 4), and logs in. Whether the
/// server announces AUTH is not asked: some that know it do not say so. Errors: those of Session::open; a 421 shows as
/// kConnectionLost with its reply code.
Result<LoggedIn> log_in(const ServerOptions& options, const Context& context);

/// By its facts, since the greeting may tell anything, or by that, since FEAT may be silent.
[[nodiscard]] bool is_proftpd(const Features& features, std::string_view greeting);

/// FEAT (RFC 2389). kTimeout after `limit`: the reply may still come at any time, so the connection is lost.
Result<Features> ask_features(ControlConnection& control, std::chrono::milliseconds limit, const Context& context);

/// In one round trip: protected data connections (PBSZ 0, PROT P; RFC 4217 sections 8 and 9), or, where asked for, ones
/// in clear (PROT C), where the control connection is protected, binary transfers, UTF-8 names or not, and all MLST
/// facts, English words (LANG) and, if asked for, compression (MODE Z) where offered; and our name (CLNT). Unless
/// `options.lessons` know the system, SYST asks for it, and they learn it. Returns the
/// login directory, empty when the server would not tell. Errors: kTls when PROT is refused, kProtocol when TYPE I is.
Result<std::string> prepare(ControlConnection& control, const Features& features, const ServerOptions& options,
                            const Context& context);

}  // namespace ftpsfs::ftp
