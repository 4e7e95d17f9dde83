// Findings of class capture: how good the capture is. All are told by overview, which knows the inputs.
#include "rule.h"

namespace mailseal {
namespace {

using enum Severity;
constexpr auto kClass = FindingClass::Capture;

const Rule kRules[] = {
    {{"capture-no-mail-traffic", "No mail traffic in the capture", kClass, High, High,
      "No conversation on a mail port, and none that looks like mail.", "Nothing was tested. This is not a pass.",
      "Check interface, filter and time of the capture; name other ports with --port, or try --any-port.", ""},
     nullptr},
    {{"capture-drops-reported", "The capturing system dropped packets", kClass, Medium, Medium,
      "The capture says that packets were lost before they were stored.", "There was traffic that nobody can judge.",
      "Capture with a larger buffer (tcpdump -B) and a filter.", ""},
     nullptr},
    {{"capture-sequence-gaps", "Acknowledged packets are missing", kClass, Low, Low,
      "Octets were acknowledged that the capture does not have.", "Packets were lost at the capture point.",
      "Capture with a larger buffer, a filter, or at another point.", ""},
     nullptr},
    {{"capture-duplicates", "Packets captured twice", kClass, Info, Info,
      "The same packets stand in the capture more than once, as a mirror port or 'any' makes them.",
      "Harmless: each was counted once.", "None; mirror one side only.", ""},
     nullptr},
    {{"capture-truncated-file", "The file ends inside a packet", kClass, Medium, Medium,
      "The last record is shorter than it says, or the file is damaged from there on.",
      "The end of the capture is missing.", "Copy the file again and compare; stop the capture in order.", ""},
     nullptr},
    {{"capture-clock-anomaly", "Times run backwards or are not believable", kClass, Low, Low,
      "A packet is more than a second older than the one before it, or from before the year 2000.",
      "What depends on time (validity of certificates, fallback within minutes) is less sure.",
      "Set the clock of the capturing system by NTP.", ""},
     nullptr},
    {{"capture-superframes", "Frames larger than the network carries", kClass, Info, Info,
      "The capturing system joined packets (GRO, LRO, TSO) before they were stored.", "Harmless.", "None.", ""},
     nullptr},
    {{"capture-filter-narrow", "The capture was filtered", kClass, Info, Info,
      "The file says that only packets were captured that a filter lets pass.",
      "What the filter kept out was not looked at: mail on other ports, of other hosts.",
      "State the filter where the report is used; capture without one for a complete look.", ""},
     nullptr},
    {{"capture-text-source", "The capture is text", kClass, Info, Info,
      "The packets were read from what a sniffer printed.",
      "A console may lose lines, and what it prints proves itself only in part: no session is judged with more than "
      "medium confidence.",
      "Capture to a file: tcpdump -w, or the device's packet capture to download. Where text is all there is, print "
      "the "
      "packets whole: level 3 or 6 of a FortiGate, tcpdump -XX.",
      ""},
     nullptr},
    {{"capture-contains-secrets", "The capture itself is sensitive", kClass, Info, Info,
      "It holds readable mail or logins, or sessions that can be decrypted later with the server's key.",
      "Who has the file has what was exposed.",
      "Encrypt it, restrict who may read it, delete it in time; change exposed passwords.", ""},
     nullptr},
};

}  // namespace

std::span<const Rule> capture_rules() noexcept { return kRules; }

}  // namespace mailseal
