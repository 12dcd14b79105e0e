// The doctor at each server that the fake server plays: what can be mounted passes, and is cleaned up behind it.
#include <gmock/gmock.h>

#include "app/doctor/encryption_checks.h"
#include "app/doctor/file_checks.h"
#include "app/doctor/session_checks.h"
#include "app/remote_options.h"
#include "fakes/fake_server.h"
#include "fakes/server_presets.h"

namespace ftpsfs::app {
namespace {

class DoctorPresets : public testing::TestWithParam<test::ServerPreset> {
 protected:
  DoctorPresets() : server_(GetParam().dialect) { server_.tree().add_directory(there("scratch")); }

  [[nodiscard]] std::string there(const std::string& path) const {
    return (GetParam().path.empty() ? "" : GetParam().path.substr(1)) + "/" + path;
  }

  test::FakeServer server_;
};

TEST_P(DoctorPresets, AreFitToBeMounted) {
  const std::string source = "ftpes://127.0.0.1:" + std::to_string(server_.port()) + GetParam().path;
  const CommandLine line =
      parse_command_line(std::vector<std::string>{"ftpsfs", "-o", "ca=" + server_.ca_file(), source, "/"}).value();
  const Credentials credentials{server_.user(), server_.password()};
  // "250 to everything" is no answer to PORT: it is waited for in vain.
  const Context context{std::chrono::seconds(1), std::nullopt, nullptr};
  std::string text;
  Report report([&text](const Check& check) { text += check_line(check); });
  auto options = remote_options(line, credentials).value();
  options.memory_file.clear();
  options.server.feat_limit = std::chrono::milliseconds(100);
  const bool done = check_encryption(line, credentials, report, context) &&
                    check_session(line.source, options, report, context) &&
                    check_files(line.source, options, "scratch", report, context);
  count_sessions(options, report, context);
  EXPECT_TRUE(done && report.all_passed()) << text << closing_text(report, source, {});
  EXPECT_THAT(server_.tree().names(there("scratch")), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(, DoctorPresets, testing::ValuesIn(test::server_presets()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace ftpsfs::app
