#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "mailseal/base/freed_by.h"
#include "null_records.h"

namespace mailseal::tls {
namespace {

using ProviderOwned = std::unique_ptr<OSSL_PROVIDER, FreedBy<OSSL_PROVIDER_unload>>;
using LibraryOwned = std::unique_ptr<OSSL_LIB_CTX, FreedBy<OSSL_LIB_CTX_free>>;
using CipherOwned = std::unique_ptr<EVP_CIPHER, FreedBy<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreedBy<EVP_CIPHER_CTX_free>>;
using KdfOwned = std::unique_ptr<EVP_KDF, FreedBy<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, FreedBy<EVP_KDF_CTX_free>>;

constexpr std::uint16_t kTls10 = 0x0301, kTls11 = 0x0302, kTls12Version = 0x0303;
constexpr std::size_t kNonceBytes = 12, kMacBytes = 64;

const unsigned char* raw(Bytes octets) noexcept { return reinterpret_cast<const unsigned char*>(octets.data()); }
unsigned char* raw(std::span<std::byte> octets) noexcept { return reinterpret_cast<unsigned char*>(octets.data()); }
int length(std::size_t n) noexcept { return static_cast<int>(n); }

/// Room for secrets that is wiped.
template <std::size_t N>
class Wiped {
 public:
  explicit Wiped(std::size_t size = N) : size_(std::min(size, N)) {}
  ~Wiped() { OPENSSL_cleanse(octets_.data(), N); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

  std::span<std::byte> room() noexcept { return std::span(octets_).first(size_); }
  Bytes bytes() const noexcept { return Bytes(octets_).first(size_); }

 private:
  std::array<std::byte, N> octets_{};
  std::size_t size_;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// As OpenSSL calls it; empty: there is none.
std::string cipher_name(const CipherSuite& suite) {
  const std::string_view kind = suite.encryption;
  if (suite.export_grade) return {};  // keys of their own kind, and 25 years old
  if (kind == "CHACHA20-POLY1305") return "ChaCha20-Poly1305";
  if (kind == "RC4" && has(suite.name, "RC4_128")) return "RC4";
  if (suite.cbc && kind == "3DES") return "DES-EDE3-CBC";
  if (suite.cbc && (kind == "DES" || kind == "SEED" || kind == "IDEA")) return std::string(kind) + "-CBC";
  if (kind == "SM4") return has(suite.name, "_GCM") ? "SM4-GCM" : has(suite.name, "_CCM") ? "SM4-CCM" : std::string();
  if (kind != "AES" && kind != "CAMELLIA" && kind != "ARIA") return {};
  const std::string sized = std::string(kind) + "-" + std::to_string(suite.bits);
  if (has(suite.name, "_GCM")) return sized + "-GCM";
  if (has(suite.name, "_CCM")) return sized + "-CCM";
  return suite.cbc ? sized + "-CBC" : std::string();
}

const EVP_MD* mac_digest(const CipherSuite& suite) noexcept {
  if (suite.mac == "MD5") return EVP_md5();
  if (suite.mac == "SHA") return EVP_sha1();
  if (suite.mac == "SHA256") return EVP_sha256();
  if (suite.mac == "SHA384") return EVP_sha384();
  return nullptr;
}

/// Of the handshake from TLS 1.2 on (RFC 5246 5: SHA-256, unless the suite says another).
const char* schedule_digest(const CipherSuite& suite) noexcept {
  if (suite.hash == "SHA384") return "SHA2-384";
  return suite.hash == "SM3" ? "SM3" : "SHA2-256";
}
std::size_t schedule_bytes(const CipherSuite& suite) noexcept { return suite.hash == "SHA384" ? 48 : 32; }

/// What all ciphers share: where opened octets go.
using Room = std::vector<unsigned char>;

/// "seq_num + type + version + length" (RFC 5246 6.2.3.3)
std::array<unsigned char, 13> heading(std::uint64_t sequence, const RecordHeader& header, std::size_t content) {
  std::array<unsigned char, 13> out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<unsigned char>(sequence >> (56 - 8 * i));
  out[8] = static_cast<unsigned char>(header.type);
  out[9] = static_cast<unsigned char>(header.version >> 8);
  out[10] = static_cast<unsigned char>(header.version);
  out[11] = static_cast<unsigned char>(content >> 8);
  out[12] = static_cast<unsigned char>(content);
  return out;
}

/// AEAD: RFC 5288 (GCM), 6655 (CCM), 7905 (ChaCha20-Poly1305) to TLS 1.2, RFC 8446 5.2 in TLS 1.3.
class AeadCipher final : public RecordCipher {
 public:
  struct How {
    bool tls13, explicit_nonce, ccm;
    std::size_t tag;
  };
  /// `fixed`: the nonce, or the part of it that records do not show.
  AeadCipher(CipherContext context, How how, Bytes fixed, Room* room)
      : context_(std::move(context)), how_(how), fixed_(fixed.size()), room_(*room) {
    std::copy(fixed.begin(), fixed.end(), fixed_.room().begin());
  }

  static CipherContext begin(const EVP_CIPHER* cipher, const How& how, Bytes key) {
    CipherContext context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = context.get();
    const bool good = c && EVP_DecryptInit_ex(c, cipher, nullptr, nullptr, nullptr) == 1 &&
                      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, length(kNonceBytes), nullptr) == 1 &&
                      (!how.ccm || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, length(how.tag), nullptr) == 1) &&
                      EVP_DecryptInit_ex(c, nullptr, nullptr, raw(key), nullptr) == 1;
    return good ? std::move(context) : nullptr;
  }

  std::optional<OpenedView> open(const RecordHeader& header, Bytes body) override {
    const std::size_t shown = how_.explicit_nonce ? 8 : 0;
    if (body.size() < shown + how_.tag) return std::nullopt;
    const std::size_t size = body.size() - shown - how_.tag;
    std::array<unsigned char, kNonceBytes> nonce{};
    std::copy_n(raw(fixed_.bytes()), fixed_.bytes().size(), nonce.begin());
    if (how_.explicit_nonce)
      std::copy_n(raw(body), shown, nonce.begin() + 4);
    else
      for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= static_cast<unsigned char>(sequence_ >> (56 - 8 * i));
    const auto heading12 = heading(sequence_, header, size);
    const std::array<unsigned char, 5> heading13{heading12[8], heading12[9], heading12[10],
                                                 static_cast<unsigned char>(body.size() >> 8),
                                                 static_cast<unsigned char>(body.size())};
    const std::span<const unsigned char> beside =
        how_.tls13 ? std::span<const unsigned char>(heading13) : std::span<const unsigned char>(heading12);
    if (!decrypt(nonce, beside, body.subspan(shown, size), body.last(how_.tag))) return std::nullopt;
    ++sequence_;
    Bytes content = as_bytes({reinterpret_cast<const char*>(room_.data()), size});
    if (!how_.tls13) return OpenedView{header.type, content};
    // "scan the field from the end toward the beginning until it finds a non-zero octet" (RFC 8446 5.4)
    while (!content.empty() && content.back() == std::byte{0}) content = content.first(content.size() - 1);
    if (content.empty()) return std::nullopt;
    const auto type = static_cast<ContentType>(content.back());
    return OpenedView{type, content.first(content.size() - 1)};
  }

 private:
  bool decrypt(std::span<const unsigned char> nonce, std::span<const unsigned char> beside, Bytes in, Bytes tag) {
    EVP_CIPHER_CTX* const c = context_.get();
    int n = 0;
    room_.resize(std::max(room_.size(), in.size() + kMacBytes));
    std::array<unsigned char, 16> tag_copy{};
    std::copy_n(raw(tag), tag.size(), tag_copy.begin());
    if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, length(tag.size()), tag_copy.data()) != 1 ||
        EVP_DecryptInit_ex(c, nullptr, nullptr, nullptr, nonce.data()) != 1)
      return false;
    if (how_.ccm && EVP_DecryptUpdate(c, nullptr, &n, nullptr, length(in.size())) != 1) return false;
    if (EVP_DecryptUpdate(c, nullptr, &n, beside.data(), length(beside.size())) != 1) return false;
    // CCM verifies here, and an empty one too.
    if ((how_.ccm || !in.empty()) && EVP_DecryptUpdate(c, room_.data(), &n, raw(in), length(in.size())) != 1)
      return false;
    return how_.ccm || EVP_DecryptFinal_ex(c, room_.data() + in.size(), &n) == 1;
  }

  CipherContext context_;
  const How how_;
  Wiped<kNonceBytes> fixed_;
  std::uint64_t sequence_ = 0;
  Room& room_;
};

/// CBC and RC4, with an HMAC within or behind (RFC 5246 6.2.3.1, 6.2.3.2; RFC 7366; RFC 6066 7).
class MacCipher final : public RecordCipher {
 public:
  struct How {
    const EVP_MD* digest;
    std::size_t mac;    ///< octets of it in a record
    std::size_t block;  ///< of CBC, else 0
    bool explicit_iv, mac_behind;
  };
  MacCipher(CipherContext context, How how, Bytes mac_key, Room* room)
      : context_(std::move(context)), how_(how), mac_key_(mac_key), room_(*room) {}

  static CipherContext begin(const EVP_CIPHER* cipher, Bytes key, Bytes iv) {
    CipherContext context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = context.get();
    const bool good = c && EVP_DecryptInit_ex(c, cipher, nullptr, raw(key), iv.empty() ? nullptr : raw(iv)) == 1 &&
                      EVP_CIPHER_CTX_set_padding(c, 0) == 1;
    return good ? std::move(context) : nullptr;
  }

  std::optional<OpenedView> open(const RecordHeader& header, Bytes body) override {
    Bytes sealed = body;
    if (how_.mac_behind) {
      if (body.size() < how_.mac) return std::nullopt;
      sealed = body.first(body.size() - how_.mac);
      if (!verifies(header, sealed, body.last(how_.mac))) return std::nullopt;
    }
    if (how_.block > 0 && (sealed.empty() || sealed.size() % how_.block != 0)) return std::nullopt;
    int n = 0;
    room_.resize(std::max(room_.size(), sealed.size() + kMacBytes));
    // The block before is the IV of the next, also between records (RFC 2246 6.2.3.2); where each record
    // has its own in front, that one comes out as noise and is cut.
    if (EVP_DecryptUpdate(context_.get(), room_.data(), &n, raw(sealed), length(sealed.size())) != 1)
      return std::nullopt;
    Bytes plain = as_bytes({reinterpret_cast<const char*>(room_.data()), sealed.size()});
    if (how_.explicit_iv) plain = plain.subspan(how_.block);
    if (how_.block > 0 && !cut_padding(plain)) return std::nullopt;
    if (!how_.mac_behind) {
      if (plain.size() < how_.mac) return std::nullopt;
      const Bytes mac = plain.last(how_.mac);
      plain = plain.first(plain.size() - how_.mac);
      if (!verifies(header, plain, mac)) return std::nullopt;
    }
    ++sequence_;
    return OpenedView{header.type, plain};
  }

 private:
  /// "each uint8 in the padding data vector MUST be filled with the padding length value"
  static bool cut_padding(Bytes& plain) {
    if (plain.empty()) return false;
    const auto padding = std::to_integer<std::size_t>(plain.back()) + 1;
    if (padding > plain.size()) return false;
    const Bytes cut = plain.last(padding);
    plain = plain.first(plain.size() - padding);
    return std::all_of(cut.begin(), cut.end(), [&](std::byte b) { return b == cut.back(); });
  }

  bool verifies(const RecordHeader& header, Bytes content, Bytes mac) {
    const auto head = heading(sequence_, header, content.size());
    input_.assign(head.begin(), head.end());
    input_.insert(input_.end(), raw(content), raw(content) + content.size());
    std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
    unsigned size = 0;
    const bool good = HMAC(how_.digest, mac_key_.bytes().data(), length(mac_key_.bytes().size()), input_.data(),
                           input_.size(), made.data(), &size) != nullptr;
    OPENSSL_cleanse(input_.data(), input_.size());
    return good && mac.size() <= size && CRYPTO_memcmp(made.data(), mac.data(), mac.size()) == 0;
  }

  CipherContext context_;
  const How how_;
  const Secret mac_key_;
  std::uint64_t sequence_ = 0;
  Room& room_;
  Room input_;
};

}  // namespace

struct Crypto::Impl {
  LibraryOwned library{OSSL_LIB_CTX_new()};
  ProviderOwned standard{OSSL_PROVIDER_load(library.get(), "default")};
  ProviderOwned legacy;  ///< not everywhere installed; loaded when asked for
  bool legacy_tried = false;
  Room room = Room(kRecordBytes + kMacBytes);  ///< never grows, so that nothing is left behind

  ~Impl() { OPENSSL_cleanse(room.data(), room.size()); }

  CipherOwned fetch(const CipherSuite& suite) {
    const std::string name = cipher_name(suite);
    if (name.empty()) return nullptr;
    CipherOwned cipher(EVP_CIPHER_fetch(library.get(), name.c_str(), nullptr));
    if (!cipher && !std::exchange(legacy_tried, true)) {
      legacy.reset(OSSL_PROVIDER_load(library.get(), "legacy"));
      cipher.reset(EVP_CIPHER_fetch(library.get(), name.c_str(), nullptr));
    }
    ERR_clear_error();
    return cipher;
  }

  bool derive(const char* kdf, OSSL_PARAM* parameters, std::span<std::byte> out) const {
    const KdfOwned kind(EVP_KDF_fetch(library.get(), kdf, nullptr));
    const KdfContext context(kind ? EVP_KDF_CTX_new(kind.get()) : nullptr);
    const bool good = context && EVP_KDF_derive(context.get(), raw(out), out.size(), parameters) == 1;
    ERR_clear_error();
    return good;
  }

  /// PRF(secret, label, seed), RFC 2246 5, RFC 5246 5.
  bool prf(const Protection& how, Bytes secret, std::string_view label, Bytes seed, std::span<std::byte> out) const {
    std::string digest = how.version < kTls12Version ? "MD5-SHA1" : schedule_digest(*how.suite);
    std::string labelled(label);
    labelled += as_text(seed);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, const_cast<std::byte*>(secret.data()), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, labelled.data(), labelled.size()),
        OSSL_PARAM_construct_end()};
    return derive("TLS1-PRF", parameters, out);
  }

  /// HKDF-Expand-Label(secret, label, "", length), RFC 8446 7.1.
  bool expand(const CipherSuite& suite, Bytes secret, std::string_view label, std::span<std::byte> out) const {
    const std::string whole = "tls13 " + std::string(label);
    std::string info;
    info += static_cast<char>(out.size() >> 8);
    info += static_cast<char>(out.size());
    info += static_cast<char>(whole.size());
    info += whole;
    info += '\0';
    std::string digest = schedule_digest(suite);
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::byte*>(secret.data()), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
    return derive("HKDF", parameters, out);
  }

  AeadCipher::How aead(const Protection& how) const {
    const CipherSuite& suite = *how.suite;
    const bool tls13 = is_tls13(how.version);
    return {tls13, !tls13 && suite.block_bits > 0, has(suite.name, "_CCM"), suite.short_tag ? std::size_t{8} : 16};
  }

  std::unique_ptr<RecordCipher> aead_cipher(const Protection& how, const EVP_CIPHER* kind, Bytes key, Bytes fixed) {
    CipherContext context = AeadCipher::begin(kind, aead(how), key);
    if (!context) return nullptr;
    return std::make_unique<AeadCipher>(std::move(context), aead(how), fixed, &room);
  }

  std::unique_ptr<RecordCipher> mac_cipher(const Protection& how, const EVP_CIPHER* kind, Bytes key, Bytes iv,
                                           Bytes mac_key) {
    constexpr std::size_t kTruncated = 10;  // RFC 6066 7
    const std::size_t block = how.suite->cbc ? static_cast<std::size_t>(EVP_CIPHER_get_block_size(kind)) : 0;
    CipherContext context = MacCipher::begin(kind, key, iv);
    if (!context) return nullptr;
    return std::make_unique<MacCipher>(
        std::move(context),
        MacCipher::How{mac_digest(*how.suite), how.truncated_hmac ? kTruncated : mac_bytes(*how.suite), block,
                       block > 0 && how.version >= kTls11, how.encrypt_then_mac && block > 0},
        mac_key, &room);
  }
};

Crypto::Crypto() : impl_(std::make_unique<Impl>()) {}
Crypto::~Crypto() = default;

bool Crypto::supports(const Protection& how) {
  // Drafts of TLS 1.3 before 25 protected records in other ways.
  const bool draft = how.version >= 0x7f19 && how.version <= 0x7f1c;
  if (how.version < kTls10 || (how.version > 0x0304 && !draft) || !how.suite) return false;
  if (how.suite->tls13 != is_tls13(how.version)) return false;
  return (how.suite->aead || mac_digest(*how.suite)) && impl_->fetch(*how.suite) != nullptr;
}

Crypto::Pair Crypto::ciphers(const Protection& how, Bytes master, Bytes client_random, Bytes server_random) {
  const CipherOwned kind = supports(how) ? impl_->fetch(*how.suite) : nullptr;
  if (!kind) return {};
  const CipherSuite& suite = *how.suite;
  const std::size_t mac = suite.aead ? 0 : mac_bytes(suite);
  const auto key = static_cast<std::size_t>(EVP_CIPHER_get_key_length(kind.get()));
  std::size_t iv = static_cast<std::size_t>(EVP_CIPHER_get_iv_length(kind.get()));
  if (suite.aead) iv = impl_->aead(how).explicit_nonce ? 4 : kNonceBytes;
  // "key_block = PRF(SecurityParameters.master_secret, "key expansion", server_random + client_random)"
  Wiped<2 * (EVP_MAX_MD_SIZE + EVP_MAX_KEY_LENGTH + EVP_MAX_IV_LENGTH)> block(2 * (mac + key + iv));
  std::string seed(as_text(server_random));
  seed += as_text(client_random);
  if (!impl_->prf(how, master, "key expansion", as_bytes(seed), block.room())) return {};
  const auto make = [&](std::size_t side) {
    const Bytes all = block.bytes();
    const Bytes mac_key = all.subspan(side * mac, mac), own = all.subspan(2 * mac + side * key, key),
                own_iv = all.subspan(2 * (mac + key) + side * iv, iv);
    return suite.aead ? impl_->aead_cipher(how, kind.get(), own, own_iv)
                      : impl_->mac_cipher(how, kind.get(), own, own_iv, mac_key);
  };
  return {make(0), make(1)};
}

std::unique_ptr<RecordCipher> Crypto::cipher(const Protection& how, Bytes secret) {
  const CipherOwned kind = supports(how) ? impl_->fetch(*how.suite) : nullptr;
  if (!kind || secret.size() != schedule_bytes(*how.suite)) return nullptr;
  Wiped<EVP_MAX_KEY_LENGTH> key(static_cast<std::size_t>(EVP_CIPHER_get_key_length(kind.get())));
  Wiped<kNonceBytes> iv;
  if (!impl_->expand(*how.suite, secret, "key", key.room()) || !impl_->expand(*how.suite, secret, "iv", iv.room()))
    return nullptr;
  return impl_->aead_cipher(how, kind.get(), key.bytes(), iv.bytes());
}

Secret Crypto::next(const Protection& how, Bytes secret) {
  Wiped<Secret::kMost> made(schedule_bytes(*how.suite));
  return impl_->expand(*how.suite, secret, "traffic upd", made.room()) ? Secret(made.bytes()) : Secret();
}

}  // namespace mailseal::tls
