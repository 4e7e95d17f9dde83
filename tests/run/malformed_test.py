#!/usr/bin/env python3
"""Malformed captures through the whole program: each ends with a clear line and the right exit status, soon and small.

usage: malformed_test.py MAILSEAL
Each is made here from a capture of the project. Three things may happen: it is no capture (exit 2, one line, no report);
what stands before the fault is analyzed and the fault is told (exit 2, "error"); the file is only cut (told, "truncated").
Never is it a pass that the sound file would not be, and never is a fault passed over in silence.
"""
import gzip, os, resource, struct, subprocess, time

import wire
from harness import (CANNOT_RUN, CAPTURES, FAIL, INCONCLUSIVE, PASS, PROGRAM, SANITIZER, ProgramTest, main,
                     quiet_environment)

SECONDS, BYTES = (30, None) if SANITIZER else (5, 200 << 20)
CLEAR = (CAPTURES / "smtp-plain.pcap").read_bytes()          # readable mail: exit 1 once frame 9 was read
SOUND = (CAPTURES / "smtp-starttls-tls13.pcap").read_bytes()  # encrypted: exit 0 when whole
HUGE, NEGATIVE = 0xFFFFFFFF, 0x80000000


def put(octets, at, value, form="<I"):
    """The octets with one number changed."""
    return octets[:at] + struct.pack(form, value) + octets[at + struct.calcsize(form):]


def packet_at(octets, number):
    """Where the record header of packet `number` (from 1) lies."""
    at = 24
    for _ in range(number - 1):
        at += 16 + struct.unpack_from("<I", octets, at + 8)[0]
    return at


def block(kind, body, total=None, trailer=None):
    body += b"\0" * (-len(body) % 4)
    length = 12 + len(body) if total is None else total
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length if trailer is None else trailer)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
INTERFACE = block(1, struct.pack("<HHI", 1, 0, 262144))


def enhanced(frame, at, interface=0, captured=None, **how):
    length = len(frame) if captured is None else captured
    return block(6, struct.pack("<IIIII", interface, at >> 32, at & HUGE, length, len(frame)) + frame, **how)


def pcapng(octets):
    """A pcap file's packets as pcapng blocks."""
    out, at = [], 24
    while at < len(octets):
        seconds, micros, captured, _ = struct.unpack_from("<IIII", octets, at)
        out.append(enhanced(octets[at + 16:at + 16 + captured], seconds * 1_000_000 + micros))
        at += 16 + captured
    return out


BLOCKS = pcapng(SOUND)
NG = SECTION + INTERFACE + b"".join(BLOCKS)
HALF = SECTION + INTERFACE + b"".join(BLOCKS[:10])  # up to the 220: nothing is encrypted yet
FRAME = wire.tcp_frame((wire.CLIENT, 4000), (wire.SERVER, 25), 1, 0, wire.SYN)
FIRST, TENTH = packet_at(SOUND, 1), packet_at(SOUND, 10)

# Nothing of it can be read: exit 2, one line, no report.
NO_CAPTURE = {
    "empty": b"",
    "one octet": SOUND[:1],
    "three octets of the magic": SOUND[:3],
    "unknown magic": put(SOUND, 0, 0x12345678),
    "version 0.0": put(SOUND, 4, 0),
    "version 65535": put(SOUND, 4, 0xFFFF, "<H"),
    "section without its byte order": put(NG, 8, 0),
    "section of 4 GiB": put(NG, 4, HUGE & ~3),
    "section of no length": put(NG, 4, 0),
    "section of version 99": put(NG, 12, 99, "<H"),
    "section header in gzip, cut": gzip.compress(SOUND)[:14],
    "gzip that is none": b"\x1f\x8b" + bytes(64),
}

# Analyzed up to the fault, which is told: exit 2.
BROKEN = {
    "first packet of 4 GiB": put(SOUND, FIRST + 8, HUGE),
    "packet of 2 GiB": put(SOUND, TENTH + 8, NEGATIVE),
    "packet just above the bound": put(SOUND, TENTH + 8, (16 << 20) + 1),
    "packet of 4 GiB on both counts": put(put(SOUND, TENTH + 8, HUGE), TENTH + 12, HUGE),
    "block of no length": HALF + struct.pack("<II", 6, 0) + bytes(64),
    "block of 8 octets": HALF + struct.pack("<II", 6, 8) + bytes(64),
    "block of 13 octets": HALF + struct.pack("<II", 6, 13) + bytes(64),
    "block of 4 GiB": HALF + struct.pack("<II", 6, HUGE & ~3) + bytes(64),
    "packet block of 2 GiB": HALF + struct.pack("<II", 6, NEGATIVE) + bytes(64),
    "lengths of a block that differ": HALF + enhanced(FRAME, 0, trailer=24),
    "packet larger than its block": HALF + enhanced(FRAME, 0, captured=HUGE),
    "packet a little larger than its block": HALF + enhanced(FRAME, 0, captured=len(FRAME) + 8),
    "packet of an unknown interface": HALF + enhanced(FRAME, 0, interface=7),
    "packet of interface 4294967295": HALF + enhanced(FRAME, 0, interface=HUGE),
    "packet before any interface": SECTION + enhanced(FRAME, 0),
    "100000 interfaces": SECTION + INTERFACE * 100_000 + b"".join(BLOCKS),
    "interface block too short": SECTION + block(1, b"\1\0") + b"".join(BLOCKS),
    "packet block too short": HALF + block(6, bytes(4)),
    "second section with another byte order mark": HALF + put(SECTION, 8, 0xDEADBEEF),
}

# Cut, and nothing else: told, and judged by what was seen.
CUT = {
    "in the file header": (SOUND[:10], INCONCLUSIVE),
    "after the magic": (SOUND[:4], INCONCLUSIVE),
    "in the first record header": (SOUND[:FIRST + 7], INCONCLUSIVE),
    "in the first packet": (SOUND[:FIRST + 16 + 5], INCONCLUSIVE),
    "in the handshake": (SOUND[:packet_at(SOUND, 13) + 40], INCONCLUSIVE),
    "one octet missing, mail in clear": (CLEAR[:-1], FAIL),
    "in the second half, mail in clear": (CLEAR[:packet_at(CLEAR, 16) + 30], FAIL),
    "in a pcapng section": (NG[:20], INCONCLUSIVE),
    "in a pcapng interface": (NG[:len(SECTION) + 9], INCONCLUSIVE),
    "in a pcapng block's head": (HALF + b"\6\0\0", INCONCLUSIVE),
    "in a pcapng packet": (NG[:len(HALF) + 40], INCONCLUSIVE),
    "in gzip": (gzip.compress(CLEAR)[:-30], None),
}

# Odd, and allowed or harmless: no crash; what each should give where it is not inconclusive stands in ODD_EXIT.
ODD = {
    "header only": SOUND[:24],
    "packets of no octets": SOUND[:24] + wire.pcap_packet(b"", 1) * 1000,
    "captured more than was on the wire": CLEAR[:24] + b"".join(
        wire.pcap_packet(f, n, wire=1) for n, f in enumerate(wire.frames([("S", "220 a\r\n")], 25))),
    "absurd link type": put(SOUND, 20, 0x0FFFFFFF),
    "snap length 0": put(CLEAR, 16, 0),
    "snap length 4 GiB": put(CLEAR, 16, HUGE),
    "microseconds of 4 billion": put(CLEAR, packet_at(CLEAR, 3) + 4, HUGE),
    "wire length of 4 GiB": put(SOUND, TENTH + 12, HUGE),
    "times at the end of time": HALF + enhanced(FRAME, 2**64 - 1),
    "resolution of 2^-127": SECTION + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 0xFF, 0, 0)) + BLOCKS[0],
    "resolution of 10^-127": SECTION + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 0x7F, 0, 0)) + BLOCKS[0],
    "option of 65535 octets": SECTION + block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 2, 0xFFFF)) + BLOCKS[0],
    "unknown block": SECTION + INTERFACE + block(0x0BADBEEF, bytes(1000)) + BLOCKS[0],
    "IP length below its header": CLEAR[:24] + wire.pcap_packet(put(FRAME, 16, 3, ">H"), 1),
    "IP length of 65535": CLEAR[:24] + wire.pcap_packet(put(FRAME, 16, 65535, ">H"), 1),
    "TCP header longer than the packet": CLEAR[:24] + wire.pcap_packet(put(FRAME, 46, 0xF0, ">B"), 1),
    "TCP header of no length": CLEAR[:24] + wire.pcap_packet(put(FRAME, 46, 0, ">B"), 1),
    "noise": SOUND[:24] + bytes((i * 7919 >> 3) & 255 for i in range(1 << 16)),
    "a pcapng section inside pcap": SOUND[:24] + NG,
}
ODD_EXIT = {"wire length of 4 GiB": PASS,  # the IP packet's own length shows that all of it is there
            "snap length 0": FAIL, "snap length 4 GiB": FAIL, "microseconds of 4 billion": FAIL}


class Malformed(ProgramTest):
    def check(self, octets):
        """One run within bounds: (what it says in text, its report or None), both with the same exit status."""
        path = self.file("malformed.pcap", octets)
        runs = []
        for more in ((), ("-o", "-", "--format", "json")):
            begun = time.monotonic()
            with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
                child = subprocess.Popen([PROGRAM, "check", str(path), *more], stdout=out, stderr=err, env=quiet_environment(),
                                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
                _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out, err = ((self.folder / n).read_text() for n in ("out", "err"))
            told = f"exit {child.returncode}\n{out[:2000]}\n{err[:2000]}"
            self.assertIn(child.returncode, (PASS, FAIL, CANNOT_RUN, INCONCLUSIVE), told)
            self.assertLess(time.monotonic() - begun, SECONDS, told)
            if BYTES:
                self.assertLess(used.ru_maxrss * 1024, BYTES, told)
            self.assertLessEqual(err.count("\n"), 1, told)
            self.assertNotIn("internal error", err)
            runs.append((child.returncode, out, err))
        (code, text, err), (json_code, report, json_err) = runs
        self.assertEqual((code, err), (json_code, json_err))
        return code, text, err, self.valid(report) if report else None

    def test_no_capture(self):
        for name, octets in NO_CAPTURE.items():
            with self.subTest(name):
                code, text, err, report = self.check(octets)
                self.assertEqual(report["verdict"], "inconclusive")
                self.assertEqual(len(report["failed_inputs"]), 1, report["failed_inputs"])
                for read in report["inputs"]:  # its beginning was: then the fault stands in it
                    self.assertNotEqual(read["ended"], "complete")
                    self.assertEqual(read["packets"], 0)
                self.assertEqual(code, CANNOT_RUN, text)
                self.assertRegex(err, r"\Amailseal: .*malformed\.pcap: .+; .+\n\Z")

    def test_broken(self):
        for name, octets in BROKEN.items():
            with self.subTest(name):
                code, text, err, report = self.check(octets)
                self.assertEqual(code, CANNOT_RUN, text)
                self.assertRegex(err, r"\Amailseal: .*malformed\.pcap: error: .+; .+\n\Z")
                self.assertRegex(text, r"\AINCONCLUSIVE ")
                self.assertEqual(report["verdict"], "inconclusive")
                self.assertTrue(report["inputs"][0]["ended"].startswith("error: "))
                self.assertEqual(report["inputs"][0]["size"], len(octets))
                self.assertEqual(report["counts"]["encrypted"], 0)

    def test_cut(self):
        for name, (octets, right) in CUT.items():
            with self.subTest(name):
                code, text, err, report = self.check(octets)
                self.assertIn(code, (FAIL, CANNOT_RUN, INCONCLUSIVE) if right is None else (right,), text + err)
                self.assertEqual(report["counts"]["encrypted"], 0)
                self.assertNotEqual(report["inputs"][0]["ended"], "complete")
                self.assertRegex(text + err, "truncated|error")

    def test_odd(self):
        for name, octets in ODD.items():
            with self.subTest(name):
                code, text, err, report = self.check(octets)
                if name in ODD_EXIT:
                    self.assertEqual(code, ODD_EXIT[name], text)
                else:
                    self.assertIn(code, (INCONCLUSIVE, CANNOT_RUN), text + err)
                    self.assertFalse(text.startswith("PASS"))

    def test_broken_after_mail_in_clear_is_a_fail_still(self):
        code, text, err, report = self.check(CLEAR + struct.pack("<IIII", 1, 1, HUGE, HUGE))
        self.assertEqual((code, report["verdict"]), (CANNOT_RUN, "fail"))

    def test_the_sound_files_are_sound(self):
        """Else what stands above would show nothing."""
        for octets, right in ((SOUND, PASS), (NG, PASS), (CLEAR, FAIL), (HALF, INCONCLUSIVE), (gzip.compress(SOUND), PASS)):
            self.assertEqual(self.check(octets)[0], right)

    def test_there_are_enough(self):
        self.assertGreaterEqual(sum(map(len, (NO_CAPTURE, BROKEN, CUT, ODD))), 25)


if __name__ == "__main__":
    main()
