#!/usr/bin/env python3
"""usage: device.py IN OUT WHAT

A device between two interfaces that forwards every frame, and changes some on the way:
  mask     the server's STARTTLS becomes XXXXXXXX, as inspection firewalls do it
  remove   the server's STARTTLS becomes another keyword of the same length
  nat      the client's address and ports become others, and back
Addresses, ports (but for nat) and sequence numbers stay as they are. Says "forwarding" when it begins. For IPv4.
"""
import select
import socket
import struct
import sys

INSIDE, OUTSIDE = socket.inet_aton("192.0.2.7"), socket.inet_aton("192.0.2.70")
SHIFT = 4321  # of the client's port
OUTGOING = 4  # packets of our own, which a packet socket shows, too


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def with_sums(frame):
    """The frame with the checksums of its IPv4 and TCP headers made anew."""
    head = 14
    length = (frame[head] & 15) * 4
    end = head + struct.unpack_from("!H", frame, head + 2)[0]
    struct.pack_into("!H", frame, head + 10, 0)
    struct.pack_into("!H", frame, head + 10, checksum(bytes(frame[head:head + length])))
    tcp = head + length
    struct.pack_into("!H", frame, tcp + 16, 0)
    pseudo = bytes(frame[head + 12:head + 20]) + struct.pack("!BBH", 0, 6, end - tcp)
    struct.pack_into("!H", frame, tcp + 16, checksum(pseudo + bytes(frame[tcp:end])))
    return frame


def is_tcp(frame):
    return len(frame) >= 54 and frame[12:14] == b"\x08\x00" and frame[23] == 6


def translated(frame, outwards):
    frame = bytearray(frame)
    old, new = (INSIDE, OUTSIDE) if outwards else (OUTSIDE, INSIDE)
    if frame[12:14] == b"\x08\x06":  # ARP
        for at in (28, 38):
            if frame[at:at + 4] == old:
                frame[at:at + 4] = new
        return frame
    if not is_tcp(frame):
        return frame
    tcp = 14 + (frame[14] & 15) * 4
    at, port = (26, tcp) if outwards else (30, tcp + 2)
    if frame[at:at + 4] != old:
        return frame
    frame[at:at + 4] = new
    number = struct.unpack_from("!H", frame, port)[0]
    struct.pack_into("!H", frame, port, number - SHIFT if outwards else number + SHIFT)
    return with_sums(frame)


def overwritten(frame, by):
    if not is_tcp(frame) or b"STARTTLS" not in frame:
        return frame
    return with_sums(bytearray(bytes(frame).replace(b"STARTTLS", by)))


CHANGES = {
    "mask": lambda frame, outwards: frame if outwards else overwritten(frame, b"XXXXXXXX"),
    "remove": lambda frame, outwards: frame if outwards else overwritten(frame, b"HELPHELP"),
    "nat": translated,
}


def main():
    change = CHANGES[sys.argv[3]]
    sockets = []
    for name in sys.argv[1:3]:
        one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        one.bind((name, 0))
        sockets.append(one)
    print("forwarding", flush=True)
    while True:
        for ready in select.select(sockets, [], [])[0]:
            frame, address = ready.recvfrom(65536)
            if address[2] == OUTGOING:
                continue
            outwards = ready is sockets[0]
            try:
                sockets[1 if outwards else 0].send(bytes(change(frame, outwards)))
            except OSError:
                continue  # an interface that is not up yet


if __name__ == "__main__":
    main()
