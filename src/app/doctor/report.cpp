// Report: what the doctor tells.
#include "app/doctor/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/mount_lines.h"
#include "ftpsfs/base/printable.h"

namespace ftpsfs::app {
namespace {

/// A line may hold an error with its advice, or the names of a certificate.
std::string safe(std::string_view text) {
  constexpr std::size_t kLongest = 1000;
  return printable(text, kLongest);
}

}  // namespace

void Report::passed(std::string name, std::string detail, std::optional<Seconds> took) {
  add({std::move(name), true, std::move(detail), took});
}

void Report::failed(std::string name, std::string detail) { add({std::move(name), false, std::move(detail), {}}); }

void Report::failed(std::string name, std::string detail, std::string remedy) {
  found(detail, std::move(remedy));
  failed(std::move(name), std::move(detail));
}

void Report::found(std::string what, std::string remedy) { findings_.push_back({std::move(what), std::move(remedy)}); }

bool Report::all_passed() const {
  return std::all_of(checks_.begin(), checks_.end(), [](const Check& check) { return check.passed; });
}

void Report::add(Check check) {
  if (tell_) tell_(check);
  checks_.push_back(std::move(check));
}

std::string check_line(const Check& check) {
  const std::string line = fmt::format("{:<12} {}{}", check.name, check.passed ? "" : "FAILED: ", safe(check.detail));
  if (!check.took) return line + "\n";
  const double milliseconds = check.took->count() * 1000;
  return fmt::format("{:<83}{:>8.{}f} ms\n", line, milliseconds, milliseconds < 10 ? 1 : 0);
}

std::string closing_text(const Report& report, const std::string& source, const std::vector<std::string>& options) {
  std::string text;
  const auto add = std::back_inserter(text);
  if (!report.findings().empty()) text += "\nWhat to know\n";
  for (const Finding& finding : report.findings()) {
    fmt::format_to(add, "- {}\n", safe(finding.what));
    if (!finding.remedy.empty()) fmt::format_to(add, "  {}\n", safe(finding.remedy));
  }
  if (!report.all_passed()) return text;
  fmt::format_to(add, "\nTo mount it\n  {}\nIn /etc/fstab\n  {}\n", mount_line(source, options),
                 fstab_line(source, options));
  return text;
}

std::string report_json(const Report& report, const std::string& source, const std::vector<std::string>& options) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["source"] = source;
  json["ok"] = report.all_passed();
  json["checks"] = Json::array();
  std::string name;  // further lines of a check have none
  for (const Check& check : report.checks()) {
    if (!check.name.empty()) name = check.name;
    Json each{{"name", name}, {"ok", check.passed}, {"detail", check.detail}};
    if (check.took) each["seconds"] = check.took->count();
    json["checks"].push_back(std::move(each));
  }
  json["findings"] = Json::array();
  for (const Finding& finding : report.findings()) {
    json["findings"].push_back(Json{{"what", finding.what}, {"remedy", finding.remedy}});
  }
  json["options"] = options;
  if (report.all_passed()) {
    json["mount"] = mount_line(source, options);
    json["fstab"] = fstab_line(source, options);
  }
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ftpsfs::app
