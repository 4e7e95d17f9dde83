// JsonForms: the forms that recur in a JSON report, of which its parts are written.
#pragma once

#include <algorithm>

#include "json_writer.h"
#include "words.h"

namespace mailseal {

class JsonForms {
 protected:
  using Layout = JsonWriter::Layout;

  JsonForms(JsonWriter& json, const std::vector<InputFacts>& inputs) : json_(json), inputs_(inputs) {}

  static std::optional<std::string_view> told(std::string_view s) {
    return s.empty() ? std::nullopt : std::optional(s);
  }

  /// A packet without a date (a text source) has time zero; frame 0 is no packet.
  static std::optional<std::string> dated(Timestamp t) {
    return t == Timestamp{} ? std::nullopt : std::optional(to_string(t));
  }
  static std::optional<std::string> dated(const std::optional<Timestamp>& t) {
    return t ? std::optional(to_string(*t)) : std::nullopt;
  }
  static std::optional<std::uint64_t> numbered(std::uint64_t frame) {
    return frame == 0 ? std::nullopt : std::optional(frame);
  }

  /// A list whose elements are objects, one on a line; `body` writes the members of one.
  template <class Elements, class Body>
  void lines(std::string_view name, const Elements& elements, Body body) {
    objects(name, elements, body, Layout::Lines);
  }
  template <class Elements, class Body>
  void objects(std::string_view name, const Elements& elements, Body body, Layout layout = Layout::Compact) {
    json_.list(
        name, elements, [&](const auto& element) { json_.object([&] { body(element); }); }, layout);
  }
  template <class Strings>
  void texts(std::string_view name, const Strings& strings) {
    json_.list(name, strings, [&](const auto& s) { json_.value(s); });
  }
  template <class Codes, class ToName>
  void names(std::string_view name, const Codes& codes, ToName to_name) {
    json_.list(name, codes, [&](const auto& code) { json_.value(to_name(code)); });
  }

  void address(const Endpoint& e) {
    json_.member("ip", to_string(e.address));
    json_.member("port", e.port);
  }

  void counts(const Counts& by_state) {
    json_.object("counts", [&] {
      json_.member("sessions", total(by_state));
      for (std::size_t i = 0; i < kStates; ++i) json_.member(to_string(static_cast<State>(i)), by_state[i]);
    });
  }

  /// Of a text the line too; a time without a date is none, but tells how long after the beginning it was.
  void frame_and_time(const Seen& seen) {
    json_.member("frame", numbered(seen.frame));
    if (const auto line = line_of(inputs_, seen)) json_.member("line", *line);
    const bool dates = seen.input >= inputs_.size() || is_dated(inputs_[seen.input]);
    json_.member("time", dates ? dated(seen.time) : std::nullopt);
    if (!dates && seen.frame != 0) json_.member("elapsed_ns", elapsed(seen.time));
  }
  static std::uint64_t elapsed(Timestamp t) noexcept {
    return static_cast<std::uint64_t>(std::max<Timestamp::rep>(t.time_since_epoch().count(), 0));
  }
  /// The input is named only where it is not `session_input_`.
  void place(const Seen& seen) {
    frame_and_time(seen);
    if (seen.input != session_input_) json_.member("input", seen.input);
  }
  void place(std::string_view name, const std::optional<Seen>& seen) {
    if (seen)
      json_.object(name, [&] { place(*seen); });
    else
      json_.member(name, nullptr);
  }

  JsonWriter& json_;
  const std::vector<InputFacts>& inputs_;
  std::uint32_t session_input_ = 0;
};

/// The members of one session (json_session.cpp). `point`: told where there are several.
void write_session(JsonWriter&, const std::vector<InputFacts>&, const JudgedSession&,
                   std::optional<std::uint32_t> point);

}  // namespace mailseal
