#!/usr/bin/env python3
"""Writes a capture anew in every link type and tunnel that mailseal walks, octet by octet.

usage: scripts/tunnels.py CAPTURE FOLDER [NAME...]   one file NAME.pcap for each, around the packets of CAPTURE
       scripts/tunnels.py --list                     the names
       scripts/tunnels.py --tshark CAPTURE [NAME...] has tshark count the TCP packets on mail ports in each; exit 1: not
                                                     as many as in CAPTURE

CAPTURE is a pcap of Ethernet, little-endian, of IP packets. Sums of outer headers are right (UDP's are left out); nothing of the
packets inside is changed. tests/run/tunnels_test.py holds the verdicts of all of them against those of the capture itself.

To add one: a function that takes what Packet has and answers the new frame, under @wrapping with its link type.
"""
import pathlib, struct, subprocess, sys, tempfile, zlib

MACS = bytes.fromhex("020000000002020000000001")
SNAP = bytes.fromhex("aaaa03000000")
WRAPPINGS = {}  # name: (link type, function, frames that one packet becomes)


class Packet:
    """What a wrapping may use: the frame, its EtherType, its IP packet, its number from 0 on."""

    def __init__(self, frame, number):
        self.frame, self.number = frame, number
        self.type, self.ip = struct.unpack(">H", frame[12:14])[0], frame[14:]
        length = struct.unpack(">H", self.ip[2:4])[0] if self.type == 0x0800 else 40 + struct.unpack(">H", self.ip[4:6])[0]
        self.ip = self.ip[:length]  # no padding inside a tunnel
        self.ether = frame[:14] + self.ip
        self.sided = frame[6:12] < frame[:6]  # one of the two directions


def wrapping(name, link=1, frames=1):
    def add(function):
        WRAPPINGS[name] = (link, function, frames)
        return function
    return add


def u16(value):
    return struct.pack(">H", value)


def u32(value):
    return struct.pack(">I", value)


def octets(text):
    return bytes.fromhex(text)


def sum_of(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def even(data):
    return data + bytes(len(data) % 2)


def ip4(protocol, payload, number=1, fragment=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number & 0xFFFF, fragment, 64, protocol, 0,
                       bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2]))
    return head[:10] + u16(sum_of(head)) + head[12:] + payload


def ip6(protocol, payload):
    return u32(0x60000000) + struct.pack(">HBB", len(payload), protocol, 64) + octets(
        "20010db8000000000000000000000001 20010db8000000000000000000000002") + payload


def udp(port, payload, source=49152):
    return struct.pack(">HHHH", source, port, 8 + len(payload), 0) + payload


def ether(type_, payload):
    return MACS + u16(type_) + payload


def outer4(protocol, payload, **how):
    return ether(0x0800, ip4(protocol, payload, **how))


def over_udp(port, payload, source=49152):
    return outer4(17, udp(port, payload, source))


def ppp_of(p):
    return u16(0x0021 if p.type == 0x0800 else 0x0057) + p.ip


def typed(p):
    return u16(p.type) + p.ip


def nlpid_of(p):
    return (b"\xcc" if p.type == 0x0800 else b"\x8e") + p.ip


def family(p, ip6_is=10):
    return 2 if p.type == 0x0800 else ip6_is


def check_of(frame):
    return struct.pack("<I", zlib.crc32(frame))


def simple(name, link, make):
    WRAPPINGS[name] = (link, make, 1)


# Link types.
simple("link_raw", 101, lambda p: p.ip)
simple("link_raw_openbsd", 14, lambda p: p.ip)
simple("link_null", 0, lambda p: struct.pack("<I", family(p, 24)) + p.ip)
simple("link_loop", 108, lambda p: struct.pack(">I", family(p, 24)) + p.ip)
simple("link_sll", 113, lambda p: octets("0000 0001 0006 020000000001 0000") + typed(p))
simple("link_sll2", 276, lambda p: u16(p.type) + octets("0000 00000002 0001 00 06 020000000001 0000") + p.ip)
simple("link_ppp", 9, lambda p: octets("ff03") + ppp_of(p))
simple("link_ppp_hdlc", 50, lambda p: octets("ff03") + ppp_of(p))
simple("link_ppp_ether", 51, lambda p: octets("1100 0001") + u16(2 + len(p.ip)) + ppp_of(p))
simple("link_ppp_direction", 204, lambda p: bytes([p.sided]) + octets("ff03") + ppp_of(p))
simple("link_ppp_pppd", 166, lambda p: bytes([p.sided, 3]) + ppp_of(p))
simple("link_hdlc", 104, lambda p: octets("0f00") + typed(p))
simple("link_hdlc_direction", 205, lambda p: bytes([p.sided]) + octets("0f00") + typed(p))
simple("link_frame_relay", 107, lambda p: octets("1841 03") + nlpid_of(p))
simple("link_frame_relay_cisco", 107, lambda p: octets("1841") + typed(p))
simple("link_frame_relay_direction", 206, lambda p: bytes([p.sided]) + octets("1841 03") + nlpid_of(p))
simple("link_enc", 109, lambda p: struct.pack("<III", family(p, 24), 0x1000, 0) + p.ip)
simple("link_pflog", 117, lambda p: bytes([61, family(p, 24), 0, 0]) + b"em0".ljust(16, b"\0") + bytes(44) + p.ip)
simple("link_nflog", 239, lambda p: bytes([family(p), 0, 0, 0]) + struct.pack("<HH", 8, 1) + u16(p.type) + b"\1\0" +
       struct.pack("<HH", 5, 10) + bytes(4) + struct.pack("<HH", 4 + len(p.ip), 9) + p.ip)
simple("link_ipnet", 226, lambda p: bytes([1, family(p, 26), 0, 1]) + u32(len(p.ip)) + bytes(16) + p.ip)
simple("link_pktap", 258, lambda p: pktap(1) + p.ether)
simple("link_pktap_raw", 258, lambda p: pktap(12) + p.ip)
simple("link_pktap_user2", 149, lambda p: pktap(1) + p.ether)
simple("link_netanalyzer", 240, lambda p: struct.pack("<HH", 0x0400, len(p.ether) + 4) + p.ether + bytes(4))
simple("link_mpacket", 274, lambda p: octets("55555555555555d5") + p.ether + check_of(p.ether))
simple("link_erf", 197, lambda p: bytes(8) + struct.pack(">BBHHH", 2, 4, 18 + len(p.ether) + 4, 0, len(p.ether) + 4) +
       bytes(2) + p.ether + bytes(4))
simple("link_ipoib", 242, lambda p: bytes(40) + u16(p.type) + bytes(2) + p.ip)
simple("link_firewire", 138, lambda p: bytes(16) + typed(p))
simple("link_fibre_channel", 122, lambda p: bytes(16) + SNAP + typed(p))
simple("link_atm", 100, lambda p: SNAP + typed(p))
simple("link_atm_bridged", 100, lambda p: octets("aaaa03 0080c2 0007 0000") + p.ether)
simple("link_sunatm", 123, lambda p: octets("02000064") + SNAP + typed(p))
simple("link_token_ring", 6, lambda p: octets("1040") + MACS + SNAP + typed(p))
simple("link_fddi", 10, lambda p: octets("50") + MACS + SNAP + typed(p))
simple("link_docsis", 143, lambda p: octets("0000") + u16(len(p.ether) + 4) + octets("1234") + p.ether +
       check_of(p.ether))
simple("link_juniper_ether", 178, lambda p: octets("4d474300") + p.ether)
simple("link_juniper_ppp", 179, lambda p: octets("4d474300 ff03") + ppp_of(p))
simple("link_dsa", 284, lambda p: p.ether[:12] + octets("40000000") + p.ether[12:])
simple("link_edsa", 285, lambda p: p.ether[:12] + octets("dada0000 40000000") + p.ether[12:])
simple("link_brcm", 281, lambda p: p.ether[:12] + octets("20000001") + p.ether[12:])


def pktap(link):
    """Apple's header of 108 octets: its length, a packet, its link type, an interface's name."""
    return struct.pack("<III", 108, 1, link) + b"en0".ljust(24, b"\0") + bytes(72)


def wifi(p, control="0801", more=b""):
    return octets(control) + octets("0000") + MACS + octets("020000000003") + struct.pack("<H", p.number % 4096 << 4) + more + SNAP + typed(p)


simple("wifi_data", 105, lambda p: wifi(p))
simple("wifi_qos", 105, lambda p: wifi(p, "8802", bytes(2)))
simple("wifi_four_addresses", 105, lambda p: wifi(p, "0803", octets("020000000004")))
simple("wifi_radiotap", 127, lambda p: octets("0000 1200 03000000") + bytes(8) + octets("1000") + wifi(p) + bytes(4))
simple("wifi_prism", 119, lambda p: struct.pack("<II", 0x44, 144) + b"wlan0".ljust(16, b"\0") + bytes(120) + wifi(p))
simple("wifi_avs", 163, lambda p: octets("80211001 00000040") + bytes(56) + wifi(p))
simple("wifi_ppi", 192, lambda p: octets("0000 0800 69000000") + wifi(p))


def amsdu(packets):
    """One frame of all of them."""
    body = b""
    for p in packets:
        body += bytes(-len(body) % 4) + p.frame[:12] + u16(8 + len(p.ip)) + SNAP + typed(p)
    return octets("8801 0000") + MACS + octets("020000000003 1000 8000") + body


# Tags and labels.
simple("vlan", 1, lambda p: p.ether[:12] + octets("81000064") + p.ether[12:])
simple("vlan_one_direction", 1, lambda p: p.ether if p.sided else p.ether[:12] + octets("81000064") + p.ether[12:])
simple("vlan_stacked", 1, lambda p: p.ether[:12] + octets("88a80001 81000064") + p.ether[12:])
simple("vlan_unknown_tpid", 1, lambda p: p.ether[:12] + octets("12340064") + p.ether[12:])
simple("pppoe", 1, lambda p: ether(0x8864, octets("1100 0001") + u16(2 + len(p.ip)) + ppp_of(p)))
simple("mpls", 1, lambda p: ether(0x8847, octets("00064040 00065140") + p.ip))
simple("mpls_pseudowire", 1, lambda p: ether(0x8847, octets("00064040 00065140 00000000") + p.ether))
simple("mpls_pseudowire_bare", 1, lambda p: ether(0x8847, octets("00065140") + p.ether))
simple("mac_in_mac", 1, lambda p: ether(0x88E7, octets("00000064") + p.ether))
simple("nsh", 1, lambda p: ether(0x894F, octets("0fc20203 00000101") + p.ether))
simple("macsec_signed", 1, lambda p: ether(0x88E5, octets("2000") + u32(p.number + 1) + octets("0200000000010001") +
                                           typed(p) + bytes(16)))

# Tunnels over IP.
simple("ip_in_ip", 1, lambda p: outer4(4 if p.type == 0x0800 else 41, p.ip))
simple("ip_in_ip6", 1, lambda p: ether(0x86DD, ip6(4 if p.type == 0x0800 else 41, p.ip)))
simple("gre", 1, lambda p: outer4(47, octets("0000") + typed(p)))
simple("gre_over_ip6", 1, lambda p: ether(0x86DD, ip6(47, octets("0000") + typed(p))))
simple("gre_key", 1, lambda p: outer4(47, octets("2000") + u16(p.type) + u32(7) + p.ip))
simple("gre_checksum", 1, lambda p: outer4(47, octets("8000") + u16(p.type) + u16(sum_of(even(
    octets("8000") + u16(p.type) + bytes(4) + p.ip))) + bytes(2) + p.ip))
simple("gre_sequence", 1, lambda p: outer4(47, octets("3000") + u16(p.type) + u32(7) + u32(p.number) + p.ip))
simple("gre_mpls", 1, lambda p: outer4(47, octets("0000 8847 00065140") + p.ip))
simple("gre_bridged", 1, lambda p: outer4(47, octets("0000 6558") + p.ether))
simple("nvgre", 1, lambda p: outer4(47, octets("2000 6558 00123401") + p.ether))
simple("gre_wccp", 1, lambda p: outer4(47, octets("0000 883e 00000000") + p.ip))
simple("erspan1", 1, lambda p: outer4(47, octets("0000 88be") + p.ether))
simple("erspan2", 1, lambda p: outer4(47, octets("1000 88be") + u32(p.number) + octets("1001 0001 00000000") + p.ether))
simple("erspan3", 1, lambda p: outer4(47, octets("1000 22eb") + u32(p.number) + octets("2001 0001 00000000 0000 0000") +
                                      p.ether))
simple("erspan3_subheader", 1, lambda p: outer4(47, octets("1000 22eb") + u32(p.number) +
                                                octets("2001 0001 00000000 0000 0001 0c00000000000000") + p.ether))
simple("etherip", 1, lambda p: outer4(97, octets("3000") + p.ether))
simple("mpls_in_ip", 1, lambda p: outer4(137, octets("00065140") + p.ip))
simple("l2tp3", 1, lambda p: outer4(115, octets("00000007 00000000") + p.ether))


@wrapping("pptp")
def pptp(p):
    inside = octets("ff03") + ppp_of(p)
    return outer4(47, octets("3001 880b") + u16(len(inside)) + octets("0007") + u32(p.number) + inside)


@wrapping("minimal")
def minimal(p):
    """RFC 2004 knows IPv4 only; the header inside has the addresses, the sum is its own."""
    if p.type != 0x0800 or p.ip[0] != 0x45:
        return p.ether
    head = bytes([p.ip[9], 0x80, 0, 0]) + p.ip[16:20] + p.ip[12:16]
    return outer4(55, head[:2] + u16(sum_of(head)) + head[4:] + p.ip[20:], number=struct.unpack(">H", p.ip[4:6])[0])


# Tunnels over UDP.
VXLAN = octets("08000000 00000100")
simple("vxlan", 1, lambda p: over_udp(4789, VXLAN + p.ether))
simple("vxlan_8472", 1, lambda p: over_udp(8472, VXLAN + p.ether))
simple("vxlan_reserved", 1, lambda p: over_udp(4789, octets("0f123456 000001ff") + p.ether))
simple("vxlan_over_ip6", 1, lambda p: ether(0x86DD, ip6(17, udp(4789, VXLAN + p.ether))))
simple("vxlan_gpe", 1, lambda p: over_udp(4790, octets("0c000003 00000100") + p.ether))
simple("vxlan_in_vlan_of_vlan", 1, lambda p: ether(0x8100, octets("0007 0800") + ip4(17, udp(
    4789, VXLAN + p.ether[:12] + octets("81000064") + p.ether[12:]))))
simple("geneve", 1, lambda p: over_udp(6081, octets("0240 6558 00000100 0102 0301 00000001") + p.ether))
simple("geneve_ip", 1, lambda p: over_udp(6081, octets("0000") + u16(p.type) + octets("00000100") + p.ip))
simple("gtp", 1, lambda p: over_udp(2152, octets("30ff") + u16(len(p.ip)) + u32(1) + p.ip, 2152))
simple("gtp_extension", 1, lambda p: over_udp(2152, octets("34ff") + u16(len(p.ip) + 8) + u32(1) + octets(
    "00000085 01100900") + p.ip, 2152))
simple("tzsp", 1, lambda p: over_udp(37008, octets("0100 0001 0a01c8 0d0102 01") + p.ether))
simple("tzsp_wifi", 1, lambda p: over_udp(37008, octets("0100 0012 01") + wifi(p)))
simple("l2tp", 1, lambda p: over_udp(1701, octets("0002 0001 0002 ff03") + ppp_of(p), 1701))
simple("l2tp_length", 1, lambda p: over_udp(1701, octets("4002") + u16(10 + len(p.ip)) + octets("0001 0002") + ppp_of(p), 1701))
simple("gre_over_udp", 1, lambda p: over_udp(4754, octets("0000") + typed(p)))
simple("mpls_over_udp", 1, lambda p: over_udp(6635, octets("00065140") + p.ip))
simple("lisp", 1, lambda p: over_udp(4341, octets("80000001 00000007") + p.ip))
simple("capwap", 1, lambda p: over_udp(5247, octets("00100000 00000000") + p.ether))
simple("erspan2_in_vxlan_in_gre", 1, lambda p: outer4(47, octets("0000 0800") + ip4(17, udp(4789, VXLAN + outer4(
    47, octets("1000 88be") + u32(p.number) + octets("1001 0001 00000000") + p.ether)))))


@wrapping("ayiya")
def ayiya(p):
    return over_udp(5072, octets("4252 11") + (b"\x04" if p.type == 0x0800 else b"\x29") + bytes(4 + 16 + 20) + p.ip)


@wrapping("teredo")
def teredo(p):
    """Carries IPv6 only."""
    return p.ether if p.type == 0x0800 else over_udp(3544, octets("0000 fffe 01020304") + p.ip)


def in_two(protocol, payload, number):
    cut = len(payload) // 16 * 8
    return [outer4(protocol, payload[:cut], number=number, fragment=0x2000),
            outer4(protocol, payload[cut:], number=number, fragment=cut // 8)]


WRAPPINGS["gre_in_fragments"] = (1, lambda p: in_two(47, octets("0000") + typed(p), p.number + 1), 2)
WRAPPINGS["vxlan_in_fragments"] = (1, lambda p: in_two(17, udp(4789, VXLAN + p.ether), p.number + 1), 2)
WRAPPINGS["vxlan_in_fragments_backwards"] = (1, lambda p: in_two(17, udp(4789, VXLAN + p.ether), p.number + 1)[::-1], 2)
WRAPPINGS["mirrored_twice"] = (1, lambda p: [p.ether, over_udp(4789, VXLAN + p.ether)], 2)


def packets_of(path):
    """[(seconds, fraction, octets)] and the magic, which says what the fraction is."""
    data = pathlib.Path(path).read_bytes()
    magic, link = struct.unpack("<I16xI", data[:24])
    if magic not in (0xA1B2C3D4, 0xA1B23C4D) or link != 1:
        sys.exit(f"{path}: not a little-endian pcap of Ethernet")
    at, all_packets = 24, []
    while at < len(data):
        seconds, fraction, captured, wire = struct.unpack("<IIII", data[at:at + 16])
        if captured != wire:
            sys.exit(f"{path}: packets are cut")
        all_packets.append((seconds, fraction, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return magic, all_packets


def wrapped(path, name):
    """The capture as a pcap of that wrapping."""
    link, make, frames = WRAPPINGS[name]
    magic, packets = packets_of(path)
    out = [struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262144, link)]
    for number, (seconds, fraction, frame) in enumerate(packets):
        made = make(Packet(frame, number))
        for each in [made] if frames == 1 else made:
            out.append(struct.pack("<IIII", seconds, fraction, len(each), len(each)) + each)
    return b"".join(out)


# What tshark must be told: the header does not say it.
TOLD = {
    "link_docsis": ["-o", "docsis.check_fcs:FALSE"],
    "vxlan_8472": ["-d", "udp.port==8472,vxlan"],
    "vlan_unknown_tpid": ["-d", "ethertype==0x1234,vlan"],
    "mpls_pseudowire_bare": ["-d", "mpls.label==101,pwethnocw"],
}
# What tshark 4.0 does not read at all.
NOT_READ = {
    "link_ppp_pppd": "link type", "link_hdlc_direction": "link type", "link_frame_relay_direction": "link type",
    "link_dsa": "link type", "link_edsa": "link type", "link_brcm": "link type",
    "minimal": "protocol 55 is shown as data", "l2tp3": "a cookie needs the session's control messages",
}
MAIL_PORTS = "tcp.port in {24, 25, 110, 143, 465, 587, 993, 995}"


def counted_by_tshark(path, name=None):
    run = subprocess.run(["tshark", "-r", path, "-Y", MAIL_PORTS, "-T", "fields", "-e", "frame.number", *TOLD.get(name, [])],
                         capture_output=True, text=True)
    if run.returncode:
        print(f"{name or path}: tshark: {run.stderr.strip()}")
    return len(run.stdout.splitlines())


def held_against_tshark(path, names):
    right, wrong = counted_by_tshark(path), 0
    if right == 0:
        sys.exit(f"{path}: tshark counts no TCP packet on mail ports in it")
    with tempfile.NamedTemporaryFile(suffix=".pcap") as held:
        for name in names:
            pathlib.Path(held.name).write_bytes(wrapped(path, name))
            count, wanted = counted_by_tshark(held.name, name), right * (2 if name == "mirrored_twice" else 1)
            if name in NOT_READ:
                print(f"{name}: not read by tshark ({NOT_READ[name]})")
            elif count != wanted:
                print(f"{name}: tshark counts {count} of {wanted}")
                wrong += 1
    print(f"{len(names)} wrappings of {right} packets, {wrong} of which tshark counts otherwise")
    return 1 if wrong else 0


def main():
    if sys.argv[1:2] == ["--tshark"] and len(sys.argv) > 2:
        sys.exit(held_against_tshark(sys.argv[2], sys.argv[3:] or list(WRAPPINGS)))
    if sys.argv[1:] == ["--list"]:
        print("\n".join(WRAPPINGS))
    elif len(sys.argv) < 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    else:
        folder = pathlib.Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        for name in sys.argv[3:] or WRAPPINGS:
            (folder / f"{name}.pcap").write_bytes(wrapped(sys.argv[1], name))


if __name__ == "__main__":
    main()
