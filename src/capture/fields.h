// fields: numbers out of capture files, whose byte order is that of the machine that
// wrote them. The caller has asked for the octets before (Octets::ensure, or a length).
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mailseal/base/bytes.h"

namespace mailseal {

enum class ByteOrder : std::uint8_t { Little, Big };

constexpr std::uint16_t swapped(std::uint16_t v) noexcept { return __builtin_bswap16(v); }
constexpr std::uint32_t swapped(std::uint32_t v) noexcept { return __builtin_bswap32(v); }
constexpr std::uint64_t swapped(std::uint64_t v) noexcept { return __builtin_bswap64(v); }

constexpr bool is_native(ByteOrder order) noexcept {
  return (order == ByteOrder::Big) == (std::endian::native == std::endian::big);
}

template <class Int>
Int number_at(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  assert(at + sizeof(Int) <= bytes.size());
  Int value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return is_native(order) ? value : swapped(value);
}

/// Several in a row.
template <std::size_t kCount>
std::array<std::uint32_t, kCount> u32s_at(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  std::array<std::uint32_t, kCount> values;
  assert(at + sizeof values <= bytes.size());
  std::memcpy(values.data(), bytes.data() + at, sizeof values);
  if (!is_native(order))
    for (std::uint32_t& value : values) value = swapped(value);
  return values;
}

inline std::uint16_t u16_at(Bytes b, std::size_t at, ByteOrder o) noexcept {
  return number_at<std::uint16_t>(b, at, o);
}
inline std::uint32_t u32_at(Bytes b, std::size_t at, ByteOrder o) noexcept {
  return number_at<std::uint32_t>(b, at, o);
}
inline std::uint64_t u64_at(Bytes b, std::size_t at, ByteOrder o) noexcept {
  return number_at<std::uint64_t>(b, at, o);
}

}  // namespace mailseal
