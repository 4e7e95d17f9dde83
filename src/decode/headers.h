// headers: the headers that stand in many places: as a link's first, behind a tag, in a tunnel.
#pragma once

#include "frame.h"

namespace mailseal {

/// IP by its own first nibble.
Walked raw_ip(FrameView) noexcept;
/// An EtherType stands at `type_at`, what it says behind `header` octets.
Walked typed(FrameView, std::size_t type_at, std::size_t header) noexcept;
/// Likewise; "values of 1500 and below: Length, not Type" (IEEE 802.3 3.2.6).
Walked typed_or_llc(FrameView, std::size_t type_at, std::size_t header) noexcept;
/// IEEE 802.2: IP behind SNAP (RFC 1042) or, rarely, behind its own SAP; a bridged frame (RFC 2684).
Walked llc(FrameView) noexcept;
Walked ethernet(FrameView) noexcept;
/// The network layer protocol identifier of multiprotocol encapsulation (RFC 2427, 2684).
Walked nlpid(FrameView) noexcept;
/// The protocol field of PPP, one octet when compressed (RFC 1661 6.5).
Walked ppp_protocol(FrameView) noexcept;
Walked ppp(FrameView) noexcept;
/// RFC 2516 section 4, session stage.
Walked pppoe(FrameView) noexcept;
Walked mpls(FrameView) noexcept;

/// IEEE 802.11, and what receivers put before it (radio.cpp).
Walked wifi(FrameView) noexcept;
Walked radiotap(FrameView) noexcept;
Walked prism(FrameView) noexcept;
Walked avs(FrameView) noexcept;

/// An IP header whose version and lengths agree with each other and with the frame.
bool valid_ip(const NextView&) noexcept;
/// IP, also behind a few tags of any number, that is valid.
bool leads_to_ip(const Walked&) noexcept;
/// Ethernet where it might be something else: only with an EtherType that is known, or that leads to IP.
Walked surely_ethernet(FrameView) noexcept;
/// A frame of its own, behind a header of one of some lengths: the first that leads to IP.
Walked ethernet_behind_one_of(FrameView, std::span<const std::size_t> lengths) noexcept;

}  // namespace mailseal
