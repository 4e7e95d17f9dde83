#include "trust_file.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "openssl_owned.h"

namespace mailseal {
namespace {

const unsigned char* octets_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// RFC 5280 4.1: of a Certificate the subject, behind version, serial number, signature, issuer and validity.
NameOwned subject_of(const std::string& der) {
  const unsigned char* at = octets_of(der);
  const unsigned char* const end = at + der.size();
  const auto header = [&](int& tag) -> std::optional<long> {
    long length = 0;
    int of_class = 0;
    const int form = ASN1_get_object(&at, &length, &tag, &of_class, end - at);
    return (form & 0x81) != 0 ? std::nullopt : std::optional(length);  // an error, or of no definite length
  };
  int tag = 0;
  for (int depth = 0; depth < 2; ++depth)
    if (!header(tag) || tag != V_ASN1_SEQUENCE) return nullptr;
  for (int behind = 0; behind < 4;) {
    const auto length = header(tag);
    if (!length) return nullptr;
    at += *length;
    behind += behind > 0 || tag == V_ASN1_INTEGER;  // from the serial number on: the version may be absent
  }
  return NameOwned(d2i_X509_NAME(nullptr, &at, end - at));
}

class TrustFile {
 public:
  explicit TrustFile(std::string path) : path_(std::move(path)) {}

  /// One with that subject, of those that the store now has.
  X509* find(X509_STORE* store, const X509_NAME* subject) {
    if (!std::exchange(read_, true)) read();
    for (const Entry& entry : entries_) {
      if (X509_NAME_cmp(entry.subject.get(), subject) != 0) continue;
      const unsigned char* at = octets_of(entry.der);
      const X509Owned parsed(d2i_X509_AUX(nullptr, &at, static_cast<long>(entry.der.size())));
      if (parsed) X509_STORE_add_cert(store, parsed.get());
    }
    ERR_clear_error();
    X509_OBJECT* const known = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), X509_LU_X509, subject);
    return known ? X509_OBJECT_get0_X509(known) : nullptr;
  }

 private:
  struct Entry {
    NameOwned subject;
    std::string der;
  };

  bool add(std::string der) {
    NameOwned subject = subject_of(der);
    if (!subject) return false;
    entries_.push_back({std::move(subject), std::move(der)});
    return true;
  }

  void read() {
    const BioOwned file(BIO_new_file(path_.c_str(), "r"));
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    bool readable = true;
    while (file && readable && PEM_read_bio(file.get(), &name, &header, &data, &length) == 1) {
      const std::string_view kind = name;
      if (kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD || kind == PEM_STRING_X509_TRUSTED)
        readable = add(std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)));
      OPENSSL_free(name);
      OPENSSL_free(header);
      OPENSSL_free(data);
    }
    // As OpenSSL does: of a file that is broken it takes nothing. At a sound one's end there is no more to begin.
    readable &= !file || ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!readable) return entries_.clear();
    if (!entries_.empty()) return;
    if (!file || BIO_reset(file.get()) < 0) return;
    if (const X509Owned alone{d2i_X509_bio(file.get(), nullptr)}) {
      unsigned char* der = nullptr;
      const int size = i2d_X509(alone.get(), &der);
      if (size > 0) add(std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
      OPENSSL_free(der);
    }
    ERR_clear_error();
  }

  std::string path_;
  bool read_ = false;
  std::vector<Entry> entries_;
};

int by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name, X509_OBJECT* found) {
  if (type != X509_LU_X509) return 0;
  auto* const file = static_cast<TrustFile*>(X509_LOOKUP_get_method_data(lookup));
  X509* const certificate = file->find(X509_LOOKUP_get_store(lookup), name);
  if (!certificate || X509_OBJECT_set1_X509(found, certificate) != 1) return 0;
  X509_free(certificate);  // what is answered is the store's: whoever asked takes a share of his own
  return 1;
}

/// Never freed: a store, given back after all else, still asks it.
X509_LOOKUP_METHOD* method() {
  static X509_LOOKUP_METHOD* const kept = [] {
    X509_LOOKUP_METHOD* const made = X509_LOOKUP_meth_new("certificates of a file, by subject");
    if (!made) return made;
    X509_LOOKUP_meth_set_get_by_subject(made, by_subject);
    X509_LOOKUP_meth_set_free(made,
                              [](X509_LOOKUP* l) { delete static_cast<TrustFile*>(X509_LOOKUP_get_method_data(l)); });
    return made;
  }();
  return kept;
}

}  // namespace

bool look_into_file(X509_STORE* store, const std::string& path) {
  X509_LOOKUP* const lookup = method() ? X509_STORE_add_lookup(store, method()) : nullptr;
  if (!lookup) return false;
  auto file = std::make_unique<TrustFile>(path);
  if (X509_LOOKUP_set_method_data(lookup, file.get()) != 1) return false;
  file.release();  // the lookup frees it
  return true;
}

}  // namespace mailseal
