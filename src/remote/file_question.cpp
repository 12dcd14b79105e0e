#include "remote/file_question.h"

#include "remote/entry_conversion.h"

namespace ftpsfs::remote {

FileQuestion::FileQuestion(Batch& batch, const Dialect& dialect, const RemotePath& path) {
  if (dialect.has(Ability::kMlst)) {
    mlst_ = batch.add("MLST", path);
  } else {
    if (dialect.has(Ability::kSize)) size_ = batch.add("SIZE", path);
    if (dialect.has(Ability::kMdtm)) mdtm_ = batch.add("MDTM", path);
  }
}

std::optional<Attributes> FileQuestion::answer(const std::vector<ftp::Reply>& replies) const {
  if (mlst_) return mlst_attributes(replies[*mlst_]);
  const auto size = size_ ? size_value(replies[*size_]) : std::nullopt;
  if (!size) return std::nullopt;
  Attributes file;
  file.size = *size;
  if (const auto mtime = mdtm_ ? mdtm_value(replies[*mdtm_]) : std::nullopt) {
    file.mtime = *mtime;
    file.mtime_exact = true;
  }
  return file;
}

Standing FileQuestion::standing(const std::vector<ftp::Reply>& replies) const {
  const auto entry = mlst_ ? mlst_entry(replies[*mlst_]) : std::nullopt;
  return entry ? Standing{entry->uid, entry->mode, entry->perm} : Standing{};
}

}  // namespace ftpsfs::remote
