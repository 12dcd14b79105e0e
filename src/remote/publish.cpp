// publish: one batch to check and prepare, one to rename and look.
#include "remote/publish.h"

#include <spdlog/fmt/fmt.h>

#include "ftpsfs/base/log.h"
#include "remote/changes.h"
#include "remote/entry_conversion.h"
#include "remote/file_question.h"
#include "remote/lookup.h"
#include "remote/renaming.h"

namespace ftpsfs::remote {
namespace {

using Place = std::optional<std::size_t>;

/// What the server made of the attributes asked for.
struct Applied {
  bool mtime = false;
  bool mode = false;
};

struct Prepared {
  Applied applied;
  bool target_exists = false;  ///< known only where it matters: with a base, or on servers that will not replace
};

Status check_base(const PublishRequest& request, const std::optional<Attributes>& now) {
  const std::string& name = request.target.text();
  if (request.base_absent && now) return fail(ErrorKind::kConflict, name + " was created on the server meanwhile");
  if (request.base && !now) return fail(ErrorKind::kConflict, name + " was removed on the server meanwhile");
  if (request.base && !request.base->may_be(*now)) {
    return fail(ErrorKind::kConflict, name + " was changed on the server meanwhile");
  }
  return {};
}

Status check_size(const PublishRequest& request, const std::optional<Attributes>& temporary) {
  if (!temporary) return fail(ErrorKind::kIo, "the upload of " + request.target.text() + " is not on the server");
  if (temporary->size == request.size) return {};
  return fail(ErrorKind::kIo, fmt::format("the server holds {} of {} bytes of {}", temporary->size, request.size,
                                          request.target.text()));
}

Status check_nothing_lost(const PublishRequest& request, const Standing& old, const Standing& ours) {
  const std::string loss = loss_by_rename(old, ours);
  if (loss.empty()) return {};
  return fail(ErrorKind::kNotPermitted, fmt::format("a rename onto {} {}", request.target.text(), loss));
}

/// By listing, where a server has neither MLST nor SIZE.
Result<std::optional<Attributes>> look_up_if_there(Conversation& conversation, const RemotePath& path) {
  auto attributes = look_up(conversation, path);
  if (attributes) return std::move(*attributes);
  if (attributes.error().kind == ErrorKind::kNotFound) return std::nullopt;
  return fail(std::move(attributes).error());
}

Result<std::optional<Attributes>> answer_to(const FileQuestion& question, Conversation& conversation,
                                            const RemotePath& path, const std::vector<ftp::Reply>& replies) {
  if (question.can_be_answered()) return question.answer(replies);
  return look_up_if_there(conversation, path);
}

void log_refused_attribute(std::string_view what, const RemotePath& path, std::string_view words) {
  spdlog::info("{} of {} not set: {}", what, log::printable(path.text()), log::printable(words));
}

/// The one-command attempt of the batch was refused: other ways may be left, and a failure is not fatal.
bool set_mtime_otherwise(Conversation& conversation, const PublishRequest& request) {
  const Status set = set_mtime(conversation, request.temporary, *request.mtime);
  if (!set) log_refused_attribute("the time", request.target, set.error().message);
  return set.has_value();
}

bool judge_mode(Conversation& conversation, const PublishRequest& request, const ftp::Reply& reply) {
  if (reply.success()) return true;
  if (is_unknown_verb(reply.code)) conversation.dialect().lacks(Ability::kChmod);
  log_refused_attribute("the mode", request.target, reply.text());
  return false;
}

/// Checks the size of the temporary file and the base of the target, and sets time and mode, which harms nobody if the
/// checks fail: one round trip.
Result<Prepared> check_and_prepare(Conversation& conversation, const PublishRequest& request) {
  const Dialect& dialect = conversation.dialect();
  Batch batch(conversation);
  std::optional<FileQuestion> temporary;
  if (request.check_size || request.keep_standing) temporary.emplace(batch, dialect, request.temporary);
  const bool needs_target =
      request.base || request.base_absent || request.keep_standing || !dialect.has(Ability::kRenameReplaces);
  std::optional<FileQuestion> target;
  if (needs_target) target.emplace(batch, dialect, request.target);
  Place set_time;
  if (request.mtime) {
    if (const auto command = set_time_command(conversation, request.temporary, *request.mtime)) {
      set_time = batch.add(command->verb, command->argument);
    }
  }
  Place chmod;
  if (request.mode) {
    const auto argument = chmod_argument(conversation, request.temporary, *request.mode);
    if (argument) chmod = batch.add("SITE", *argument);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());

  if (request.check_size) {
    FTPSFS_TRY_ASSIGN(const auto now, answer_to(*temporary, conversation, request.temporary, replies));
    FTPSFS_TRY(check_size(request, now));
  }
  Prepared prepared;
  if (target) {
    FTPSFS_TRY_ASSIGN(const auto target_now, answer_to(*target, conversation, request.target, replies));
    FTPSFS_TRY(check_base(request, target_now));
    prepared.target_exists = target_now.has_value();
  }
  prepared.applied.mtime = set_time && replies[*set_time].success();
  if (set_time && !prepared.applied.mtime) prepared.applied.mtime = set_mtime_otherwise(conversation, request);
  prepared.applied.mode = chmod && judge_mode(conversation, request, replies[*chmod]);
  if (request.keep_standing && prepared.target_exists) {
    Standing ours = temporary->standing(replies);
    if (prepared.applied.mode) ours.mode.reset();
    FTPSFS_TRY(check_nothing_lost(request, target->standing(replies), ours));
  }
  return prepared;
}

/// The new file as the server told it, or as we left it where the server does not tell.
Attributes attributes_of(const PublishRequest& request, const Applied& applied, const std::optional<Attributes>& told) {
  Attributes attributes = told.value_or(Attributes{});
  if (request.check_size || !told) attributes.size = request.size;
  if (!attributes.mtime_exact && applied.mtime) {
    attributes.mtime = *request.mtime;
    attributes.mtime_exact = true;
  }
  if (!attributes.mode && applied.mode) attributes.mode = request.mode;
  return attributes;
}

Result<Attributes> ask_attributes(Conversation& conversation, const PublishRequest& request, const Applied& applied) {
  Batch batch(conversation);
  const FileQuestion target(batch, conversation.dialect(), request.target);
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  return attributes_of(request, applied, target.answer(replies));
}

/// Renames and looks at the result: one round trip, unless the server refuses to replace.
Result<Attributes> move_in(Conversation& conversation, const PublishRequest& request, const Prepared& prepared,
                           const RemotePath& aside) {
  const Move move{request.temporary, request.target, aside};
  if (prepared.target_exists && !conversation.dialect().has(Ability::kRenameReplaces)) {
    FTPSFS_TRY(replace_by_swap(conversation, move));
    return ask_attributes(conversation, request, prepared.applied);
  }
  Batch batch(conversation);
  batch.add("RNFR", request.temporary);
  const auto renamed = batch.add("RNTO", request.target);
  const FileQuestion target(batch, conversation.dialect(), request.target);
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  if (replies[renamed].success()) return attributes_of(request, prepared.applied, target.answer(replies));
  FTPSFS_TRY(rename_entry(conversation, move, true));
  return ask_attributes(conversation, request, prepared.applied);
}

}  // namespace

Result<Attributes> publish(Conversation& conversation, const PublishRequest& request, const RemotePath& aside) {
  auto prepared = check_and_prepare(conversation, request);
  auto published = prepared ? move_in(conversation, request, *prepared, aside)
                            : Result<Attributes>(fail(std::move(prepared).error()));
  if (!published && conversation.session().usable()) (void)conversation.ask("DELE", request.temporary);
  return published;
}

Result<Attributes> resume_publish(Conversation& conversation, const PublishRequest& request, const RemotePath& aside) {
  FTPSFS_TRY_ASSIGN(const Presence temporary, presence(conversation, request.temporary));
  if (temporary != Presence::kAbsent) {
    FTPSFS_TRY_ASSIGN(const Presence old, presence(conversation, aside));
    PublishRequest rest = request;
    if (old != Presence::kAbsent) rest.base.reset();  // it was checked before it was moved aside
    auto published = publish(conversation, rest, aside);
    if (published && old != Presence::kAbsent) sweep_aside(conversation, aside);
    return published;
  }
  FTPSFS_TRY_ASSIGN(Attributes target, look_up(conversation, request.target));
  const bool same_size = !request.check_size || target.size == request.size;
  const bool is_ours = same_size && (!request.mtime || !target.mtime_exact ||
                                     !conversation.dialect().has(Ability::kMfmt) || target.mtime == *request.mtime);
  if (!is_ours) return fail(ErrorKind::kConflict, request.target.text() + " is neither the old file nor the new one");
  sweep_aside(conversation, aside);
  return target;
}

}  // namespace ftpsfs::remote
