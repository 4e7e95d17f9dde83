// The bodies of single handshake messages. First octet: which; the next two: suite or version.
#include <cstdint>
#include <cstdlib>

#include "mailseal/base/reader.h"
#include "tls/follower.h"
#include "tls/handshake.h"
#include "tls/hello_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailseal;
  Reader in(Bytes(reinterpret_cast<const std::byte*>(data), size));
  std::uint8_t which = 0;
  std::uint16_t number = 0;
  if (!in.u8(which) || !in.u16(number)) return 0;
  const Bytes body = in.rest();
  if (const auto entries = tls::certificate_entries(body)) {
    Bytes rest = *entries, der;
    for (std::size_t before = rest.size(); tls::next_certificate_entry(rest, der); before = rest.size())
      if (der.size() + rest.size() >= before) std::abort();
  }
  tls::alpn_of_encrypted_extensions(body);
  static const Limits kLimits;
  static tls::HelloCache cache(&kLimits);  // what one input left in it changes nothing for the next
  switch (which % 6) {
    case 0:
      if (const auto hello = tls::parse_client_hello(body)) {
        ClientOffer alone = tls::read_offer(*hello);
        const auto shared = cache.offer(*hello);
        alone.ja3 = shared->ja3;
        alone.ja4 = shared->ja4;
        if (*shared != alone || alone.versions.empty() || alone.suites.size() > body.size()) std::abort();
      }
      break;
    case 1:
      if (const auto hello = tls::parse_server_hello(body)) {
        if (hello->sentinel != 0xff && hello->sentinel > 1) std::abort();
        if (cache.ja3s(*hello)->size() != 32) std::abort();
      }
      tls::parse_draft_retry(body);
      break;
    case 2:
      if (const CipherSuite* const suite = find_suite(number))
        if (const auto exchange = tls::parse_server_key_exchange(body, *suite, 0x0303)) {
          if (exchange->dh_bits.value_or(0) > 8 * 0xffff) std::abort();
          if (cache.prime(exchange->prime)->sha256.size() != 64) std::abort();
        }
      break;
    case 5:
      if (const auto ticket = tls::parse_session_ticket(body))
        if (ticket->size() + 6 > body.size()) std::abort();
      break;
    case 3:
      if (auto list = tls::certificate_list(body))
        for (Bytes der; tls::next_certificate(*list, der);)
          if (der.size() > body.size()) std::abort();
      break;
    default:
      if (tls::looks_like_sslv2_hello(body) == tls::Look::Tls) tls::parse_sslv2_hello(body);
      tls::looks_like_record(body);
      break;
  }
  return 0;
}
