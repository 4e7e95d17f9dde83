// Conversations on POP3's port: mailbox_fuzz.h says what must hold of them, and how the input is read.
#include "fuzz/mailbox_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mailseal::fuzz::same_however_cut(data, size, 110);
  return 0;
}
