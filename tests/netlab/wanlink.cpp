// wanlink: a long line in user space between two network namespaces, for kernels without netem. `usage()` tells the
// rest.
#include <iostream>

#include <utility>

#include "netlab/events.h"
#include "netlab/line.h"
#include "netlab/options.h"
#include "netlab/report.h"
#include "netlab/tun.h"

namespace ftpsfs::netlab {
namespace {

constexpr std::uint64_t kUpSeed = 42;
constexpr std::uint64_t kDownSeed = 43;

Status run(const Options& options) {
  FTPSFS_TRY_ASSIGN(Events events, Events::watch(options.owner));
  FTPSFS_TRY_ASSIGN(UniqueFd client, open_tun(options.client, options.device));
  FTPSFS_TRY_ASSIGN(UniqueFd server, open_tun(options.server, options.device));
  Line line(std::move(client), std::move(server), wire_options(options, kUpSeed), wire_options(options, kDownSeed));
  unsigned reports = 0;
  const auto report = [&] {
    return write_report(options.report, report_text(++reports, line.up(), line.down(), cpu_seconds()));
  };
  FTPSFS_TRY(report());  // the first one says that the line is up
  Status ended = line.run(events, report);
  FTPSFS_TRY(report());
  return ended;
}

int tell(const Error& error) {
  std::cerr << "wanlink: " << error.message << '\n';
  return 1;
}

}  // namespace
}  // namespace ftpsfs::netlab

int main(int argc, char** argv) {
  using namespace ftpsfs::netlab;
  const auto options = parse_options({argv + 1, argv + argc});
  if (!options) {
    std::cerr << usage();
    return tell(options.error());
  }
  const auto ended = run(*options);
  return ended ? 0 : tell(ended.error());
}
