// Words of protocols: compared in any case, ASCII alone, and cut off a line.
#include <gtest/gtest.h>

#include "mailseal/base/ascii.h"

namespace mailseal {
namespace {

TEST(ascii, words_are_the_same_in_any_case) {
  struct Case {
    std::string_view a, b;
    bool same, begins;
  };
  constexpr Case kCases[] = {
      {"STARTTLS", "starttls", true, true},
      {"EHLO", "EHL", false, true},
      {"EHL", "EHLO", false, false},
      {"", "", true, true},
      {"a", "", false, true},
      {"[", "{", false, false},
      {"@", "`", false, false},
      {"\xe4", "\xc4", false, false},
      {"Z", "z", true, true},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(same_word(c.a, c.b), c.same) << c.a << " " << c.b;
    EXPECT_EQ(begins_with_word(c.a, c.b), c.begins) << c.a << " " << c.b;
  }
}

TEST(ascii, a_word_is_cut_at_spaces_and_tabs) {
  struct Case {
    std::string_view text, word, rest;
  };
  constexpr Case kCases[] = {
      {"", "", ""},    {"EHLO", "EHLO", ""}, {"EHLO a", "EHLO", "a"}, {"A \t b c", "A", "b c"},
      {"A ", "A", ""}, {" a", "", "a"},      {"\ta", "", "a"},
  };
  for (const Case& c : kCases) {
    std::string_view rest = c.text;
    EXPECT_EQ(cut_word(rest), c.word) << c.text;
    EXPECT_EQ(rest, c.rest) << c.text;
  }
}

}  // namespace
}  // namespace mailseal
