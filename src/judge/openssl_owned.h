// OpenSSL's things, owned.
#pragma once

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace mailseal {

/// Of stacks: those that own what lies in them, and those that borrow it.
struct OpensslFree {
  void operator()(X509* p) const noexcept { X509_free(p); }
  void operator()(X509_STORE* p) const noexcept { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const noexcept { X509_STORE_CTX_free(p); }
  void operator()(X509_NAME* p) const noexcept { X509_NAME_free(p); }
  void operator()(BIO* p) const noexcept { BIO_free(p); }
};
struct FreeWithElements {
  void operator()(STACK_OF(X509) * p) const noexcept { sk_X509_pop_free(p, X509_free); }
};
struct FreeStackAlone {
  void operator()(STACK_OF(X509) * p) const noexcept { sk_X509_free(p); }
};

using X509Owned = std::unique_ptr<X509, OpensslFree>;
using StoreOwned = std::unique_ptr<X509_STORE, OpensslFree>;
using ContextOwned = std::unique_ptr<X509_STORE_CTX, OpensslFree>;
using NameOwned = std::unique_ptr<X509_NAME, OpensslFree>;
using BioOwned = std::unique_ptr<BIO, OpensslFree>;
using CertificatesOwned = std::unique_ptr<STACK_OF(X509), FreeWithElements>;
using CertificateStackOwned = std::unique_ptr<STACK_OF(X509), FreeStackAlone>;

}  // namespace mailseal
