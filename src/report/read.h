// read: what the parts of a JSON report become. read.cpp reads the report, read_session.cpp one session.
//
// The counterpart of json.cpp, member by member. What json.cpp derives (a suite's OpenSSL name, sums) is not read
// but derived again. What JSON does not hold (the place of most facts, lengths of secrets) stays empty: no dress shows
// it.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mailseal/report.h"
#include "tree.h"

namespace mailseal {

/// The findings of a report, in its own words. Sessions name them before they are described.
class Wording {
 public:
  struct Texts {
    std::string title, observed, meaning, remedy, references;
  };

  /// Kept as long as this lives. What is never described is as the catalogue has it, or its id alone.
  const FindingKind* kind(const std::string& id);
  /// nullptr: that was done already.
  const FindingKind* describe(const std::string& id, FindingClass, Severity, Texts);

 private:
  struct Entry {
    std::string id;
    Texts texts;
    FindingKind kind;
    bool described = false;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

/// What is gathered while a report is read.
struct Reading {
  std::shared_ptr<Wording> wording = std::make_shared<Wording>();
  std::set<std::string> unknown_names;  ///< of groups, suites, ...: newer than our tables; a few
  std::map<std::string, std::shared_ptr<const Certificate>> certificates;  ///< by digest
  std::deque<std::shared_ptr<const ClientOffer>> offers;                   ///< the last few distinct ones
  std::vector<std::shared_ptr<const ChainResult>> chains;                  ///< some of them
  std::map<std::uint32_t, FrameLines> lines;                               ///< of inputs that are text
  std::uint32_t greatest_input = 0;                                        ///< that a place names
};

JudgedSession read_session(const Value&, Reading&);
/// Time and line of a place whose input and frame are known.
void read_when_and_line(const Value&, Seen&, Reading&);

/// The enumerator whose word stands there.
template <class Enum, std::size_t N, class Name>
Enum read_one_of(const Value& v, const std::array<Enum, N>& all, Name name) {
  const std::string said = v.text();
  for (const Enum e : all)
    if (said == name(e)) return e;
  std::string known;
  for (const Enum e : all) known += (known.empty() ? "" : ", ") + std::string(name(e));
  v.refuse("is \"" + said.substr(0, 40) + "\", none of " + known);
  return all[0];
}

Protocol read_protocol(const Value&);
State read_state(const Value&);
Severity read_severity(const Value&);
CanaryCharset read_charset(const Value&);
Side read_side(const Value&);
std::optional<Product> read_product(const Value&);  ///< by its id; nullopt: newer than our table
Certainty read_certainty(const Value&);
IpAddress read_address(const Value&);
std::uint16_t read_port(const Value&);
std::uint32_t read_input(const Value&, Reading&);
Timestamp read_time(const Value&);
std::uint64_t read_frame(const Value&);  ///< null is 0: no packet
std::vector<std::string> read_texts(const Value&);
std::vector<std::string> read_names(const Value&);  ///< each once, in order
std::vector<const FindingKind*> read_kinds(const Value&, Reading&);

}  // namespace mailseal
