// SessionTest: a FakeServer and the small steps that the session's tests are made of.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/fake_server.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::ftp {

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { context_.stall_limit = std::chrono::seconds(5); }

  void serve(const test::FakeDialect& dialect) {
    server_ = std::make_unique<test::FakeServer>(dialect);
    lessons_ = std::make_shared<Lessons>();
  }

  [[nodiscard]] ServerOptions options() const {
    ServerOptions options;
    options.host = server_->host();
    options.port = server_->port();
    options.user = server_->user();
    options.password = server_->password();
    options.lessons = lessons_;
    options.tls_context = *net::TlsContext::create({.ca_file = server_->ca_file()});
    return options;
  }

  Result<std::unique_ptr<Session>> open() { return Session::open(options(), context_); }

  /// Serves `dialect` and logs in.
  void begin(const test::FakeDialect& dialect = {}) {
    serve(dialect);
    auto session = open();
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }

  /// The same, with data connections as `data` says.
  void begin(const test::FakeDialect& dialect, const DataOptions& data, TlsMode tls = TlsMode::kExplicit) {
    session_.reset();
    serve(dialect);
    ServerOptions how = options();
    how.data = data;
    how.tls = tls;
    auto session = Session::open(how, context_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }

  /// Of all commands with this verb that the server received.
  [[nodiscard]] std::vector<std::string> arguments(std::string_view verb) const {
    std::vector<std::string> all;
    for (const test::FakeCommand& command : server_->commands()) {
      if (command.verb == verb) all.push_back(command.argument);
    }
    return all;
  }

  static Command command(std::string_view verb, std::string_view argument = {}) {
    return *Command::make(verb, argument);
  }

  /// Of the reply to a command; 0 when there was none.
  int ask(std::string_view verb, std::string_view argument = {}) {
    const auto reply = session_->execute(command(verb, argument), context_);
    return reply ? reply->code : 0;
  }

  Result<std::unique_ptr<Transfer>> start(std::string_view verb, std::string_view path, std::uint64_t offset = 0) {
    const bool upload = verb == "STOR" || verb == "APPE";
    return session_->start(command(verb, path),
                           {.direction = upload ? Direction::kUpload : Direction::kDownload, .range = {offset, 0}},
                           context_);
  }

  /// Reads to the end; does not finish.
  Result<std::string> read_all(Transfer& transfer) {
    std::string all;
    std::string chunk(64 * 1024, '\0');
    for (;;) {
      FTPSFS_TRY_ASSIGN(const std::size_t count, transfer.read(std::as_writable_bytes(std::span(chunk)), context_));
      if (count == 0) return all;
      all.append(chunk, 0, count);
    }
  }

  /// A whole download; the final reply must be 2xx.
  Result<std::string> download(std::string_view verb, std::string_view path, std::uint64_t offset = 0) {
    FTPSFS_TRY_ASSIGN(const auto transfer, start(verb, path, offset));
    FTPSFS_TRY_ASSIGN(std::string data, read_all(*transfer));
    FTPSFS_TRY_ASSIGN(const Reply reply, transfer->finish(context_));
    if (!reply.success()) return fail(ErrorKind::kIo, reply.text(), reply.code);
    return data;
  }

  /// Lets the session go on until no step is left.
  void rest() {
    while (auto pending = session_->advance()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(pending->until - std::chrono::steady_clock::now());
      const auto waited = net::wait_any({&pending->watch, 1}, Context{left, std::nullopt, nullptr});
      ASSERT_TRUE(waited || waited.error().kind == ErrorKind::kTimeout) << waited.error().message;
    }
  }

  /// A whole upload; returns the final reply.
  Result<Reply> upload(std::string_view verb, std::string_view path, std::string_view data, std::uint64_t offset = 0) {
    FTPSFS_TRY_ASSIGN(const auto transfer, start(verb, path, offset));
    FTPSFS_TRY(transfer->write(std::as_bytes(std::span(data)), context_));
    return transfer->finish(context_);
  }

  Context context_;
  std::unique_ptr<test::FakeServer> server_;
  std::shared_ptr<Lessons> lessons_;  ///< what all sessions of that server learn
  std::unique_ptr<Session> session_;
};

/// `size` bytes that do not repeat soon.
inline std::string sample(std::size_t size) {
  std::string data(size, '\0');
  std::uint32_t state = 1;
  for (char& c : data) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  return data;
}

}  // namespace ftpsfs::ftp
