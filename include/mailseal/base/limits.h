// Limits: every bound on memory and patience, in one place.
//
// The traffic decides how much state we are asked to keep, and the traffic may
// be hostile. Each limit says its unit and what happens when it is hit. Hitting
// one never fails silently and never turns into "all is well": the session gets
// a Doubt (inspect.h) and is inconclusive at best. Where that is not so, it says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mailseal {

struct Limits {
  // capture
  std::size_t packet_bytes = 16u << 20;  ///< a longer record is no packet: the file ends there, "error"
  std::size_t interfaces = 4096;         ///< of one pcapng section: more end the file, "error"
  std::size_t nesting = 8;               ///< archives in archives, and compressions in one another: deeper is not read
  std::size_t members = 10'000;          ///< of one archive and those in it: what is behind them is not read
  /// Of a member of an archive that is kept unpacked, to be opened again; of larger ones, and beyond what is kept of
  /// all, none is: those are unpacked again, with what stands before them unless they are read in their order.
  std::size_t kept_member_bytes = 8u << 20;
  std::size_t kept_bytes = 128u << 20;
  /// Octets that one input unpacks to, all that lies in it together, captures or not: there it ends, "error", and
  /// tells to unpack it oneself. Traffic of zeros in large frames compresses a thousandfold and zstd may more, so
  /// the ratio counts from where an honest capture would have shown something else; a capture of forged records
  /// without end stops at whichever is reached: a gigabyte in some seconds, or the ratio. Memory is bounded anyway.
  std::uint64_t unpacked_freely = std::uint64_t{1} << 30;
  std::uint64_t unpack_ratio = 250;                       ///< to what is stored, beyond those
  std::uint64_t unpacked_bytes = std::uint64_t{1} << 40;  ///< whatever the ratio is

  // text captures
  std::size_t text_line_bytes = 64u << 10;     ///< of a line; what stands behind is not read: a row ends there, damaged
  std::size_t text_packet_bytes = 256u << 10;  ///< of one printed packet: what is beyond counts as cut off
  std::size_t text_senders = 4096;             ///< whose TCP checksums are watched: those of more are not looked at
  std::size_t text_flows = 65'536;      ///< of which lines alone tell: then a line without a number is not placed
  std::size_t text_frames = 1'000'000;  ///< whose lines are known; of later ones a report names the frame alone

  // time line
  std::size_t inputs_at_once = 128;  ///< of those that overlap: more are read behind these, and not merged with them
  /// Capture time within which an input must end that the next goes on with; later it is another capture point.
  std::chrono::seconds look_ahead{2};
  std::size_t look_ahead_bytes = 64u << 20;  ///< of packets held meanwhile, of all inputs; more: likewise

  // key logs
  std::size_t secrets = 1'000'000;         ///< kept of all logs: a file with more is refused; a capture's are left
  std::size_t key_log_bytes = 256u << 20;  ///< a longer file is refused

  // decode
  std::size_t fragment_datagrams = 1024;  ///< incomplete IP datagrams held; the oldest is given up
  std::size_t fragment_bytes = 8u << 20;  ///< of all of one capture point; likewise. As many again for those of tunnels
  std::chrono::seconds fragment_age{30};  ///< capture time (RFC 791: 15 s and more, RFC 8200: 60 s)

  // flow
  std::size_t flows = 500'000;                   ///< open connections; the least recently active is evicted
  std::size_t open_bytes = 512u << 20;           ///< octets that they take and what is known of them; likewise
  std::size_t reorder_bytes_per_flow = 1 << 20;  ///< each direction; the oldest hole is given up as a gap
  std::size_t reorder_bytes_total = 64u << 20;   ///< likewise, in the flow that asks for more
  /// Of all flows: delivered lately, kept to compare copies with. The exception to the rule above: what is
  /// older (or bulk deep in a stream) is not kept, and a late copy that differs gives no Doubt (the first stays
  /// the one that is judged). A Doubt for each such copy would doubt every long transfer with a retransmission.
  std::size_t recent_bytes = 8u << 20;
  std::chrono::seconds idle{35 * 60};     ///< capture time; IMAP IDLE lasts 29 minutes (RFC 2177)
  std::chrono::seconds linger{10};        ///< capture time a closed connection waits for late packets
  std::chrono::seconds hole_patience{3};  ///< capture time an acknowledged hole may still be filled

  // inspect
  std::size_t line_bytes = 65'536;           ///< longer lines are skipped, and doubted (RFC 4954 allows 12,288)
  std::size_t held_bytes = 256 * 1024;       ///< octets of one side that await the other side's answer
  std::size_t inspect_bytes = 256u << 20;    ///< octets held by all: beyond it nobody may hold more than a little
  std::size_t pending_commands = 4096;       ///< unanswered commands; more: pairing is given up
  std::size_t pending_tags = 256;            ///< of IMAP, where tags are kept; likewise
  std::size_t handshake_bytes = 256 * 1024;  ///< one TLS handshake message; a chain may need 15 kB and more
  std::size_t certificates = 16;             ///< of one chain; a longer one is cut, and doubted unless keys opened it
  std::size_t certificate_cache = 4096;      ///< distinct certificates remembered so that each is parsed once
  std::size_t hello_cache = 1024;            ///< distinct offers of clients and the like, likewise; some kB each
  std::size_t inflated_bytes = 256u << 20;   ///< of one COMPRESS=DEFLATE direction, and
  std::size_t inflate_ratio = 100;           ///< as many times what it was given, from the first megabyte on
  std::size_t credentials = 64;              ///< listed of one session; the rest is left out

  // judge
  std::size_t chain_cache = 4096;  ///< results of chains remembered so that each is verified once
  /// Chains verified in one run, less those that were remembered: of the rest it is told that they were not.
  std::size_t chain_verifications = 20'000;

  // overview
  std::size_t occurrences = 1000;  ///< of one finding listed with their places; all are counted
  /// Octets of sessions that have ended, as the spool writes them, some hundred each. More go to a file in TMPDIR;
  /// where that cannot be written the run ends with an error.
  std::size_t ended_bytes = 4u << 20;
  std::size_t ended_certificates = 1024;  ///< distinct ones that these share; of the rest each has a copy; so of offers
};

}  // namespace mailseal
