#include "remote/file_question.h"

#include "remote/entry_conversion.h"

namespace ftpsfs::remote {

FileQuestion::FileQuestion(Batch& batch, const Dialect& dialect, const RemotePath& path) {
  if (dialect.has(Ability::kMlst)) {
    mlst_ = batch.add("MLST", path);
  }
  const bool size_is_told = mlst_ && dialect.has(Ability::kSizeFact);
  if (!size_is_told && dialect.has(Ability::kSize)) size_ = batch.add("SIZE", path);
  if (!mlst_ && dialect.has(Ability::kMdtm)) mdtm_ = batch.add("MDTM", path);
}

std::optional<Attributes> FileQuestion::answer(const std::vector<ftp::Reply>& replies) const {
  std::optional<Attributes> file;
  if (mlst_) {
    file = mlst_attributes(replies[*mlst_]);
  } else {
    file.emplace().size_told = false;
  }
  if (!file || file->size_told) return file;
  if (const auto size = size_ ? size_value(replies[*size_]) : std::nullopt) {
    file->size = *size;
    file->size_told = true;
  }
  if (const auto mtime = mdtm_ ? mdtm_value(replies[*mdtm_]) : std::nullopt) {
    file->mtime = *mtime;
    file->mtime_exact = true;
  }
  if (!file->size_told) return std::nullopt;
  return file;
}

Standing FileQuestion::standing(const std::vector<ftp::Reply>& replies) const {
  const auto entry = mlst_ ? mlst_entry(replies[*mlst_]) : std::nullopt;
  return entry ? Standing{entry->uid, entry->mode, entry->perm} : Standing{};
}

}  // namespace ftpsfs::remote
