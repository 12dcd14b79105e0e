// Command: one line to the server, made only of bytes that stay one line.
#include "ftpsfs/ftp/command.h"

#include <utility>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

constexpr std::string_view kLineBreakers("\r\n\0", 3);
constexpr char kTelnetIac = '\xff';

/// Whether the argument of this verb is nobody else's business.
bool is_secret(std::string_view verb) { return equal_in_any_case(verb, "PASS") || equal_in_any_case(verb, "ACCT"); }

std::string wire_form(std::string_view verb, std::string_view argument) {
  std::string wire(verb);
  if (!argument.empty()) wire += ' ';
  wire += argument;
  wire += "\r\n";
  return wire;
}

}  // namespace

Result<Command> Command::make(std::string_view verb, std::string_view argument) {
  Command command{std::string(verb), std::string(argument)};
  if (verb.find_first_of(kLineBreakers) != std::string_view::npos ||
      argument.find_first_of(kLineBreakers) != std::string_view::npos) {
    return fail(ErrorKind::kUnrepresentable, command.printable() + ": FTP cannot carry CR, LF or NUL");
  }
  return command;
}

Command::Command(std::string verb, std::string argument)
    : verb_(std::move(verb)), argument_(std::move(argument)), wire_(wire_form(verb_, argument_)) {}

std::string Command::telnet_wire() const {
  std::string wire;
  for (const char c : wire_) wire.append(c == kTelnetIac ? 2 : 1, c);
  return wire;
}

std::string Command::printable() const {
  std::string text = printable_text(verb_);
  if (argument_.empty()) return text;
  return text + ' ' + (is_secret(verb_) ? "****" : printable_text(argument_));
}

}  // namespace ftpsfs::ftp
