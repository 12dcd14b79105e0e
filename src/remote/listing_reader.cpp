// FtpsListing: an MLSD read while it comes in.
#include "remote/listing_reader.h"

#include <array>
#include <string>
#include <utility>

#include "remote/entry_collector.h"
#include "remote/links.h"
#include "remote/list_command.h"
#include "remote/listing.h"
#include "remote/lookup.h"
#include "remote/sizes.h"

namespace ftpsfs::remote {
namespace {

constexpr std::size_t kLongestListing = 256U << 20U;

using Entries = std::vector<Entry>;

class FtpsListing final : public ListingReader {
 public:
  FtpsListing(std::shared_ptr<Server> server, RemotePath directory)
      : server_(std::move(server)), directory_(std::move(directory)), argument_(server_->paths.argument(directory_)) {}

  Result<Entries> next(const Context& context) override;

 private:
  Result<Entries> advance(const Context& context);
  Status begin(const Context& context);
  Status begin_on(Conversation& conversation);
  Result<Entries> read_at_once(const Context& context);
  Entries take_lines(bool last);
  Result<Entries> conclude(const Context& context);
  Error explain(Error error, const Context& context);

  const std::shared_ptr<Server> server_;
  const RemotePath directory_;
  const std::string argument_;
  Lease lease_;
  std::unique_ptr<ftp::Transfer> transfer_;  ///< after its lease: it ends first
  std::string text_;                         ///< read, and not taken apart yet
  std::size_t bytes_ = 0;
  EntryCollector collector_;
  Entries held_back_;  ///< links, perhaps, and files without a size: asked for when the transfer is over
  bool begun_ = false;
  bool ended_ = false;
  bool repeated_ = false;
};

Result<Entries> FtpsListing::next(const Context& context) {
  while (!ended_) {
    auto entries = advance(context);
    if (entries) {
      std::erase_if(*entries, [](const Entry& entry) { return is_own_temporary_name(entry.name); });
      if (entries->empty()) continue;
      return entries;
    }
    const Error error = explain(std::move(entries).error(), context);
    const bool broken = error.kind == ErrorKind::kConnectionLost || is_broken_transfer(error.reply_code);
    const bool again = broken && std::exchange(begun_, false) && !std::exchange(repeated_, true);
    if (!again || !context.check()) return fail(error);
    server_->pool.drop_idle();
  }
  return Entries();
}

Result<Entries> FtpsListing::advance(const Context& context) {
  if (!transfer_ && server_->dialect.has(Ability::kMlsd)) FTPSFS_TRY(begin(context));
  if (!transfer_) return read_at_once(context);
  std::array<std::byte, 32768> buffer;
  FTPSFS_TRY_ASSIGN(const std::size_t count, transfer_->read(buffer, context));
  if (count == 0) return conclude(context);
  bytes_ += count;
  if (bytes_ > kLongestListing) return fail(ErrorKind::kIo, "the listing is longer than 256 MiB");
  text_.append(reinterpret_cast<const char*>(buffer.data()), count);
  return take_lines(false);
}

Status FtpsListing::begin(const Context& context) {
  bytes_ = 0;
  text_.clear();
  collector_ = EntryCollector();
  held_back_.clear();
  return converse(*server_, Purpose::kTransfer, Repeat::kYes, context,
                  [this](Conversation& conversation) { return begin_on(conversation); });
}

/// Leaves no transfer behind where the server has no MLSD.
Status FtpsListing::begin_on(Conversation& conversation) {
  auto transfer = conversation.start("MLSD", argument_, {.brief = true});
  if (transfer) {
    transfer_ = std::move(*transfer);
    lease_ = conversation.take_lease();
    begun_ = true;
    return {};
  }
  if (!is_unknown_verb(transfer.error().reply_code)) {
    return fail(diagnose(conversation, "MLSD", directory_, transfer.error()));
  }
  conversation.dialect().lacks(Ability::kMlsd);
  return {};
}

Result<Entries> FtpsListing::read_at_once(const Context& context) {
  auto entries = converse(*server_, Purpose::kTransfer, Repeat::kYes, context,
                          [this](Conversation& c) { return read_entries(c, directory_, Times::kExact); });
  ended_ = entries.has_value();
  return entries;
}

Entries FtpsListing::take_lines(bool last) {
  const std::size_t whole = last ? text_.size() : text_.rfind('\n') + 1;  // 0 where there is no end of a line
  collect_facts(server_->charset, std::string_view(text_).substr(0, whole), argument_, collector_);
  text_.erase(0, whole);
  Entries certain;
  for (Entry& entry : collector_.take_entries()) {
    const bool is_certain = entry.attributes.size_told && !may_be_link(server_->dialect, entry.attributes);
    Entries& into = is_certain ? certain : held_back_;
    into.push_back(std::move(entry));
  }
  return certain;
}

/// All bytes are here; what remains is the server's word that they are all, and what it does not tell of links.
Result<Entries> FtpsListing::conclude(const Context& context) {
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, transfer_->finish(context));
  if (reply.refused()) return fail(ErrorKind::kIo, reply.text(), reply.code);
  transfer_.reset();
  Conversation conversation(*server_, std::move(lease_), context);
  if (bytes_ == 0) FTPSFS_TRY(check_directory(conversation, directory_));
  Entries entries = take_lines(true);
  collector_.report(argument_);
  FTPSFS_TRY(settle_facts(conversation, directory_, held_back_));
  std::move(held_back_.begin(), held_back_.end(), std::back_inserter(entries));
  ended_ = true;
  return entries;
}

/// Gives the session back, after it was asked what a refusal means.
Error FtpsListing::explain(Error error, const Context& context) {
  if (!lease_) return error;
  transfer_.reset();
  Conversation conversation(*server_, std::move(lease_), context);
  return diagnose(conversation, "MLSD", directory_, conversation.judge(std::move(error)));
}

}  // namespace

std::unique_ptr<ListingReader> open_listing(std::shared_ptr<Server> server, const RemotePath& directory) {
  return std::make_unique<FtpsListing>(std::move(server), directory);
}

}  // namespace ftpsfs::remote
