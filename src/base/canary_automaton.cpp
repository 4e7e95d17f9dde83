#include "canary_automaton.h"

#include <algorithm>
#include <map>

namespace mailseal {

bool Automaton::add(std::string_view octets, Word word) {
  const auto same = [&](const Entry& e) { return e.word.marker == word.marker && e.octets == octets; };
  if (std::any_of(entries_.begin(), entries_.end(), same)) return false;
  entries_.push_back({std::string(octets), word});
  return true;
}

void Automaton::build() {
  for (const Entry& e : entries_)
    for (const char c : e.octets)
      if (auto& of = class_[static_cast<unsigned char>(c)]; of == 0) of = static_cast<std::uint16_t>(classes_++);

  // The words as a tree; 0 is its root, and "no child".
  const std::size_t classes = classes_;
  std::vector<std::uint32_t> child(classes, 0);
  ends_.assign(1, {});
  for (const Entry& e : entries_) {
    std::size_t state = 0;
    for (const char c : e.octets) {
      const std::size_t edge = state * classes + class_[static_cast<unsigned char>(c)];
      if (child[edge] == 0) {
        child[edge] = static_cast<std::uint32_t>(ends_.size());
        ends_.emplace_back();
        child.resize(child.size() + classes, 0);
      }
      state = child[edge];
    }
    ends_[state].push_back(e.word);
  }

  // By length: where a word breaks off, the longest beginning that its end still is goes on.
  std::vector<std::uint32_t> suffix(ends_.size(), 0), queue{0};
  for (std::size_t at = 0; at < queue.size(); ++at) {
    const std::size_t state = queue[at], back = suffix[state];
    if (state != 0) ends_[state].insert(ends_[state].end(), ends_[back].begin(), ends_[back].end());
    for (std::size_t c = 0; c < classes; ++c) {
      std::uint32_t& edge = child[state * classes + c];
      if (edge != 0) {
        if (state != 0) suffix[edge] = child[back * classes + c];
        queue.push_back(edge);
      } else if (state != 0) {
        edge = child[back * classes + c];
      }
    }
  }
  next_.resize(child.size());
  std::transform(child.begin(), child.end(), next_.begin(),
                 [&](std::uint32_t state) { return state * classes_ | (ends_[state].empty() ? 0 : kEnds); });
}

}  // namespace mailseal
