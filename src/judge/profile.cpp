// One handshake against a profile: every reason why it falls below, in the profile's own words for it.
//
// Only what was negotiated: of what a server would also take nothing is known, and what a profile does not list and
// does not rule out (x25519 in BSI's) is no reason.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "mailseal/base/ascii.h"
#include "policy.h"

namespace mailseal {
namespace {

int year_of(Timestamp t) {
  return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(t)).year());
}

/// The profile's word for what is below it; nullopt: it is met, or says nothing.
std::optional<std::string_view> word_below(std::span<const ProfileGrade> grades, std::string_view other,
                                           std::uint16_t code, Timestamp time) {
  for (const ProfileGrade& grade : grades) {
    if (!std::binary_search(grade.codes.begin(), grade.codes.end(), code)) continue;
    const bool over = grade.until != 0 && is_plausible(time) && year_of(time) > grade.until;
    return grade.met && !over ? std::nullopt : std::optional(grade.word);
  }
  return other.empty() ? std::nullopt : std::optional(other);
}

/// "secp224r1": 224; 0: no curve whose name says it.
int curve_bits(std::string_view name) {
  constexpr std::array<std::string_view, 3> kFamilies{"secp", "sect", "brainpoolP"};
  int bits = 0;
  for (const std::string_view family : kFamilies)
    if (name.starts_with(family)) std::from_chars(name.data() + family.size(), name.data() + name.size(), bits);
  return bits;
}

/// Of a signature algorithm's name: "ecdsa-with-SHA384" is 384, "sha1WithRSAEncryption" 160; 0: it says none.
int hash_bits(std::string_view algorithm) {
  using Hash = std::pair<std::string_view, int>;
  constexpr std::array kHashes{Hash{"sha224", 224}, Hash{"sha256", 256}, Hash{"sha384", 384},
                               Hash{"sha512", 512}, Hash{"sha1", 160},   Hash{"md5", 128}};
  const std::string name = lower_case(algorithm);
  for (const auto& [hash, bits] : kHashes)
    if (name.find(hash) != name.npos) return bits;
  return 0;
}

/// Names alone, the profile's word too.
Phrase in_its_word(std::string name, std::string_view word) {
  return Phrase::as_is(std::move(name.append(" (").append(word).append(")")));
}

class Measured {
 public:
  Measured(const Case& c, const Profile& profile)
      : c_(c),
        profile_(profile),
        hello_(*c.tls.server_hello),
        to_tls12_(c.tls.version >= 0x0300 && c.tls.version <= 0x0303) {
    version_and_suite();
    key_exchange();
    extensions();
    if (const Certificate* own = leaf(c)) certificate(*own);
  }
  std::vector<PolicyReason> take() { return std::move(below_); }

 private:
  void below(Phrase text) { below_.push_back({hello_, std::move(text)}); }

  void version_and_suite() {
    const TlsFacts& tls = c_.tls;
    if (tls.version != 0)
      if (const auto word = word_below(profile_.versions, profile_.other_version,
                                       is_tls13(tls.version) ? std::uint16_t{0x0304} : tls.version, hello_.time))
        below(in_its_word(version_name(tls.version), *word));
    if (const auto word = word_below(profile_.suites, profile_.other_suite, tls.cipher_suite, hello_.time))
      below(in_its_word(suite_name(tls.cipher_suite), *word));
  }

  void key_exchange() {
    const TlsFacts& tls = c_.tls;
    const bool finite_field = tls.dh_bits.has_value();
    if (finite_field && profile_.dh_bits > 0) {
      if (*tls.dh_bits < profile_.dh_bits)
        below(phrase("a Diffie-Hellman group of {:d} bits, below {:d}", *tls.dh_bits, profile_.dh_bits));
    } else if (tls.group) {
      if (const auto word = word_below(profile_.groups, profile_.other_group, *tls.group, hello_.time))
        below(in_its_word(group_name(*tls.group), *word));
    } else if (finite_field && !profile_.other_group.empty()) {
      below(phrase("a Diffie-Hellman group of {:d} bits of its own ({})", *tls.dh_bits, profile_.other_group));
    }
    const int bits = tls.group ? curve_bits(group_name(*tls.group)) : 0;
    if (bits > 0 && bits < profile_.ec_bits) below(phrase("a curve of {:d} bits, below {:d}", bits, profile_.ec_bits));
  }

  void extensions() {
    const TlsFacts& tls = c_.tls;
    if (to_tls12_ && profile_.ems && !tls.ems) below(phrase("no extended master secret"));
    if (to_tls12_ && profile_.secure_renegotiation && !tls.reneg_info) below(phrase("no secure renegotiation"));
    if (profile_.encrypt_then_mac && c_.suite != nullptr && c_.suite->cbc && !tls.encrypt_then_mac)
      below(phrase("a CBC suite without encrypt-then-MAC"));
    if (profile_.no_compression && tls.compression) below(phrase("TLS compression"));
    if (profile_.no_early_data && tls.early_data) below(phrase("early data (0-RTT)"));
    if (profile_.no_heartbeat && tls.heartbeat) below(phrase("the heartbeat extension"));
  }

  void certificate(const Certificate& own) {
    const bool rsa = own.key == "RSA" || own.key == "RSA-PSS", ec = own.key == "EC";
    if (rsa && own.key_bits < profile_.rsa_bits)
      below(phrase("an RSA key of {:d} bits, below {:d}", own.key_bits, profile_.rsa_bits));
    if (ec && own.key_bits < profile_.ec_bits)
      below(phrase("an EC key of {:d} bits, below {:d}", own.key_bits, profile_.ec_bits));
    if ((profile_.rsa || profile_.ecdsa) && !own.key.empty() && !(rsa && profile_.rsa) && !(ec && profile_.ecdsa))
      below(phrase("a certificate with a key of kind {}", own.key));
    const int hash = hash_bits(own.signature_algorithm);
    if (hash > 0 && hash < profile_.hash_bits && !own.self_signed)
      below(phrase("a certificate signed with {}", own.signature_algorithm));
    if (profile_.certificate_days > 0 && own.not_before && own.not_after) {
      const auto days = std::chrono::ceil<std::chrono::days>(*own.not_after - *own.not_before).count();
      if (days > profile_.certificate_days)
        below(phrase("a certificate for {:d} days, above {:d}", days, profile_.certificate_days));
    }
  }

  const Case& c_;
  const Profile& profile_;
  const Seen hello_;
  const bool to_tls12_;
  std::vector<PolicyReason> below_;
};

}  // namespace

std::vector<PolicyReason> below_profile(const Case& c, const Profile& profile) { return Measured(c, profile).take(); }

}  // namespace mailseal
