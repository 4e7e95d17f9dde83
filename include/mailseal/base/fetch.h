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
  const auto* const begin = static_cast<const char*>(object);
  const auto* const first = begin - reinterpret_cast<std::uintptr_t>(begin) % kCacheLine;
  for (const char* at = first; at < begin + bytes; at += kCacheLine) __builtin_prefetch(at);
}

}  // namespace mailseal
