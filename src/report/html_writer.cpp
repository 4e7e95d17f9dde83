#include "html_writer.h"

#include <algorithm>
#include <array>

#include "mailseal/report.h"
#include "markup.h"
#include "table.h"

namespace mailseal {
namespace {

/// Begin no line of their own: white space before them would be seen.
constexpr std::array<std::string_view, 12> kInline{"a", "abbr", "b",      "br", "code", "em",
                                                   "i", "span", "strong", "td", "th",   "time"};

std::string_view element_of(std::string_view name) { return name.substr(0, name.find('.')); }

std::string cut(std::string_view text, std::size_t columns) {
  // Four octets make a character at most, and an octet that is none is shown as four: what lies
  // further on than that cannot be among the columns, and need not be looked at.
  return shortened(escape_text(text.substr(0, columns * 4 + 4)), columns);
}

}  // namespace

void HtmlWriter::text(std::string_view content) { out_ << markup(cut(content, kLongest)); }

void HtmlWriter::open(std::string_view name, Attributes attributes) {
  const std::string_view element = element_of(name);
  if (std::find(kInline.begin(), kInline.end(), element) == kInline.end()) out_ << '\n';
  out_ << '<' << element;
  if (element.size() < name.size()) {
    std::string classes(name.substr(element.size() + 1));
    std::replace(classes.begin(), classes.end(), '.', ' ');
    out_ << " class=\"" << classes << '"';
  }
  for (const Attribute& attribute : attributes)
    out_ << ' ' << attribute.name << "=\"" << markup(cut(attribute.value, kLongest)) << '"';
  out_ << '>';
}

void HtmlWriter::close(std::string_view name) { out_ << "</" << element_of(name) << '>'; }

std::string brief(std::string_view text, std::size_t columns) { return cut(text, columns); }

}  // namespace mailseal
