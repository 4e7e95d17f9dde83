#include "canary_words.h"

#include "mailseal/report.h"
#include "tr.h"

namespace mailseal {

std::string weakness_words(CanaryWeakness weakness) {
  switch (weakness) {
    case CanaryWeakness::Short:
      return tr("It is short: other mail may hold it by chance.");
    case CanaryWeakness::FewCharacters:
      return tr("It is made of few different characters: other data may hold it.");
    case CanaryWeakness::OneWord:
      return tr("It is made of letters alone, like a word: other mail may hold it.");
  }
  return "";
}

std::vector<std::string> canary_words(const std::vector<CanaryMarker>& markers) {
  std::vector<std::string> sentences;
  for (const CanaryMarker& marker : markers) {
    std::string charsets;
    for (const CanaryCharset charset : marker.charsets)
      charsets += (charsets.empty() ? "" : ", ") + std::string(to_string(charset));
    std::string sentence =
        told("A marker was looked for: SHA-256 {}, {} octets, written in {}.", marker.sha256, marker.octets, charsets);
    for (const CanaryWeakness weakness : marker.weaknesses) sentence += gap() + weakness_words(weakness);
    sentences.push_back(std::move(sentence));
  }
  if (!sentences.empty())
    sentences.push_back(
        tr("Markers were looked for in all that was readable of the connections that were followed, both directions: "
           "as text, wrapped over lines, in base64, quoted-printable and encoded-words, decompressed, in records "
           "without encryption, and in application data of TLS as it crossed. Upper and lower case differ; blanks and "
           "line ends are not compared. A marker that was not found is never a pass."));
  return sentences;
}

}  // namespace mailseal
