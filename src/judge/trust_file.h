// A file of trusted certificates, each parsed when a chain asks for its subject.
//
// OpenSSL parses all of a file at once, keys included: for the hundred and more of a system's store that takes longer
// than judging a small capture. Here they are read as octets, and of each only the subject is looked at. As there,
// a file counts for nothing whose PEM is broken, or that holds one whose subject cannot be read. What else is broken of
// one is found when a chain asks for it, and gives nothing then.
//
// Refuses keys and revocation lists: they are passed over. Not thread-safe, as the store of which it is part.
#pragma once

#include <openssl/x509_vfy.h>

#include <string>

namespace mailseal {

/// The store looks into the file before what is added to it later. Not read before the first chain asks: many captures
/// have none. PEM with whatever text between, or one in DER; what is none gives nothing. False: no memory.
bool look_into_file(X509_STORE*, const std::string& path);

}  // namespace mailseal
