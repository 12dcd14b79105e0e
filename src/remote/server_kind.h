// ServerKind: the servers whose ways are known, how each is recognised, and what it does differently.
#pragma once

#include <string_view>

#include "ftpsfs/ftp/lessons.h"
#include "remote/ability.h"

namespace ftpsfs::remote {

/// Are names that differ in case alone two? On Windows they are one; what may run there as well as elsewhere is asked.
enum class LetterCase { kMatters, kFolded, kAsk };

/// One row of the table. What a server refuses in spite of it corrects it: see Dialect.
struct ServerKind {
  std::string_view name;  ///< empty: of a server that is not in the table

  // By which it is recognised, in lower case; empty: nothing.
  std::string_view greeting{};  ///< part of its greeting
  std::string_view system{};    ///< part of its answer to SYST
  std::string_view features{};  ///< part of its answer to FEAT

  Abilities lacks = 0;  ///< whatever it announces
  ftp::NextPassive next_passive = ftp::NextPassive::kAfterLastByte;
  LetterCase letter_case = LetterCase::kMatters;
  bool masks_links = false;   ///< MLST shows a link as what it points to
  bool alters_names = false;  ///< stores control characters, and blanks at the end of a name, as "_"
  bool data_sets = false;     ///< what is not below "/" there are no files
};

/// What a server says of itself.
struct Introduction {
  std::string_view greeting;
  std::string_view system;    ///< SYST
  std::string_view features;  ///< FEAT
};

/// Never fails: there is a row for all others. Greetings are often changed by who runs the server; they decide only
/// where they name a server of the table, then SYST does, then FEAT.
const ServerKind& recognise(const Introduction& introduction);

}  // namespace ftpsfs::remote
