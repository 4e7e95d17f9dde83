// TRAPS: what a toy gets wrong, as far as it is flow's business; the numbers are its lines.
#include <gtest/gtest.h>

#include "script.h"

namespace mailseal::script {
namespace {

struct Outcome {
  Events events;
  std::vector<SideCounters> counters;
};

Outcome run(const std::vector<std::string>& lines, const Isns& isns = kIsns[0]) {
  const Limits limits;
  Recorder recorder;
  FlowTable table(&limits, &recorder);
  play(table, lines, isns);
  table.finish();
  return {recorder.events, recorder.counters};
}

TEST(Traps, Line20_FinAndThenRstIsANormalEnd) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 QUIT", "s FA 1 5 221", "c FA 5 5", "c R 6 -", "c R 6 -"}).events,
            (Events{"open syn c @1", "c 0 QUIT @3", "s 0 221 @4", "s fin 3 @4", "c fin 4 @5", "closed ended @7"}));
}

TEST(Traps, Line21_EachPacketTwiceIsOneConnectionAndOneMessage) {
  const std::vector<std::string> once = {"c S 0 - id=1",     "s SA 0 1 id=0",      "c A 1 1 DATA id=2",
                                         "s A 1 5 354 id=9", "c FA 5 4 BODY id=3", "s FA 4 10 250 id=10"};
  std::vector<std::string> twice;
  for (const std::string& line : once) twice.insert(twice.end(), {line, line});
  const Outcome r = run(twice);
  EXPECT_EQ(r.events, (Events{"open syn c @1", "c 0 DATA @5", "s 0 354 @7", "c 4 BODY @9", "c fin 8 @9", "s 3 250 @11",
                              "s fin 6 @11", "closed ended @12"}));
  EXPECT_EQ(r.counters.at(0).duplicates, 2u);
  EXPECT_EQ(r.counters.at(1).duplicates, 2u);
  EXPECT_EQ(r.counters.at(0).retransmitted + r.counters.at(1).retransmitted, 0u);
}

TEST(Traps, Line22_ASegmentCutByTheSnapLengthIsNotALostOne) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "s A 1 1 22 cut=40", "c A 1 43 EH cut=10", "s A 43 13 25 cut=100"}).events,
            (Events{"open syn c @1", "s 0 22 @3", "s gap 2+40 cut @3", "c 0 EH @4", "c gap 2+10 cut @4", "s 42 25 @5",
                    "s gap 44+100 cut @5", "closed capture @5"}));
}

TEST(Traps, Line23_JoinedInData) {
  EXPECT_EQ(run({"c A 5000 800 text", "s A 800 5004", "c A 5004 800 more", "s A 800 5008 250"}).events,
            (Events{"open midway c @1", "c 0 text @1", "c 4 more @3", "s 0 250 @4", "closed capture @4"}));
}

TEST(Traps, Line23_OneDirectionOnly) {
  EXPECT_EQ(run({"c S 0 -", "c A 1 1", "c A 1 21 EHLO", "c FA 5 41 QUIT", "c A 10 50"}).events,
            (Events{"open syn c @1", "c 0 EHLO @3", "c 4 QUIT @4", "c fin 8 @4", "s gap 0+49 missing @3",
                    "closed capture @5"}));
}

TEST(Traps, Line23_AckBeforeData) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1", "c A 1 4", "s A 1 1 220", "s A 4 5", "c A 1 4 EHLO"}).events,
            (Events{"open syn c @1", "s 0 220 @5", "c 0 EHLO @7", "closed capture @7"}));
}

TEST(Traps, Line24_RetransmissionWithOtherContent) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 STARTTLS", "c A 1 1 NOOPxxxx"}).events,
            (Events{"open syn c @1", "c 0 STARTTLS @3", "c conflict 0 @4", "closed capture @4"}));
}

TEST(Traps, Line24_LaterReplyOverlapsReceivedOctets) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "s A 1 1 250one", "s A 4 1 one250"}).events,
            (Events{"open syn c @1", "s 0 250one @3", "s 6 250 @4", "closed capture @4"}));
}

TEST(Traps, Line24_SequenceWrap) {
  const std::vector<std::string> lines = {"c S 0 -", "s SA 0 1", "c A 1 1 a", "c A 3 1 c", "c A 2 1 b", "c A 4 1 def"};
  for (const Isns& isns : kIsns)
    EXPECT_EQ(run(lines, isns).events,
              (Events{"open syn c @1", "c 0 a @3", "c 1 b @5", "c 2 c @4", "c 3 def @6", "closed capture @6"}));
}

TEST(Traps, Line24_PortReuse) {
  EXPECT_EQ(
      run({"c S 0 -", "s SA 0 1", "c A 1 1 MAIL", "c S 99000 -", "s SA 88000 99001", "c A 99001 88001 STLS"}).events,
      (Events{"open syn c @1", "c 0 MAIL @3", "closed reused @3", "open syn c @4", "c 0 STLS @6",
              "closed capture @6"}));
}

TEST(Traps, Line24_HalfClose) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c FA 1 1 QUIT", "@300 s A 1 6 221", "@900 s FA 4 6"}).events,
            (Events{"open syn c @1", "c 0 QUIT @3", "c fin 4 @3", "s 0 221 @4", "s fin 3 @5", "closed ended @5"}));
}

TEST(Traps, Line24_KeepAlives) {
  EXPECT_EQ(
      run({"c S 0 -", "s SA 0 1", "c A 1 1 IDLE", "@600 c A 4 1", "s A 1 5", "@1200 c A 4 1 z", "s A 1 5"}).events,
      (Events{"open syn c @1", "c 0 IDLE @3", "closed capture @7"}));
}

TEST(Traps, Line24_SuperframesAreOrdinary) {
  const Outcome r = run({"c S 0 -", "s SA 0 1", "c A 1 1 x64000", "c A 64001 1 QUIT"});
  EXPECT_EQ(r.events.at(2), "c 64000 QUIT @4");
  EXPECT_EQ(r.counters.at(0).superframes, 1u);
}

TEST(Traps, Line24_TimesThatGoBackward) {
  EXPECT_EQ(run({"@5000 c S 0 -", "@4995 s SA 0 1", "@5000 c A 1 1 a", "@0 c A 2 1 b", "@5000 c FA 3 1", "@1 s FA 1 4"})
                .events,
            (Events{"open syn c @1", "c 0 a @3", "c 1 b @4", "c fin 2 @5", "s fin 0 @6", "closed ended @6"}));
}

TEST(Traps, Line26_MissingDataIsToldOutOfBand) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "c A 9 1 QUIT", "s A 1 13"}).events,
            (Events{"open syn c @1", "c 0 EHLO @3", "c gap 4+4 missing @4", "c 8 QUIT @4", "closed capture @5"}));
}

TEST(Traps, Line26_AForgottenFlowIsTold) {
  const Outcome r = run({"#1 c A 1 1 a", "@3000 #2 c A 1 1 b", "@3001 #2 c A 2 1 c"});
  EXPECT_EQ(r.events.at(5), "closed idle @1");
}

TEST(Traps, Line27_DataInASyn) {
  EXPECT_EQ(run({"c S 0 - EHLO", "s SA 0 5 220", "c A 5 4 QUIT"}).events,
            (Events{"open syn c @1", "c 0 EHLO @1", "s 0 220 @2", "c 4 QUIT @3", "closed capture @3"}));
}

TEST(Traps, Line27_ARepeatedSynIsNoPortReuse) {
  EXPECT_EQ(run({"c S 0 -", "@1 c S 0 -", "@3 c S 0 -", "s SA 0 1", "c A 1 1 EHLO"}).events,
            (Events{"open syn c @1", "c 0 EHLO @5", "closed capture @5"}));
}

TEST(Traps, Line27_BlocksNotInOrderOfTime) {
  EXPECT_EQ(run({"@4 c S 0 -", "@3 s SA 0 1", "@2 c A 5 1 QUIT", "@1 s A 1 9 250", "@0 c A 1 1 EHLO"}).events,
            (Events{"open syn c @1", "s 0 250 @4", "c 0 EHLO @5", "c 4 QUIT @3", "closed capture @5"}));
}

}  // namespace
}  // namespace mailseal::script
