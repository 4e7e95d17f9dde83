// Decryption Secrets Blocks of pcapng (draft-ietf-opsawg-pcapng 4.7): key logs inside captures.
//
// They should stand before the packets that need them and mostly do. Some programs append them: so a file that can be
// sought in is walked from its end, block by block, up to its last packet, which costs nothing where there are none.
#pragma once

#include <cstdint>

#include "fields.h"
#include "mailseal/base/key_log.h"

namespace mailseal {

inline constexpr std::uint32_t kDecryptionSecrets = 10;

/// `body` without type and lengths. Secrets of other kinds than TLS key logs are passed over.
/// Whether it held any.
bool read_secrets(Bytes body, ByteOrder, KeyLog&);

}  // namespace mailseal
