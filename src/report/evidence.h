// Evidence: an overview's findings as rows that a reader can follow, and where each is seen.
//
// Every format for people needs the same: what happened between which client and which
// server, how often, in which frames of which file first; and which findings tell what was
// seen and which what could not be.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cited.h"
#include "mailseal/overview.h"

namespace mailseal {

inline constexpr std::size_t kPathsShown = 5;  ///< of one finding

/// What of one finding happened on one path.
struct EvidenceRow {
  std::string where;         ///< "192.0.2.7 > 192.0.2.25:25", "12 paths", "the capture"
  std::uint64_t count = 0;   ///< in truth, also of those that are not listed
  std::vector<Seen> places;  ///< the first few
  std::string note;          ///< of the first; from strangers, escape
  bool one_note = true;      ///< false: others say something else
};

struct EvidenceRows {
  EvidenceRow all;                 ///< in one row
  std::vector<EvidenceRow> paths;  ///< by client and server, the first kPathsShown in order of their first
  std::size_t path_count = 0;      ///< of all that are listed
  bool complete = true;            ///< false: more were counted than listed
};

/// What the row's note says, in the language of the report: "first: ..." where it is not true of all, "each: ..." where
/// a figure of one must not be taken for that of all.
std::string note_of(const EvidenceRow&);

/// Tells of what could not be seen, rather than of what was.
bool tells_of_sight(const FindingGroup&);

class Evidence {
 public:
  /// Which occurrences: those that are the reason why a session could not be judged, or the others.
  enum class Of : std::uint8_t { All, Unjudged, Judged };

  explicit Evidence(const Overview*);

  /// The input's file name; all of its path where another input has the same. Escaped.
  const std::string& label(std::size_t input) const { return labels_[input]; }
  /// "frames 14, 31, ..."; with several inputs "a.pcap frames 14, 31; b.pcap frame 3". Escaped.
  std::string places(const EvidenceRow&) const;

  EvidenceRows rows(const FindingGroup&, Of) const;
  /// Inconclusive sessions whose reason is no finding, by their first doubt.
  const std::map<std::string, EvidenceRow>& unexplained() const noexcept { return unexplained_; }

 private:
  void explain(const JudgedSession&);

  const std::vector<InputFacts>& inputs_;
  CitedSessions cited_;
  std::vector<std::string> labels_;
  std::map<const FindingKind*, std::uint64_t> unjudged_;  ///< inconclusive sessions by reason; never iterated
  std::map<std::string, EvidenceRow> unexplained_;
};

}  // namespace mailseal
