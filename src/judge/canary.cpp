// Findings of class canary: a text that somebody mailed, and looked for.
//
// Where it was readable the mail was, whatever else the session showed: the state follows (state.cpp). That it was not
// found is told by overview, for the run; it supports that mail was encrypted and proves nothing.
#include <algorithm>

#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Canary;

Phrase form_of(const CanarySeen& seen) {
  const std::string_view charset = to_string(seen.charset);
  switch (seen.form) {
    case CanaryForm::AsItStands:
      return phrase("{} as it stands", charset);
    case CanaryForm::Wrapped:
      return phrase("{} wrapped over lines", charset);
    case CanaryForm::EncodedWord:
      return phrase("{} in encoded-words", charset);
    case CanaryForm::QuotedPrintable:
      return phrase("{} in quoted-printable", charset);
    case CanaryForm::Base64:
      return phrase("{} in base64", charset);
  }
  return {};
}

Phrase place_of(CanaryLayer layer) {
  switch (layer) {
    case CanaryLayer::Clear:
      return phrase("in clear");
    case CanaryLayer::Deflate:
      return phrase("in clear, compressed (DEFLATE)");
    case CanaryLayer::NullSuite:
      return phrase("in TLS records of a suite without encryption");
    case CanaryLayer::TlsRecords:
      return phrase("in TLS records as they crossed");
  }
  return {};
}

// The first place; in what other ways it could be read is counted.
std::optional<Proof> readable_marker(const Case& c) {
  if (!c.session.canary || c.session.canary->seen.empty()) return {};
  const auto& all = c.session.canary->seen;
  const CanarySeen& first =
      *std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return is_after(b.seen, a.seen); });
  Phrase note = phrase("marker {}: {:t}, {:t}", canary_name(first.sha256), form_of(first), place_of(first.layer));
  if (all.size() > 1)
    note = phrase("{:t}; {:t}", note,
                  counted(all.size() - 1, "and in {:d} more way or direction", "and in {:d} more ways or directions"));
  return Proof{first.seen, std::move(note)};
}

const Rule kRules[] = {
    {{"canary-seen", "Test marker found in clear", kClass, Critical, Critical,
      "The marker that was looked for (--canary) crossed readable, as text or in one of the codings of mail. It is "
      "named by the first 16 digits of its SHA-256.",
      "The mail that held it was readable at this point.",
      "Require TLS on this hop, as for readable message content. A marker may also come back in a bounce or stand in a "
      "log that is mailed: look which mail it was.",
      "CWE-319"},
     readable_marker},
    {{"canary-not-seen", "Test marker not found", kClass, Info, Info,
      "The marker that was looked for (--canary) stood nowhere in what could be read.",
      "Not found is never a pass: this supports, and does not prove, that the mail was encrypted. It may not have "
      "crossed this point at all.",
      "Prove that the mail passed here: the mail server's log, with queue id and time.", ""},
     nullptr},
};

}  // namespace

std::span<const Rule> canary_rules() noexcept { return kRules; }

}  // namespace mailseal
