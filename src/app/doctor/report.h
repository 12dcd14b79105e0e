// Report: what the doctor looked at, and what a person should know of it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ftpsfs::app {

using Seconds = std::chrono::duration<double>;

/// One thing that was looked at.
struct Check {
  std::string name;  ///< empty: one more line of the check before
  bool passed = true;
  std::string detail;
  std::optional<Seconds> took;
};

/// Something worth knowing. Without a remedy there is nothing to be done.
struct Finding {
  std::string what;
  std::string remedy;
};

/// One thread at a time.
class Report {
 public:
  /// `tell` is called for each check as it is made.
  explicit Report(std::function<void(const Check&)> tell) : tell_(std::move(tell)) {}

  void passed(std::string name, std::string detail, std::optional<Seconds> took = std::nullopt);
  void failed(std::string name, std::string detail);
  /// With a finding that says the same, and what can be done about it.
  void failed(std::string name, std::string detail, std::string remedy);
  void found(std::string what, std::string remedy = {});
  /// An option that the mount should have.
  void advise(std::string option) { options_.push_back(std::move(option)); }

  [[nodiscard]] bool all_passed() const;
  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] const std::vector<std::string>& advised() const { return options_; }

 private:
  void add(Check check);

  std::function<void(const Check&)> tell_;
  std::vector<Check> checks_;
  std::vector<Finding> findings_;
  std::vector<std::string> options_;
};

/// "listing     MLSD, 25 entries                                   41 ms", with a line break.
std::string check_line(const Check& check);

/// The findings, and how to mount `source` with `options`; or that it cannot be mounted as it is.
std::string closing_text(const Report& report, const std::string& source, const std::vector<std::string>& options);

/// All of it, as one JSON object.
std::string report_json(const Report& report, const std::string& source, const std::vector<std::string>& options);

}  // namespace ftpsfs::app
