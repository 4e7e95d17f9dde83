// Conversation: one connection, from its first octet to its Session.
//
// Joins the parts that do not know each other: the Framer and Dialogue (clear text), the
// TLS follower, the inflater, and the layers that a NULL suite or COMPRESS=DEFLATE put
// between them. Writes down doubts: what was missed, and whether it still mattered.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "canary_watch.h"
#include "framer.h"
#include "holdings.h"
#include "inflate.h"
#include "inner_conversation.h"
#include "mailseal/base/pool.h"
#include "mailseal/inspect.h"
#include "said_marker.h"
#include "tls/crypto.h"
#include "tls/follower.h"
#include "tls/hello_cache.h"

namespace mailseal {

/// What all conversations share; outlives them.
struct Surroundings {
  const InspectOptions& options;
  const Limits& limits;
  SessionSink& sink;
  tls::CertificateCache certificates;
  tls::HelloCache hellos;
  Holdings holdings;
  std::size_t open_bytes = 0;                     ///< that the conversations take, about, save what holdings count
  std::unique_ptr<tls::Crypto> crypto = nullptr;  ///< from the first TLS on for which there are keys
};

/// What is known of a connection from its ports alone.
struct Expectation {
  Protocol protocol = Protocol::Unknown;  ///< Unknown: to be found by its greeting
  Entry entry = Entry::Unknown;
  mail::Use use = mail::Use::Relay;
};

class Conversation final : public StreamHandler,
                           public Pooled<Conversation>,
                           private Takeover,
                           private tls::ReadableSink {
 public:
  Conversation(const Opening&, const Expectation&, Surroundings*);
  ~Conversation() override;

  void expect(Side) const noexcept override;
  Interest data(const DataView&) override;
  void gap(const Gap&) override;
  void conflict(const Conflict&) override;
  void end(const SideEnd&) override;
  void closed(const Closed&) override;

 private:
  struct Early {
    std::string text;
    Seen seen;
  };

  std::size_t tls(Side, Bytes, const Seen&) override;
  void tls_again() override;
  void tls_gap(Side, std::uint64_t bytes, const Seen&) override;
  void deflated(Side, Bytes, const Seen&) override;
  void clear(Side, Bytes, const Seen&) override;
  void readable(Side, Bytes, const Seen&) override;
  void decrypted(Side, Bytes, const Seen&) override;
  void sealed(Side, Bytes, const Seen&) override;

  bool proxy(const DataView&);
  bool recognize(const DataView&);
  void mark_said(const DataView&);
  void take(Side, Bytes, const Seen&);
  void start_dialogue(Protocol);
  void begin_tls();
  void doubt(Doubt, const Seen&);
  void takes(std::size_t more) noexcept;
  bool established() const noexcept { return follower_ && follower_->established(); }
  void release_held();
  void settle(const Closed&);
  void doubt_cut_chains(const TlsFacts&);
  void tell_ongoing(const Seen& now);

  void watch_tls();

  // What a segment inside TLS needs comes first.
  Surroundings& around_;
  std::optional<tls::Follower> follower_;
  std::array<bool, 2> passes_tls_{};  ///< Framer::passes_tls() of wire_, by side
  std::array<bool, 2> spoke_{};       ///< session_.spoke is known
  bool proxy_done_ = false, dropped_ = false;
  std::array<bool, 2> finished_{};  ///< session_.fin_client, fin_server are known
  bool reset_ = false;              ///< session_.reset is known
  const Expectation expected_;
  std::unique_ptr<mail::Dialogue> dialogue_;
  std::unique_ptr<Framer> wire_;  ///< the octets as they crossed
  Session session_;
  std::unique_ptr<Framer> inside_;            ///< what records of a NULL suite carry
  std::unique_ptr<Framer> inflated_;          ///< what a deflate stream holds
  std::unique_ptr<InnerConversation> inner_;  ///< what keys show; never exposure
  std::array<std::unique_ptr<Inflate>, 2> inflate_;
  std::unique_ptr<CanaryWatch> canary_;  ///< nothing: no marker is looked for
  std::unique_ptr<SaidMarker> marker_;   ///< nothing: not asked for
  std::vector<Early> proxy_held_;        ///< the client's first octets while they may be a PROXY header
  std::vector<Early> early_;             ///< of both sides, on an unknown port until it is clear what they speak
  std::size_t early_bytes_ = 0;
  std::size_t told_ = 0;
  std::size_t taken_ = 0;  ///< of Surroundings::open_bytes
};

}  // namespace mailseal
