// Fetch: asks for memory before it is needed.
//
// With thousands of connections open, waiting for memory is most of what a packet costs.
// A hint: it changes nothing, and may be given for an object that is not used after all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace mailseal {

/// As many cache lines as kBytes fill, from the one in which the object begins. It may be null.
template <std::size_t kBytes>
inline void fetch(const void* object) noexcept {
  constexpr std::uintptr_t kCacheLine = 64;
  // As numbers: there may be no object, and no arithmetic on what is no pointer into one.
  const auto begin = reinterpret_cast<std::uintptr_t>(object) & ~(kCacheLine - 1);
  const auto each = [begin]<std::size_t... kLine>(std::index_sequence<kLine...>) {
    (__builtin_prefetch(reinterpret_cast<const void*>(begin + kLine * kCacheLine)), ...);
  };
  each(std::make_index_sequence<(kBytes + kCacheLine - 1) / kCacheLine>());
}

}  // namespace mailseal
