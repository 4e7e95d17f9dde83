// The rows from which the suites are derived. See suites_iana.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mailseal {

struct SuiteRow {
  std::uint16_t code;
  std::string_view name, openssl_name;
};

std::span<const SuiteRow> iana_suite_rows() noexcept;          ///< ascending codes
std::span<const SuiteRow> unregistered_suite_rows() noexcept;  ///< likewise; none of them in the other

}  // namespace mailseal
