// FakeConnection's verbs for login, TLS (RFC 4217), and what the server says about itself (RFC 2389).
#include <algorithm>
#include <utility>

#include "fakes/fake_connection.h"
#include "fakes/fake_text.h"

namespace ftpsfs::test {

void FakeConnection::do_auth(const std::string& argument) {
  const std::string mechanism = upper(argument);
  const bool offered = dialect_.tls == FakeTls::kExplicit || dialect_.tls == FakeTls::kOptional;
  if (!offered) return reply("502 AUTH not implemented");
  if (control_.is_tls()) return reply("503 TLS is already on");
  if (mechanism != "TLS" && mechanism != "TLS-C" && mechanism != "SSL") return reply("504 Unknown AUTH type");
  reply("234 Proceed with negotiation");
  output_ += std::exchange(fault_.injected, {});
  flush();
  input_.clear();  // what came in clear is not taken for commands
  control_.begin_tls(world_.tls, number_);
  if (!shake_hands(control_)) close_control(CloseStyle::kCut);
  turn_begins_ = true;
}

void FakeConnection::do_user(const std::string& argument) {
  const bool tls_missing = dialect_.tls == FakeTls::kExplicit && !control_.is_tls();
  if (tls_missing) return reply("530 Non-anonymous sessions must use encryption");
  if (logged_in_) return reply("530 Already logged in");
  if (dialect_.host_required && host_.empty()) return reply("530 Valid hostname is expected.");
  user_ = argument;
  reply("331 Please specify the password");
}

void FakeConnection::do_host(const std::string& argument) {
  if (dialect_.hosts.empty()) return reply("500 Unknown command");
  if (logged_in_ || !user_.empty()) return reply("503 HOST comes before USER");
  if (std::find(dialect_.hosts.begin(), dialect_.hosts.end(), argument) == dialect_.hosts.end()) {
    return reply("504 Unknown host");
  }
  host_ = argument;
  reply("220 Host accepted");
}

void FakeConnection::do_clnt(const std::string& /*argument*/) {
  reply(dialect_.clnt ? "200 OK" : "500 Unknown command");
}

void FakeConnection::do_lang(const std::string& argument) {
  const auto& known = dialect_.languages;
  if (std::find(known.begin(), known.end(), argument) == known.end()) return reply("504 Unknown language");
  language_ = argument;
  reply("200 Using " + argument);
}

void FakeConnection::do_pass(const std::string& argument) {
  if (user_.empty()) return reply("503 Login with USER first");
  if (logged_in_) return reply("230 Already logged in");
  if (user_ != world_.user || argument != world_.password) {
    user_.clear();
    return reply("530 Login incorrect");
  }
  if (dialect_.max_sessions > 0 && world_.sessions >= dialect_.max_sessions) {
    user_.clear();
    return reply(dialect_.session_limit_reply);
  }
  logged_in_ = true;
  ++world_.sessions;
  ++world_.journal.logins;
  enter(resolve_path("/", dialect_.home));
  if (!world_.tree.exists(cwd_)) world_.tree.add_directory(cwd_);
  reply("230 Login successful");
}

void FakeConnection::do_pbsz(const std::string& argument) {
  if (!control_.is_tls()) return reply("503 PBSZ needs a secure connection");
  pbsz_ = true;
  reply(argument == "0" ? "200 PBSZ set to 0" : "200 PBSZ=0");
}

void FakeConnection::do_prot(const std::string& argument) {
  const std::string level = upper(argument);
  if (!control_.is_tls()) return reply("503 PROT needs a secure connection");
  if (!pbsz_) return reply("503 PBSZ first");
  if (level == "C" && dialect_.tls != FakeTls::kOptional) return reply("534 PROT C refused by policy");
  if (level == "P" && dialect_.prot_p_refused) return reply("536 PROT P not supported");
  if (level != "C" && level != "P") return reply("504 Unknown PROT level");
  protected_data_ = level == "P";
  reply("200 PROT now " + level);
}

void FakeConnection::do_ccc(const std::string& /*argument*/) { reply("534 CCC refused by policy"); }

void FakeConnection::do_feat(const std::string& /*argument*/) {
  switch (dialect_.feat) {
    case FeatStyle::kSilent:
      return;
    case FeatStyle::kUnknown:
      return reply("500 FEAT not understood");
    case FeatStyle::kOnlyAfterLogin:
      if (!logged_in_) return reply("530 Please login with USER and PASS");
      break;
    case FeatStyle::kSilentUntilLogin:
      if (!logged_in_) return;
      break;
    case FeatStyle::kNormal:
      break;
  }
  reply("211-Features:\n" + feature_list() + "211 End");
}

std::string FakeConnection::feature_list() const {
  std::string list;
  const auto add = [&](bool present, std::string_view feature) {
    if (present) list.append(" ").append(feature).append("\n");
  };
  const bool offered = dialect_.tls == FakeTls::kExplicit || dialect_.tls == FakeTls::kOptional;
  const bool tls = offered && dialect_.auth_in_feat;
  add(tls, "AUTH TLS");
  add(tls, "PBSZ");
  add(tls, "PROT");
  for (const std::string& verb : dialect_.x_checksums) add(true, verb);
  if (!dialect_.hash.empty()) {
    list += " HASH ";
    for (const std::string& each : dialect_.hash) list += each + (each == hash_algorithm() ? "*;" : ";");
    list += "\n";
  }
  add(dialect_.epsv, "EPRT");
  add(dialect_.epsv, "EPSV");
  add(dialect_.pasv, "PASV");
  add(dialect_.mdtm, "MDTM");
  add(dialect_.mfmt, "MFMT");
  add(dialect_.pret_required, "PRET");
  add(!dialect_.hosts.empty(), "HOST");
  add(dialect_.clnt, "CLNT");
  add(dialect_.mode_z, "MODE Z");
  if (!dialect_.languages.empty()) {
    const std::string& spoken = language_.empty() ? dialect_.languages.front() : language_;
    list += " LANG ";
    for (const std::string& each : dialect_.languages) list += each + (each == spoken ? "*;" : ";");
    list += "\n";
  }
  add(dialect_.rang, "RANG STREAM");
  add(dialect_.rest, "REST STREAM");
  add(dialect_.site_copy, "SITE COPY");
  add(dialect_.site_symlink, "SITE SYMLINK");
  add(dialect_.site_utime, "SITE UTIME");
  add(dialect_.size, "SIZE");
  add(true, "TVFS");
  add(dialect_.utf8_in_feat, "UTF8");
  if (dialect_.mlsd) {
    list += " MLST ";
    for (const std::string& fact : dialect_.facts) list += fact + (facts_.contains(lower(fact)) ? "*;" : ";");
    list += "\n";
  }
  return list;
}

void FakeConnection::do_opts(const std::string& argument) {
  const std::string option = upper(first_word(argument));
  if (option == "UTF8") {
    utf8_ = dialect_.opts_utf8_code < 300 && upper(after_first_word(argument)) == "ON";
    return reply(std::to_string(dialect_.opts_utf8_code) + " UTF8 option");
  }
  if (option == "HASH") return opts_hash(upper(after_first_word(argument)));
  if (option != "MLST" || !dialect_.mlsd) return reply("501 Option not understood");
  std::set<std::string> wanted;
  std::string told;
  std::string rest = lower(after_first_word(argument));
  for (std::size_t end = rest.find(';'); end != std::string::npos; end = rest.find(';')) {
    wanted.insert(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  facts_.clear();
  for (const std::string& fact : dialect_.facts) {
    if (!wanted.contains(lower(fact))) continue;
    facts_.insert(lower(fact));
    told += fact + ";";
  }
  reply("200 MLST OPTS " + told);
}

void FakeConnection::do_syst(const std::string& /*argument*/) {
  const std::string usual = dialect_.list_format == ListFormat::kDos ? "Windows_NT" : "UNIX Type: L8";
  reply("215 " + (dialect_.system.empty() ? usual : dialect_.system));
}

void FakeConnection::do_type(const std::string& argument) {
  const std::string type = upper(argument);
  if (type != "I" && type != "L 8" && type != "A" && type != "A N") return reply("504 Type not supported");
  ascii_ = type.front() == 'A';
  reply(ascii_ ? "200 Type set to A" : "200 Type set to I");
}

void FakeConnection::do_mode(const std::string& argument) {
  const std::string mode = upper(argument);
  if (mode != "S" && (mode != "Z" || !dialect_.mode_z)) return reply("504 Mode not supported");
  deflates_ = mode == "Z";
  reply("200 Mode set to " + mode);
}

void FakeConnection::do_stru(const std::string& argument) {
  reply(upper(argument) == "F" ? "200 Structure set to F" : "504 Structure not supported");
}

void FakeConnection::do_noop(const std::string& /*argument*/) { reply("200 NOOP ok"); }

void FakeConnection::do_quit(const std::string& /*argument*/) {
  reply("221 Goodbye");
  close_control(CloseStyle::kOrderly);
}

void FakeConnection::do_allo(const std::string& /*argument*/) {
  reply(dialect_.allo ? "202 No storage allocation necessary" : "500 Unknown command");
}

}  // namespace ftpsfs::test
