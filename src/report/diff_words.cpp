// What the formats of a difference have in common: words, and what one line tells.
#include <algorithm>

#include "diff.h"
#include "tr.h"
#include "words.h"

namespace mailseal {

std::string answer_word(Answer answer) {
  switch (answer) {
    case Answer::Same:
      return tr("SAME");
    case Answer::Better:
      return tr("BETTER");
    case Answer::Worse:
      return tr("WORSE");
    case Answer::Changed:
      return tr("CHANGED");
  }
  return "";
}

std::string title_of(Turn turn) {
  switch (turn) {
    case Turn::Opened:
      return tr("Opened");
    case Turn::Worse:
      return tr("Worse");
    case Turn::Closed:
      return tr("Closed");
    case Turn::Better:
      return tr("Better");
    case Turn::Changed:
      return tr("Changed");
    case Turn::Appeared:
      return tr("First seen");
    case Turn::Vanished:
      return tr("No longer seen");
  }
  return "";
}

std::string word_of(Subject subject) {
  switch (subject) {
    case Subject::Verdict:
      return tr("verdict");
    case Subject::Server:
      return tr("server");
    case Subject::Hop:
      return tr("hop");
    case Subject::Finding:
      return tr("finding");
  }
  return "";
}

std::string summary_of(const Difference& d) {
  if (d.changes.empty()) return tr("nothing opened, closed or changed");
  const auto n = [&](Turn turn) { return d.numbers[static_cast<std::size_t>(turn)]; };
  std::string text = told("{} opened, {} worse, {} closed, {} better, {} changed", n(Turn::Opened), n(Turn::Worse),
                          n(Turn::Closed), n(Turn::Better), n(Turn::Changed));
  if (n(Turn::Appeared) + n(Turn::Vanished) != 0)
    text = told("{}, {} first seen, {} no longer seen", text, n(Turn::Appeared), n(Turn::Vanished));
  return text;
}

std::string fraction_of(const Counts& counts) {
  const std::uint64_t judged = total(counts) - counts[static_cast<std::size_t>(State::NoMail)];
  if (judged == 0) return tr("nothing to encrypt");
  return told("{}/{} encrypted", counts[static_cast<std::size_t>(State::Encrypted)], judged);
}

std::string period_of(const Compared& c) {
  if (!c.first || !c.last) return tr("no times");
  const auto clock = [](Timestamp t) {
    std::string text = to_string(t).substr(0, 19);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
  };
  const std::string first = clock(*c.first), last = clock(*c.last);
  return first == last ? told("{} UTC", first) : told("{} to {} UTC", first, last);
}

std::vector<std::string> limits_of(const Difference& d) {
  return {tr("Compared is what was seen: what is no longer seen may be closed, moved, or only not captured."),
          tr("Servers are matched by address and port, hops by both addresses and the port."),
          tr("Numbers of sessions depend on how long was captured; they are shown, and not judged."),
          redaction_words(d.redact)};
}

}  // namespace mailseal
