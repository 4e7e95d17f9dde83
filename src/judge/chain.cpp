// Chains, verified by OpenSSL: what `openssl verify -purpose sslserver -attime T -untrusted REST LEAF` says, and step
// by step what `openssl s_client` prints.
//
// The flags are those that openssl verify has when none is given: trusted certificates first, no partial chains, no
// security level, no revocation. Errors do not end a verification, as in s_client; the first one is the result, as
// in openssl verify.
//
// Chains come from strangers. One costs at most some milliseconds: there are Limits::certificates of it, none of them
// with an oversized key (Certificate::oversized_key); a chain is verified once between two dates on which anything in
// it begins or ends to be valid; and after Limits::chain_verifications of them there are no more.
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <limits>
#include <unordered_map>

#include "chain_cache.h"
#include "mailseal/base/phrase.h"
#include "openssl_owned.h"

namespace mailseal {
namespace {

using Chain = std::vector<std::shared_ptr<const Certificate>>;
using Seconds = std::int64_t;  // since 1970

constexpr std::size_t kSteps = 64;  // told of one verification

/// What is as true at one time as at another.
struct Period {
  Seconds from = std::numeric_limits<Seconds>::min(), until = std::numeric_limits<Seconds>::max();

  bool holds(Seconds at) const noexcept { return from <= at && at <= until; }
  /// It ends where a certificate becomes valid, or ceases to be: "the period from notBefore through notAfter,
  /// inclusive" (RFC 5280 4.1.2.5).
  void narrow(Seconds at, const X509* certificate) {
    if (const auto first = seconds_of(X509_get0_notBefore(certificate))) turn(at, *first);
    if (const auto last = seconds_of(X509_get0_notAfter(certificate))) turn(at, *last + 1);
  }

 private:
  void turn(Seconds at, Seconds there) noexcept {
    if (there <= at)
      from = std::max(from, there);
    else
      until = std::min(until, there - 1);
  }
  static std::optional<Seconds> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return timegm(&parts);
  }
};

std::shared_ptr<const ChainResult> not_verified(Phrase why) {
  auto result = std::make_shared<ChainResult>();
  result->error = std::move(why).text();
  return result;
}

/// Why OpenSSL is not asked; nullptr: it is.
std::shared_ptr<const ChainResult> refused(const Chain& chain) {
  if (!chain.front() || !chain.front()->parsed) return not_verified(phrase("the certificate could not be read"));
  for (const auto& link : chain)
    if (link && link->oversized_key)
      return not_verified(phrase("a key of {} {:d} bits: larger than any in use", link->key, link->key_bits));
  return nullptr;
}

/// One verification.
class Verification {
 public:
  Verification(X509_STORE* store, const Chain& chain) : store_(store), untrusted_(sk_X509_new_null()) {
    for (const auto& link : chain) {
      if (!link || !link->parsed) continue;
      const auto* octets = reinterpret_cast<const unsigned char*>(link->der.data());
      X509Owned parsed(d2i_X509(nullptr, &octets, static_cast<long>(link->der.size())));
      if (!parsed) continue;
      X509* const x = parsed.get();
      links_.emplace_back(std::move(parsed), link.get());
      if (links_.size() > 1) sk_X509_push(untrusted_.get(), x);
    }
  }

  /// The result, and while it holds.
  std::pair<std::shared_ptr<const ChainResult>, Period> run(Purpose purpose, std::optional<Seconds> at) {
    const ContextOwned context(X509_STORE_CTX_new());
    if (links_.empty() || !context ||
        X509_STORE_CTX_init(context.get(), store_, links_.front().first.get(), untrusted_.get()) != 1)
      return {not_verified(phrase("the certificate could not be read")), {}};
    X509_STORE_CTX_set_purpose(context.get(),
                               purpose == Purpose::Server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
    if (at)
      X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(*at));
    else
      X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    X509_STORE_CTX_set_app_data(context.get(), this);
    X509_STORE_CTX_set_verify_cb(context.get(), [](int ok, X509_STORE_CTX* c) {
      static_cast<Verification*>(X509_STORE_CTX_get_app_data(c))->step(ok != 0, c);
      return 1;
    });
    const int verified = X509_verify_cert(context.get());
    // Out of memory and the like are not told to the callback.
    if (verified <= 0 && !result_.error_code) {
      const int error = X509_STORE_CTX_get_error(context.get());
      fail_with(error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED, X509_STORE_CTX_get_error_depth(context.get()));
    }
    if (!result_.error_code) result_.error_code = X509_V_OK;
    result_.ok = *result_.error_code == X509_V_OK;
    result_.error = verify_error_text(*result_.error_code);
    result_.dates_checked = at.has_value();
    Period period;
    if (at) narrow(period, *at, context.get());
    return {std::make_shared<ChainResult>(std::move(result_)), period};
  }

 private:
  void step(bool ok, X509_STORE_CTX* context) {
    const int error = ok ? X509_V_OK : X509_STORE_CTX_get_error(context);
    const int depth = X509_STORE_CTX_get_error_depth(context);
    if (!ok && !result_.error_code) fail_with(error, depth);
    if (result_.steps.size() < kSteps)
      result_.steps.push_back({depth, subject_of(X509_STORE_CTX_get_current_cert(context)), error});
  }
  void fail_with(int error, int depth) {
    result_.error_code = error;
    result_.depth = depth;
  }

  /// One of the store has no reading of ours yet.
  std::string subject_of(X509* certificate) const {
    if (!certificate) return {};
    for (const auto& [parsed, link] : links_)
      if (parsed.get() == certificate) return link->subject;
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0) return {};
    const auto read = read_certificate({reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return read->subject;
  }

  /// By what was sent, what was used, and what the store might have given in its place.
  void narrow(Period& period, Seconds at, X509_STORE_CTX* context) const {
    for (const auto& [parsed, link] : links_) period.narrow(at, parsed.get());
    const STACK_OF(X509)* const built = X509_STORE_CTX_get0_chain(context);
    for (int i = 0; built && i < sk_X509_num(built); ++i) {
      const X509* const used = sk_X509_value(built, i);
      period.narrow(at, used);
      const CertificatesOwned others(X509_STORE_CTX_get1_certs(context, X509_get_issuer_name(used)));
      for (int k = 0; others && k < sk_X509_num(others.get()); ++k) period.narrow(at, sk_X509_value(others.get(), k));
    }
  }

  X509_STORE* store_;
  CertificateStackOwned untrusted_;                              ///< borrows from links_
  std::vector<std::pair<X509Owned, const Certificate*>> links_;  ///< what could be read, the leaf first
  ChainResult result_;
};

}  // namespace

/// What was verified, and while that holds.
struct ChainCache::Known {
  Chain chain;
  Purpose purpose;
  bool dated;
  Period period;
  std::shared_ptr<const ChainResult> result;
};

ChainCache::ChainCache(const Limits* limits) : limits_(*limits) {}
ChainCache::~ChainCache() = default;

std::uint64_t ChainCache::key_of(const Chain& chain) noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
  std::uint64_t key = chain.size();
  for (const auto& link : chain) {
    std::array<std::uint64_t, 2> begin{};  // of a digest: nobody finds many with the same
    if (link && link->sha256.size() >= sizeof begin) std::memcpy(begin.data(), link->sha256.data(), sizeof begin);
    key = (key ^ begin[0]) * kOdd + begin[1];
    key ^= key >> 32;
  }
  return key;
}

std::shared_ptr<const ChainResult> ChainCache::verify(X509_STORE* store, const Chain& chain, Purpose purpose,
                                                      std::optional<Timestamp> time) {
  std::optional<Seconds> at;
  if (time) at = std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
  const auto same = [](const auto& a, const auto& b) { return a == b || (a && b && a->sha256 == b->sha256); };
  const std::uint64_t key = key_of(chain);
  const auto [first, last] = known_.equal_range(key);
  for (auto known = first; known != last; ++known) {
    const Known& k = *known->second;
    if (k.purpose == purpose && k.dated == at.has_value() && (!at || k.period.holds(*at)) &&
        std::equal(k.chain.begin(), k.chain.end(), chain.begin(), chain.end(), same))
      return k.result;
  }
  auto made = std::make_shared<Known>(Known{chain, purpose, at.has_value(), {}, refused(chain)});
  if (!made->result) {
    if (verifications_ == limits_.chain_verifications)
      return not_verified(
          phrase("{:d} different chains were verified before, and there the run stops", verifications_));
    ++verifications_;
    std::tie(made->result, made->period) = Verification(store, chain).run(purpose, at);
    ERR_clear_error();
  }
  // Starting anew is as bounded as any cleverer way, and the common ones are back at once.
  if (known_.size() >= limits_.chain_cache) known_.clear();
  return known_.emplace(key, std::move(made))->second->result;
}

std::string verify_error_text(int error_code) { return X509_verify_cert_error_string(error_code); }

}  // namespace mailseal
