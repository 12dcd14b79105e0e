#include "remote/server_kind.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::remote {
namespace {

using ftp::NextPassive;

constexpr ServerKind kKinds[] = {
    // Takes EPSV while a transfer runs, and answers it afterwards; others refuse, or might end the transfer for it.
    {.name = "vsftpd", .greeting = "(vsftpd", .next_passive = NextPassive::kDuringTransfer},
    // `FactsOptions UseSlink` is off by default. Only ProFTPD tells owners by name.
    {.name = "ProFTPD", .greeting = "proftpd", .features = "unix.owner", .masks_links = true},
    {.name = "Pure-FTPd", .greeting = "pure-ftpd", .features = "estp", .alters_names = true},
    // RNTO onto an existing name is 550; so the next.
    {.name = "IIS",
     .greeting = "microsoft ftp service",
     .system = "windows_nt",
     .lacks = set_of(Ability::kRenameReplaces),
     .letter_case = LetterCase::kFolded},
    {.name = "FileZilla Server",
     .greeting = "filezilla server",
     .system = "filezilla",
     .lacks = set_of(Ability::kRenameReplaces),
     .letter_case = LetterCase::kAsk},
    // Known by name, and by where they run; what else they do differently shows at the first refusal.
    {.name = "drftpd", .greeting = "drftpd"},
    {.name = "glftpd", .greeting = "glftpd"},
    {.name = "Axway SecureTransport", .greeting = "securetransport"},
    {.name = "FRITZ!Box", .greeting = "fritz!box"},
    {.name = "Cerberus FTP Server", .greeting = "cerberus", .letter_case = LetterCase::kFolded},
    {.name = "Xlight", .greeting = "xlight", .letter_case = LetterCase::kFolded},
    {.name = "Serv-U", .greeting = "serv-u", .letter_case = LetterCase::kAsk},
    {.name = "Apache FtpServer", .system = "apache ftpserver", .letter_case = LetterCase::kAsk},
    {.name = "CompleteFTP", .greeting = "completeftp", .letter_case = LetterCase::kAsk},
    {.name = "CrushFTP", .greeting = "crushftp", .letter_case = LetterCase::kAsk},
    {.name = "Globalscape EFT", .greeting = "globalscape", .letter_case = LetterCase::kAsk},
    {.name = "pyftpdlib", .greeting = "pyftpdlib", .letter_case = LetterCase::kAsk},
    {.name = "SFTPGo", .greeting = "sftpgo", .letter_case = LetterCase::kAsk},
    {.name = "Titan FTP Server", .greeting = "titan ftp server", .letter_case = LetterCase::kAsk},
    {.name = "Wing FTP Server", .greeting = "wing ftp", .letter_case = LetterCase::kAsk},
    {.name = "z/OS", .greeting = "ibm ftp cs", .system = "mvs is the operating system", .data_sets = true},
};
constexpr ServerKind kAnyOther{.name = ""};

const ServerKind* find_by(std::string_view ServerKind::*sign, std::string_view told) {
  const std::string text = ftp::lower(told);
  const auto* const row = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const ServerKind& each) {
    return !(each.*sign).empty() && text.find(each.*sign) != std::string::npos;
  });
  return row == std::end(kKinds) ? nullptr : row;
}

}  // namespace

const ServerKind& recognise(const Introduction& introduction) {
  const ServerKind* kind = find_by(&ServerKind::greeting, introduction.greeting);
  if (kind == nullptr) kind = find_by(&ServerKind::system, introduction.system);
  if (kind == nullptr) kind = find_by(&ServerKind::features, introduction.features);
  return kind == nullptr ? kAnyOther : *kind;
}

}  // namespace ftpsfs::remote
