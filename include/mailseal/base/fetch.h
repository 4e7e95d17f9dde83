// Fetch: asks for memory before it is needed.
//
// With thousands of connections open, waiting for memory is most of what a packet costs.
// A hint: it changes nothing, and may be given for an object that is not used after all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mailseal {

inline void fetch(const void* object, std::size_t bytes) noexcept {
  constexpr std::uintptr_t kCacheLine = 64;
  // As numbers: there may be no object, and no arithmetic on what is no pointer into one.
  const auto begin = reinterpret_cast<std::uintptr_t>(object);
  for (std::uintptr_t at = begin - begin % kCacheLine; at < begin + bytes; at += kCacheLine)
    __builtin_prefetch(reinterpret_cast<const void*>(at));
}

}  // namespace mailseal
