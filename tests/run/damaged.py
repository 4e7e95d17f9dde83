"""Damaged captures: sound ones in every form that is read, changed at random by a seed, so that each can be made again.

    damaged.py FOLDER      writes all of them there, for a look
"""
import bz2, gzip, io, lzma, pathlib, random, struct, sys, tarfile, zipfile

SEEDS = range(20)  # of each form
EXTREMES = [0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def packets(pcap):
    """(seconds, microseconds, length on the wire, octets) of a little-endian pcap of microseconds."""
    at = 24
    while at + 16 <= len(pcap):
        seconds, micros, captured, wire = struct.unpack_from("<4I", pcap, at)
        yield seconds, micros, wire, pcap[at + 16:at + 16 + captured]
        at += 16 + captured


def padded(octets):
    return octets + bytes(-len(octets) % 4)


def snoop(pcap):
    return b"snoop\0\0\0" + struct.pack(">2I", 2, 4) + b"".join(
        struct.pack(">6I", wire, len(octets), 24 + len(padded(octets)), 0, seconds, micros) + padded(octets)
        for seconds, micros, wire, octets in packets(pcap))


def fw_monitor(pcap):
    """Each packet at the four points of a firewall: what comes from port 25 and the like passes the other way."""
    out = b"snoop\0\0\0" + struct.pack(">2I", 2, 4)
    for seconds, micros, wire, octets in packets(pcap):
        ports = struct.unpack_from(">2H", octets, 34)
        inside, outside = (b"eth1", b"eth0") if ports[0] < ports[1] else (b"eth0", b"eth1")
        for point, name in ((b"i", inside), (b"I", inside), (b"o", outside), (b"O", outside)):
            frame = point + b" " + name.ljust(10, b"\0") + octets[12:]
            out += struct.pack(">6I", wire, len(frame), 24 + len(padded(frame)), 0, seconds, micros) + padded(frame)
    return out


def block(kind, body):
    """Of a pcapng."""
    return struct.pack("<2I", kind, len(padded(body)) + 12) + padded(body) + struct.pack("<I", len(padded(body)) + 12)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link):
    return block(1, struct.pack("<HHI", link, 0, 0))


def enhanced(number, ticks, octets, wire=None):
    """A packet of the interface of that number."""
    told = len(octets) if wire is None else wire
    return block(6, struct.pack("<5I", number, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), told) + octets)


def pcapng(pcap):
    return SECTION + interface(1) + b"".join(
        enhanced(0, seconds * 1_000_000 + micros, octets, wire) for seconds, micros, wire, octets in packets(pcap))


def zipped(*members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members:
            archive.writestr(zipfile.ZipInfo(name), octets, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def tarred(*members, mode="w"):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:
        for name, octets in members:
            info = tarfile.TarInfo(name)
            info.size = len(octets)
            archive.addfile(info, io.BytesIO(octets))
    return held.getvalue()


def forms(pcap):
    """The same packets in every form that Python can write."""
    notes = ("notes.txt", b"Ticket 4711: mail does not arrive.\n")
    return {
        "pcap": pcap,
        "pcapng": pcapng(pcap),
        "snoop": snoop(pcap),
        "pcap.gz": gzip.compress(pcap, mtime=0),
        "pcapng.xz": lzma.compress(pcapng(pcap)),
        "pcap.bz2": bz2.compress(pcap),
        "zip": zipped(notes, ("port1.pcap", pcap)),
        "tar": tarred(notes, ("captures/port1.snoop", snoop(pcap))),
        "tar.gz": gzip.compress(tarred(("captures/port1.pcap.gz", gzip.compress(pcap, mtime=0)), notes), mtime=0),
        "nested.zip": zipped(("inner.tar.xz", lzma.compress(tarred(("a.pcapng", pcapng(pcap)))))),
    }


def damaged(octets, seed):
    chance = random.Random(seed)
    octets = bytearray(octets)
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        if not octets:
            break
        # Most of it in what everything hangs on.
        at = chance.randrange(min(len(octets), 200) if chance.random() < 0.4 else len(octets))
        length = chance.choice([1, 4, 16, 100, 1000])
        kind = chance.randrange(8)
        if kind == 0:
            octets[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            octets[at] = chance.randrange(256)
        elif kind == 2:
            del octets[at:at + length]
        elif kind == 3:
            octets[at:at] = octets[at:at + length]
        elif kind == 4:
            octets[at:at] = chance.randbytes(length)
        elif kind == 5:
            octets[at:at + length] = bytes(len(octets[at:at + length]))
        elif kind == 6:
            octets[at:at + 4] = struct.pack(chance.choice("<>") + "I", chance.choice(EXTREMES))
        else:
            del octets[at:]
    return bytes(octets)


def all_of(pcap):
    """{name: octets}, 200 of them."""
    return {f"{seed:02}.{form}": damaged(octets, f"{form} {seed}")
            for form, octets in forms(pcap).items() for seed in SEEDS}


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    capture = pathlib.Path(__file__).resolve().parents[2] / "captures/smtp-plain.pcap"
    for name, octets in all_of(capture.read_bytes()).items():
        (folder / name).write_bytes(octets)
