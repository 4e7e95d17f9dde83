// What all conversations hold together is bounded, and who comes too late is doubted and not lost.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "converse.h"
#include "mailseal/inspect.h"

namespace mailseal {
namespace {

class Keep final : public SessionSink {
 public:
  void session(Session&& s, Progress p) override {
    if (p == Progress::Ended) sessions.push_back(std::move(s));
  }
  std::vector<Session> sessions;
};

class Wire {
 public:
  Wire(StreamFactory& inspector, std::uint16_t port, std::uint16_t service = 25) {
    Opening opening;
    opening.key.client.port = port;
    opening.key.server.port = service;
    opening.beginning = Beginning::Syn;
    handler_ = inspector.open(opening);
  }
  void say(Side side, std::string_view text) {
    Seen& seen = seen_[static_cast<std::size_t>(side)];
    seen.side = side;
    seen.frame = ++frame_;
    handler_->data({side, seen, as_bytes(text)});
    seen.offset += text.size();
  }
  void close() {
    handler_->closed({seen_[0], CloseReason::EndOfCapture, {}});
    handler_.reset();
  }

 private:
  std::unique_ptr<StreamHandler> handler_;
  std::array<Seen, 2> seen_;
  std::uint64_t frame_ = 0;
};

void say_a_mail(Wire& wire) {
  wire.say(Side::Server, "220 mx.exam");
  wire.say(Side::Server, "ple ESMTP\r\n");
  wire.say(Side::Client, "HELO a\r\n");
  wire.say(Side::Server, "250 mx\r\n");
  wire.say(Side::Client, "MAIL FROM:<a@x.ex");
  wire.say(Side::Client, "ample>\r\n");
}

bool hit(const Session& s) {
  for (const DoubtSeen& d : s.doubts)
    if (d.doubt == Doubt::LimitHit) return true;
  return false;
}

TEST(Holdings, IsSharedByAllAndGivenBack) {
  Limits limits;
  limits.inspect_bytes = 100'000;
  const InspectOptions options;
  Keep keep;
  const auto inspector = make_inspector(&options, &limits, &keep);
  const std::string much(50'000, 'x');
  std::vector<Wire> greedy;
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    greedy.emplace_back(*inspector, port);
    greedy.back().say(Side::Server, "220 mx.example\r\n");
    greedy.back().say(Side::Client, much);  // a line without an end
  }
  Wire modest(*inspector, 2000);
  say_a_mail(modest);
  modest.close();
  ASSERT_EQ(keep.sessions.size(), 1U);
  EXPECT_TRUE(keep.sessions[0].envelope);
  EXPECT_FALSE(hit(keep.sessions[0])) << "a little may always be held";

  keep.sessions.clear();
  for (Wire& wire : greedy) {
    wire.say(Side::Client, "y\r\nMAIL FROM:<a@x.example>\r\n");
    wire.close();
  }
  std::size_t doubted = 0;
  for (const Session& s : keep.sessions) {
    EXPECT_TRUE(s.envelope) << "what comes behind is read";
    doubted += hit(s);
  }
  EXPECT_GE(doubted, 97U);
  EXPECT_LT(doubted, 100U) << "those that came first had room";

  keep.sessions.clear();
  Wire later(*inspector, 3000);
  later.say(Side::Server, "220 mx.example\r\n");
  later.say(Side::Client, "EHLO " + much.substr(0, 40'000));
  later.say(Side::Client, "\r\n");
  later.close();
  ASSERT_EQ(keep.sessions.size(), 1U);
  EXPECT_FALSE(hit(keep.sessions[0])) << "all was given back";
}

TEST(OpenBytes, GrowWithWhatIsKnownAndAreGivenBack) {
  const Limits limits;
  const InspectOptions options;
  Keep keep;
  const auto inspector = make_inspector(&options, &limits, &keep);
  EXPECT_EQ(inspector->open_bytes(), 0U);
  std::vector<std::size_t> steps;
  const auto step = [&] { steps.push_back(inspector->open_bytes()); };
  Wire first(*inspector, 1000);
  step();
  first.say(Side::Server, "220 mx.example ESMTP\r\n");
  step();
  first.say(Side::Client, "STARTTLS\r\n");
  first.say(Side::Server, "220 go\r\n");
  first.say(Side::Client, test::client_hello());
  step();
  Wire second(*inspector, 1001);
  step();
  EXPECT_GT(steps[0], sizeof(Session));
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_GT(steps[i], steps[i - 1] + 100) << i;
  first.close();
  EXPECT_EQ(inspector->open_bytes(), steps[0]);
  second.close();
  EXPECT_EQ(inspector->open_bytes(), 0U);
}

TEST(Holdings, CountsCommandsThatAwaitTheirReplies) {
  struct Case {
    std::uint16_t service;
    std::string_view greeting, command;
    int commands;
  };
  for (const Case& c : {Case{143, "* OK ready\r\n", " NOOP\r\n", 250}, Case{110, "+OK ready\r\n", "NOOP\r\n", 500},
                        Case{25, "220 mx.example ESMTP\r\n", "NOOP\r\n", 4000}}) {
    Limits limits;
    limits.inspect_bytes = 50'000;
    const InspectOptions options;
    Keep keep;
    const auto inspector = make_inspector(&options, &limits, &keep);
    for (const bool others : {false, true}) {
      std::vector<Wire> greedy;
      for (std::uint16_t port = 1000; port < (others ? 1100 : 1001); ++port) {
        greedy.emplace_back(*inspector, port, c.service);
        greedy.back().say(Side::Server, c.greeting);
        for (int i = 0; i < c.commands; ++i)
          greedy.back().say(Side::Client, (c.service == 143 ? std::to_string(i) : "") + std::string(c.command));
      }
      for (Wire& wire : greedy) wire.close();
      std::size_t doubted = 0;
      for (const Session& s : keep.sessions) doubted += hit(s);
      EXPECT_EQ(doubted > 0, others) << c.service;
      EXPECT_TRUE(!others || doubted > 50U) << c.service << ": " << doubted;
      keep.sessions.clear();
    }
  }
}

TEST(Holdings, CountsWhatOctetsCostOneByOne) {
  Limits limits;
  limits.inspect_bytes = 100'000;
  const InspectOptions options;
  Keep keep;
  const auto inspector = make_inspector(&options, &limits, &keep);
  std::vector<Wire> slow;
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    slow.emplace_back(*inspector, port);
    slow.back().say(Side::Server, "220 mx.example\r\n");
    for (int i = 0; i < 500; ++i) slow.back().say(Side::Client, "x");
  }
  for (Wire& wire : slow) wire.close();
  std::size_t doubted = 0;
  for (const Session& s : keep.sessions) doubted += hit(s);
  EXPECT_GE(doubted, 95U);
}

}  // namespace
}  // namespace mailseal
