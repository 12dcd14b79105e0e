// Servers of other kinds.
#include "app/doctor/strangers.h"

#include <algorithm>
#include <array>

namespace ftpsfs::app {
namespace {

struct Opening {
  std::string_view words;
  Stranger stranger;
};

constexpr std::array kOpenings{
    Opening{"SSH-", {"an SSH server", "sshfs mounts it, if it offers SFTP; FTP is mostly at port 21"}},
    Opening{"HTTP/", {"a web server", "FTP is mostly at port 21, or 990 with ftps://"}},
    Opening{"* OK", {"a mail server (IMAP)", "FTP is mostly at port 21, or 990 with ftps://"}},
    Opening{"+OK", {"a mail server (POP3)", "FTP is mostly at port 21, or 990 with ftps://"}},
    Opening{"RFB ", {"a screen server (VNC)", "FTP is mostly at port 21, or 990 with ftps://"}},
    Opening{"@RSYNCD:", {"an rsync server", "rsync speaks to it; FTP is mostly at port 21"}},
    Opening{"\xff", {"a telnet server", "FTP is mostly at port 21, or 990 with ftps://"}},
};

/// It greets as an FTP server does, with 220 (RFC 5321 section 4.3.1).
constexpr Stranger kMailServer{"a mail server (SMTP)", "FTP is mostly at port 21, or 990 with ftps://"};

/// Its first packet: three bytes of length, the number 0, and the version of the protocol, or an error.
constexpr Stranger kDatabase{"a database (MySQL or MariaDB)", "FTP is mostly at port 21, or 990 with ftps://"};

bool greets_as_database(std::string_view words) {
  constexpr char kProtocol = 10;
  constexpr char kError = '\xff';
  return words.size() > 4 && words[2] == 0 && words[3] == 0 && (words[4] == kProtocol || words[4] == kError);
}

bool greets_as_mail_server(std::string_view words, std::uint16_t port) {
  constexpr std::array<std::uint16_t, 3> kMailPorts{25, 465, 587};
  const std::string_view line = words.substr(0, words.find_first_of("\r\n"));
  return is_reply(words) && (line.find("SMTP") != std::string_view::npos ||
                             std::find(kMailPorts.begin(), kMailPorts.end(), port) != kMailPorts.end());
}

}  // namespace

const Stranger* find_stranger(std::string_view words, std::uint16_t port) {
  if (greets_as_mail_server(words, port)) return &kMailServer;
  if (greets_as_database(words)) return &kDatabase;
  const auto* const found = std::find_if(kOpenings.begin(), kOpenings.end(),
                                         [&](const Opening& each) { return words.starts_with(each.words); });
  return found == kOpenings.end() ? nullptr : &found->stranger;
}

bool is_reply(std::string_view words) {
  return words.size() > 3 &&
         std::all_of(words.begin(), words.begin() + 3, [](char c) { return c >= '0' && c <= '9'; }) &&
         (words[3] == ' ' || words[3] == '-');
}

}  // namespace ftpsfs::app
