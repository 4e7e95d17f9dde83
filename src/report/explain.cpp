// The catalogue entry of a finding, for a person: `mailseal explain ID`.
#include "mailseal/report.h"
#include "remedies.h"
#include "table.h"
#include "tr.h"
#include "words.h"
#include "wrap.h"

namespace mailseal {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kMargin = 14;

/// "  label       text, wrapped at kColumns and indented below itself". Nothing for no text.
void paragraph(std::string& out, const std::string& label, std::string_view text) {
  std::string beginning = "  " + label;
  const std::size_t width = display_width(beginning);
  beginning.append(kMargin > width ? kMargin - width : 0, ' ');
  for (const std::string& line : wrapped(text, kColumns - kMargin)) {
    out += beginning + line + "\n";
    beginning.assign(kMargin, ' ');
  }
}

std::string severities(const FindingKind& kind) {
  const std::string access = tr(to_string(kind.access)), relay = tr(to_string(kind.relay));
  if (access == relay) return access;
  return told("{} on access and submission ports, {} between mail servers", access, relay);
}

}  // namespace

std::string explain(const FindingKind& kind) {
  std::string out = std::string(kind.id) + "\n" + tr(kind.title) + "\n\n";
  paragraph(out, tr("severity"), severities(kind));
  paragraph(out, tr("seen"), tr(kind.observed));
  paragraph(out, tr("it means"), tr(kind.meaning));
  paragraph(out, tr("what to do"), kind.remedy == "none" ? tr("nothing") : tr(kind.remedy));
  std::string label = tr("products");
  for (const ProductRemedy& r : all_remedies(kind)) {
    paragraph(out, label, std::string(product_name(r.product)) + ": " + tr(r.remedy));
    label.clear();
  }
  label = tr("reference");
  for (const std::string_view reference : references(kind)) {
    paragraph(out, label, reference);
    label.clear();
  }
  return out;
}

std::string title(const FindingKind& kind) { return tr(kind.title); }

}  // namespace mailseal
