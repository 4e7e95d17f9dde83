// Whatever octets come: what escape_text() and JsonWriter make of them is harmless, stays
// so, and is read back by a real parser as it was written.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "json_writer.h"
#include "mailseal/report.h"
#include "report/checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string escaped = mailseal::escape_text(text);
  if (escaped.find('\n') != std::string::npos) std::abort();
  if (mailseal::sample::first_harmful(escaped) != std::string::npos) std::abort();
  if (mailseal::escape_text(escaped) != escaped) std::abort();

  std::ostringstream out;
  {
    mailseal::JsonWriter json(out);
    json.object([&] { json.member("text", text); });
  }
  const auto parsed = nlohmann::json::parse(out.str(), nullptr, false);
  if (parsed.is_discarded() || parsed["text"] != escaped) std::abort();
  return 0;
}
