// What `mailseal inputs` says of what it has counted.
#include <gtest/gtest.h>

#include "mailseal/decode.h"
#include "mailseal/report.h"

namespace mailseal {
namespace {

TEST(survey, each_reason_for_a_packet_without_a_segment_is_told_in_words) {
  for (std::size_t i = 0; i < kSkippedKinds; ++i) {
    const auto why = static_cast<Skipped>(i);
    if (why == Skipped::Several) continue;  // taken apart, and counted by what is in it
    Survey survey;
    survey.facts.packets = 2;
    survey.facts.ended = "complete";
    survey.skipped[std::string(to_string(why))] = 2;
    const std::string text = diagnosis(survey, {25});
    EXPECT_NE(text.find("most (2 of 2) are "), text.npos) << text;
    EXPECT_EQ(text.find(to_string(why)), text.npos) << text;
  }
}

}  // namespace
}  // namespace mailseal
