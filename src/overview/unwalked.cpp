#include "unwalked.h"

#include <array>

namespace mailseal {
namespace {

// To add a reason: one row, a value of Skipped (decode.h), its word in report's vocabulary.cpp.
constexpr std::array kUnwalked{
    Unwalked{"tunnel-unknown",
             [](std::uint64_t n) {
               return counted(n, "{:d} packet of an EtherType or tunnel that is not known, or not what it says",
                              "{:d} packets of EtherTypes or tunnels that are not known, or not what they say");
             }},
    Unwalked{"nested-too-deep",
             [](std::uint64_t n) {
               return counted(n, "{:d} packet inside too many tags or tunnels",
                              "{:d} packets inside too many tags or tunnels");
             }},
    Unwalked{"ipsec",
             [](std::uint64_t n) { return counted(n, "{:d} packet inside IPsec", "{:d} packets inside IPsec"); }},
    Unwalked{"ipcomp",
             [](std::uint64_t n) {
               return counted(n, "{:d} packet compressed by IPComp", "{:d} packets compressed by IPComp");
             }},
    Unwalked{"macsec",
             [](std::uint64_t n) { return counted(n, "{:d} packet inside MACsec", "{:d} packets inside MACsec"); }},
    Unwalked{
        "wireguard",
        [](std::uint64_t n) { return counted(n, "{:d} packet inside WireGuard", "{:d} packets inside WireGuard"); }},
    Unwalked{"openvpn",
             [](std::uint64_t n) { return counted(n, "{:d} packet inside OpenVPN", "{:d} packets inside OpenVPN"); }},
    Unwalked{"ppp-encrypted",
             [](std::uint64_t n) {
               return counted(n, "{:d} packet inside encrypted or compressed PPP",
                              "{:d} packets inside encrypted or compressed PPP");
             }},
    Unwalked{"wifi-encrypted",
             [](std::uint64_t n) {
               return counted(n, "{:d} packet inside encrypted Wi-Fi", "{:d} packets inside encrypted Wi-Fi");
             }},
};

}  // namespace

std::span<const Unwalked> unwalked() noexcept { return kUnwalked; }

}  // namespace mailseal
