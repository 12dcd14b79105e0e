// DataTransfer: one RETR, STOR, MLSD or the like, with an eye on both connections from the command to its final reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ftp/control_connection.h"
#include "ftp/data_connection.h"
#include "ftpsfs/ftp/session.h"

namespace ftpsfs::ftp {

/// After these the server's side of the conversation is not to be relied on: ProFTPD's TLS session cache has forgotten
/// us (425), vsftpd wants session reuse and hangs up (522).
[[nodiscard]] bool ends_session(const Reply& reply);

/// See Transfer for what callers may expect. The two connections are not ordered with respect to one another: a final
/// reply may overtake the data it speaks of and the other way round, so each side is given a moment to catch up.
class DataTransfer final : public Transfer {
 public:
  /// `control` must outlive the transfer; from here on it takes no other command until the transfer is over.
  DataTransfer(ControlConnection& control, DataConnection data, Direction direction);
  ~DataTransfer() override;
  DataTransfer(const DataTransfer&) = delete;
  DataTransfer& operator=(const DataTransfer&) = delete;

  /// Sends the request, and shakes hands on the data connection while the replies are under way: some servers send the
  /// 1xx before the handshake, some after it, a few not at all. `rest_with_command`: the server announced REST or RANG,
  /// so that a download need not wait for the answer to it. Errors: as Session::start.
  Status begin(const Command& command, const TransferRequest& request, bool rest_with_command, const Context& context);

  /// The two ways to end without waiting: nothing but the end is still to come, or ABOR. Then only what follows here
  /// may be called.
  void conclude();
  Status leave(const Context& context);
  /// Goes on with the end as far as it can. True when the transfer is over; after an error the session is.
  Result<bool> try_end();
  /// When to call try_end() again.
  [[nodiscard]] Pending pending() const;
  /// Waits until then.
  Status wait_for_end(const Context& context);

  [[nodiscard]] const std::vector<Reply>& answers() const override { return answers_; }
  Result<std::size_t> read(std::span<std::byte> into, const Context& context) override;
  Status write(std::span<const std::byte> from, const Context& context) override;
  Result<Reply> finish(const Context& context) override;
  Status abort(const Context& context) override;

 private:
  enum class Ending { kNone, kConcluding, kAborting, kFenced };

  Status send_request(const Command& command, const TransferRequest& request, bool rest_with_command,
                      const Context& context);
  Status await_start(const Context& context);
  Status take_mode(const Reply& reply);
  [[nodiscard]] Error restart_refused(const Reply& reply) const;
  void withdraw_rest(const Context& context);

  [[nodiscard]] bool refused() const { return final_ && final_->refused(); }
  Status take_replies();
  Status wait(net::Want want, const Context& context);
  Status wait_in_download(net::Want want, const Context& context);
  Error explain(Error error, const Context& context);
  Error refusal();
  tl::unexpected<Error> give_up(Error error);
  void settle();

  Status end_download(const Context& context);
  Status end_upload(const Context& context);
  Status await_final(const Context& context);
  Result<bool> try_conclude();
  Result<bool> try_abort();
  void discard_arrived();

  ControlConnection& control_;
  DataConnection data_;
  const Direction direction_;
  std::size_t asked_ = 0;       ///< questions sent ahead of the command
  std::vector<Reply> answers_;  ///< to them
  bool mode_pending_ = false;   ///< MODE was sent with the command, its reply is not here yet
  bool ranged_ = false;         ///< by RANG rather than REST
  bool rest_pending_ = false;   ///< REST or RANG was sent with the command, its reply is not here yet
  bool rest_accepted_ = false;  ///< the server would apply it to whatever transfer comes next
  bool begun_ = false;          ///< the server said 1xx
  std::optional<Reply> final_;  ///< the reply that ends the transfer
  bool data_ended_ = false;     ///< the peer ended its direction of the data connection
  Ending ending_ = Ending::kNone;
  int owed_ = 2;  ///< replies that an ABOR leaves to be awaited
  std::chrono::steady_clock::time_point end_by_;
  bool settled_ = false;  ///< no reply is owed any more
};

}  // namespace ftpsfs::ftp
