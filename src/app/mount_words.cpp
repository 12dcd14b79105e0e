// The vocabulary of mount(8) and fstab(5): one table.
#include "app/mount_words.h"

#include <algorithm>
#include <array>

namespace ftpsfs::app {
namespace {

enum class Meaning { kIgnored, kFlag, kNoFlag, kFlagWithValue, kRefused };

struct MountWord {
  std::string_view name;
  Meaning meaning = Meaning::kIgnored;
  std::string_view text = {};  ///< the kernel's flag, or why the word is refused
};

constexpr std::string_view kNoPassword =
    "a password in -o is refused, every user could see it in the process list; use -o credentials=FILE, ~/.netrc, "
    "-o password_command=CMD or FTPSFS_PASSWORD";

// nosuid and nodev hold for every mount, so the words about them change nothing. The flags are those libfuse passes on.
constexpr std::array kWords{
    MountWord{"exec", Meaning::kNoFlag, "noexec"},
    MountWord{"noexec", Meaning::kFlag, "noexec"},
    MountWord{"atime", Meaning::kNoFlag, "noatime"},
    MountWord{"noatime", Meaning::kFlag, "noatime"},
    MountWord{"async", Meaning::kNoFlag, "sync"},
    MountWord{"sync", Meaning::kFlag, "sync"},
    MountWord{"dirsync", Meaning::kFlag, "dirsync"},
    MountWord{"context", Meaning::kFlagWithValue},
    MountWord{"fscontext", Meaning::kFlagWithValue},
    MountWord{"defcontext", Meaning::kFlagWithValue},
    MountWord{"rootcontext", Meaning::kFlagWithValue},
    MountWord{"password", Meaning::kRefused, kNoPassword},
    MountWord{"pass", Meaning::kRefused, kNoPassword},
    MountWord{"remount", Meaning::kRefused, "a mount cannot be changed in place; unmount it and mount it again"},
    MountWord{"defaults"},
    MountWord{"auto"},
    MountWord{"noauto"},
    MountWord{"user"},
    MountWord{"nouser"},
    MountWord{"users"},
    MountWord{"nousers"},
    MountWord{"owner"},
    MountWord{"noowner"},
    MountWord{"group"},
    MountWord{"nogroup"},
    MountWord{"nofail"},
    MountWord{"_netdev"},
    MountWord{"suid"},
    MountWord{"nosuid"},
    MountWord{"dev"},
    MountWord{"nodev"},
    MountWord{"diratime"},
    MountWord{"nodiratime"},
    MountWord{"relatime"},
    MountWord{"norelatime"},
    MountWord{"strictatime"},
    MountWord{"nostrictatime"},
    MountWord{"lazytime"},
    MountWord{"nolazytime"},
    MountWord{"mand"},
    MountWord{"nomand"},
    MountWord{"silent"},
    MountWord{"loud"},
    MountWord{"iversion"},
    MountWord{"noiversion"},
    MountWord{"symfollow"},
    MountWord{"nosymfollow"},
    MountWord{"subtype"},
    MountWord{"comment"},
    MountWord{"helper"},
    MountWord{"uhelper"},
};

const MountWord* find_word(std::string_view name) {
  const auto word =
      std::find_if(kWords.begin(), kWords.end(), [name](const MountWord& each) { return each.name == name; });
  return word == kWords.end() ? nullptr : &*word;
}

bool is_comment(std::string_view name) { return name.starts_with("x-") || name.starts_with("X-"); }

}  // namespace

bool is_mount_word(std::string_view name) { return is_comment(name) || find_word(name) != nullptr; }

Status take_mount_word(std::string_view word, std::vector<std::string>& kernel_flags) {
  const MountWord* known = find_word(word.substr(0, word.find('=')));
  if (known == nullptr) return {};
  switch (known->meaning) {
    case Meaning::kIgnored:
      return {};
    case Meaning::kRefused:
      return fail(ErrorKind::kInvalid, std::string(known->text));
    case Meaning::kFlagWithValue:
      kernel_flags.emplace_back(word);
      return {};
    case Meaning::kFlag:
    case Meaning::kNoFlag:
      break;
  }
  std::erase(kernel_flags, known->text);
  if (known->meaning == Meaning::kFlag) kernel_flags.emplace_back(known->text);
  return {};
}

}  // namespace ftpsfs::app
