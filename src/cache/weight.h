// Weights: what values cost on the heap, in bytes, as the caches count them.
#pragma once

#include <cstddef>
#include <string>

#include "ftpsfs/remote/attributes.h"

namespace ftpsfs::cache {

/// What the allocator sets aside for a request: a header of eight bytes, rounded up to sixteen, at least thirty-two.
[[nodiscard]] constexpr std::size_t heap_bytes(std::size_t requested) {
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kStep = 16;
  constexpr std::size_t kLeast = 32;
  const std::size_t rounded = (requested + kHeader + kStep - 1) / kStep * kStep;
  return rounded < kLeast ? kLeast : rounded;
}

/// What std::make_shared puts before its value.
inline constexpr std::size_t kControlBlock = 16;

/// What a string holds outside itself: nothing while it is short.
[[nodiscard]] inline std::size_t heap_bytes(const std::string& text) {
  static const std::size_t short_capacity = std::string().capacity();
  return text.capacity() <= short_capacity ? 0 : heap_bytes(text.capacity() + 1);
}

[[nodiscard]] inline std::size_t heap_bytes(const remote::Attributes& attributes) {
  return heap_bytes(attributes.unique) + heap_bytes(attributes.link_target);
}

}  // namespace ftpsfs::cache
