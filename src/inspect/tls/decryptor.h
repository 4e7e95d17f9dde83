// Decryptor: the protected records of one connection, where its keys are known.
//
// It stands beside the Follower, which says where each record begins and when its side is protected; nothing here
// tells the Follower anything but the handshake messages of TLS 1.3. Each side is read by itself, so the
// captured order of the two does not matter. What goes wrong on a side ends it, with the reason; no guess
// is made behind it: the numbers that records are sealed with are lost.
//
// To TLS 1.2 keys are changed by ChangeCipherSpec, also inside (renegotiation). In TLS 1.3 a side goes from early
// to handshake to application keys by its EndOfEarlyData and Finished, and on by each KeyUpdate. Records of
// early data that the server refused are passed over, as servers do (RFC 8446 4.2.10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "crypto.h"
#include "holdings.h"
#include "mailseal/inspect.h"
#include "messages.h"
#include "record.h"

namespace mailseal::tls {

class DecryptedSink {
 public:
  virtual ~DecryptedSink() = default;
  /// A handshake message of TLS 1.3; dies with the call.
  virtual void hidden(Side, const MessageView&) = 0;
  /// Application data.
  virtual void inside(Side, Bytes, const Seen&) = 0;
};

class Decryptor {
 public:
  /// All are kept and must outlive the decryptor.
  Decryptor(const KeyLog*, Crypto*, Holdings*, DecryptedSink*);

  enum class Early : std::uint8_t { None, Offered };
  /// The bodies of the hellos. From the server's on `told` is filled; it must stay where it is.
  void client_hello(Bytes body, Early);
  void server_hello(Bytes body, const TlsFacts&, Inside* told);
  /// A part of a protected record.
  void piece(Side, const PieceView&);
  void gap(Side, const Seen&);

  /// No record of any side will be read any more.
  bool over() const noexcept { return sides_[0].over && sides_[1].over; }

 private:
  using Random = std::array<std::byte, 32>;
  /// The keys of a side one after the other; to TLS 1.2 Application alone.
  enum Epoch : std::uint8_t { kEarly, kHandshake, kApplication, kEpochs };
  struct SideState {
    std::array<std::unique_ptr<RecordCipher>, kEpochs> ciphers;
    Epoch at = kApplication;
    bool over = false;
    bool any = false;                    ///< records were read with the keys of `at`
    bool handshake_lacks = false;        ///< its handshake secret is not in the log
    unsigned passed = 0;                 ///< records that were not read
    Secret traffic;                      ///< of kApplication
    std::unique_ptr<RecordCipher> next;  ///< of a renegotiation, from its ChangeCipherSpec on
    std::vector<std::byte> record;       ///< so far, where it does not lie in one packet
    bool whole = false;                  ///< it was handed over where it lay
    MessageCutter messages;
    std::uint64_t offset = 0;  ///< of what is inside
  };
  struct Waiting {  ///< early data before the ServerHello, or what overtook the ClientHello
    Side side;
    RecordHeader header;
    Seen seen;
    std::vector<std::byte> body;
  };

  SideState& side(Side s) noexcept { return sides_[static_cast<std::size_t>(s)]; }
  void begin();
  void begin12();
  void begin13();
  void wait(Side, const RecordHeader&, Bytes body, const Seen&);
  void record(Side, const RecordHeader&, Bytes body, const Seen&);
  std::optional<OpenedView> open(Side, const RecordHeader&, Bytes body);
  void opened(Side, const OpenedView&, const Seen&);
  void message13(Side, const MessageView&);
  void message12(Side, const MessageView&);
  void change_keys(Side, const Seen&);
  void stop(Side, Decryption why, const Seen&);
  bool is13() const noexcept { return is_tls13(how_.version); }
  void share() noexcept;

  const KeyLog& keys_;
  Crypto& crypto_;
  const Holdings& holdings_;
  DecryptedSink& sink_;
  Holdings::Share share_;
  Random client_random_{}, server_random_{};
  std::optional<Random> again_;                ///< the client's of a renegotiation
  std::vector<std::byte> session_id_;          ///< the server's
  bool early_ = false;                         ///< data was offered
  bool early_taken_ = false;                   ///< it may be taken: else it is nobody's
  bool client_hello_ = false, begun_ = false;  ///< begun: both hellos were there
  Protection how_;
  Inside* told_ = nullptr;
  std::array<SideState, 2> sides_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace mailseal::tls
