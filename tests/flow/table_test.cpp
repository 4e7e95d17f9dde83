// Many connections: whose a segment is, who is the client, when one is over, and what is counted.
#include <gtest/gtest.h>

#include "script.h"

namespace mailseal::script {
namespace {

struct Outcome {
  Events events;
  std::vector<SideCounters> counters;
  FlowCounters table;
};

Outcome run(const std::vector<std::string>& lines, const Limits& limits = {}, std::uint16_t server_port = 25) {
  Recorder recorder;
  recorder.server_port = server_port;
  recorder.any_port = server_port != 25;
  FlowTable table(&limits, &recorder);
  play(table, lines, kIsns[1], server_port);
  table.finish();
  return {recorder.events, recorder.counters, table.counters()};
}

TEST(Client, IsWhoSendsTheSynOrHasThePortThatServesNothing) {
  EXPECT_EQ(run({"s S 0 -"}, {}, 2626).events, (Events{"open syn c swapped @1", "closed capture @1"}));
  EXPECT_EQ(run({"c SA 0 1"}, {}, 2626).events, (Events{"open synack s swapped @1", "closed capture @1"}));
  EXPECT_EQ(run({"c S 0 -"}).events, (Events{"open syn c @1", "closed capture @1"}));
  EXPECT_EQ(run({"s SA 0 1"}).events, (Events{"open synack s @1", "closed capture @1"}));
  EXPECT_EQ(run({"s A 1 1"}).events, (Events{"open midway s @1", "closed capture @1"}));
  EXPECT_EQ(run({"c A 1 1 x"}).events, (Events{"open midway c @1", "c 0 x @1", "closed capture @1"}));
}

TEST(Client, IsElseWhoDoesNotSpeakFirst) {
  EXPECT_EQ(run({"s A 1 1 220"}, {}, 2626).events, (Events{"open midway s @1", "s 0 220 @1", "closed capture @1"}));
  EXPECT_EQ(run({"c A 1 1 220"}, {}, 2626).events,
            (Events{"open midway s swapped @1", "s 0 220 @1", "closed capture @1"}));
  EXPECT_EQ(run({"c A 1 4", "s A 4 1 250"}, {}, 2626).events,
            (Events{"open midway c @1", "s 0 250 @2", "closed capture @2"}));
}

TEST(Table, DropsWhatDoesNotConcernIt) {
  Recorder recorder;
  const Limits limits;
  FlowTable table(&limits, &recorder);
  play(table, {"c S 0 -", "c A 1 1 GET"}, kIsns[0], 80);
  table.finish();
  EXPECT_EQ(recorder.events, Events{});
  EXPECT_EQ(table.counters().opened, 0u);
}

TEST(Table, OpensARefusedConnectionOnce) {
  Recorder recorder;
  recorder.refuse = true;
  const Limits limits;
  FlowTable table(&limits, &recorder);
  play(table, {"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "c A 1 1 EHLO", "c FA 5 1", "s FA 1 6", "s R 2 -"}, kIsns[0]);
  table.finish();
  EXPECT_EQ(recorder.events, Events{"open syn c @1"});
}

// What nobody listens to may have been forged: whatever does not follow it is another's.
TEST(Table, ARefusedConnectionSwallowsNoOthersOctets) {
  Recorder recorder;
  recorder.refuse = true;
  const Limits limits;
  FlowTable table(&limits, &recorder);
  play(table, {"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "c A 9 1 early"}, kIsns[0]);
  table.finish();
  EXPECT_EQ(recorder.events, (Events{"open syn c @1", "open midway c @4"}));
}

// TRAPS 26: identity is the tuple. The connections differ in one port, and their octets never mix.
TEST(Table, KeepsConnectionsApartByTheFullTuple) {
  EXPECT_EQ(run({"#1 c A 1 1 one", "#2 c A 1 1 two", "#1 c A 4 1 more", "#2 s A 1 4 250"}).events,
            (Events{"open midway c @1", "c 0 one @1", "2: open midway c @2", "2: c 0 two @2", "c 3 more @3",
                    "2: s 0 250 @4", "closed capture @3", "2: closed capture @4"}));
}

TEST(Table, FinishesInOrderOfOpening) {
  const Outcome r = run({"#3 c S 0 -", "#1 c S 0 -", "#2 c S 0 -", "#3 c S 0 -"});
  EXPECT_EQ(r.events, (Events{"3: open syn c @1", "3: closed capture @4", "open syn c @2", "closed capture @2",
                              "2: open syn c @3", "2: closed capture @3"}));
}

TEST(Table, GivesOneSideMutedNothingMoreButItsEnd) {
  Recorder recorder;
  recorder.enough = "stop";
  const Limits limits;
  FlowTable table(&limits, &recorder);
  play(table,
       {"c S 0 -", "s SA 0 1", "c A 1 1 stop", "c A 9 1 far", "c A 1 1 diff", "s A 1 90", "c lost", "@20 c A 12 1 x",
        "c FA 13 1", "s FA 1 14"},
       kIsns[2]);
  table.finish();
  EXPECT_EQ(recorder.events,
            (Events{"open syn c @1", "c 0 stop @3", "c fin 12 @9", "s fin 0 @10", "closed ended @10"}));
  EXPECT_EQ(recorder.counters.at(0).packets, 6u);
}

// --- one connection after another ---

TEST(Reuse, AnotherSynEndsAnOpenConnection) {
  const Outcome r =
      run({"c S 0 -", "s SA 0 1", "c A 1 1 old", "c S 70000 -", "s SA 90000 70001", "c A 70001 90001 new"});
  EXPECT_EQ(r.events, (Events{"open syn c @1", "c 0 old @3", "closed reused @3", "open syn c @4", "c 0 new @6",
                              "closed capture @6"}));
  EXPECT_EQ(r.table.reused, 1u);
  EXPECT_EQ(r.table.opened, 2u);
}

TEST(Reuse, OfAConnectionThatHadEndedIsNone) {
  const Outcome r =
      run({"c S 0 -", "s SA 0 1", "c RA 1 1", "@0.3 c S 70000 -", "s SA 90000 70001", "c A 70001 90001 new"});
  EXPECT_EQ(r.events, (Events{"open syn c @1", "c reset 0 @3", "closed ended @3", "open syn c @4", "c 0 new @6",
                              "closed capture @6"}));
  EXPECT_EQ(r.table.reused, 0u);
}

TEST(Reuse, IsSeenInTheSynAckToo) {
  EXPECT_EQ(run({"c A 1 1 old", "s SA 1500000000 900000001", "c A 900000001 1500000001 new"}).events,
            (Events{"open midway c @1", "c 0 old @1", "closed reused @1", "open synack s @2", "c 0 new @3",
                    "closed capture @3"}));
}

TEST(Reuse, IsSeenInOctetsFarAwayBehindTheEnd) {
  EXPECT_EQ(run({"c A 1 1 old", "c RA 4 1", "c A 1500000000 7 new"}).events,
            (Events{"open midway c @1", "c 0 old @1", "c reset 3 @2", "closed ended @2", "open midway c @3",
                    "c 0 new @3", "closed capture @3"}));
}

TEST(Reuse, ByASynAfterALoneAcknowledgementShowsTheBeginning) {
  EXPECT_EQ(run({"c A 1 1", "c S 0 -", "s SA 0 1", "c A 1 1 x"}).events,
            (Events{"open midway c @1", "closed reused @1", "open syn c @2", "c 0 x @4", "closed capture @4"}));
}

// Whoever can send one packet must not be able to end what is watched.
TEST(Reuse, IsNotBelievedOfAForgedSyn) {
  const Outcome r = run({"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "c S 1500000000 -", "s A 1 5 250", "c A 5 4 MAIL"});
  EXPECT_EQ(r.events, (Events{"open syn c @1", "c 0 EHLO @3", "c conflict 4 @4", "s 0 250 @5", "c 4 MAIL @6",
                              "closed capture @6"}));
  EXPECT_EQ(r.table.reused, 0u);
}

TEST(Reuse, IsNotBelievedOfAForgedSynJustAhead) {
  EXPECT_EQ(
      run({"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "c S 4 -", "c A 5 1 MAIL", "s A 1 9 250"}).events,
      (Events{"open syn c @1", "c 0 EHLO @3", "c conflict 4 @4", "c 4 MAIL @5", "s 0 250 @6", "closed capture @6"}));
}

TEST(Reuse, IsNotBelievedOfAForgedSynBeforeTheAnswerToTheTrueOne) {
  EXPECT_EQ(run({"c S 0 -", "c S 1500000000 -", "s SA 0 1", "c A 1 1 EHLO"}).events,
            (Events{"open syn c @1", "c conflict 0 @2", "c 0 EHLO @4", "closed capture @4"}));
}

TEST(Reuse, IsNotBelievedOfAForgedSynAck) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 EHLO", "s SA 1500000000 900000001", "c A 5 1 MAIL"}).events,
            (Events{"open syn c @1", "c 0 EHLO @3", "s conflict 0 @4", "c 4 MAIL @5", "closed capture @5"}));
}

TEST(Reuse, IsBelievedWhereOnlyOneSideWasCaptured) {
  EXPECT_EQ(
      run({"c S 0 -", "c A 1 1 old", "c S 1500000000 -", "c A 1500000001 900000001 new"}).events,
      (Events{"open syn c @1", "c 0 old @2", "closed reused @2", "open syn c @3", "c 0 new @4", "closed capture @4"}));
  EXPECT_EQ(run({"s SA 0 1", "s A 1 1 220", "s SA 1500000000 900000001", "s A 1500000001 900000001 220"}).events,
            (Events{"open synack s @1", "s 0 220 @2", "closed reused @2", "open synack s @3", "s 0 220 @4",
                    "closed capture @4"}));
}

TEST(Reuse, IsBelievedWhereTheSynAckWasNotCaptured) {
  EXPECT_EQ(
      run({"c S 0 -", "s SA 0 1", "c A 1 1 old", "c S 1500000000 -", "s A 900000001 1500000001 220"}).events,
      (Events{"open syn c @1", "c 0 old @3", "closed reused @3", "open syn c @4", "s 0 220 @5", "closed capture @5"}));
}

// RFC 9293 section 3.10.7.4: a server that still has the old connection asks; the client resets it.
TEST(Reuse, OfAConnectionTheServerStillHas) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 old", "@9 c S 1500000000 -", "s A 1 4", "c R 4 -",
                 "@10 c S 1500000000 -", "s SA 900000000 1500000001", "c A 1500000001 900000001 new"})
                .events,
            (Events{"open syn c @1", "c 0 old @3", "c conflict 3 @4", "c reset 3 @6", "closed ended @6",
                    "open syn c @7", "c 0 new @9", "closed capture @9"}));
}

TEST(Reuse, ByASynWithDataThatWasAccepted) {
  EXPECT_EQ(run({"c S 0 -", "c S 70000 - EHLO", "s SA 90000 70005", "c A 70005 90001 QUIT"}).events,
            (Events{"open syn c @1", "closed reused @1", "open syn c @2", "c gap 0+4 missing @4", "c 4 QUIT @4",
                    "closed capture @4"}));
}

TEST(Ended, LateRstAndFinBelongToTheOneThatEnded) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c FA 1 1", "s FA 1 2", "@5 s R 2 -", "@9 c FA 1 1", "@9.5 c A 2 2"}).events,
            (Events{"open syn c @1", "c fin 0 @3", "s fin 0 @4", "closed ended @7"}));
}

TEST(Ended, IsForgottenAfterLingering) {
  const Outcome r = run({"c S 0 -", "s SA 0 1", "c FA 1 1", "s FA 1 2", "@9 #2 c S 0 -", "@25 #2 c S 0 -"});
  EXPECT_EQ(r.events, (Events{"open syn c @1", "c fin 0 @3", "s fin 0 @4", "closed ended @4", "2: open syn c @5",
                              "2: closed capture @6"}));
}

// --- forged packets: none hides what others say ---

struct Forgery {
  std::string name;
  std::vector<std::string> lines;
  Events events;
};
class Forged : public testing::TestWithParam<Forgery> {};

TEST_P(Forged, HidesNothing) { EXPECT_EQ(run(GetParam().lines).events, GetParam().events); }

const Forgery kForgeries[] = {
    {"SynFromTheServerBeforeTheClients",
     {"s S 700000 -", "c S 0 -", "s SA 0 1", "c A 1 1", "s A 1 1 220", "c A 1 4 EHLO"},
     {"open syn c swapped @1", "closed reused @1", "open syn c @2", "s 0 220 @5", "c 0 EHLO @6", "closed capture @6"}},
    {"SynFromTheServerWhichTheClientReset",
     {"s S 700000 -", "c RA 0 700001", "@1 c S 0 -", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open syn c swapped @1", "s reset 0 @2", "closed ended @2", "open syn c @3", "s 0 220 @6", "closed capture @6"}},
    {"SynFromTheServerWhoseAnswerWasNotCaptured",
     {"s S 1500000000 -", "c S 0 -", "c A 1 1", "s A 1 1 220"},
     {"open syn c swapped @1", "closed reused @1", "open syn c @2", "s 0 220 @4", "closed capture @4"}},
    {"SynFromTheServerWithANumberNearTheTrueOne",
     {"s S 700000 -", "c S 0 -", "c A 1 1", "s A 1 1 220"},
     {"open midway s @1", "c conflict 0 @2", "s conflict 0 @3", "s 0 220 @4", "closed capture @4"}},
    {"SynFromTheServerAndNoHandshakeCaptured",
     {"s S 1500000000 -", "s A 1 1 220", "c A 1 4 EHLO"},
     {"open midway s @1", "s conflict 0 @2", "open midway s @2", "s 0 220 @2", "c 0 EHLO @3", "closed capture @1",
      "closed capture @3"}},
    {"SynFromTheServerBehindTheClients",
     {"c S 0 -", "s S 700000 -", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open syn c @1", "s conflict 0 @2", "s 0 220 @5", "closed capture @5"}},
    {"SynFromTheServerInTheMidst",
     {"c S 0 -", "s SA 0 1", "s A 1 1 220", "s S 700000 -", "c A 1 4 EHLO", "s A 4 5 250"},
     {"open syn c @1", "s 0 220 @3", "s conflict 3 @4", "c 0 EHLO @5", "s 3 250 @6", "closed capture @6"}},
    {"SynAckFromTheClient",
     {"c SA 700000 900000", "c S 0 -", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open syn s swapped @1", "closed reused @1", "open syn c @2", "s 0 220 @5", "closed capture @5"}},
    {"SynsOfBothBeforeTheTrueOne",
     {"s S 700000 -", "c S 900000 -", "c S 0 -", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open syn c swapped @1", "closed reused @1", "open syn c @3", "s 0 220 @6", "closed capture @6"}},
    {"SynsOfBothAroundTheTrueOne",
     {"s S 700000 -", "c S 0 -", "c S 900000 -", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open midway s @1", "s conflict 0 @4", "s conflict 0 @5", "s 0 220 @6", "closed capture @6"}},
    {"OctetsBeforeTheTrueSyn",
     {"c A 700000 1 evil", "c S 0 -", "s SA 0 1", "c A 1 1 EHLO"},
     {"open midway c @1", "c 0 evil @1", "closed reused @1", "open syn c @2", "c 0 EHLO @4", "closed capture @4"}},
    {"WholeHandshakeAndResetInTheMidst",
     {"c S 0 -", "s SA 0 1", "s A 1 1 220", "c S 99999 -", "s SA 5555 100000", "c A 100000 5556", "c R 100000 -",
      "c A 1 4 MAIL", "s A 4 5 250", "c A 5 7 DATA"},
     {"open syn c @1", "s 0 220 @3", "closed reused @3", "open syn c @4", "c reset 0 @7", "c conflict 0 @8",
      "open midway c @8", "c 0 MAIL @8", "s 0 250 @9", "c 4 DATA @10", "closed ended @7", "closed capture @10"}},
    {"OctetsOfAnotherConnectionWhoseHandshakeWasNotCaptured",
     {"c S 0 -", "s SA 0 1", "c A 1 1 old", "s A 1500000000 1600000000 220", "c A 1600000000 1500000003",
      "c A 1600000000 1500000003 MAIL"},
     {"open syn c @1", "c 0 old @3", "s conflict 0 @4", "open midway s @4", "s 0 220 @4", "c 0 MAIL @6",
      "closed capture @3", "closed capture @6"}},
};
std::string name_of(const testing::TestParamInfo<Forgery>& forgery) { return forgery.param.name; }
INSTANTIATE_TEST_SUITE_P(Tuple, Forged, testing::ValuesIn(kForgeries), name_of);

// A relay that sends from port 25 to a port that serves by no table: its SYN is answered, so it is the client.
TEST(Client, IsWhoseSynWasAnsweredThoughItsPortServes) {
  EXPECT_EQ(run({"s S 0 -", "c SA 0 1", "s A 1 1", "c A 1 1 220", "s A 1 4 EHLO"}).events,
            (Events{"open syn c swapped @1", "s 0 220 @4", "c 0 EHLO @5", "closed capture @5"}));
}

// RFC 9293 section 3.5, figure 8.
TEST(Client, OfTwoThatOpenAtOnceHidesNothing) {
  EXPECT_EQ(run({"c S 0 -", "s S 0 -", "c SA 0 1", "s SA 0 1", "s A 1 1 220", "c A 1 4 EHLO"}).events,
            (Events{"open syn c @1", "s conflict 0 @2", "s 0 220 @5", "c 0 EHLO @6", "closed capture @6"}));
}

TEST(Beside, WhereTheirNumbersAreIsWhoseTheyAre) {
  EXPECT_EQ(run({"c S 0 -", "s SA 0 1", "c A 1 1 one", "c A 1500000000 1600000000 two", "s A 1 4 250",
                 "s A 1600000000 1500000003 502", "c A 4 4 ONE", "c A 1500000003 1600000003 TWO"})
                .events,
            (Events{"open syn c @1", "c 0 one @3", "c conflict 3 @4", "open midway c @4", "c 0 two @4", "s 0 250 @5",
                    "s 0 502 @6", "c 3 ONE @7", "c 3 TWO @8", "closed capture @7", "closed capture @8"}));
}

TEST(Limit, ConnectionsBesideOneAnotherGoByTheLeastSeenAndSaySo) {
  const Outcome r = run({"c A 1 1 a", "c A 2 1 b", "s A 1500000000 3 c", "s A 2800000000 3 d", "c A 1500000000 1 e",
                         "c A 2800000000 1 f"});
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 a @1", "c 1 b @2", "s conflict 0 @3", "open midway s @3",
                              "s 0 c @3", "open midway s @4", "s 0 d @4", "c conflict 2 @5", "open midway c @5",
                              "c 0 e @5", "closed evicted @3", "open midway c @6", "c 0 f @6", "closed capture @2",
                              "closed capture @4", "closed capture @5", "closed capture @6"}));
  EXPECT_EQ(r.table.evicted, 1u);
}

// --- time ---

TEST(Idle, EndsAfterItsTime) {
  Limits limits;
  limits.idle = std::chrono::seconds{100};
  const Outcome r =
      run({"#1 c A 1 1 x", "@50 #2 c A 1 1 y", "@90 #1 c A 2 1 z", "@145 #2 c A 2 1 w", "@195 tick"}, limits);
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 x @1", "2: open midway c @2", "2: c 0 y @2", "c 1 z @3",
                              "2: c 1 w @4", "closed idle @3", "2: closed capture @4"}));
  EXPECT_EQ(r.table.idle, 1u);
}

TEST(Idle, IsNoEndWhereTheNumbersGoOn) {
  // Seen in a real capture: one stamp of the handshake lies decades ahead.
  EXPECT_EQ(run({"c S 0 -", "@900000000 s SA 0 1", "@1 c A 1 1", "s A 1 1 220", "c A 1 4 EHLO"}).events,
            (Events{"open syn c @1", "s 0 220 @4", "c 0 EHLO @5", "closed capture @5"}));
  EXPECT_EQ(run({"c A 1 1 x", "@9000 c A 2 1 y"}).events,
            (Events{"open midway c @1", "c 0 x @1", "c 1 y @2", "closed capture @2"}));
}

TEST(Idle, IsTheEndWhereTheyDoNot) {
  const Outcome r = run({"c A 1 1 x", "@9000 c A 500000000 1 y"});
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 x @1", "closed idle @1", "open midway c @2", "c 0 y @2",
                              "closed capture @2"}));
  EXPECT_EQ(r.table.idle, 1u);
}

// TRAPS 24: times that go backward, and one that is wild.
TEST(Clock, OneWildTimeStampEndsNobody) {
  EXPECT_EQ(
      run({"#1 c A 1 1 x", "#2 c A 1 1 y", "@900000000 #3 c A 1 1 z", "@1 #1 c A 2 1 x", "@2 #2 c A 2 1 y"}).events,
      (Events{"open midway c @1", "c 0 x @1", "2: open midway c @2", "2: c 0 y @2", "3: open midway c @3",
              "3: c 0 z @3", "c 1 x @4", "2: c 1 y @5", "closed capture @4", "2: closed capture @5",
              "3: closed capture @3"}));
}

TEST(Clock, FollowsALeapThatIsConfirmed) {
  EXPECT_EQ(run({"#1 c A 1 1 x", "@4000 #2 c A 1 1 y", "@4001 #2 c A 2 1 y"}).events,
            (Events{"open midway c @1", "c 0 x @1", "2: open midway c @2", "2: c 0 y @2", "2: c 1 y @3",
                    "closed idle @1", "2: closed capture @3"}));
  // The packet that confirms it goes on where its own connection was.
  EXPECT_EQ(run({"#1 c A 1 1 x", "@4000 #2 c A 1 1 y", "@4001 #1 c A 2 1 z"}).events,
            (Events{"open midway c @1", "c 0 x @1", "2: open midway c @2", "2: c 0 y @2", "c 1 z @3",
                    "closed capture @3", "2: closed capture @2"}));
}

TEST(Clock, BackwardTimesAreOrdinary) {
  EXPECT_EQ(
      run({"@10 c S 0 -", "@5 s SA 0 1", "@10 c A 1 1", "@5 s A 1 1 220", "@10 c A 1 4 EHLO", "@4 c FA 5 4"}).events,
      (Events{"open syn c @1", "s 0 220 @4", "c 0 EHLO @5", "c fin 4 @6", "closed capture @6"}));
}

// --- limits ---

TEST(Limit, ConnectionsEvictTheLongestSilentAndSaySo) {
  Limits limits;
  limits.flows = 2;
  const Outcome r =
      run({"@0 #1 c A 1 1 a", "@5 #2 c A 1 1 b", "@10 #1 c A 2 1 c", "@15 #3 c A 1 1 d", "@16 #2 c A 2 1 e"}, limits);
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 a @1", "2: open midway c @2", "2: c 0 b @2", "c 1 c @3",
                              "2: closed evicted @2", "3: open midway c @4", "3: c 0 d @4", "closed evicted @3",
                              "2: open midway c @5", "2: c 0 e @5", "3: closed capture @4", "2: closed capture @5"}));
  EXPECT_EQ(r.table.evicted, 2u);
}

TEST(Limit, OctetsOfConnectionsEvictTheLongestSilent) {
  Limits limits;
  limits.open_bytes = 1;  // not even one has room: each is told, and closed with its first segment
  const Outcome r = run({"@0 #1 c A 1 1 a", "@5 #2 c A 1 1 b"}, limits);
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 a @1", "closed evicted @1", "2: open midway c @2", "2: c 0 b @2",
                              "2: closed evicted @2"}));
  EXPECT_EQ(r.table.evicted, 2u);
}

TEST(Limit, ConnectionsThatEndedGoFirst) {
  Limits limits;
  limits.flows = 2;
  const Outcome r = run({"@0 #1 c A 1 1 a", "@5 #2 c A 1 1 b", "@5 #2 c R 2 -", "@6 #3 c A 1 1 d"}, limits);
  EXPECT_EQ(r.events, (Events{"open midway c @1", "c 0 a @1", "2: open midway c @2", "2: c 0 b @2", "2: c reset 1 @3",
                              "2: closed ended @3", "3: open midway c @4", "3: c 0 d @4", "closed capture @1",
                              "3: closed capture @4"}));
  EXPECT_EQ(r.table.evicted, 0u);
}

TEST(Limit, ReorderingGivesUpTheOldestHole) {
  Limits limits;
  limits.reorder_bytes_per_flow = 1000;  // two chunks of 160 and their octets fit
  const std::string a(300, 'a');
  EXPECT_EQ(run({"c S 0 -", "c A 5 1 " + a, "c A 405 1 " + a, "c A 705 1 " + a, "c A 1 1 late"}, limits).events,
            (Events{"open syn c @1", "c gap 0+4 limit @2", "c 4 " + a + " @2", "c gap 304+100 missing @3",
                    "c 404 " + a + " @3", "c 704 " + a + " @4", "closed capture @5"}));
}

TEST(Limit, ReorderingOfAllIsBoundedInTheOneThatAsks) {
  Limits limits;
  limits.reorder_bytes_total = 1000;
  const std::string a(300, 'a');
  EXPECT_EQ(
      run({"#1 c S 0 -", "#2 c S 0 -", "#1 c A 5 1 " + a, "#1 c A 405 1 " + a, "#2 c A 5 1 " + a, "#2 c A 1 1 late"},
          limits)
          .events,
      (Events{"open syn c @1", "2: open syn c @2", "2: c gap 0+4 limit @5", "2: c 4 " + a + " @5",
              "c gap 0+4 missing @3", "c 4 " + a + " @3", "c gap 304+100 missing @4", "c 404 " + a + " @4",
              "closed capture @4", "2: closed capture @6"}));
}

TEST(Limit, HolesOfManySegmentsAreGivenUp) {
  std::vector<std::string> lines{"c S 0 -", "c A 5 1 x", "s A 1 6"};
  for (int i = 0; i < 64; ++i) lines.push_back("c A " + std::to_string(6 + i) + " 1 y");
  const Outcome r = run(lines);
  EXPECT_EQ(r.events.at(1), "c gap 0+4 missing @2");
  EXPECT_EQ(r.events.size(), 1u + 1 + 65 + 1);
}

// --- counters ---

TEST(Counters, TellMirroredFromRetransmitted) {
  // TRAPS 21: the same packet twice has the same identification; a retransmission has another.
  const Outcome r = run({"c S 0 - id=1", "c S 0 - id=1", "c A 1 1 EHLO id=2", "c A 1 1 EHLO id=2", "c A 1 1 EHLO id=3",
                         "@1 c A 1 1 EHLO id=2", "c A 9 1 x700 id=4", "c A 9 1 x700 id=4", "c A 9 1 x700 id=5",
                         "@2 s A 1 5 x9001 id=0", "@2.0005 s A 1 5 x9001 id=0", "@2.5 s A 1 5 x9001 id=0"});
  const SideCounters &c = r.counters.at(0), &s = r.counters.at(1);
  EXPECT_EQ(c.packets, 9u);
  EXPECT_EQ(c.payload_bytes, 704u);
  EXPECT_EQ(c.duplicates, 2u);
  EXPECT_EQ(c.retransmitted, 3u);
  EXPECT_EQ(s.packets, 3u);
  EXPECT_EQ(s.payload_bytes, 9001u);
  EXPECT_EQ(s.duplicates, 1u);
  EXPECT_EQ(s.retransmitted, 1u);
  EXPECT_EQ(s.superframes, 3u);
}

// --- fragments ---

TEST(Fragments, WithoutPortsConcernEveryOpenConnectionOfTheHostsOnce) {
  EXPECT_EQ(
      run({"#1 c S 0 -", "#2 c S 0 -", "c lost hosts", "#1 c A 1 1 x", "#3 c S 0 -", "#1 c A 2 1 y"}).events,
      (Events{"open syn c @1", "c gap 0+0 fragment @3", "c 0 x @4", "c 1 y @6", "closed capture @6", "2: open syn c @2",
              "2: c gap 0+0 fragment @3", "2: closed capture @2", "3: open syn c @5", "3: closed capture @5"}));
}

TEST(Fragments, OfMoreHostsThanRememberedConcernEverybody) {
  Recorder recorder;
  const Limits limits;
  FlowTable table(&limits, &recorder);
  play(table, {"c S 0 -"}, kIsns[0]);
  for (int i = 0; i < 5000; ++i) {
    LostDatagram lost;
    lost.from = host(77);
    lost.to = host(78);
    lost.to.octets[0] = static_cast<std::uint8_t>(i >> 8);
    lost.to.octets[1] = static_cast<std::uint8_t>(i);
    table.lost(lost);
  }
  table.finish();
  EXPECT_EQ(recorder.events,
            (Events{"open syn c @1", "c gap 0+0 fragment @0", "s gap 0+0 fragment @0", "closed capture @1"}));
}

}  // namespace
}  // namespace mailseal::script
