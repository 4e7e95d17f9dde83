"""Captures made octet by octet: Ethernet, IPv4, TCP, with right lengths, in a pcap file. No checksums: none is asked for."""
import ipaddress, struct

import damaged

CLIENT, SERVER = "192.0.2.7", "192.0.2.25"
SYN, ACK, PSH, FIN, RST = 0x02, 0x10, 0x08, 0x01, 0x04
BEGUN = 1_790_000_000  # seconds of the first packet


def pcap_header(magic=0xA1B2C3D4, link=1, snap=262144, order="<"):
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)


def pcap_packet(frame, at, captured=None, wire=None, order="<"):
    seconds, fraction = divmod(at, 1_000_000)
    return struct.pack(order + "IIII", seconds, fraction, len(frame) if captured is None else captured,
                       len(frame) if wire is None else wire) + frame


def tcp_frame(src, dst, seq, ack, flags, payload=b""):
    (from_ip, from_port), (to_ip, to_port) = src, dst
    tcp = struct.pack(">HHIIBBHHH", from_port, to_port, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 65535, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(payload), 1, 0x4000, 64, 6, 0,
                     ipaddress.ip_address(from_ip).packed, ipaddress.ip_address(to_ip).packed)
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + tcp + payload


def frames(dialogue, port, client_port=40000, begin=True, end=True, client=CLIENT, server=SERVER):
    """The frames of one connection. dialogue: [("S"|"C", text or octets)], one segment each."""
    ends = {"C": (client, client_port), "S": (server, port)}
    seq = {"C": 1000, "S": 5000}
    other = {"C": "S", "S": "C"}
    out = []

    def say(side, flags, payload=b""):
        out.append(tcp_frame(ends[side], ends[other[side]], seq[side], seq[other[side]] if flags & ACK else 0, flags, payload))
        seq[side] += len(payload) + bool(flags & (SYN | FIN))

    if begin:
        say("C", SYN), say("S", SYN | ACK), say("C", ACK)
    for side, said in dialogue:
        say(side, ACK | PSH, said if isinstance(said, bytes) else said.encode())
        say(other[side], ACK)
    if end:
        say("C", FIN | ACK), say("S", FIN | ACK), say("C", ACK)
    return out


def pcap(all_frames, begun=BEGUN):
    return pcap_header() + b"".join(pcap_packet(f, (begun * 1000 + n) * 1000) for n, f in enumerate(all_frames))


def pcapng(all_frames, interface, begun=BEGUN):
    """Of one interface that is named."""
    name = interface.encode()
    option = struct.pack("<HH", 2, len(name)) + damaged.padded(name) + b"\0\0\0\0"
    blocks = [damaged.SECTION, damaged.block(1, struct.pack("<HHI", 1, 0, 262144) + option)]
    blocks += [damaged.enhanced(0, (begun * 1000 + n) * 1000, frame) for n, frame in enumerate(all_frames)]
    return b"".join(blocks)


def conversation(dialogue, port, **how):
    return pcap(frames(dialogue, port, **how))
