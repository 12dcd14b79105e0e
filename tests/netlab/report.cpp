#include "netlab/report.h"

#include <time.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

namespace ftpsfs::netlab {
namespace {

void add(std::ostream& out, const char* direction, const Traffic& traffic) {
  out << direction << "_packets=" << traffic.packets << '\n'
      << direction << "_bytes=" << traffic.bytes << '\n'
      << direction << "_data_packets=" << traffic.data_packets << '\n'
      << direction << "_lost_packets=" << traffic.lost_packets << '\n'
      << direction << "_dropped_packets=" << traffic.dropped_packets << '\n';
}

}  // namespace

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::string report_text(unsigned number, const Traffic& up, const Traffic& down, double cpu_seconds) {
  std::ostringstream out;
  out << "report=" << number << '\n';
  add(out, "up", up);
  add(out, "down", down);
  out << "cpu_seconds=" << std::fixed << cpu_seconds << '\n';
  return out.str();
}

Status write_report(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::cout << text << std::flush;
    return {};
  }
  const std::string fresh = file + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return fail(os_error(ErrorKind::kIo, fresh, errno));
  if (std::rename(fresh.c_str(), file.c_str()) != 0) return fail(os_error(ErrorKind::kIo, file, errno));
  return {};
}

}  // namespace ftpsfs::netlab
