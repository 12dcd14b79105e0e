// How the server is reached: what is warned of, and TLS options that cannot be used.
#include "app/remote_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ftpsfs::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;

CommandLine line_with(const std::string& options) {
  const std::vector<std::string> words{"ftpsfs", "-o", options, "ftp.example.org:", "/mnt"};
  return parse_command_line(words).value();
}

std::string warning_of(const std::string& options) { return warning_of_risks(line_with(options)); }

TEST(WarningOfRisks, IsSilentWithFullProtection) {
  EXPECT_EQ(warning_of("tls_min=1.2,pin=sha256:" + std::string(64, 'a')), "");
  EXPECT_EQ(warning_of("verify=no,pin=sha256:" + std::string(64, 'a')), "") << "the pin is the check";
}

TEST(WarningOfRisks, NamesEachRisk) {
  EXPECT_THAT(warning_of("verify=no"), HasSubstr("whoever sits between here and ftp.example.org"));
  EXPECT_THAT(warning_of("tls_min=1.1"), HasSubstr("tls_min below 1.2"));
  EXPECT_THAT(warning_of("data_tls=off"), HasSubstr("readable by others"));
  const std::string all = warning_of("verify=no,tls_min=1.0,data_tls=off");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
}

TEST(RemoteOptionsTest, AKeyWithoutItsCertificateIsRefused) {
  for (const char* options : {"key=/k.pem", "key_password_command=echo x"}) {
    const auto made = remote_options(line_with(options), {});
    ASSERT_FALSE(made) << options;
    EXPECT_THAT(made.error().message, AllOf(HasSubstr("-o key"), HasSubstr("-o cert=FILE")));
  }
}

TEST(RemoteOptionsTest, WhatTheTlsOptionsNameMustBeThere) {
  EXPECT_THAT(remote_options(line_with("cert=/nonexistent.pem"), {}).error().message, HasSubstr("/nonexistent.pem"));
  EXPECT_THAT(remote_options(line_with("tls_ciphers=ROT13"), {}).error().message, HasSubstr("ROT13"));
  EXPECT_FALSE(remote_options(line_with("data_tls=off"), {}).value().server.encrypt_data);
}

}  // namespace
}  // namespace ftpsfs::app
