// Ticket: the report as the body of an issue in a tracker. What is said, in sections, paragraphs, tables and code;
// how a tracker's markup writes it is the business of a Notation (markdown.cpp, jira.cpp, textile.cpp).
//
// Short whatever the capture's size: of everything the worst is shown and the rest counted; the JSON, attached, has
// all.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/report.h"

namespace mailseal {

struct Span {
  enum class Kind : std::uint8_t {
    Text,    ///< a sentence; names from the wire may stand in it
    Strong,  ///< our own word
    Code,    ///< an id, an address, a name: as it is, nothing to be read into it
    Link,    ///< our own label and address
  } kind = Kind::Text;
  std::string text;  ///< from strangers, escape
  std::string url = {};
};
using Line = std::vector<Span>;
using Cells = std::vector<Line>;

/// How a tracker writes it. Every string goes through escape_text() and then its own escaping, so that nothing a
/// stranger chose is taken for markup, a link, a mention (@user) or a reference (#12).
class Notation {
 public:
  virtual ~Notation() = default;
  virtual void heading(std::string& out, int level, const Line&) const = 0;
  virtual void paragraph(std::string& out, const Line&) const = 0;
  virtual void bullets(std::string& out, const std::vector<Line>&) const = 0;
  virtual void table(std::string& out, const Cells& head, const std::vector<Cells>& rows) const = 0;
  virtual void code(std::string& out, const std::vector<std::string>& lines) const = 0;
};

void write_ticket(std::ostream&, const Overview&, const ReportOptions&, const Notation&);

}  // namespace mailseal
