// InnerConversation: the mail dialogue inside TLS, where keys were given.
//
// The same machines as in clear, over a Session of its own of which only counts, mechanisms and codes are
// told, in Inside: what it notes of content, headers or credentials was sealed on the wire and is dropped.
// It refuses to know what the conversation outside was, but for its protocol and whether a greeting is still to come.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "framer.h"
#include "inflate.h"
#include "mail/dialogue.h"
#include "mailseal/inspect.h"

namespace mailseal {

class InnerConversation final : private Takeover {
 public:
  enum class Greeting : std::uint8_t { ToCome, WasBefore };
  /// `told` and `holdings` are kept and must outlive it.
  InnerConversation(Protocol, Greeting, Holdings*, Inside* told, const Seen& first);
  ~InnerConversation() override;

  /// What it takes, in octets, about, save what holdings count.
  static std::size_t bytes() noexcept;

  void data(Side, Bytes, const Seen&);
  /// Nothing more comes; all is told.
  void finish();

 private:
  std::size_t tls(Side, Bytes bytes, const Seen&) override { return bytes.size(); }
  void tls_again() override {}
  void tls_gap(Side, std::uint64_t, const Seen&) override {}
  void deflated(Side, Bytes, const Seen&) override;

  Holdings& holdings_;
  Inside& told_;
  Session session_;
  std::unique_ptr<mail::Dialogue> dialogue_;
  std::unique_ptr<Framer> framer_;
  std::unique_ptr<Framer> inflated_;
  std::array<std::unique_ptr<Inflate>, 2> inflate_;
};

}  // namespace mailseal
