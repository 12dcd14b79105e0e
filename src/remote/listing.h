// Listings: MLSD where there is one, else LIST with its gaps filled in.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "remote/conversation.h"
#include "remote/entry_collector.h"

namespace ftpsfs::remote {

enum class Times {
  kAsListed,  ///< what the listing says, which without MLSD is minutes
  kExact,     ///< files to the second, by an MDTM for each where the listing is coarser
};

/// Every entry of `directory` with a representable name, our own temporary files included; links are settled as in
/// links.h. Lines that make no sense and names that cannot be shown are left out and logged once for each listing; of
/// two entries with one name the first counts. Errors: kNotFound, kNotDirectory, kPermission, kIo for a listing over
/// 256 MiB, and those of a session.
Result<std::vector<Entry>> read_entries(Conversation& conversation, const RemotePath& directory, Times times);

/// Those of the entries that have temporary names, of this mount or others. Errors: as read_entries().
Result<std::vector<TemporaryFile>> find_temporary_files(Conversation& conversation, const RemotePath& directory);

/// Takes in lines of MLSD, as the server sent them, from the listing of a directory that it knows by `argument`.
void collect_facts(const Charset& charset, std::string_view lines, const std::string& argument,
                   EntryCollector& collector);

/// By name what LIST tells: the target of a symbolic link, nullopt of anything else.
using LinkTargets = std::map<std::string, std::optional<std::string>>;
Result<LinkTargets> link_targets(Conversation& conversation, const RemotePath& directory);

}  // namespace ftpsfs::remote
