#include "chain_words.h"

#include <algorithm>

#include "mailseal/report.h"
#include "retold.h"
#include "tr.h"

namespace mailseal {
namespace {

/// "C=JP,O=Example,CN=mail.example" as "C = JP, O = Example, CN = mail.example".
std::string spaced(std::string_view subject) {
  std::string out;
  bool in_type = true;
  for (std::size_t i = 0; i < subject.size(); ++i) {
    const char c = subject[i];
    if (c == '\\' && i + 1 < subject.size()) {
      out += c;
      out += subject[++i];
    } else if (c == '=' && in_type) {
      out += " = ";
      in_type = false;
    } else if (c == ',' || c == '+') {
      out += c == ',' ? ", " : " + ";
      in_type = true;
    } else {
      out += c;
    }
  }
  return out;
}

std::string error_line(int code, std::string_view error) {
  return "verify error:num=" + std::to_string(code) + ":" + std::string(error);
}

}  // namespace

std::string verify_words(const ChainResult& chain) {
  if (!chain.error_code) return told("not verified: {}", retold(chain.error));
  if (chain.ok) return "Verify return code: 0 (ok)";
  return error_line(*chain.error_code, chain.error);
}

std::vector<std::string> verify_lines(const ChainResult& chain) {
  std::vector<std::string> lines;
  for (const ChainResult::Step& step : chain.steps) {
    lines.push_back("depth=" + std::to_string(step.depth) + " " +
                    (step.subject.empty() ? "<no cert>" : spaced(step.subject)));
    if (step.error_code != 0) lines.push_back(error_line(step.error_code, verify_error_text(step.error_code)));
    lines.push_back("verify return:1");
  }
  return lines;
}

std::string trust_words(const std::optional<TrustFacts>& trust) {
  if (!trust) return "";
  if (trust->kind == TrustFacts::Kind::None)
    return tr("Certificates were not verified: the system has none that it trusts, and --ca-file gave none.");
  std::string where = trust->file;
  if (!trust->folder.empty()) where += (where.empty() ? "" : ", ") + trust->folder;
  where = escape_text(where);
  if (trust->certificates)
    where = told_number(*trust->certificates, "{} certificate", "{} certificates") + ": " + where;
  const std::string with = trust->kind == TrustFacts::Kind::System
                               ? told(
                                     "What was seen of certificates was verified with those that the system trusts "
                                     "({}), at the time of their packets.",
                                     where)
                               : told(
                                     "What was seen of certificates was verified with those that were given ({}), at "
                                     "the time of their packets.",
                                     where);
  return with + gap() + tr("Revocation was not looked up.");
}

}  // namespace mailseal
