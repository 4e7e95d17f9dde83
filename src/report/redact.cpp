// Strict redaction of a report: the model, member by member, so that every format has it.
//
// Members are replaced by what they are; sentences are searched (redacted_text.h). What is kept is
// what says nothing of who: times, ports, counts, frames, versions, suites, protocols that are registered for ALPN.
#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <tuple>
#include <utility>

#include "aliases.h"
#include "mailseal/base/ascii.h"
#include "mailseal/report.h"
#include "redacted_text.h"

namespace mailseal {
namespace {

constexpr std::size_t kCertificates = 4096;  ///< kept with their aliases, for sessions that show the same
constexpr std::string_view kCannotRead = "cannot read ";

/// The reply's code or status alone: behind it a server says what it likes.
std::string status_of(std::string_view reply) {
  constexpr std::array<std::string_view, 7> kWords{"+OK", "-ERR", "OK", "NO", "BAD", "BYE", "PREAUTH"};
  constexpr std::size_t kCode = 3;  // RFC 5321 4.2
  if (reply.size() >= kCode && std::all_of(reply.begin(), reply.begin() + kCode, is_digit) &&
      (reply.size() == kCode || !is_digit(reply[kCode])))
    return std::string(reply.substr(0, kCode));
  const std::string_view word = cut_word(reply);
  for (const std::string_view known : kWords)
    if (same_word(word, known)) return std::string(known);
  return {};
}

/// Of the IANA's protocol IDs for ALPN those that may be met beside mail; any other may be somebody's own.
bool is_registered_protocol(std::string_view id) {
  constexpr std::array<std::string_view, 8> kKnown{"imap", "pop3", "managesieve", "smtp",
                                                   "h2",   "h3",   "http/1.1",    "acme-tls/1"};
  return std::find(kKnown.begin(), kKnown.end(), id) != kKnown.end();
}

/// Words that options take and that are nobody's: "high", "json", "10m", "4465=smtp/tls".
bool is_plain_value(std::string_view value) {
  constexpr std::array<std::string_view, 22> kWords{
      "critical", "high", "medium", "low",  "none",     "auto", "always", "never", "keep",     "zero",     "standard",
      "strict",   "ja",   "en",     "smtp", "smtp/tls", "pop3", "imap",   "lmtp",  "pop3/tls", "imap/tls", "lmtp/tls"};
  const auto digits = static_cast<std::size_t>(std::find_if_not(value.begin(), value.end(), is_digit) - value.begin());
  if (digits != 0) {
    if (digits == value.size()) return true;
    const std::string_view unit = value.substr(digits);
    if (unit.size() == 1 && !is_digit(unit.front())) return true;
    if (unit.front() != '=') return false;
    value = unit.substr(1);
  }
  if (find_profile(value)) return true;
  const auto same = [value](std::string_view word) { return word == value; };
  return std::any_of(kWords.begin(), kWords.end(), same) ||
         std::any_of(formats().begin(), formats().end(), [&](const Format& f) { return f.name == value; });
}

bool is_command(std::string_view word) {
  constexpr std::array<std::string_view, 6> kCommands{"check", "watch", "report", "diff", "explain", "policy"};
  return std::find(kCommands.begin(), kCommands.end(), word) != kCommands.end();
}

/// The path as messages write it: made printable, or quoted for a shell.
std::vector<std::string> forms_of(const std::string& path) {
  std::string one_line = path, quoted;
  for (char& c : one_line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  for (const char c : one_line) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return {path, escape_text(path), one_line, escape_text(one_line), quoted, escape_text(quoted)};
}

}  // namespace

std::string_view to_string(Redact level) noexcept { return level == Redact::Strict ? "strict" : "standard"; }

struct Redaction::Impl {
  /// Lines of RunFacts::failed_inputs, as they were and as they are told.
  using Failures = std::map<std::string, std::string>;

  Aliases aliases;
  /// By digest, which is the certificate.
  std::map<std::string, std::shared_ptr<const Certificate>> certificates;
  /// By itself, with what it became.
  std::map<std::shared_ptr<const ChainResult>, std::shared_ptr<const ChainResult>> chains;

  std::string text(std::string_view original) { return redacted_text(original, aliases); }
  void text_in(std::string& original) { original = text(original); }
  void texts_in(std::vector<std::string>& originals) {
    for (std::string& original : originals) text_in(original);
  }
  void name_in(std::string& original) { original = aliases.name(original); }
  /// Each once and in order, as they were.
  void names_in(std::vector<std::string>& names) {
    std::set<std::string> all;
    for (const std::string& name : names) all.insert(aliases.name(name));
    names.assign(all.begin(), all.end());
  }
  void address_in(IpAddress& original) { original = aliases.address(original); }

  void judged(JudgedSession&);
  void session(Session&);
  void message_facts(MessageFacts&);
  void tls(TlsFacts&);
  std::shared_ptr<const Certificate> certificate(const std::shared_ptr<const Certificate>&);
  std::shared_ptr<const ChainResult> chain(const std::shared_ptr<const ChainResult>&);

  void policy(PolicyFacts&);
  void learn(const std::string& path, std::string alias = {});
  void inputs(RunFacts&);
  std::string failure(const std::string& line, const std::vector<std::string>& arguments);
  std::string sentence(std::string_view, const Failures&);
  std::string argument(const std::string&, std::string_view option);
  std::string value(const std::string&, std::string_view option);
};

void Redaction::Impl::session(Session& s) {
  address_in(s.flow.client.address);
  address_in(s.flow.server.address);
  name_in(s.client_name);
  name_in(s.greeting_name);
  if (s.message_facts) message_facts(*s.message_facts);
  s.upgrade_reply = status_of(s.upgrade_reply);
  for (Credential& c : s.credentials) c.user = redacted_mailbox(c.user, aliases);
  if (s.tls) tls(*s.tls);
}

void Redaction::Impl::message_facts(MessageFacts& facts) {
  for (auto* domains : {&facts.from_domains, &facts.to_domains})
    for (std::string& domain : *domains) name_in(domain);
  for (ReceivedClaim& claim : facts.received) {
    name_in(claim.from);
    name_in(claim.by);
  }
}

void Redaction::Impl::tls(TlsFacts& t) {
  name_in(t.server_name);
  const auto protocol_in = [this](std::string& offered) {
    if (!is_registered_protocol(offered)) offered = aliases.text(offered);
  };
  const auto& offered = offer_of(t).alpn;
  if (!std::all_of(offered.begin(), offered.end(), [](const auto& name) { return is_registered_protocol(name); })) {
    auto made = std::make_shared<ClientOffer>(*t.offer);
    for (std::string& name : made->alpn) protocol_in(name);
    t.offer = std::move(made);
  }
  // A prime of a server's own making is its fingerprint.
  if (t.dh_prime && t.dh_prime->name.empty())
    t.dh_prime = std::make_shared<DhPrime>(DhPrime{"", aliases.fingerprint(t.dh_prime->sha256)});
  if (t.alpn) protocol_in(*t.alpn);
  for (auto& c : t.chain)
    if (c) c = certificate(c);
  for (auto& c : t.client_chain)
    if (c) c = certificate(c);
  if (!t.inside) return;
  name_in(t.inside->client_name);
  for (InsideLogin& login : t.inside->logins) login.user = redacted_mailbox(login.user, aliases);
}

std::shared_ptr<const Certificate> Redaction::Impl::certificate(const std::shared_ptr<const Certificate>& original) {
  auto& same = certificates[original->sha256];
  if (same) return same;
  if (certificates.size() > kCertificates) certificates.clear();
  auto made = std::make_shared<Certificate>(*original);
  made->der.clear();
  made->subject = aliases.distinguished_name(original->subject);
  made->issuer = aliases.distinguished_name(original->issuer);
  made->serial = aliases.serial(original->serial);
  made->sha256 = aliases.fingerprint(original->sha256);
  made->spki_sha256 = aliases.fingerprint(original->spki_sha256);
  for (IpAddress& address : made->addresses) address_in(address);
  for (std::string& name : made->names) name_in(name);
  return certificates[original->sha256] = made;
}

std::shared_ptr<const ChainResult> Redaction::Impl::chain(const std::shared_ptr<const ChainResult>& original) {
  if (!original) return nullptr;
  if (const auto known = chains.find(original); known != chains.end()) return known->second;
  auto made = std::make_shared<ChainResult>(*original);
  for (ChainResult::Step& step : made->steps) step.subject = aliases.distinguished_name(step.subject);
  if (chains.size() == kCertificates) chains.clear();
  return chains[original] = made;
}

void Redaction::Impl::learn(const std::string& path, std::string alias) {
  aliases.path(path, std::move(alias));
  for (std::string& form : forms_of(path)) aliases.also(path, std::move(form));
}

void Redaction::Impl::inputs(RunFacts& run) {
  for (const InputFacts& input : run.inputs)
    if (!input.sha256.empty()) aliases.keep(input.sha256);
  for (const CanaryMarker& marker : run.canaries)
    for (const std::string& digits : {marker.sha256, std::string(canary_name(marker.sha256))}) aliases.keep(digits);
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    InputFacts& input = run.inputs[i];
    for (InterfaceFacts& face : input.interfaces) {
      if (face.name) face.name = aliases.interface(*face.name);
      if (!face.filter.empty()) face.filter = aliases.text(face.filter);
    }
    if (input.format == "live") {
      input.path = aliases.interface(input.path);
    } else if (input.path != "-") {
      learn(input.path, "input-" + std::to_string(i + 1) + "." + input.format);
      input.path = aliases.path(input.path);
    }
  }
  for (InputFacts& input : run.inputs) text_in(input.ended);
  if (run.trust)
    for (std::string* path : {&run.trust->file, &run.trust->folder})
      if (!path->empty()) {
        learn(*path);
        *path = aliases.path(*path);
      }
}

/// Rules keep their numbers. Of a network the alias keeps the length.
void Redaction::Impl::policy(PolicyFacts& policy) {
  const auto end_in = [this](PolicyEnd& end) {
    for (AddressRange& range : end.ranges) address_in(range.network);
  };
  learn(policy.file);
  policy.file = aliases.path(policy.file);
  std::size_t number = 0;
  for (RuleOutcome& o : policy.rules) {
    o.rule.name = "rule " + std::to_string(++number);
    end_in(o.rule.from);
    end_in(o.rule.to);
    names_in(o.rule.names);
    learn(o.rule.ca);
    if (!o.rule.ca.empty()) o.rule.ca = aliases.path(o.rule.ca);
  }
  for (ExceptionOutcome& o : policy.exceptions) {
    end_in(o.exception.from);
    end_in(o.exception.to);
    o.exception.reason = aliases.text(o.exception.reason);
  }
}

/// "cannot read PATH: why": the path is an argument or lies below one, or it is everything.
std::string Redaction::Impl::failure(const std::string& line, const std::vector<std::string>& arguments) {
  if (!line.starts_with(kCannotRead)) return text(line);
  const std::string rest = line.substr(kCannotRead.size());
  std::size_t end = 0;
  for (const std::string& argument : arguments)
    for (const std::string& form : forms_of(argument)) {
      if (form.empty() || !rest.starts_with(form)) continue;
      const std::string_view behind = std::string_view(rest).substr(form.size());
      if (behind.starts_with(": ")) {
        learn(argument);
        end = std::max(end, form.size());
      } else if (behind.starts_with('/') || form.ends_with('/')) {
        end = std::max(end, std::max(form.size(), std::min(rest.rfind(": "), rest.size())));
      }
    }
  if (end == 0) return std::string(kCannotRead) + aliases.path(rest);
  const std::string path = rest.substr(0, end);
  learn(path);
  return std::string(kCannotRead) + *aliases.known(path) + text(rest.substr(end));
}

/// The verdict repeats what could not be read, line by line.
std::string Redaction::Impl::sentence(std::string_view text, const Failures& failures) {
  std::string out;
  for (;;) {
    const std::pair<const std::string, std::string>* next = nullptr;
    std::size_t first = text.size();
    for (const auto& failure : failures)  // ascending: of those that begin alike the longest comes last
      if (const std::size_t at = text.find(failure.first); !failure.first.empty() && at < text.size() && at <= first) {
        next = &failure;
        first = at;
      }
    out += redacted_text(text.substr(0, first), aliases);
    if (!next) return out;
    out += next->second;
    text.remove_prefix(first + next->first.size());
  }
}

std::string Redaction::Impl::value(const std::string& given, std::string_view option) {
  if (given.empty() || given == "-") return given;
  if (option == "-i" || option == "--interface") return aliases.interface(given);
  if (option == "--filter") return aliases.text(given);
  if (option == "--canary") return given;  // a digest
  if (const std::string* alias = aliases.is_path(given) ? aliases.known(given) : nullptr) return *alias;
  return !option.empty() && is_plain_value(given) ? given : aliases.path(given);
}

std::string Redaction::Impl::argument(const std::string& given, std::string_view option) {
  if (!given.starts_with('-') || given.size() < 2) return value(given, option);
  const bool word = given.starts_with("--");
  const std::size_t equals = word ? given.find('=') : std::string::npos;
  const std::string name = given.substr(0, word ? equals : 2);
  const auto in_option = [](char c) { return c == '-' || (upper(c) >= 'A' && upper(c) <= 'Z'); };
  if (!std::all_of(name.begin(), name.end(), in_option)) return aliases.path(given);
  const std::size_t rest = word && equals != given.npos ? equals + 1 : name.size();
  return given.substr(0, rest) + value(given.substr(rest), name);
}

void Redaction::Impl::judged(JudgedSession& judged) {
  session(judged.session);
  texts_in(judged.judgement.confidence_lacks);
  judged.judgement.chain = chain(judged.judgement.chain);
  judged.judgement.client_chain = chain(judged.judgement.client_chain);
  for (Finding& finding : judged.judgement.findings) text_in(finding.note);
}

Redaction::Redaction() : impl_(std::make_shared<Impl>()) {}
Redaction::~Redaction() = default;

void Redaction::apply(Overview& overview, ReportOptions& how) {
  // Once to name all that is there, so that no sentence of an early session holds a name that a late one claims.
  for (const JudgedSession& judged : overview.sessions) redacted(judged);
  overview.sessions.amend([all = impl_](JudgedSession& judged) { all->judged(judged); });
  rest(overview, how);
}

JudgedSession Redaction::redacted(JudgedSession judged) {
  impl_->judged(judged);
  return judged;
}

void Redaction::live(Session& s, Finding& finding) {
  impl_->session(s);
  impl_->text_in(finding.note);
}

void Redaction::rest(Overview& o, ReportOptions& how) {
  Impl& all = *impl_;
  for (Server& server : o.servers) {
    all.address_in(server.endpoint.address);
    all.names_in(server.names);
    all.names_in(server.greeting_names);
  }
  for (Hop& hop : o.hops) {
    all.address_in(hop.from);
    all.address_in(hop.to);
    all.names_in(hop.client_names);
  }
  // By address, as before: their order must not tell the order of what they were.
  std::stable_sort(o.servers.begin(), o.servers.end(),
                   [](const Server& a, const Server& b) { return a.endpoint < b.endpoint; });
  std::stable_sort(o.hops.begin(), o.hops.end(), [](const Hop& a, const Hop& b) {
    return std::tie(a.from, a.to, a.port) < std::tie(b.from, b.to, b.port);
  });

  if (o.policy) all.policy(*o.policy);
  all.inputs(o.run);
  Impl::Failures failures;
  for (std::string& line : o.run.failed_inputs) {
    std::string redacted = all.failure(line, how.arguments);
    failures.emplace(std::exchange(line, redacted), redacted);
  }
  for (std::string& path : o.run.skipped_files) path = all.aliases.path(path);
  o.sentence = all.sentence(o.sentence, failures);
  for (std::string& reason : o.verdict_reasons) reason = all.sentence(reason, failures);
  for (FindingGroup& group : o.findings)
    for (Occurrence& occurrence : group.occurrences) all.text_in(occurrence.note);
  for (Story& story : o.stories) all.text_in(story.sentence);

  std::string option;
  for (std::size_t i = 0; i < how.arguments.size(); ++i) {
    std::string& argument = how.arguments[i];
    const std::string given = argument;
    if (i != 0 || !is_command(given)) argument = all.argument(given, option);
    option = given.starts_with('-') && given.find('=') == given.npos ? given : std::string();
  }
  how.redact = Redact::Strict;
}

std::string Redaction::path(const std::string& original) { return impl_->aliases.path(original); }

void Redaction::write_map(std::ostream& out) const { impl_->aliases.write(out); }

}  // namespace mailseal
