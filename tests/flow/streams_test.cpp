// One connection: every way in which its octets can arrive.
#include <gtest/gtest.h>

#include "script.h"

namespace mailseal::script {
namespace {

struct Case {
  std::string name;
  std::vector<std::string> lines;
  Events events;  ///< until the end of the capture
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const std::vector<std::string> kHandshake = {"c S 0 -", "s SA 0 1", "c A 1 1"};

/// Behind a handshake in frames 1 to 3; events without its opening.
std::vector<std::string> opened(std::vector<std::string> lines) {
  lines.insert(lines.begin(), kHandshake.begin(), kHandshake.end());
  return lines;
}
Events opened_events(Events events) {
  events.insert(events.begin(), "open syn c @1");
  return events;
}

class Streams : public testing::TestWithParam<Case> {};

TEST_P(Streams, GiveTheseEvents) {
  for (const Isns& isns : kIsns) {
    SCOPED_TRACE(testing::Message() << std::hex << isns.client << " " << isns.server);
    const Limits limits;
    Recorder recorder;
    FlowTable table(&limits, &recorder);
    play(table, GetParam().lines, isns);
    table.finish();
    ASSERT_EQ(recorder.events, GetParam().events);
  }
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

Case after_handshake(std::string name, std::vector<std::string> lines, Events events) {
  return {std::move(name), opened(std::move(lines)), opened_events(std::move(events))};
}

const Case kOrder[] = {
    after_handshake("InOrder", {"s A 1 1 220", "c A 1 4 EHLO", "s A 4 5 250"},
                    {"s 0 220 @4", "c 0 EHLO @5", "s 3 250 @6", "closed capture @6"}),
    after_handshake("EarlyOctetsWaitAndKeepTheirFrame", {"c A 5 1 two", "c A 8 1 three", "c A 1 1 one_"},
                    {"c 0 one_ @6", "c 4 two @4", "c 7 three @5", "closed capture @6"}),
    after_handshake("DirectionsOvertakeEachOther", {"c A 1 4 EHLO", "s A 1 5 220"},
                    {"c 0 EHLO @4", "s 0 220 @5", "closed capture @5"}),
    after_handshake("DataInBothHandshakeSegmentsOfNothing", {"c A 1 1", "s A 1 1"}, {"closed capture @5"}),
    {"FastOpenDataInTheSyn",
     {"c S 0 - EHLO", "s SA 0 5", "c A 5 1 QUIT"},
     {"open syn c @1", "c 0 EHLO @1", "c 4 QUIT @3", "closed capture @3"}},
    {"FastOpenDataRefusedAndSentAgain",
     {"c S 0 - EHLO", "s SA 0 1", "c A 1 1 EHLO"},
     {"open syn c @1", "c 0 EHLO @1", "closed capture @3"}},
    {"SynAckBeforeSyn",
     {"s SA 0 1", "c S 0 -", "c A 1 1 EHLO"},
     {"open synack s @1", "c 0 EHLO @3", "closed capture @3"}},
    {"SynRepeated",
     {"c S 0 -", "c S 0 -", "s SA 0 1", "s SA 0 1", "c S 0 -", "c A 1 1 EHLO", "s SA 0 1"},
     {"open syn c @1", "c 0 EHLO @6", "closed capture @7"}},
    {"SynAckLost", {"c S 0 -", "c A 1 1", "s A 1 1 220"}, {"open syn c @1", "s 0 220 @3", "closed capture @3"}},
    {"OnlyTheServerSideIsSeen",
     {"s SA 0 1", "s A 1 1 220", "s A 4 5 250"},
     {"open synack s @1", "s 0 220 @2", "s 3 250 @3", "c gap 0+4 missing @3", "closed capture @3"}},
    {"OnlyTheClientSideIsSeen",
     {"c S 0 -", "c A 1 1", "c A 1 4 EHLO", "c A 5 9 QUIT"},
     {"open syn c @1", "c 0 EHLO @3", "c 4 QUIT @4", "s gap 0+8 missing @3", "closed capture @4"}},
};

const Case kMidway[] = {
    {"PureAckGivesBothBases",
     {"c A 100 200", "s A 200 100 250", "c A 100 203 QUIT"},
     {"open midway c @1", "s 0 250 @2", "c 0 QUIT @3", "closed capture @3"}},
    {"AckThatOvertookTheFirstOctets",
     {"c A 100 203", "s A 200 100 220", "c A 100 203 EHLO"},
     {"open midway c @1", "s 0 220 @2", "c 0 EHLO @3", "closed capture @3"}},
    {"KeepAliveIsNoBeginning",
     {"c A 100 200", "s A 199 100 z", "s A 200 100 220"},
     {"open midway c @1", "s 0 220 @3", "closed capture @3"}},
    {"FinOnly",
     {"c FA 100 200", "s A 200 101 221", "s FA 203 101"},
     {"open midway c @1", "c fin 0 @1", "s 0 221 @2", "s fin 3 @3", "closed ended @3"}},
    {"LoneResetOpensNothing", {"c R 100 -", "s RA 5 100"}, {}},
};

const Case kCopies[] = {
    after_handshake("Retransmission", {"c A 1 1 EHLO", "c A 1 1 EHLO", "c A 5 1 QUIT"},
                    {"c 0 EHLO @4", "c 4 QUIT @6", "closed capture @6"}),
    after_handshake("RetransmissionWithMore", {"c A 1 1 EHLO", "c A 3 1 LOQUIT"},
                    {"c 0 EHLO @4", "c 4 QUIT @5", "closed capture @5"}),
    after_handshake("ForgedCopyAfterTheRealOne", {"c A 1 1 STARTTLS", "c A 1 1 NOOPNOOP", "c A 9 1 hello"},
                    {"c 0 STARTTLS @4", "c conflict 0 @5", "c 8 hello @6", "closed capture @6"}),
    after_handshake("ForgedCopyCutDifferently", {"c A 1 1 STAR", "c A 5 1 TTLS", "c A 3 1 ARTxLSmore"},
                    {"c 0 STAR @4", "c 4 TTLS @5", "c 8 more @6", "c conflict 5 @6", "closed capture @6"}),
    after_handshake("ForgedPartOfADeliveredSegment", {"c A 1 1 STARTTLS", "c A 3 1 xx"},
                    {"c 0 STARTTLS @4", "c conflict 2 @5", "closed capture @5"}),
    after_handshake("ForgedCopyOfWaitingOctets", {"c A 5 1 QUIT", "c A 5 1 NOOP", "c A 1 1 EHLO"},
                    {"c conflict 4 @5", "c 0 EHLO @6", "c 4 QUIT @4", "closed capture @6"}),
    after_handshake("LongCopySpansWaitingOctets", {"c A 5 1 QUIT", "c A 1 1 EHLOQUxTmore"},
                    {"c 0 EHLO @5", "c 4 QUIT @4", "c 8 more @5", "c conflict 6 @5", "closed capture @5"}),
    after_handshake(
        "CopiesOverlapAtBothEnds", {"c A 4 1 defg", "c A 9 1 ijk", "c A 2 1 bcdefghi", "c A 1 1 ab", "c A 10 1 jkl"},
        {"c 0 a @7", "c 1 bc @6", "c 3 defg @4", "c 7 h @6", "c 8 ijk @5", "c 11 l @8", "closed capture @8"}),
    after_handshake("KeepAliveWithoutOctet", {"c A 1 1 EHLO", "c A 4 1", "s A 1 5"},
                    {"c 0 EHLO @4", "closed capture @6"}),
    after_handshake("KeepAliveWithGarbage", {"c A 1 1 EHLO", "c A 4 1 z", "s A 0 5 z", "s A 1 5 220"},
                    {"c 0 EHLO @4", "s 0 220 @7", "closed capture @7"}),
    after_handshake("KeepAliveBehindFin", {"c FA 1 1 QUIT", "c A 5 1 z", "s FA 1 6", "c A 6 2"},
                    {"c 0 QUIT @4", "c fin 4 @4", "s fin 0 @6", "closed ended @7"}),
    after_handshake("OctetsFarOutsideTheWindow", {"c A 1 1 EHLO", "c A 1500000000 1 evil", "c A 5 1 QUIT"},
                    {"c 0 EHLO @4", "c conflict 4 @5", "open midway c @5", "c 0 evil @5", "c 4 QUIT @6",
                     "closed capture @6", "closed capture @5"}),
    after_handshake("OctetsBeforeTheBeginning", {"c A -9 1 evil", "c A 1 1 EHLO"},
                    {"c conflict 0 @4", "open midway c @4", "c 0 evil @4", "c 0 EHLO @5", "closed capture @5",
                     "closed capture @4"}),
    {"ForgedSynAckFirst",
     {"c S 0 -", "s SA 900000 1", "s SA 0 1", "c A 1 1", "s A 1 1 220"},
     {"open syn c @1", "s conflict 0 @3", "s conflict 0 @4", "s 0 220 @5", "closed capture @5"}},
};

const Case kHoles[] = {
    after_handshake("UnacknowledgedHoleWaitsToTheEnd", {"c A 5 1 QUIT", "@100 s A 1 1 220"},
                    {"s 0 220 @5", "c gap 0+4 missing @4", "c 4 QUIT @4", "closed capture @5"}),
    after_handshake(
        "AcknowledgedHoleIsGivenUpAfterSomeTime",
        {"c A 5 1 QUIT", "s A 1 9 221", "@1 s A 4 9 x", "@4 s A 5 9 y", "c A 9 6 z"},
        {"s 0 221 @5", "s 3 x @6", "s 4 y @7", "c gap 0+4 missing @4", "c 4 QUIT @4", "c 8 z @8", "closed capture @8"}),
    after_handshake("AcknowledgedHoleIsFilledInTime", {"c A 5 1 QUIT", "s A 1 9 221", "@2 c A 1 1 EHLO"},
                    {"s 0 221 @5", "c 0 EHLO @6", "c 4 QUIT @4", "closed capture @6"}),
    after_handshake("AcknowledgedAndNeverSeen", {"s A 1 5 250", "@4 s A 4 5 x", "c A 5 5 QUIT"},
                    {"s 0 250 @4", "s 3 x @5", "c gap 0+4 missing @4", "c 4 QUIT @6", "closed capture @6"}),
    after_handshake("AcknowledgedInPart", {"c A 9 1 QUIT", "s A 1 5", "@4 s A 1 5", "@9 s A 1 5"},
                    {"c gap 0+4 missing @5", "c gap 4+4 missing @4", "c 8 QUIT @4", "closed capture @7"}),
    after_handshake("HolesBehindAHole", {"c A 3 1 b", "c A 5 1 d", "s A 1 6", "@4 s A 1 6"},
                    {"c gap 0+2 missing @4", "c 2 b @4", "c gap 3+1 missing @5", "c 4 d @5", "closed capture @7"}),
    after_handshake("EndOfCaptureTellsWhatWasAcknowledged", {"s A 1 11"},
                    {"c gap 0+10 missing @4", "closed capture @4"}),
    after_handshake("AckOfFinIsNoHole", {"c FA 1 1 QUIT", "s A 1 6", "s FA 1 6", "c A 6 2"},
                    {"c 0 QUIT @4", "c fin 4 @4", "s fin 0 @6", "closed ended @7"}),
    after_handshake("AckOfFinBeforeFin", {"s A 1 6", "c FA 1 1 QUIT", "@9 s A 1 6"},
                    {"c 0 QUIT @5", "c fin 4 @5", "closed capture @6"}),
    after_handshake("AbsurdAckProvesNothing", {"s A 1 1500000000", "@9 s A 1 1"}, {"closed capture @5"}),
    after_handshake("CutBySnapLength", {"c A 1 1 EH cut=2", "c A 5 1 QUIT"},
                    {"c 0 EH @4", "c gap 2+2 cut @4", "c 4 QUIT @5", "closed capture @5"}),
    after_handshake("CutToNothing", {"c A 1 1 cut=4", "c A 5 1 QUIT"},
                    {"c gap 0+4 cut @4", "c 4 QUIT @5", "closed capture @5"}),
    after_handshake("CutAndEarly", {"c A 5 1 QU cut=2", "c A 9 1 x", "c A 1 1 EHLO"},
                    {"c 0 EHLO @6", "c 4 QU @4", "c gap 6+2 cut @4", "c 8 x @5", "closed capture @6"}),
    after_handshake("FragmentsOfThisConnection", {"c A 1 1 EHLO", "c lost", "c A 5 1 QUIT"},
                    {"c 0 EHLO @4", "c gap 4+0 fragment @5", "c 4 QUIT @6", "closed capture @6"}),
    after_handshake("FragmentsOfTheseHosts", {"c A 1 1 EHLO", "s lost hosts", "c A 5 1 QUIT"},
                    {"c 0 EHLO @4", "s gap 0+0 fragment @5", "c 4 QUIT @6", "closed capture @6"}),
    after_handshake("FragmentsOfTheseHostsAtTheEnd", {"c lost hosts"}, {"c gap 0+0 fragment @4", "closed capture @3"}),
};

const Case kEnds[] = {
    after_handshake("FinFin", {"c FA 1 1 QUIT", "s FA 1 6 221", "c A 6 5"},
                    {"c 0 QUIT @4", "c fin 4 @4", "s 0 221 @5", "s fin 3 @5", "closed ended @6"}),
    after_handshake("HalfClose", {"c FA 1 1", "s A 1 2 bye", "@60 s A 4 2 bye", "s FA 7 2"},
                    {"c fin 0 @4", "s 0 bye @5", "s 3 bye @6", "s fin 6 @7", "closed ended @7"}),
    after_handshake("FinBeforeItsOctets", {"c FA 5 1", "c A 1 1 QUIT"},
                    {"c 0 QUIT @5", "c fin 4 @4", "closed capture @5"}),
    after_handshake("FinBehindAHole", {"c FA 5 1", "s FA 1 6"},
                    {"s fin 0 @5", "c gap 0+4 missing @5", "c fin 4 @4", "closed ended @5"}),
    after_handshake("FinRepeated", {"c FA 1 1", "c FA 1 1", "s A 1 2"}, {"c fin 0 @4", "closed capture @6"}),
    after_handshake("FinThenReset", {"s FA 1 1", "c FA 1 2", "c R 2 -", "s R 2 -"},
                    {"s fin 0 @4", "c fin 0 @5", "closed ended @7"}),
    after_handshake("ResetOnce", {"c A 1 1 DATA", "c RA 5 1", "c R 5 -"},
                    {"c 0 DATA @4", "c reset 4 @5", "closed ended @6"}),
    after_handshake("LateOctetsAfterReset", {"c A 5 1 more", "s A 1 1 220", "c RA 9 1", "c A 1 1 DATA"},
                    {"s 0 220 @5", "c reset 8 @6", "c 0 DATA @7", "c 4 more @4", "closed ended @7"}),
    after_handshake("BothSidesMayReset", {"c RA 1 1", "s R 1 -"}, {"c reset 0 @4", "s reset 0 @5", "closed ended @5"}),
    after_handshake("ResetOutsideTheWindow", {"c R 1500000000 -", "c A 1 1 EHLO"},
                    {"c 0 EHLO @5", "closed capture @5"}),
    after_handshake("OctetsBehindAForgedReset", {"c R 1 -", "c A 1 1 MAIL", "c A 5 1 more"},
                    {"c reset 0 @4", "c conflict 0 @5", "c 0 MAIL @5", "c 4 more @6", "closed ended @6"}),
    after_handshake("OctetsBehindAForgedFin", {"c FA 1 1", "c A 1 1 MAIL"},
                    {"c fin 0 @4", "c conflict 0 @5", "c 0 MAIL @5", "closed capture @5"}),
    after_handshake("OctetsInAResetAreARemark", {"c A 1 1 DATA", "c R 5 - busy"},
                    {"c 0 DATA @4", "c reset 4 @5", "closed ended @5"}),
    {"Refused", {"c S 0 -", "s RA -7 1"}, {"open syn c @1", "s reset 0 @2", "closed ended @2"}},
    after_handshake("LateAcknowledgementBelongsToTheOneThatEnded",
                    {"c FA 1 1", "s FA 1 2", "@9 c A 2 2", "@18 c A 2 2"},
                    {"c fin 0 @4", "s fin 0 @5", "closed ended @6"}),
    after_handshake("FinAndResetInOrderSettle",
                    {"s FA 1 1", "c A 1 2 QUIT", "c RA 5 2", "@3 c A 1 2 QUIT", "@4 s R 2 -"},
                    {"s fin 0 @4", "c 0 QUIT @5", "c reset 4 @6", "closed ended @6"}),
    after_handshake("AFinThatWasNotAcknowledgedSettlesNothing", {"s FA 1 1", "c RA 1 1", "@3 c A 1 2 MAIL"},
                    {"s fin 0 @4", "c reset 0 @5", "c conflict 0 @6", "c 0 MAIL @6", "closed ended @6"}),
    after_handshake("AResetElsewhereSettlesNothing", {"s FA 1 1", "c A 1 2", "c R 5 -", "@3 c A 1 2 MAIL"},
                    {"s fin 0 @4", "c reset 4 @6", "c 0 MAIL @7", "closed ended @7"}),
    after_handshake(
        "OctetsBehindASettledResetAreAnotherConnection", {"s FA 1 1", "c A 1 2", "c R 1 -", "c A 1 2 MAIL"},
        {"s fin 0 @4", "c reset 0 @6", "closed ended @6", "open midway c @7", "c 0 MAIL @7", "closed capture @7"}),
    after_handshake(
        "OctetsBehindASettledEndAreAnotherConnection", {"c FA 1 1", "s FA 1 2", "c A 2 2", "c A 2 2 MAIL"},
        {"c fin 0 @4", "s fin 0 @5", "closed ended @6", "open midway c @7", "c 0 MAIL @7", "closed capture @7"}),
};

INSTANTIATE_TEST_SUITE_P(Order, Streams, testing::ValuesIn(kOrder), name_of);
INSTANTIATE_TEST_SUITE_P(Midway, Streams, testing::ValuesIn(kMidway), name_of);
INSTANTIATE_TEST_SUITE_P(Copies, Streams, testing::ValuesIn(kCopies), name_of);
INSTANTIATE_TEST_SUITE_P(Holes, Streams, testing::ValuesIn(kHoles), name_of);
INSTANTIATE_TEST_SUITE_P(Ends, Streams, testing::ValuesIn(kEnds), name_of);

}  // namespace
}  // namespace mailseal::script
