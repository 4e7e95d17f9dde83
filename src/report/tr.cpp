#include "tr.h"

namespace mailseal {

std::string tr(std::string_view english) { return std::string(english); }
std::string tr(std::uint64_t n, std::string_view one, std::string_view many) {
  return std::string(n == 1 ? one : many);
}

}  // namespace mailseal
