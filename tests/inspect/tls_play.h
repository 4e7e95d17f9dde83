// Plays both sides' octets to a Follower, cut and ordered in many ways.
#pragma once

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "mailseal/base/suites.h"
#include "tls/follower.h"
#include "tls/hello_cache.h"
#include "tls_bytes.h"

namespace mailseal::tls::test {

struct Step {
  enum class What { Octets, Gap, Fin, Reset };
  Side side;
  std::string octets = {};
  What what = What::Octets;
  std::uint64_t missing = 0;
};
using Steps = std::vector<Step>;

inline Step c(std::string octets) { return {Side::Client, std::move(octets)}; }
inline Step s(std::string octets) { return {Side::Server, std::move(octets)}; }
inline Step fin(Side side) { return {side, {}, Step::What::Fin}; }
inline Step reset(Side side) { return {side, {}, Step::What::Reset}; }
inline Step gap(Side side, std::uint64_t bytes) { return {side, {}, Step::What::Gap, bytes}; }

/// A handshake that was recorded: data/NAME.hex.
inline Steps load(std::string_view name) {
  std::ifstream in(std::string(MAILSEAL_SOURCE_DIR) + "/tests/inspect/data/" + std::string(name) + ".hex");
  Steps steps;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == 'C') steps.push_back(c(""));
    if (line[0] == 'S') steps.push_back(s(""));
    if (!steps.empty()) steps.back().octets += hex(std::string_view(line).substr(1));
  }
  return steps;
}

struct Read : ReadableSink {
  std::array<std::string, 2> text;
  void readable(Side side, Bytes octets, const Seen&) override {
    text[static_cast<std::size_t>(side)] += as_text(octets);
  }
};

/// Frames are the steps, from 1.
struct Played {
  TlsFacts facts;
  std::array<std::string, 2> readable;
  std::array<std::string, 2> foreign;  ///< from the first octet on that was no TLS
  bool established = false, limit_hit = false, null_suite = false;
};

inline Played play(const Steps& steps, std::size_t cut = 0, const Limits& limits = {}) {
  Played out;
  CertificateCache cache(&limits);
  HelloCache hellos(&limits);
  Holdings holdings(&limits);
  Read sink;
  Follower follower(&out.facts, &holdings, &cache, &hellos, &sink);
  std::array<std::uint64_t, 2> offset{};
  std::array<bool, 2> refused{};
  std::uint64_t frame = 0;
  for (const Step& step : steps) {
    ++frame;
    const auto i = static_cast<std::size_t>(step.side);
    const auto seen = [&] { return Seen{Timestamp{}, frame, offset[i], 0, step.side}; };
    switch (step.what) {
      case Step::What::Gap:
        if (!refused[i]) follower.gap(step.side, step.missing, seen());
        offset[i] += step.missing;
        continue;
      case Step::What::Fin:
        follower.end(step.side, SideEnd::How::Fin, seen());
        continue;
      case Step::What::Reset:
        follower.end(step.side, SideEnd::How::Reset, seen());
        continue;
      case Step::What::Octets:
        break;
    }
    for (std::size_t at = 0; at < step.octets.size();) {
      const std::string_view part = std::string_view(step.octets).substr(at, cut == 0 ? step.octets.size() : cut);
      std::size_t took = 0;
      if (!refused[i]) took = follower.data(step.side, as_bytes(part), seen());
      if (took < part.size()) {
        refused[i] = true;
        out.foreign[i] += part.substr(took);
      }
      at += part.size();
      offset[i] += part.size();
    }
  }
  follower.finish();
  out.readable = sink.text;
  out.established = follower.established();
  out.limit_hit = follower.limit_hit();
  out.null_suite = follower.null_suite();
  return out;
}

inline std::string place(const std::optional<Seen>& seen) {
  return seen ? std::to_string(seen->frame) + "/" + std::to_string(seen->offset) : "-";
}

/// Every fact on one line each; `what` chooses what differing orders may change.
enum class Facts { All, WithoutOrder };
inline std::string told(const Played& p, Facts what = Facts::All) {
  const TlsFacts& f = p.facts;
  std::string out;
  const auto line = [&out](std::string_view name, const std::string& value) {
    out.append(name).append(" ").append(value).append("\n");
  };
  const auto fact = [&](std::string_view name, const std::optional<Seen>& seen) {
    line(name, what == Facts::All ? place(seen) : seen ? std::to_string(seen->offset) : "-");
  };
  const auto list = [&](std::string_view name, const std::vector<std::uint16_t>& values, auto to_name) {
    std::string text;
    for (const std::uint16_t value : values) text += to_name(value) + " ";
    line(name, text);
  };
  fact("client_hello", f.client_hello);
  fact("server_hello", f.server_hello);
  fact("hello_retry", f.hello_retry);
  line("established", f.established ? "yes" : "no");
  if (what == Facts::All) {
    fact("first_record", f.first_record);
    fact("established", f.established);
    fact("application_data", f.application_data);
    line("application_bytes", std::to_string(f.application_bytes[0]) + " " + std::to_string(f.application_bytes[1]));
    fact("encrypted_alert_before_data", f.encrypted_alert_before_data);
    for (const PayloadSample& sample : f.payload) {
      line("payload", std::to_string(sample.bytes) + " " + std::to_string(sample.chi_square));
      fact("payload_last", sample.last);
    }
  }
  fact("sslv2_hello", f.sslv2_hello);
  fact("certificate", f.certificate);
  fact("certificate_request", f.certificate_request);
  fact("client_certificate", f.client_certificate);
  fact("client_key_exchange", f.client_key_exchange);
  fact("client_finished", f.client_finished);
  fact("server_finished", f.server_finished);
  fact("client_ccs", f.client_ccs);
  fact("server_ccs", f.server_ccs);
  fact("early_data", f.early_data);
  fact("renegotiation", f.renegotiation);
  fact("malformed", f.malformed);
  fact("printable_run", f.printable_run);
  for (const Alert& a : f.alerts)
    line("alert", std::to_string(a.level) + " " + alert_name(a.description) + " " +
                      std::to_string(static_cast<int>(a.seen.side)));
  line("version", f.server_hello || f.hello_retry ? version_name(f.version) : "-");
  line("suite", f.server_hello ? suite_name(f.cipher_suite) : "-");
  line("group", f.group ? group_name(*f.group) : "-");
  line("dh_bits", std::to_string(f.dh_bits.value_or(0)));
  line("signature", f.server_signature ? signature_scheme_name(*f.server_signature) : "-");
  line("dh_prime", f.dh_prime ? f.dh_prime->sha256 : "-");
  line("fingerprints", offer_of(f).ja3 + " " + offer_of(f).ja4 + " " + (f.ja3s ? *f.ja3s : "-"));
  for (const std::uint64_t hash :
       {f.marks.server_random, f.marks.server_share, f.marks.session_id, f.marks.ticket_offered, f.marks.ticket_issued})
    line("hash", std::to_string(hash));
  fact("ticket", f.ticket);
  fact("certificate_status", f.certificate_status);
  line("server_name", f.server_name);
  line("alpn", f.alpn.value_or("-"));
  list("versions", offer_of(f).versions, version_name);
  list("suites", offer_of(f).suites, suite_name);
  list("groups", offer_of(f).groups, group_name);
  list("schemes", offer_of(f).schemes, signature_scheme_name);
  std::string flags;
  const auto flag = [&flags](bool on, std::string_view name) {
    if (on) flags.append(name).append(" ");
  };
  flag(f.resumed, "resumed");
  flag(f.psk_without_key_share, "psk_without_key_share");
  flag(f.compression, "compression");
  flag(offer_of(f).ems, "ems_offered");
  flag(f.ems, "ems");
  flag(offer_of(f).reneg_info, "reneg_info_offered");
  flag(f.reneg_info, "reneg_info");
  flag(f.encrypt_then_mac, "encrypt_then_mac");
  flag(f.truncated_hmac, "truncated_hmac");
  flag(f.heartbeat, "heartbeat");
  flag(offer_of(f).ech, "ech_offered");
  flag(offer_of(f).fallback_scsv, "fallback_scsv");
  flag(f.sentinel != 0xff, "sentinel");
  flag(f.chain_hidden, "chain_hidden");
  flag(p.null_suite, "null_suite");
  flag(p.limit_hit, "limit_hit");
  line("flags", flags);
  for (const auto& certificate : f.chain) line("certificate", certificate->subject + " " + certificate->sha256);
  for (const std::string& text : p.readable) line("readable", text);
  for (const std::string& text : p.foreign) line("foreign", text);
  return out;
}

/// The same octets, all of one side first.
inline Steps one_side_first(const Steps& steps, Side first) {
  Steps out;
  for (const Side side : {first, other(first)})
    for (const Step& step : steps)
      if (step.side == side) out.push_back(step);
  return out;
}

}  // namespace mailseal::tls::test
