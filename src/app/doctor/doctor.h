// The doctor: connects to a server and tells, step by step, what a mount of it would meet.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/command_line.h"

namespace ftpsfs::app {

struct DoctorLine {
  CommandLine mount;                 ///< its mount point means nothing
  std::vector<std::string> options;  ///< as they were given, without those about the login
  std::string write_directory;       ///< on the server, relative to SOURCE's path; empty: nothing is written
  bool json = false;
};

/// True when `words`, the program's name first, ask for the doctor.
[[nodiscard]] bool is_doctor_line(std::span<const std::string> words);

/// The lines of --help about it.
std::string_view doctor_usage();

/// For words that is_doctor_line() accepts. Errors: kInvalid, with the usage.
Result<DoctorLine> parse_doctor_line(std::span<const std::string> words);

/// Returns the exit status: 0 when a mount would work. To be called while there are no threads.
int run_doctor(const DoctorLine& line);

}  // namespace ftpsfs::app
