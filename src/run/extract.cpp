// Two passes: Selection has made up its mind from the overview alone; then the inputs are read again, packet by packet,
// and what is selected is written. What is to be blanked is found by the decoder, so that no header is guessed.
#include "extract.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mailseal/capture.h"
#include "mailseal/decode.h"
#include "mailseal/report.h"

namespace mailseal {
namespace {

/// A place in the run: input, then frame.
using Place = std::pair<std::uint32_t, std::uint64_t>;

Place place_of(const Seen& seen) { return {seen.input, seen.frame}; }

/// What a segment is of a cited session.
enum class Part : std::uint8_t { Other, Handshake, SealedHandshake };

/// Of one session: what of it is a handshake.
struct Handshake {
  Seen opened;  ///< TCP: segments with SYN from here on, and the answer to them
  Seen closed;
  std::set<std::uint32_t> points;  ///< that it was captured at: what another one shows between these is not of it
  std::optional<Seen> tls_begins, tls_ends;  ///< all segments between them
  bool nothing_in_clear = false;             ///< the session showed none of it
  enum class Due : std::uint8_t { SynAck, Ack, Nothing } due = Due::SynAck;
};

class Selection {
 public:
  explicit Selection(const Overview& overview) : run_(overview.run) {
    std::set<std::uint64_t> cited;
    for (const FindingGroup& group : overview.findings)
      for (const Occurrence& o : group.occurrences) {
        if (o.seen.frame != 0) {
          std::string text = std::string(group.kind->id) + " (" + std::string(to_string(group.severity)) + ")";
          if (!o.note.empty()) text += ": " + escape_text(o.note);
          tell(place_of(o.seen), text);
        }
        if (o.session != 0) cited.insert(o.session);
      }
    for (const std::uint64_t id : cited)
      if (const auto judged = overview.sessions.find(id)) add(*judged);
  }

  /// Why that frame is evidence; nullptr: it is none by itself.
  const std::string* comment(const Place& place) const {
    const auto at = comments_.find(place);
    return at == comments_.end() ? nullptr : &at->second;
  }

  /// SealedHandshake: of TLS, and without a clear word beside it.
  Part part(const SegmentView& s) {
    const Seen& here = s.seen;
    for (const auto& [client, server] : {std::pair(s.from, s.to), std::pair(s.to, s.from)})
      for (auto [at, end] = handshakes_.equal_range(FlowKey{client, server}); at != end; ++at) {
        Handshake& h = at->second;
        if (!h.points.contains(run_.point_of(here.input)) || before(here, h.opened) || before(h.closed, here)) continue;
        if (h.tls_begins && !before(here, *h.tls_begins) && !before(h.tls_ends.value_or(*h.tls_begins), here))
          return h.nothing_in_clear ? Part::SealedHandshake : Part::Handshake;
        if (s.syn) {
          h.due = s.has_ack ? Handshake::Due::Ack : Handshake::Due::SynAck;
          return Part::Handshake;
        }
        if (h.due == Handshake::Due::Ack && s.from == client) {
          h.due = Handshake::Due::Nothing;
          return Part::Handshake;
        }
      }
    return Part::Other;
  }

 private:
  /// Of one point, by input and frame; of two, by their clocks.
  bool before(const Seen& a, const Seen& b) const {
    return run_.point_of(a.input) == run_.point_of(b.input) ? place_of(a) < place_of(b) : precedes(a, b);
  }
  void tell(const Place& place, const std::string& text) {
    std::string& comment = comments_[place];
    if (comment.find(text) == comment.npos) comment += (comment.empty() ? "" : "; ") + text;
  }

  void add(const JudgedSession& judged) {
    const Session& s = judged.session;
    Handshake h{s.first, s.last, {}, {}, {}};
    for (const Seen& seen : {s.first, s.last}) h.points.insert(run_.point_of(seen.input));
    for (const Fact& fact : s.spoke)
      if (fact) h.points.insert(run_.point_of(fact->input));
    const auto step = [&](const Fact& fact, const char* what) {
      if (fact) tell(place_of(*fact), what);
    };
    step(s.greeting, "greeting");
    step(s.upgrade_offered, "TLS offered");
    step(s.upgrade_requested, "TLS requested");
    step(s.upgrade_accepted, "TLS accepted");
    step(s.upgrade_refused, "TLS refused");
    if (s.tls) {
      const TlsFacts& t = *s.tls;
      step(t.client_hello, "ClientHello");
      step(t.server_hello, "ServerHello");
      step(t.established, "TLS established");
      const Fact& begins = t.client_hello ? t.client_hello : t.server_hello;
      if (begins) h.tls_begins = *begins;
      if (t.established)
        h.tls_ends = *t.established;
      else if (t.fatal_alert)
        h.tls_ends = t.fatal_alert->seen;
      else if (t.server_hello)
        h.tls_ends = *t.server_hello;
    }
    const State state = judged.judgement.state;
    h.nothing_in_clear = judged.judgement.exposed.empty() && state != State::Plaintext && state != State::Mixed;
    handshakes_.emplace(s.flow, h);
  }

  const RunFacts& run_;
  std::map<Place, std::string> comments_;
  std::multimap<FlowKey, Handshake> handshakes_;
};

/// Where the payload lies in the packet. Of fragments, and of what is no TCP, all that IP carries is taken for it; of
/// what is no IP, all behind the link's header.
std::size_t payload_begins(const PacketView& view, const Decoded& decoded) {
  const auto* segment = std::get_if<SegmentView>(&decoded);
  if (!segment || segment->joined) return before_ip_payload(view);
  return static_cast<std::size_t>(segment->payload.data() - view.bytes.data());
}

}  // namespace

Expected<void> extract(std::ostream& out, const Overview& overview, Payload payload, const Limits& limits,
                       Archives& archives) {
  Selection selection(overview);
  if (const auto& fault = overview.sessions.fault()) return tl::unexpected(*fault);
  PcapngWriter writer(&out, "mailseal " MAILSEAL_VERSION);
  for (std::size_t i = 0; i < overview.run.inputs.size(); ++i) {
    const InputFacts& input = overview.run.inputs[i];
    auto source =
        archives.open(input.file.empty() ? input.path : input.file, input.member, static_cast<std::uint32_t>(i));
    if (!source) return tl::unexpected(source.error());
    Decoder decoder(&limits);
    std::map<std::uint32_t, std::uint32_t> numbers;  // of the source's interfaces, in the evidence
    std::vector<std::byte> blanked;
    for (;;) {
      const Captured captured = (*source)->next();
      const auto* view = std::get_if<PacketView>(&captured);
      if (!view) break;
      const Decoded decoded = decoder.decode(*view);
      (void)decoder.take_lost();
      const auto* segment = std::get_if<SegmentView>(&decoded);
      const Part part = segment ? selection.part(*segment) : Part::Other;
      const std::string* why = selection.comment(place_of(view->seen));
      if (part == Part::Other && !why) continue;

      const std::uint32_t face = view->interface;
      if (!numbers.contains(face)) {
        InterfaceFacts facts;
        facts.link_type = static_cast<std::uint32_t>(view->link);
        const std::vector<InterfaceFacts>& known = (*source)->facts().interfaces;
        if (face < known.size()) facts = known[face];
        numbers[face] = writer.interface(facts, "of " + escape_text(input.path) + ", sha256 " + input.sha256);
      }
      PacketView kept = *view;
      if (payload == Payload::Zero || (payload == Payload::Tls && part != Part::SealedHandshake)) {
        blanked.assign(view->bytes.begin(), view->bytes.end());
        std::fill(blanked.begin() + static_cast<std::ptrdiff_t>(payload_begins(*view, decoded)), blanked.end(),
                  std::byte{0});
        kept.bytes = blanked;
      }
      writer.packet(numbers[face], kept,
                    "frame " + std::to_string(view->seen.frame) + ": " + (why ? *why : std::string("handshake")));
    }
    if ((*source)->facts().sha256 != input.sha256)
      return fail(escape_text(input.path) + ": has changed since it was analyzed; the evidence would not be its own");
  }
  return {};
}

}  // namespace mailseal
