// The doctor.
#include "app/doctor/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "app/credentials.h"
#include "app/doctor/contact.h"
#include "app/doctor/encryption_checks.h"
#include "app/doctor/file_checks.h"
#include "app/doctor/session_checks.h"
#include "app/help.h"
#include "app/option_table.h"
#include "app/option_values.h"
#include "app/remote_options.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

/// What belongs to a mount line, and is nobody's secret.
bool is_worth_repeating(std::string_view option) {
  const std::string_view name = option_name(option);
  return name != "password_command" && name != "key_password_command" && name != "debug";
}

/// An option that means the same wherever the line it stands in is used.
std::string as_from_anywhere(const std::string& option) {
  const std::string_view name = option_name(option);
  const auto& table = option_table();
  const auto known = std::find_if(table.begin(), table.end(), [name](const OptionSpec& o) { return o.name == name; });
  const bool is_path =
      known != table.end() && (known->value == "FILE" || known->value == "DIR") && option.size() > name.size();
  const auto path =
      is_path ? absolute_path(std::string_view(option).substr(name.size() + 1)) : fail(ErrorKind::kInvalid, "no path");
  return path ? fmt::format("{}={}", name, *path) : option;
}

/// What was given and what the report advises instead or besides.
std::vector<std::string> options_to_mount_by(const DoctorLine& line, const Report& report) {
  std::vector<std::string> options = line.options;
  for (const std::string& advised : report.advised()) {
    std::erase_if(options, [&](const std::string& given) { return option_name(given) == option_name(advised); });
    options.push_back(advised);
  }
  return options;
}

void examine(const DoctorLine& line, Report& report) {
  const Context context{line.mount.options.timeout, std::nullopt, nullptr};
  const Surroundings around = Surroundings::of_this_process();  // before there are threads
  std::optional<Credentials> credentials;
  const auto look_for_credentials = [&] {
    auto found = find_credentials(line.mount.options.login, line.mount.source, around);
    if (!found) report.failed("login", found.error().message, "");
    if (found) credentials = *std::move(found);
    return credentials.has_value();
  };
  auto proxy = line.mount.options.proxy;
  if (proxy && !proxy->user.empty()) {
    if (!look_for_credentials()) return;
    proxy->password = credentials->proxy_password;
  }
  if (!make_contact(line.mount.source, proxy, report, context)) return;
  if (!credentials && !look_for_credentials()) return;  // nobody is asked for a password in vain
  if (!check_encryption(line.mount, *credentials, report, context)) return;
  auto server = remote_options(line.mount, *credentials);
  if (!server) return report.failed("login", server.error().message, "");
  if (!check_session(line.mount.source, *server, report, context)) return;
  if (!check_files(line.mount.source, *server, line.write_directory, report, context)) return;
  count_sessions(*server, report, context);
}

}  // namespace

bool is_doctor_line(std::span<const std::string> words) { return words.size() > 1 && words[1] == "doctor"; }

std::string_view doctor_usage() {
  return "  ftpsfs doctor [-o OPT,...] [--write DIR] [--json] SOURCE\n"
         "                                          connect, and tell what a mount would meet\n";
}

Result<DoctorLine> parse_doctor_line(std::span<const std::string> words) {
  DoctorLine line;
  std::vector<std::string> rest{words[0]};
  std::size_t sources = 0;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "--json") {
      line.json = true;
    } else if (words[i] == "--write") {
      if (++i == words.size() || words[i].empty())
        return misused("--write needs a directory on the server", doctor_usage());
      line.write_directory = words[i];
    } else if (words[i] == "-o" && i + 1 < words.size()) {
      rest.insert(rest.end(), {words[i], words[i + 1]});
      for (const std::string& option : split_option_list(words[++i])) {
        if (is_worth_repeating(option)) line.options.push_back(as_from_anywhere(option));
      }
    } else {
      if (!words[i].starts_with('-')) ++sources;
      rest.push_back(words[i]);
    }
  }
  if (sources == 0) return misused("SOURCE is missing", doctor_usage());
  if (sources > 1) return misused("there is one SOURCE, and no mount point", doctor_usage());
  rest.emplace_back("/");  // where a mount point would be
  FTPSFS_TRY_ASSIGN(line.mount, parse_command_line(rest));
  if (line.mount.action != Action::kMount) return misused("unknown flag", doctor_usage());
  return line;
}

int run_doctor(const DoctorLine& line) {
  log::configure(log::Sink::kStderr, line.mount.options.debug);
  if (!line.mount.options.debug.any()) spdlog::set_level(spdlog::level::off);  // the report tells what went wrong
  fmt::print(stderr, "{}", warning_of_risks(line.mount));
  std::signal(SIGPIPE, SIG_IGN);
  Report report([&line](const Check& check) {
    if (line.json) return;
    fmt::print("{}", check_line(check));
    std::fflush(stdout);
  });
  examine(line, report);
  const std::vector<std::string> options = options_to_mount_by(line, report);
  fmt::print("{}", line.json ? report_json(report, line.mount.source_text, options)
                             : closing_text(report, line.mount.source_text, options));
  return report.all_passed() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace ftpsfs::app
