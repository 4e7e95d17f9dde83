// TrustStore: the certificates that are trusted, from a file, a folder, or where the system keeps them.
//
// A file and a folder are read at once, whatever the files of the folder are called: it need not be one that
// openssl rehash made. The system's store is asked for what a chain needs (trust_file.h, and of its folder OpenSSL's
// own form), for reading all of it would cost more than judging a small capture.
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "chain_cache.h"
#include "mailseal/judge.h"
#include "openssl_owned.h"
#include "trust_file.h"

namespace mailseal {

struct TrustStore::Impl {
  explicit Impl(const Limits* limits) : store(X509_STORE_new()), cache(limits) {}

  StoreOwned store;
  ChainCache cache;
  TrustFacts facts;
};

namespace {

namespace fs = std::filesystem;

/// Of a path in a message: one line.
std::string shown(const std::string& path) {
  std::string out = path;
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

std::size_t certificates_in(const X509_STORE* store) {
  const STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
  std::size_t found = 0;
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
    found += X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_X509;
  return found;
}

/// Whether it held any: PEM, with whatever text between, or one in DER.
bool add_file(X509_STORE* store, const std::string& path) {
  X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  const bool added = lookup && (X509_load_cert_file(lookup, path.c_str(), X509_FILETYPE_PEM) > 0 ||
                                X509_load_cert_file(lookup, path.c_str(), X509_FILETYPE_ASN1) > 0);
  ERR_clear_error();
  return added;
}

/// `named`: what the error calls it; `folders`: what to say for a directory.
Expected<void> add_given_file(X509_STORE* store, const std::string& path, std::string named,
                              std::string_view folders = "name a file of certificates in PEM") {
  named += ": ";
  std::error_code error;
  if (fs::is_directory(path, error)) return fail(named + "is a directory; " + std::string(folders));
  errno = 0;
  if (access(path.c_str(), R_OK) != 0)
    return fail(named + std::strerror(errno) + "; name a file of certificates in PEM that you may read");
  if (!add_file(store, path)) return fail(named + "holds no certificate; name a file of certificates in PEM");
  return {};
}

Expected<void> add_given_folder(X509_STORE* store, const std::string& path) {
  const std::string named = "--ca-path " + shown(path) + ": ";
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    return fail(named + "is no directory; say --ca-file for a file");
  fs::directory_iterator at(path, error);
  if (error) return fail(named + error.message() + "; name a directory of certificates that you may read");
  std::vector<std::string> files;
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code unknown;
    constexpr std::uintmax_t kLargest = 16u << 20;
    if (at->is_regular_file(unknown) && at->file_size(unknown) <= kLargest && !unknown)
      files.push_back(at->path().string());
  }
  std::sort(files.begin(), files.end());  // the same store whatever the file system's order
  bool any = false;
  for (const std::string& file : files) any |= add_file(store, file);
  if (!any) return fail(named + "holds no certificates; name a directory with files of them in PEM");
  return {};
}

std::string from_environment(const char* variable, const char* otherwise) {
  const char* const value = std::getenv(variable);
  return value ? value : otherwise;
}

/// One of the folders, with colons between.
bool hold_files(std::string_view folders) {
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::error_code error;
    const fs::directory_iterator at(folders.substr(0, end), error);
    if (!error && at != fs::directory_iterator()) return true;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return false;
}

void use_system(X509_STORE* store, TrustFacts& facts) {
  const std::string file = from_environment(X509_get_default_cert_file_env(), X509_get_default_cert_file());
  const std::string folders = from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  if (access(file.c_str(), R_OK) == 0 && look_into_file(store, file)) facts.file = file;
  if (hold_files(folders)) {
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (lookup && X509_LOOKUP_add_dir(lookup, folders.c_str(), X509_FILETYPE_PEM) == 1) facts.folder = folders;
  }
  ERR_clear_error();
  if (facts.file.empty() && facts.folder.empty()) return;
  facts.kind = TrustFacts::Kind::System;
}

}  // namespace

TrustStore::TrustStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Expected<TrustStore> TrustStore::load_file(const std::string& file, const std::string& named, const Limits* limits) {
  auto impl = std::make_unique<Impl>(limits);
  if (auto added = add_given_file(impl->store.get(), file, named); !added) return tl::unexpected(added.error());
  impl->facts.kind = TrustFacts::Kind::Given;
  impl->facts.file = file;
  impl->facts.certificates = certificates_in(impl->store.get());
  return TrustStore(std::move(impl));
}

Expected<TrustStore> TrustStore::load(const std::string& file, const std::string& folder, const Limits* limits) {
  auto impl = std::make_unique<Impl>(limits);
  X509_STORE* const store = impl->store.get();
  TrustFacts& facts = impl->facts;
  if (file.empty() && folder.empty()) {
    use_system(store, facts);
    return TrustStore(std::move(impl));
  }
  if (!file.empty())
    if (const auto added = add_given_file(store, file, "--ca-file " + shown(file), "say --ca-path for one"); !added)
      return tl::unexpected(added.error());
  if (!folder.empty())
    if (const auto added = add_given_folder(store, folder); !added) return tl::unexpected(added.error());
  facts = {TrustFacts::Kind::Given, file, folder, certificates_in(store)};
  return TrustStore(std::move(impl));
}

const TrustFacts& TrustStore::facts() const noexcept { return impl_->facts; }
std::size_t TrustStore::verifications() const noexcept { return impl_->cache.verifications(); }

std::shared_ptr<const ChainResult> TrustStore::verify(const std::vector<std::shared_ptr<const Certificate>>& chain,
                                                      Purpose purpose, std::optional<Timestamp> at) const {
  if (chain.empty() || impl_->facts.kind == TrustFacts::Kind::None) return nullptr;
  return impl_->cache.verify(impl_->store.get(), chain, purpose, at);
}

}  // namespace mailseal
