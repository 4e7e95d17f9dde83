// To add a member of a rule: one line here in each of both ways, one in the schema.
#include "json_policy.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "json_forms.h"

namespace mailseal {
namespace {

using Result = RuleOutcome::Result;
constexpr std::array kResults{Result::Kept, Result::Broken, Result::Excepted, Result::NotObserved};
constexpr std::array kLevels{PolicyLevel::None, PolicyLevel::Preferred, PolicyLevel::Required, PolicyLevel::Verified};

std::string_view word(Result result) { return result == Result::NotObserved ? "not-observed" : to_string(result); }

class Writer : JsonForms {
 public:
  explicit Writer(JsonWriter& json) : JsonForms(json) {}

  void write(const Overview& overview) {
    if (!overview.policy)
      json_.member("policy", nullptr);
    else
      json_.object("policy", [&] { policy(*overview.policy); });
    objects("profiles", overview.profiles, [&](const ProfileOutcome& p) {
      json_.member("name", p.name);
      json_.member("title", p.title);
      json_.member("handshakes", p.handshakes);
      json_.member("below", p.below);
      json_.member("excepted", p.excepted);
    });
  }

 private:
  void policy(const PolicyFacts& p) {
    json_.member("file", p.file);
    json_.member("sha256", told(p.sha256));
    json_.member("complete", p.only);
    json_.member("unexpected", p.unexpected);
    std::uint64_t number = 0;
    lines("rules", p.rules, [&](const RuleOutcome& o) {
      json_.member("number", ++number);
      rule(o.rule);
      json_.member("result", word(o.result));
      json_.member("kept", o.kept);
      json_.member("broken", o.broken);
      json_.member("excepted", o.excepted);
      json_.member("undecided", o.undecided);
      objects("places", o.places, [&](const Occurrence& at) {
        json_.member("session", numbered(at.session));
        json_.member("input", at.seen.input);
        json_.member("frame", numbered(at.seen.frame));
        json_.member("time", dated(at.seen.time));
      });
    });
    lines("exceptions", p.exceptions, [&](const ExceptionOutcome& o) {
      json_.member("rule", o.exception.rule ? std::optional(*o.exception.rule + 1) : std::nullopt);
      ends(o.exception.from, o.exception.to);
      json_.member("reason", o.exception.reason);
      json_.member("until", to_string(Timestamp(o.exception.until)).substr(0, 10));
      json_.member("sessions", o.sessions);
      json_.member("too_late", o.too_late);
    });
  }

  void ends(const PolicyEnd& from, const PolicyEnd& to) {
    const auto text = [](const AddressRange& range) { return to_string(range); };
    names("from", from.ranges, text);
    names("to", to.ranges, text);
  }

  void rule(const PolicyRule& r) {
    json_.member("name", r.name);
    json_.member("line", r.line);
    ends(r.from, r.to);
    json_.list("ports", r.ports, [&](std::uint16_t port) { json_.value(port); });
    json_.member("protocol", told(r.protocol));
    json_.member("level", to_string(r.level));
    json_.member("verify", r.verify);
    json_.member("min_version", r.min_version == 0 ? std::nullopt : std::optional(version_name(r.min_version)));
    json_.member("min_bits", numbered(static_cast<std::uint64_t>(r.min_bits)));
    names("allowed_suites", r.allowed, suite_name);
    names("forbidden_suites", r.forbidden, suite_name);
    texts("names", r.names);
    json_.member("profile", r.profile ? std::optional(r.profile->name) : std::nullopt);
    json_.member("ca", told(r.ca));
    json_.member("public_mx", r.public_mx);
  }
};

/// Of a redacted report, bits may stand behind the length.
AddressRange read_range(const Value& v) {
  const std::string said = v.text();
  const std::size_t slash = said.find('/');
  const auto address = parse_address(said.substr(0, slash));
  AddressRange range{address.value_or(IpAddress{})};
  const unsigned most = said.find(':') == said.npos ? 32 : 128;
  unsigned bits = most;
  bool whole = true;
  if (slash != said.npos) {
    const char* end = said.data() + said.size();
    const auto [stopped, error] = std::from_chars(said.data() + slash + 1, end, bits);
    whole = error == std::errc() && stopped == end && bits <= most;
  }
  if (!address || !whole) v.refuse("is \"" + said.substr(0, 60) + "\", no network");
  range.prefix = 128 - most + bits;
  return range;
}

PolicyEnd read_end(const Value& v) {
  PolicyEnd end;
  v.each([&](const Value& range) { end.ranges.push_back(read_range(range)); });
  return end;
}

std::vector<std::uint16_t> read_suites(const Value& v, Reading& reading) {
  std::vector<std::uint16_t> suites;
  v.each([&](const Value& name) {
    const std::string said = name.text();
    if (const auto code = suite_code(said))
      suites.push_back(*code);
    else if (reading.unknown_names.size() < 10)
      reading.unknown_names.insert(said.substr(0, 60));
  });
  return suites;
}

PolicyRule read_rule(const Value& v, Reading& reading) {
  const auto text = [](const Value& t) { return t.text(); };
  PolicyRule r;
  r.name = v["name"].text();
  r.line = static_cast<std::uint32_t>(v["line"].number(0xffff'ffff));
  r.from = read_end(v["from"]);
  r.to = read_end(v["to"]);
  v["ports"].each([&](const Value& port) { r.ports.push_back(read_port(port)); });
  if (const auto protocol = v["protocol"].unless_null(read_protocol)) r.protocol = to_string(*protocol);
  r.level = read_one_of(v["level"], kLevels, [](PolicyLevel level) { return to_string(level); });
  r.verify = v["verify"].truth();
  if (const auto version = v["min_version"].unless_null(text)) r.min_version = version_code(*version).value_or(0);
  r.min_bits = static_cast<int>(v["min_bits"].unless_null([](const Value& n) { return n.number(256); }).value_or(0));
  r.allowed = read_suites(v["allowed_suites"], reading);
  r.forbidden = read_suites(v["forbidden_suites"], reading);
  r.names = read_texts(v["names"]);
  if (const auto name = v["profile"].unless_null(text)) r.profile = find_profile(*name);
  if (v.has("ca")) r.ca = v["ca"].unless_null(text).value_or("");
  r.public_mx = v["public_mx"].truth();
  return r;
}

}  // namespace

void write_policy(JsonWriter& json, const Overview& overview) { Writer(json).write(overview); }

std::optional<PolicyFacts> read_policy(const Value& v, Reading& reading) {
  if (v.is_null()) return std::nullopt;
  PolicyFacts p;
  p.file = v["file"].text();
  p.sha256 = v["sha256"].unless_null([](const Value& d) { return d.word(); }).value_or("");
  p.only = v["complete"].truth();
  p.unexpected = v["unexpected"].number();
  v["rules"].each([&](const Value& row) {
    RuleOutcome& o = p.rules.emplace_back();
    if (row["number"].number() != p.rules.size()) row["number"].refuse("is not the next one");
    o.rule = read_rule(row, reading);
    o.result = read_one_of(row["result"], kResults, [](Result result) { return word(result); });
    o.kept = row["kept"].number();
    o.broken = row["broken"].number();
    o.excepted = row["excepted"].number();
    o.undecided = row["undecided"].number();
    row["places"].each([&](const Value& at) {
      Occurrence& place = o.places.emplace_back();
      if (at.has("session")) place.session = at["session"].number();
      place.seen.input = read_input(at["input"], reading);
      place.seen.frame = read_frame(at["frame"]);
      place.seen.time = at["time"].unless_null(read_time).value_or(Timestamp{});
    });
  });
  v["exceptions"].each([&](const Value& row) {
    ExceptionOutcome& o = p.exceptions.emplace_back();
    const auto rule = row["rule"].unless_null([&](const Value& n) { return n.number(p.rules.size()); });
    if (rule && *rule == 0) row["rule"].refuse("is 0; rules begin at 1");
    if (rule && *rule != 0) o.exception.rule = static_cast<std::size_t>(*rule - 1);
    o.exception.from = read_end(row["from"]);
    o.exception.to = read_end(row["to"]);
    o.exception.reason = row["reason"].text();
    const std::string day = row["until"].text();
    if (const auto until = parse_timestamp(day + "T00:00:00Z"))
      o.exception.until = std::chrono::floor<std::chrono::days>(*until);
    else
      row["until"].refuse("is \"" + day.substr(0, 40) + "\", no day like 2026-12-31");
    o.sessions = row["sessions"].number();
    o.too_late = row["too_late"].number();
  });
  return p;
}

std::vector<ProfileOutcome> read_profiles(const Value& v) {
  std::vector<ProfileOutcome> all;
  v.each([&](const Value& row) {
    ProfileOutcome& p = all.emplace_back();
    p.name = row["name"].text();
    p.title = row["title"].text();
    p.handshakes = row["handshakes"].number();
    p.below = row["below"].number(p.handshakes);
    p.excepted = row["excepted"].number(p.below);
  });
  return all;
}

}  // namespace mailseal
