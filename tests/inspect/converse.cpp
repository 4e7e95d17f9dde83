#include "converse.h"

#include <algorithm>

namespace mailseal::test {
namespace {

class Keep final : public SessionSink {
 public:
  void session(Session&& s, Progress p) override {
    if (p == Progress::Ended) kept = std::move(s);
  }
  std::optional<Session> kept;
};

Seen at(std::uint64_t frame, Side side, std::uint64_t offset) {
  Seen s;
  s.time = Timestamp(std::chrono::seconds(1'700'000'000) + std::chrono::milliseconds(frame));
  s.frame = frame;
  s.side = side;
  s.offset = offset;
  return s;
}

}  // namespace

std::optional<Session> converse(const std::vector<Turn>& turns, const Play& play) {
  const Limits limits;
  Keep keep;
  const auto inspector = make_inspector(&play.options, &limits, &keep);
  Opening opening;
  opening.key.client.port = 40'000;
  opening.key.server.port = play.port;
  opening.beginning = play.beginning;
  opening.first = at(1, C, 0);
  const auto handler = inspector->open(opening);
  if (!handler) return {};
  std::uint64_t frame = 3, offset[2] = {0, 0};
  Closed closed{};
  for (const Turn& turn : turns) {
    ++frame;
    if (turn.fate == Lost) {
      auto& o = offset[static_cast<std::size_t>(turn.from)];
      handler->gap({turn.from, at(frame, turn.from, o), turn.text.size(), Gap::Why::Missing});
      o += turn.text.size();
      continue;
    }
    for (std::size_t i = 0; i < turn.text.size(); i += play.piece) {
      const std::string_view part = std::string_view(turn.text).substr(i, play.piece);
      auto& o = offset[static_cast<std::size_t>(turn.from)];
      handler->data({turn.from, at(frame, turn.from, o), as_bytes(part)});
      o += part.size();
    }
    ++closed.sides[static_cast<std::size_t>(turn.from)].packets;
  }
  if (play.ends) {
    handler->end({C, at(++frame, C, offset[0]), SideEnd::How::Fin});
    handler->end({S, at(++frame, S, offset[1]), SideEnd::How::Fin});
  }
  for (auto& side : closed.sides) side.packets += play.beginning == Beginning::Midway ? 0 : 2;
  closed.last = at(frame, C, 0);
  closed.reason = play.ends ? CloseReason::Ended : CloseReason::EndOfCapture;
  handler->closed(closed);
  return std::move(keep.kept);
}

std::string summary(const std::optional<Session>& session) {
  if (!session) return "none";
  const Session& s = *session;
  std::string out(to_string(s.protocol));
  const auto add = [&](std::string_view name, const std::optional<Seen>& seen) {
    if (seen) out += " " + std::string(name) + "@" + std::to_string(seen->frame);
  };
  add("proxy", s.proxy_header);
  add("offered", s.upgrade_offered);
  add("requested", s.upgrade_requested);
  add("accepted", s.upgrade_accepted);
  add("refused", s.upgrade_refused);
  add("injected", s.injected_commands);
  add("injected-reply", s.injected_replies);
  add("early-hello", s.early_client_hello);
  add("not-tls", s.not_tls_after_accept);
  add("masked", s.capability_masked);
  add("helo", s.helo_only);
  add("enforced", s.refused_before_tls);
  add("preauth", s.preauth);
  add("clear-on-tls-port", s.clear_on_implicit_port);
  add("tls-on-clear-port", s.tls_on_clear_port);
  add("content", s.content);
  add("headers", s.headers);
  add("envelope", s.envelope);
  add("activity", s.mailbox_activity);
  if (s.messages > 0) out += " messages=" + std::to_string(s.messages);
  add("auth-offered", s.auth_offered);
  for (const Credential& c : s.credentials)
    out += " " + c.mechanism + ":" + c.user + "@" + std::to_string(c.seen.frame) +
           (c.accepted ? *c.accepted ? "+" : "-" : "?");
  add("sasl-layer", s.sasl_layer);
  add("compressed", s.compressed);
  add("end-to-end", s.end_to_end);
  add("unknown-protocol", s.unknown_protocol);
  if (s.tls) add("tls", s.tls->client_hello);
  for (const DoubtSeen& d : s.doubts) out += " doubt=" + std::string(to_string(d.doubt));
  return out;
}

std::string client_hello() {
  std::string body("\x03\x03", 2);
  body += std::string(32, 'r');
  body += std::string("\0\0\x02\xc0\x30\x01\0\0\0", 9);  // no session id, one suite, no compression, no extensions
  std::string message("\x01\0\0", 3);
  message += static_cast<char>(body.size());
  message += body;
  std::string record("\x16\x03\x01\0", 4);
  record += static_cast<char>(message.size());
  return record + message;
}

}  // namespace mailseal::test
