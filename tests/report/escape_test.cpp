// Text from strangers as a report shows it: no octet of it may move a cursor, turn a line or end a string.
#include <gtest/gtest.h>

#include "mailseal/report.h"

namespace mailseal {
namespace {

using namespace std::string_literals;

struct Case {
  const char* what;
  std::string in, out;
};

TEST(escape, makes_strangers_text_inert) {
  const Case cases[] = {
      {"nothing", "", ""},
      {"ASCII", "mail.example \"quoted\" <b> 'x' \\ ~", "mail.example \"quoted\" <b> 'x' \\ ~"},
      {"a distinguished name's backslash", "CN=a\\,b", "CN=a\\,b"},
      {"ESC", "\x1b[2J", "\\x1b[2J"},
      {"NUL", "a\0b"s, "a\\x00b"},
      {"line ends and tab", "a\r\n\tb", "a\\x0d\\x0a\\x09b"},
      {"DEL", "\x7f", "\\x7f"},
      {"C1 as an octet", "\x9b[2J", "\\x9b[2J"},
      {"C1 as a character", "\xc2\x9b[2J", "\\u{9b}[2J"},
      {"Latin and Japanese", "\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac", "\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac"},
      {"no-break space", "\xc2\xa0", "\xc2\xa0"},
      {"soft hyphen", "\xc2\xad", "\\u{ad}"},
      {"bidi override",
       "exe.\xe2\x80\xae"
       "gpj",
       "exe.\\u{202e}gpj"},
      {"bidi isolates", "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}"},
      {"bidi marks", "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u{200e}\\u{200f}\\u{61c}"},
      {"zero width and BOM", "\xe2\x80\x8b\xef\xbb\xbf", "\\u{200b}\\u{feff}"},
      {"line separators", "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
      {"beside the separators", "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf"},
      {"tag characters", "\xf3\xa0\x81\x81", "\\u{e0041}"},
      {"emoji", "\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},
      {"octet out of place", "a\x80z", "a\\x80z"},
      {"cut character", "a\xe6\x97", "a\\xe6\\x97"},
      {"cut in the middle", "\xe6\x97z", "\\xe6\\x97z"},
      {"overlong slash", "\xc0\xaf", "\\xc0\\xaf"},
      {"overlong, three octets", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"overlong, four octets", "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
      {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"never an octet of UTF-8", "\xfe\xff\xf5", "\\xfe\\xff\\xf5"},
      {"first and last of four", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbd", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbd"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(escape_text(c.in), c.out) << c.what;
    EXPECT_EQ(escape_text(escape_text(c.in)), c.out) << c.what << ": twice is once";
  }
}

TEST(escape, every_octet_alone) {
  for (int i = 0; i < 256; ++i) {
    const std::string in(1, static_cast<char>(i));
    const std::string out = escape_text(in);
    if (i >= ' ' && i <= '~')
      EXPECT_EQ(out, in);
    else
      EXPECT_EQ(out.substr(0, 2), "\\x") << i;
  }
}

}  // namespace
}  // namespace mailseal
