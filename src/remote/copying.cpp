// copy_file: SITE CPFR and SITE CPTO, as ProFTPD's mod_copy has them.
#include "remote/copying.h"

#include <string>
#include <vector>

#include "remote/file_question.h"
#include "remote/links.h"
#include "remote/site_names.h"

namespace ftpsfs::remote {
namespace {

/// Some take a backslash for an escape.
bool can_be_named(std::string_view bytes) { return survives_site(bytes) && bytes.find('\\') == bytes.npos; }

Error refusal_of(Conversation& conversation, const std::string& argument, const ftp::Reply& reply) {
  if (is_unknown_verb(reply.code)) conversation.dialect().lacks(Ability::kSiteCopy);
  const Refusal refusal = Refusal::of("SITE", argument, reply);
  return to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kPermission));
}

/// A link is copied as a link, which would be no copy but a second name; and ProFTPD tells of links as of files.
Status check_copy(const Conversation& conversation, const CopyRequest& request, const std::optional<Attributes>& source,
                  const std::optional<Attributes>& copy) {
  if (!source || !request.expected.may_be(*source)) {
    return fail(ErrorKind::kStale, request.source.text() + " was changed on the server meanwhile");
  }
  const bool is_file =
      copy && copy->type == FileType::kFile && copy->mode && !may_be_link(conversation.dialect(), *copy);
  if (!is_file) return fail(ErrorKind::kUnsupported, request.source.text() + " may be a link on the server");
  if (copy->size == request.expected.size) return {};
  return fail(ErrorKind::kIo, "the server copied only a part of " + request.source.text());
}

}  // namespace

bool can_copy(const Dialect& dialect) { return dialect.has(Ability::kSiteCopy) && dialect.has(Ability::kMlst); }

/// CPTO always follows its CPFR: a name that waits would be what a later CPTO copies.
Status copy_file(Conversation& conversation, const CopyRequest& request) {
  const std::string from = "CPFR " + conversation.argument(request.source);
  const std::string to = "CPTO " + conversation.argument(request.target);
  if (!can_be_named(conversation.bytes_of(from)) || !can_be_named(conversation.bytes_of(to))) {
    return fail(ErrorKind::kUnsupported, request.source.text() + " has a name that SITE CPFR may not take");
  }
  Batch batch(conversation);
  const auto named = batch.add("SITE", from);
  const auto copied = batch.add("SITE", to);
  const FileQuestion source(batch, conversation.dialect(), request.source);
  const FileQuestion copy(batch, conversation.dialect(), request.target);
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  if (!replies[named].intermediate()) return fail(refusal_of(conversation, from, replies[named]));
  if (!replies[copied].success()) return fail(refusal_of(conversation, to, replies[copied]));
  Status checked = check_copy(conversation, request, source.answer(replies), copy.answer(replies));
  if (!checked) (void)conversation.ask("DELE", request.target);
  return checked;
}

}  // namespace ftpsfs::remote
