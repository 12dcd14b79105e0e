// Command: one line to the server, whose argument cannot smuggle a second line.
#pragma once

#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::ftp {

/// A verb and its argument (RFC 959 section 4.1). Made only through make(), so that a Command in hand is safe to send.
class Command {
 public:
  /// Errors: kUnrepresentable when `argument` contains CR, LF or NUL.
  static Result<Command> make(std::string_view verb, std::string_view argument = {});

  /// The bytes to send, CRLF included.
  [[nodiscard]] const std::string& wire() const { return wire_; }
  /// The same for a server that reads commands as Telnet does (RFC 854): a 0xFF byte, its IAC, is doubled.
  [[nodiscard]] std::string telnet_wire() const;
  /// The verb and argument, as they are.
  [[nodiscard]] std::string text() const { return argument_.empty() ? verb_ : verb_ + ' ' + argument_; }
  /// For logs and errors: the verb and argument; the argument of PASS is masked.
  [[nodiscard]] std::string printable() const;

 private:
  Command(std::string verb, std::string argument);

  std::string verb_;
  std::string argument_;
  std::string wire_;
};

}  // namespace ftpsfs::ftp
