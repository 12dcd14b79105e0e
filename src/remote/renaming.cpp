// RNFR and RNTO, always sent together: a refused RNFR makes RNTO a mere 503.
#include "remote/renaming.h"

#include "ftpsfs/base/log.h"
#include "remote/changes.h"
#include "remote/listing.h"
#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

struct RenameReplies {
  ftp::Reply from;
  ftp::Reply to;
};

Result<RenameReplies> send_rename(Conversation& conversation, const RemotePath& from, const RemotePath& to) {
  Batch batch(conversation);
  const auto rnfr = batch.add("RNFR", from);
  const auto rnto = batch.add("RNTO", to);
  FTPSFS_TRY_ASSIGN(std::vector<ftp::Reply> replies, batch.send());
  return RenameReplies{std::move(replies[rnfr]), std::move(replies[rnto])};
}

Error diagnose_rename(Conversation& conversation, const Move& move, const RenameReplies& replies) {
  if (!replies.from.intermediate()) return diagnose(conversation, "RNFR", move.from, replies.from);
  return diagnose(conversation, "RNTO", move.to, replies.to);
}

Status rename_once(Conversation& conversation, const Move& move) {
  FTPSFS_TRY_ASSIGN(const RenameReplies replies, send_rename(conversation, move.from, move.to));
  if (replies.to.success()) return {};
  return fail(diagnose_rename(conversation, move, replies));
}

/// After a refused RNTO: something may stand in the way that has to give way.
Status rename_onto(Conversation& conversation, const Move& move, const RenameReplies& refused) {
  FTPSFS_TRY_ASSIGN(const Presence source, presence(conversation, move.from));
  FTPSFS_TRY_ASSIGN(const Presence target, presence(conversation, move.to));
  if (target == Presence::kAbsent || source == Presence::kAbsent) {
    return fail(diagnose_rename(conversation, move, refused));
  }
  if (source == Presence::kDirectory && target == Presence::kDirectory) {
    FTPSFS_TRY(remove_directory(conversation, move.to));
    return rename_once(conversation, move);
  }
  if (target == Presence::kDirectory) return fail(ErrorKind::kIsDirectory, "RNTO " + move.to.text() + ": a directory");
  if (source == Presence::kDirectory) return fail(ErrorKind::kNotDirectory, "RNTO " + move.to.text() + ": a file");
  FTPSFS_TRY(replace_by_swap(conversation, move));
  conversation.dialect().lacks(Ability::kRenameReplaces);
  return {};
}

/// A change of case alone: on some servers both names are the same file's, which must not be taken for one that is in
/// its own way. What is listed decides.
bool changes_case_alone(const Move& move) {
  return move.from.parent() == move.to.parent() && is_other_spelling(move.from.name(), move.to.name());
}

struct Listed {
  bool from = false;
  bool to = false;
};

Result<Listed> look_for_both(Conversation& conversation, const Move& move) {
  FTPSFS_TRY_ASSIGN(const std::vector<Entry> entries, read_entries(conversation, move.from.parent(), Times::kAsListed));
  Listed listed;
  for (const Entry& entry : entries) {
    listed.from = listed.from || entry.name == move.from.name();
    listed.to = listed.to || entry.name == move.to.name();
  }
  return listed;
}

void roll_back(Conversation& conversation, const Move& move) {
  const auto replies = send_rename(conversation, move.aside, move.to);
  if (replies && replies->to.success()) return;
  spdlog::error("the old {} could not be given its name back; it is now called {}", log::printable(move.to.text()),
                log::printable(move.aside.text()));
}

/// By way of a third name where the server finds the file in its own way.
Status respell(Conversation& conversation, const Move& move) {
  FTPSFS_TRY_ASSIGN(const RenameReplies replies, send_rename(conversation, move.from, move.to));
  if (replies.to.success()) return {};
  if (!replies.from.intermediate()) return fail(diagnose_rename(conversation, move, replies));
  FTPSFS_TRY(rename_once(conversation, {move.from, move.aside, {}}));
  Status renamed = rename_once(conversation, {move.aside, move.to, {}});
  if (!renamed) roll_back(conversation, {move.aside, move.from, move.aside});
  return renamed;
}

}  // namespace

Status replace_by_swap(Conversation& conversation, const Move& move) {
  Batch batch(conversation);
  const auto old_from = batch.add("RNFR", move.to);
  const auto old_to = batch.add("RNTO", move.aside);
  const auto new_from = batch.add("RNFR", move.from);
  const auto new_to = batch.add("RNTO", move.to);
  FTPSFS_TRY_ASSIGN(std::vector<ftp::Reply> replies, batch.send());

  const bool moved_aside = replies[old_to].success();
  if (replies[new_to].success()) {
    if (moved_aside) sweep_aside(conversation, move.aside);
    return {};
  }
  if (!moved_aside) {
    const Move aside{move.to, move.aside, {}};
    return fail(diagnose_rename(conversation, aside, {std::move(replies[old_from]), std::move(replies[old_to])}));
  }
  Error error = diagnose_rename(conversation, move, {std::move(replies[new_from]), std::move(replies[new_to])});
  roll_back(conversation, move);
  return fail(std::move(error));
}

Status rename_entry(Conversation& conversation, const Move& move, bool replace) {
  if (changes_case_alone(move)) {
    FTPSFS_TRY_ASSIGN(const Listed listed, look_for_both(conversation, move));
    if (!listed.to) return respell(conversation, move);
    const bool done_before = !listed.from && conversation.dialect().folds_case();
    if (done_before) return {};
  }
  const bool swap_at_once = replace && !conversation.dialect().has(Ability::kRenameReplaces);
  if (!replace || swap_at_once) {
    FTPSFS_TRY_ASSIGN(const Presence target, presence(conversation, move.to));
    if (!replace && target != Presence::kAbsent) return fail(ErrorKind::kExists, "RNTO " + move.to.text() + ": exists");
    if (swap_at_once && target == Presence::kFile) return replace_by_swap(conversation, move);
  }
  FTPSFS_TRY_ASSIGN(const RenameReplies replies, send_rename(conversation, move.from, move.to));
  if (replies.to.success()) return {};
  if (replace && replies.from.intermediate()) return rename_onto(conversation, move, replies);
  return fail(diagnose_rename(conversation, move, replies));
}

Status resume_rename(Conversation& conversation, const Move& move, bool replace) {
  FTPSFS_TRY_ASSIGN(const Presence source, presence(conversation, move.from));
  FTPSFS_TRY_ASSIGN(const Presence target, presence(conversation, move.to));
  const bool done = source == Presence::kAbsent && target != Presence::kAbsent;
  Status renamed;
  if (!done) renamed = rename_entry(conversation, move, replace);
  if (replace && renamed) sweep_aside(conversation, move.aside);
  const bool both_absent = source == Presence::kAbsent && target == Presence::kAbsent;
  if (renamed || target != Presence::kAbsent) return renamed;
  if (replace) {
    (void)send_rename(conversation, move.aside, move.to);
  } else if (both_absent && changes_case_alone(move)) {
    (void)send_rename(conversation, move.aside, move.from);
  }
  return renamed;
}

void sweep_aside(Conversation& conversation, const RemotePath& aside) {
  const auto reply = conversation.ask("DELE", aside);
  if (reply && reply->success()) return;
  spdlog::debug("{} not removed", log::printable(aside.text()));
}

}  // namespace ftpsfs::remote
