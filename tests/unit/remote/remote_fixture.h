// RemoteTest: a RemoteFs on a fake server.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/fake_server.h"
#include "ftpsfs/net/tls.h"
#include "ftpsfs/remote/ftps_remote_fs.h"

namespace ftpsfs::remote {

/// A path from text such as "a/b"; "" is the root.
inline RemotePath at(std::string_view text) {
  RemotePath result;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    result = result.child(text.substr(0, slash)).value();
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return result;
}

/// A server like vsftpd: no MLSx, no reasons; but without STAT, so that LIST is used.
inline test::FakeDialect plain_dialect() {
  test::FakeDialect dialect;
  dialect.stat = test::StatStyle::kOff;
  dialect.mlsd = false;
  dialect.mfmt = false;
  dialect.mdtm_set = true;
  dialect.reasons_told = false;
  return dialect;
}

class RemoteTest : public testing::Test {
 protected:
  void start(test::FakeDialect dialect = {}) { server_ = std::make_unique<test::FakeServer>(std::move(dialect)); }

  /// For a server of which nothing is known yet.
  RemoteOptions options(const std::string& root) {
    RemoteOptions options = options_;
    options.server.lessons = std::make_shared<ftp::Lessons>();  // of another server than the last
    if (options.server.host.empty()) options.server.host = server_->host();
    options.server.port = server_->port();
    options.server.user = server_->user();
    options.server.password = server_->password();
    net::TlsOptions tls = tls_;
    tls.ca_file = server_->ca_file();
    options.server.tls_context = net::TlsContext::create(tls).value();
    options.root = root;
    return options;
  }

  Result<std::unique_ptr<RemoteFs>> try_connect(const std::string& root = "", std::size_t max_sessions = 4) {
    RemoteOptions given = options(root);
    given.pool.max_sessions = max_sessions;
    return connect_remote(given, context_, *clock_);
  }

  void connect(const std::string& root = "", std::size_t max_sessions = 4) {
    auto fs = try_connect(root, max_sessions);
    ASSERT_TRUE(fs) << fs.error().message;
    fs_ = std::move(*fs);
    server_->forget_history();
  }

  Result<std::vector<Entry>> try_list(std::string_view directory) {
    const auto listing = fs_->open_listing(at(directory));
    std::vector<Entry> all;
    for (;;) {
      FTPSFS_TRY_ASSIGN(const std::vector<Entry> part, listing->next(context_));
      if (part.empty()) return all;
      all.insert(all.end(), part.begin(), part.end());
    }
  }

  std::vector<Entry> list(std::string_view directory) {
    auto entries = try_list(directory);
    EXPECT_TRUE(entries) << entries.error().message;
    if (!entries) return {};
    std::sort(entries->begin(), entries->end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return std::move(*entries);
  }

  std::vector<std::string> names(std::string_view directory) {
    std::vector<std::string> result;
    for (const Entry& entry : list(directory)) result.push_back(entry.name);
    return result;
  }

  Attributes stat(std::string_view path) {
    auto attributes = fs_->stat(at(path), context_);
    EXPECT_TRUE(attributes) << attributes.error().message;
    return attributes.value_or(Attributes{});
  }

  std::unique_ptr<Reader> open(std::string_view path, std::uint64_t offset = 0) {
    auto reader = fs_->open_reader({at(path), std::nullopt, offset}, context_);
    EXPECT_TRUE(reader) << reader.error().message;
    return reader ? std::move(*reader) : nullptr;
  }

  Result<std::string> read_some(Reader& reader, std::size_t most) {
    std::string bytes(most, '\0');
    FTPSFS_TRY_ASSIGN(const std::size_t count, reader.read(std::as_writable_bytes(std::span(bytes)), context_));
    bytes.resize(count);
    return bytes;
  }

  Result<std::string> read_all(Reader& reader) {
    std::string all;
    for (;;) {
      FTPSFS_TRY_ASSIGN(const std::string bytes, read_some(reader, 4096));
      if (bytes.empty()) return all;
      all += bytes;
    }
  }

  Status store(std::string_view path, std::string_view content, WriteMode mode = WriteMode::kReplace) {
    FTPSFS_TRY_ASSIGN(auto writer, fs_->open_writer({at(path), mode}, context_));
    FTPSFS_TRY(writer->write(std::as_bytes(std::span(content)), context_));
    return writer->finish(context_);
  }

  template <typename T>
  static ErrorKind kind_of(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorKind::kIo : result.error().kind;
  }

  test::FakeTree& tree() { return server_->tree(); }

  RemoteOptions options_;  ///< what try_connect() begins with
  const Clock* clock_ = &Clock::system();
  net::TlsOptions tls_;  ///< the same
  std::unique_ptr<test::FakeServer> server_;
  std::unique_ptr<RemoteFs> fs_;
  Context context_{std::chrono::seconds(5), std::nullopt, nullptr};
};

}  // namespace ftpsfs::remote
