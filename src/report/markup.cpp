#include "markup.h"

#include "mailseal/report.h"

namespace mailseal {

std::string markup(std::string_view text) {
  std::string out;
  for (const char c : escape_text(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

}  // namespace mailseal
