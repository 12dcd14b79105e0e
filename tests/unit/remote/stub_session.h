// StubSession: an ftp::Session without a server, for what only concerns who has it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"
#include "ftpsfs/remote/session_pool.h"

namespace ftpsfs::remote {

/// What the sessions of one test have in common. Its members are set before threads start, or are atomic.
struct StubServer {
  std::atomic<int> room{100};  ///< one login more is kTooManySessions
  std::atomic<int> open{0};
  std::atomic<int> opened{0};  ///< attempts
  std::atomic<int> noops{0};
  std::atomic<int> aborts{0};
  std::atomic<bool> aborts_fail{false};
  std::atomic<bool> hung_up{false};  ///< sessions notice that the server closed
  std::atomic<int> login_ms{0};      ///< how long an attempt takes

  /// Every attempt fails with this while set.
  void refuse(std::optional<Error> error) {
    const std::lock_guard lock(mutex);
    refusal = std::move(error);
  }

  SessionPool::Opener opener();

  std::mutex mutex;
  std::optional<Error> refusal;
};

class StubSession final : public ftp::Session {
 public:
  StubSession(StubServer& server, int number) : number(number), server_(server) { ++server_.open; }
  ~StubSession() override { --server_.open; }

  [[nodiscard]] const ftp::Features& features() const override { return features_; }
  [[nodiscard]] const std::string& greeting() const override { return text_; }
  [[nodiscard]] const std::string& login_directory() const override { return text_; }
  [[nodiscard]] std::string tls_description() const override { return "no TLS"; }
  [[nodiscard]] ftp::DataConnections data_connections() const override { return {}; }
  [[nodiscard]] bool usable() const override { return usable_; }
  void notice_hangup() override { usable_ = usable_ && !server_.hung_up; }
  Result<ftp::Reply> execute(const ftp::Command& command, const Context&) override {
    if (command.wire() == "NOOP\r\n") ++server_.noops;
    return ftp::Reply{200, {"done"}};
  }
  Result<std::vector<ftp::Reply>> execute_all(std::span<const ftp::Command> commands, const Context&,
                                              std::size_t) override {
    return std::vector<ftp::Reply>(commands.size(), ftp::Reply{200, {"done"}});
  }
  Result<std::unique_ptr<ftp::Transfer>> start(const ftp::Command&, const ftp::TransferRequest&,
                                               const Context&) override;
  void conclude(std::unique_ptr<ftp::Transfer>) override {}
  void abandon(std::unique_ptr<ftp::Transfer>) override {
    ++server_.aborts;
    usable_ = !server_.aborts_fail;
  }
  std::optional<ftp::Pending> advance() override {
    ++advances;
    return pending;
  }
  [[nodiscard]] bool prepared() const override { return is_prepared; }
  void lose() { usable_ = false; }

  const int number;  ///< 1 for the first session opened
  std::atomic<bool> is_prepared{false};
  std::atomic<int> advances{0};
  std::optional<ftp::Pending> pending;  ///< what advance() says it waits for; set while leased

 private:
  StubServer& server_;
  ftp::Features features_;
  std::string text_;
  bool usable_ = true;
};

class StubTransfer final : public ftp::Transfer {
 public:
  [[nodiscard]] const std::vector<ftp::Reply>& answers() const override { return answers_; }
  Result<std::size_t> read(std::span<std::byte>, const Context&) override { return 1; }
  Status write(std::span<const std::byte>, const Context&) override { return {}; }
  Result<ftp::Reply> finish(const Context&) override { return ftp::Reply{226, {"done"}}; }
  Status abort(const Context&) override { return {}; }

 private:
  std::vector<ftp::Reply> answers_;
};

inline Result<std::unique_ptr<ftp::Transfer>> StubSession::start(const ftp::Command&, const ftp::TransferRequest&,
                                                                 const Context&) {
  return std::make_unique<StubTransfer>();
}

inline SessionPool::Opener StubServer::opener() {
  return [this](const Context&) -> Result<std::unique_ptr<ftp::Session>> {
    const int number = ++opened;
    if (login_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(login_ms));
    const std::lock_guard lock(mutex);
    if (refusal) return fail(*refusal);
    if (open >= room) return fail(ErrorKind::kTooManySessions, "too many connections", 421);
    return std::make_unique<StubSession>(*this, number);
  };
}

}  // namespace ftpsfs::remote
