// FtpsRemoteFs: each operation on a session of the pool, and what is done when that session is lost in the middle.
#include "ftpsfs/remote/ftps_remote_fs.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "remote/changes.h"
#include "remote/checksum.h"
#include "remote/conversation.h"
#include "remote/copying.h"
#include "remote/glance.h"
#include "remote/letter_case.h"
#include "remote/listing.h"
#include "remote/listing_reader.h"
#include "remote/lookup.h"
#include "remote/observations.h"
#include "remote/publish.h"
#include "remote/reader.h"
#include "remote/renaming.h"
#include "remote/server_memory.h"
#include "remote/space.h"
#include "remote/writer.h"

namespace ftpsfs::remote {
namespace {

/// A change that must not be done twice: after a lost connection `resume` looks how far it came, and goes on.
template <typename Attempt, typename Resume>
std::invoke_result_t<Attempt, Conversation&> change(Server& server, const Context& context, Attempt attempt,
                                                    Resume resume) {
  const Deadline reconnected_by = Deadline::after(context.stall_limit);
  auto result = converse(server, Purpose::kCommands, Repeat::kNo, context, attempt);
  if (result || result.error().kind != ErrorKind::kConnectionLost || !context.check()) return result;
  server.pool.drop_idle();
  if (reconnected_by.passed()) return result;
  return converse(server, Purpose::kCommands, Repeat::kYes, context, resume, reconnected_by);
}

/// What StatBatch needs in order to be sure of its replies is the directory after login.
Capabilities capabilities_of(const Server& server) {
  Capabilities capabilities = server.dialect.capabilities();
  capabilities.glance = capabilities.glance && !server.paths.login_directory().empty();
  return capabilities;
}

using Removal = Status (*)(Conversation&, const RemotePath&);

/// A removal begun again: it may have been done the first time.
Status remove_if_there(Conversation& conversation, const RemotePath& path, Removal removal) {
  Status removed = removal(conversation, path);
  return !removed && removed.error().kind == ErrorKind::kNotFound ? Status() : removed;
}

Status make_directory_if_absent(Conversation& conversation, const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(const Presence found, presence(conversation, directory));
  return found == Presence::kDirectory ? Status() : make_directory(conversation, directory);
}

Status make_link_if_absent(Conversation& conversation, const RemotePath& link, const std::string& target) {
  const auto found = look_up(conversation, link);
  return found && found->type == FileType::kSymlink ? Status() : make_link(conversation, link, target);
}

/// By a server that alters names.
bool is_altered(std::string_view name) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return name.ends_with(' ') || std::any_of(name.begin(), name.end(), is_control);
}

class FtpsRemoteFs final : public RemoteFs {
 public:
  FtpsRemoteFs(std::shared_ptr<Server> server, ServerMemory memory)
      : server_(std::move(server)), capabilities_(capabilities_of(*server_)) {
    server_->pool.look_after([&known = *server_, memory = std::move(memory)]() mutable { memory.keep(known); });
  }

  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }

  [[nodiscard]] Status check_new_name(const RemotePath& path) const override {
    constexpr std::size_t kLongestName = 255;
    FTPSFS_TRY_ASSIGN(const std::string bytes, server_->charset.encode(path.name()));
    if (bytes.size() > kLongestName) return fail(ErrorKind::kNameTooLong, "file name over 255 bytes");
    if (is_own_temporary_name(path.name())) {
      return fail(ErrorKind::kUnrepresentable,
                  "such names are those of ftpsfs's own temporary files, which are hidden");
    }
    if (server_->dialect.kind().alters_names && is_altered(bytes)) {
      return fail(ErrorKind::kUnrepresentable, "the server would store another name, perhaps that of another file");
    }
    return {};
  }

  /// What the server has no way to write, it does not have.
  Result<Attributes> stat(const RemotePath& path, const Context& context) override {
    if (const auto bytes = server_->charset.encode(path.text()); !bytes) {
      return fail(ErrorKind::kNotFound, bytes.error().message);
    }
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return look_up(c, path); });
  }

  [[nodiscard]] std::unique_ptr<ListingReader> open_listing(const RemotePath& directory) override {
    return remote::open_listing(server_, directory);
  }

  Result<std::vector<Glance>> glance(const std::vector<GlanceRequest>& requests, const Context& context) override {
    return converse(*server_, Purpose::kBackground, Repeat::kNo, context,
                    [&](Conversation& c) { return remote::glance(c, requests); });
  }

  Result<std::vector<std::optional<Attributes>>> refine(const std::vector<Named>& names, bool ahead,
                                                        const Context& context) override {
    return converse(*server_, ahead ? Purpose::kBackground : Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return remote::refine(c, names); });
  }

  Result<std::unique_ptr<Reader>> open_reader(const ReadRequest& request, const Context& context) override {
    return remote::open_reader(server_, request, context);
  }

  Result<std::unique_ptr<Writer>> open_writer(const WriteRequest& request, const Context& context) override {
    return remote::open_writer(server_, request, context);
  }

  Status copy(const CopyRequest& request, const Context& context) override {
    if (!can_copy(server_->dialect)) return fail(ErrorKind::kUnsupported, "the server has no SITE CPFR");
    return converse(*server_, Purpose::kTransfer, Repeat::kNo, context,
                    [&](Conversation& c) { return copy_file(c, request); });
  }

  Result<Attributes> publish(const PublishRequest& request, const Context& context) override {
    FTPSFS_TRY_ASSIGN(const RemotePath aside, request.target.parent().child(new_aside_name()));
    return change(
        *server_, context, [&](Conversation& c) { return remote::publish(c, request, aside); },
        [&](Conversation& c) { return resume_publish(c, request, aside); });
  }

  Status rename(const RemotePath& from, const RemotePath& to, bool replace, const Context& context) override {
    FTPSFS_TRY_ASSIGN(RemotePath aside, to.parent().child(new_aside_name()));
    const Move move{from, to, std::move(aside)};
    return change(
        *server_, context, [&](Conversation& c) { return rename_entry(c, move, replace); },
        [&](Conversation& c) { return resume_rename(c, move, replace); });
  }

  Status remove(const RemotePath& file, const Context& context) override {
    return change(
        *server_, context, [&](Conversation& c) { return remove_file(c, file); },
        [&](Conversation& c) { return remove_if_there(c, file, remove_file); });
  }

  Status remove_directory(const RemotePath& directory, const Context& context) override {
    return change(
        *server_, context, [&](Conversation& c) { return remote::remove_directory(c, directory); },
        [&](Conversation& c) { return remove_if_there(c, directory, remote::remove_directory); });
  }

  Status make_directory(const RemotePath& directory, const Context& context) override {
    return change(
        *server_, context, [&](Conversation& c) { return remote::make_directory(c, directory); },
        [&](Conversation& c) { return make_directory_if_absent(c, directory); });
  }

  Status make_link(const RemotePath& link, const std::string& target, const Context& context) override {
    return change(
        *server_, context, [&](Conversation& c) { return remote::make_link(c, link, target); },
        [&](Conversation& c) { return make_link_if_absent(c, link, target); });
  }

  Status set_mtime(const RemotePath& path, std::int64_t mtime, const Context& context) override {
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return remote::set_mtime(c, path, mtime); });
  }

  Status set_mode(const RemotePath& path, std::uint32_t mode, const Context& context) override {
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return remote::set_mode(c, path, mode); });
  }

  Result<std::optional<Checksum>> checksum(const RemotePath& file, const Context& context) override {
    if (!tells_checksums(server_->dialect)) return std::nullopt;
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return ask_checksum(c, file); });
  }

  Result<std::optional<std::string>> facts(const RemotePath& path, const Context& context) override {
    if (!server_->dialect.has(Ability::kMlst)) return std::nullopt;
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context,
                    [&](Conversation& c) { return ask_facts(c, path); });
  }

  Result<std::optional<Space>> space(const Context& context) override {
    if (!tells_space(server_->dialect)) return std::nullopt;
    return converse(*server_, Purpose::kCommands, Repeat::kYes, context, ask_space);
  }

  [[nodiscard]] Activity activity() const override {
    return {server_->pool.size(), server_->pool.busy(), server_->pool.limit(), server_->pool.outage()};
  }

  [[nodiscard]] KnownServer server() const override {
    return {std::string(server_->dialect.kind().name), observations(*server_)};
  }

  [[nodiscard]] std::string new_temporary_name() override { return server_->temporary_names.next(); }
  [[nodiscard]] std::string new_aside_name() override { return server_->temporary_names.next_aside(); }
  [[nodiscard]] std::string mount_id() const override { return server_->temporary_names.mount_id(); }

  Result<std::vector<TemporaryFile>> list_temporary_files(const RemotePath& directory,
                                                          const Context& context) override {
    return converse(*server_, Purpose::kBackground, Repeat::kYes, context,
                    [&](Conversation& c) { return find_temporary_files(c, directory); });
  }

 private:
  const std::shared_ptr<Server> server_;
  const Capabilities capabilities_;
};

/// The mount's place must be a directory. Also finds out whether an MLST that was announced, or might be there, works.
Status check_root(Conversation& conversation) {
  Dialect& dialect = conversation.dialect();
  const RemotePath root;
  if (dialect.has(Ability::kMlst)) {
    FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("MLST", root));
    if (is_unknown_verb(reply.code)) dialect.lacks(Ability::kMlst);
  }
  if (conversation.paths().root_is_login_directory()) return {};
  FTPSFS_TRY_ASSIGN(const ftp::Reply entered, conversation.ask("CWD", root));
  if (!entered.success()) {
    const Refusal refusal = Refusal::of("CWD", conversation.argument(root), entered);
    return fail(to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kNotFound)));
  }
  const std::string& home = conversation.paths().login_directory();
  if (home.empty()) {
    conversation.discard_afterwards();
    return {};
  }
  FTPSFS_TRY_ASSIGN(const ftp::Reply left, conversation.ask("CWD", home));
  if (!left.success()) conversation.discard_afterwards();
  return {};
}

/// The sessions of a pool whose first one was opened beforehand.
SessionPool::Opener beginning_with(std::unique_ptr<ftp::Session> first, const SessionPool::Opener& opener) {
  const auto prepared = std::make_shared<std::unique_ptr<ftp::Session>>(std::move(first));
  const auto taken = std::make_shared<std::atomic<bool>>(false);
  return [=](const Context& context) -> Result<std::unique_ptr<ftp::Session>> {
    if (!taken->exchange(true)) return std::move(*prepared);
    return opener(context);
  };
}

/// z/OS: a login begins among data sets, whose names and contents are no file system's.
Status check_has_files(const ServerKind& kind, const std::string& login_directory, const RemoteOptions& options) {
  if (!kind.data_sets || login_directory.starts_with('/') || options.root.starts_with('/')) return {};
  return fail(
      ErrorKind::kUnsupported,
      fmt::format("{} is {}, and {} holds data sets, which cannot be mounted; a directory of z/OS UNIX can, as by "
                  "ftpes://{}//u/{}",
                  options.server.host, kind.name, log::printable(login_directory), options.server.host,
                  options.server.user));
}

const ServerKind& kind_of(const ftp::Session& session, const ftp::Lessons& lessons) {
  return recognise({session.greeting(), lessons.system().value_or(""), session.features().told});
}

}  // namespace

Result<std::unique_ptr<RemoteFs>> connect_remote(const RemoteOptions& options, const Context& context,
                                                 const Clock& clock) {
  ftp::ServerOptions how = options.server;
  how.utf8_names = options.charset.is_utf8();
  const auto opener = [how](const Context& each) { return ftp::Session::open(how, each); };
  const auto& lessons = options.server.lessons;
  ServerMemory memory(options.memory_file);
  memory.prepare(how);
  FTPSFS_TRY_ASSIGN(std::unique_ptr<ftp::Session> first, opener(context));
  const std::string greeting = first->greeting();
  const ServerKind& kind = kind_of(*first, *lessons);
  FTPSFS_TRY(check_has_files(kind, first->login_directory(), options));
  FTPSFS_TRY_ASSIGN(ServerPaths paths,
                    ServerPaths::make(options.charset.decode(first->login_directory()), options.root));
  lessons->next_passive = kind.next_passive;
  const auto server = std::make_shared<Server>(beginning_with(std::move(first), opener), options.pool, clock, how, kind,
                                               options.charset, std::move(paths));
  memory.recall(*server, greeting);
  FTPSFS_TRY(converse(*server, Purpose::kCommands, Repeat::kYes, context, check_root));
  FTPSFS_TRY(converse(*server, Purpose::kTransfer, Repeat::kYes, context, learn_letter_case));
  return std::make_unique<FtpsRemoteFs>(server, std::move(memory));
}

}  // namespace ftpsfs::remote
