#!/usr/bin/env python3
"""--extract: the evidence is the frames that findings cite, as they were, and nothing of the rest.

usage: extract_test.py MAILSEAL
"""
import json, shutil, struct, subprocess, unittest

import wire
from harness import CANNOT_RUN, CAPTURES, FAIL, PASS, ProgramTest, main

MARKER = b"Xk7-planted-secret"
CLEAR = [("S", "220 mx.example ESMTP\r\n"), ("C", "EHLO a.example\r\n"), ("S", "250 mx.example\r\n"),
         ("C", "MAIL FROM:<a@x.example>\r\n"), ("S", "250 ok\r\n"), ("C", "RCPT TO:<b@x.example>\r\n"),
         ("S", "250 ok\r\n"), ("C", "DATA\r\n"), ("S", "354 go\r\n"),
         ("C", b"Subject: x\r\n\r\n" + MARKER + b"\r\n.\r\n"), ("S", "250 ok\r\n")]


ETHERNET = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
LINKS = {  # by name: number, header, version of IP
    "EN10MB": (1, ETHERNET + b"\x08\0", 4), "EN10MB, IPv6": (1, ETHERNET + b"\x86\xdd", 6),
    "802.1Q": (1, ETHERNET + b"\x81\0\0\x07\x08\0", 4), "MPLS": (1, ETHERNET + b"\x88\x47\0\1\1\x40", 4),
    "SNAP": (1, ETHERNET + b"\0\x40\xaa\xaa\3\0\0\0\x08\0", 4),
    "LINUX_SLL": (113, bytes(14) + b"\x08\0", 4), "LINUX_SLL2": (276, b"\x08\0" + bytes(18), 4),
    "RAW": (101, b"", 4), "RAW, IPv6": (101, b"", 6), "IPV4": (228, b"", 4), "IPV6": (229, b"", 6), "RAW, DLT": (12, b"", 4),
    "RAW, OpenBSD": (14, b"", 4), "NULL": (0, b"\2\0\0\0", 4), "NULL, IPv6": (0, b"\x1e\0\0\0", 6), "LOOP": (108, b"\0\0\0\2", 4),
    "PPP": (9, b"\xff\3\0\x21", 4), "PPP, compressed": (9, b"\x21", 4), "PPP_HDLC": (50, b"\xff\3\0\x21", 4),
    "C_HDLC": (104, b"\x0f\0\x08\0", 4),
}


def fragments(packet, version):
    """An IPv4 packet as itself, or as the two fragments of a datagram if it holds the marker; in IPv6 if that is asked for."""
    source, target, tcp = packet[12:16], packet[16:20], packet[20:]
    mapped = bytes.fromhex("20010db8") + bytes(8)

    def ip(data, offset, more, whole):
        place = (offset if version == 6 else offset // 8 | (0x2000 if more else 0)) | (1 if more and version == 6 else 0)
        if version == 4:
            return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), 7, 0 if whole else place, 64, 6, 0) + source + target + data
        data = data if whole else struct.pack(">BBHI", 6, 0, place, 7) + data
        return struct.pack(">IHBB", 0x60000000, len(data), 6 if whole else 44, 64) + mapped + source + mapped + target + data

    if MARKER not in tcp:
        return [ip(tcp, 0, False, True)]
    return [ip(tcp[:24], 0, True, False), ip(tcp[24:], 24, False, False)]


def pcap_packets(octets):
    """[(nanoseconds, wire length, frame)] of a little-endian pcap in microseconds."""
    at, out = 24, []
    while at < len(octets):
        seconds, micros, captured, wire_length = struct.unpack_from("<IIII", octets, at)
        out.append(((seconds * 10**6 + micros) * 1000, wire_length, octets[at + 16:at + 16 + captured]))
        at += 16 + captured
    return out


def options_of(octets):
    out, at = {}, 0
    while at + 4 <= len(octets):
        code, length = struct.unpack_from("<HH", octets, at)
        if code == 0:
            break
        out[code] = octets[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return out


def evidence_of(octets):
    """(interfaces as {link, snap, name, comment}, packets as {interface, time, wire, frame, comment})"""
    at, interfaces, packets = 0, [], []
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        assert length % 4 == 0 and struct.unpack_from("<I", octets, at + length - 4)[0] == length, f"block at {at}"
        body = octets[at + 8:at + length - 4]
        if kind == 0x0A0D0D0A:
            assert at == 0 and struct.unpack_from("<IHH", body) == (0x1A2B3C4D, 1, 0)
        elif kind == 1:
            link, _, snap = struct.unpack_from("<HHI", body)
            options = options_of(body[8:])
            assert options[9] == b"\x09", "nanoseconds"
            interfaces.append({"link": link, "snap": snap, "name": options.get(2), "comment": options[1].decode()})
        elif kind == 6:
            face, high, low, captured, wire_length = struct.unpack_from("<IIIII", body)
            assert face < len(interfaces), "described before"
            comment = options_of(body[20 + (captured + 3) // 4 * 4:])[1].decode()
            packets.append({"interface": face, "time": high << 32 | low, "wire": wire_length,
                            "frame": body[20:20 + captured], "comment": comment})
        else:
            raise AssertionError(f"block type {kind}")
        at += length
    return interfaces, packets


class Extract(ProgramTest):
    def extract(self, *inputs, more=()):
        out, report = self.folder / "evidence.pcapng", self.folder / "report.json"
        run = self.run_it("check", *inputs, "--extract", out, "-o", report, *more)
        self.assertNotEqual(run.code, CANNOT_RUN, run)
        return json.loads(report.read_text()), *evidence_of(out.read_bytes())

    def test_every_cited_frame_as_it_was(self):
        for name in ("smtp-plain", "smtp-starttls-tls13", "smtp-starttls-tls12", "pop3-userpass-clear", "smtp-null-cipher",
                     "smtp-handshake-failed-then-fallback", "imap-compress-deflate"):
            with self.subTest(name):
                capture = CAPTURES / f"{name}.pcap"
                original = pcap_packets(capture.read_bytes())
                report, interfaces, packets = self.extract(capture, more=["--extract-payload", "keep"])
                self.assertEqual(len(interfaces), 1)
                self.assertIn(report["inputs"][0]["sha256"], interfaces[0]["comment"])
                found = {}
                for p in packets:
                    number = int(p["comment"].split(":")[0].removeprefix("frame "))
                    self.assertEqual((p["time"], p["wire"], p["frame"]), original[number - 1])
                    self.assertNotIn(number, found, "once")
                    found[number] = p["comment"]
                self.assertEqual(sorted(found), list(found), "in their order")
                cited = {}
                for finding in report["findings"]:
                    for o in finding["occurrences"]:
                        if o["frame"]:
                            cited.setdefault(o["frame"], []).append(finding["id"])
                self.assertTrue(cited)
                for frame, ids in cited.items():
                    for finding in ids:
                        self.assertIn(finding, found[frame])
                for s in report["sessions"]:
                    if s["tls"] and s["tls"]["established"]:
                        for number in range(s["tls"]["client_hello"]["frame"], s["tls"]["established_at"]["frame"] + 1):
                            self.assertIn(number, found, "the handshake is whole")

    def test_handshakes_of_tcp_and_no_more(self):
        capture = self.folder / "clear.pcap"
        capture.write_bytes(wire.conversation(CLEAR, 25))
        _, _, packets = self.extract(capture)
        comments = [p["comment"] for p in packets]
        self.assertEqual([c for c in comments if c.endswith(": handshake")],
                         ["frame 1: handshake", "frame 2: handshake", "frame 3: handshake"])
        self.assertLess(len(packets), len(pcap_packets(capture.read_bytes())))

    def test_blanked(self):
        capture = self.folder / "clear.pcap"
        capture.write_bytes(wire.conversation(CLEAR, 25))
        _, _, whole = self.extract(capture, more=["--extract-payload", "keep"])
        self.assertIn(MARKER, b"".join(p["frame"] for p in whole))
        _, _, blank = self.extract(capture, more=["--extract-payload", "zero"])
        self.assertEqual(len(blank), len(whole))
        for w, b in zip(whole, blank):
            self.assertEqual(b["frame"][:54], w["frame"][:54], "headers stay")
            self.assertEqual(b["frame"][54:], bytes(len(w["frame"]) - 54))
            self.assertEqual((b["time"], b["wire"], b["comment"]), (w["time"], w["wire"], w["comment"]))

    def test_what_crossed_in_clear_stays_here(self):
        """Without being asked: TLS handshakes as they were, of sessions that showed nothing in clear; all else blank."""
        capture = self.folder / "clear.pcap"
        capture.write_bytes(wire.conversation(CLEAR, 25))
        _, _, packets = self.extract(capture)
        for p in packets:
            self.assertEqual(p["frame"][54:], bytes(len(p["frame"]) - 54))
        for name in ("smtp-starttls-tls13", "smtp-starttls-tls12", "smtp-null-cipher", "imap-compress-deflate"):
            with self.subTest(name):
                report, _, blank = self.extract(CAPTURES / f"{name}.pcap")
                _, _, whole = self.extract(CAPTURES / f"{name}.pcap", more=["--extract-payload", "keep"])
                kept = {int(w["comment"].split(":")[0].removeprefix("frame ")) for w, b in zip(whole, blank)
                        if w["frame"] == b["frame"] and any(w["frame"][80:])}
                handshake, clear = set(), set()
                for s in report["sessions"]:
                    numbers = set()
                    if s["tls"] and s["tls"]["established"]:
                        numbers = set(range(s["tls"]["client_hello"]["frame"], s["tls"]["established_at"]["frame"] + 1))
                    (clear if s["exposed"] else handshake).update(numbers)
                self.assertLessEqual(kept - handshake, set())
                self.assertEqual(bool(kept), bool(handshake))

    def test_fragments_are_blanked_behind_the_headers_of_any_link(self):
        login = [("S", "+OK ready\r\n"), ("C", "USER alice\r\n"), ("S", "+OK\r\n"), ("C", b"PASS " + MARKER + b"\r\n"),
                 ("S", "+OK\r\n"), ("C", "QUIT\r\n"), ("S", "+OK\r\n")]
        for name, (link, head, version) in LINKS.items():
            for order in (1, -1):  # the fragment that completes it is the second, or the first
                frames = []
                for frame in wire.frames(login, 110):
                    frames += [head + p for p in fragments(frame[14:], version)[::order]]
                capture = self.folder / "fragments.pcap"
                capture.write_bytes(wire.pcap_header(link=link) + b"".join(
                    wire.pcap_packet(f, (wire.BEGUN * 1000 + n) * 1000) for n, f in enumerate(frames)))
                for more in ([], ["--extract-payload", "zero"]):
                    with self.subTest(name, order=order, more=more):
                        report, _, packets = self.extract(capture, more=more)
                        self.assertEqual(report["counts"]["plaintext"], 1, "the capture is understood")
                        blob = b"".join(p["frame"] for p in packets)
                        self.assertFalse([MARKER[i:i + 4] for i in range(len(MARKER) - 3) if MARKER[i:i + 4] in blob])
                        [cited] = [p for p in packets if "plaintext-credentials-password" in p["comment"]]
                        number = int(cited["comment"].split(":")[0].removeprefix("frame "))
                        kept = len(head) + (20 if version == 4 else 48)
                        self.assertEqual(cited["frame"][:kept], frames[number - 1][:kept], "headers stay")
                        self.assertEqual(cited["frame"][kept:], bytes(len(frames[number - 1]) - kept))

    def test_several_inputs_and_links(self):
        ethernet, raw = self.folder / "a.pcap", self.folder / "b.pcap"
        ethernet.write_bytes(wire.conversation(CLEAR, 25))
        frames = [f[14:] for f in wire.frames(CLEAR, 25, client_port=40001)]
        raw.write_bytes(wire.pcap_header(link=101) +
                        b"".join(wire.pcap_packet(f, (wire.BEGUN + 9000) * 1_000_000 + n) for n, f in enumerate(frames)))
        _, interfaces, packets = self.extract(ethernet, raw)
        self.assertEqual([i["link"] for i in interfaces], [1, 101])
        self.assertEqual({p["interface"] for p in packets}, {0, 1})

    def test_is_itself_a_capture(self):
        run = self.run_it("check", CAPTURES / "pop3-userpass-clear.pcap", "--extract", self.folder / "e.pcapng",
                          "--extract-payload", "keep")
        self.assertEqual(run.code, FAIL)
        again, _ = self.report(self.folder / "e.pcapng")
        self.assertEqual(again["inputs"][0]["ended"], "complete")
        self.assertIn("plaintext-credentials-password", [f["id"] for f in again["findings"]])
        if shutil.which("tshark"):
            done = subprocess.run(["tshark", "-n", "-r", self.folder / "e.pcapng", "-T", "fields", "-e", "frame.comment"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("plaintext-credentials-password", done.stdout)
            self.assertNotRegex(done.stderr, "(?i)malformed|damaged|corrupt|cut short")

    def test_nothing_cited(self):
        capture = self.folder / "none.pcap"
        capture.write_bytes(wire.pcap_header())
        _, interfaces, packets = self.extract(capture)
        self.assertEqual((interfaces, packets), ([], []))

    def test_refusals(self):
        sound = CAPTURES / "smtp-starttls-tls13.pcap"
        for arguments, word in ((["-", "--extract", "x.pcapng"], "standard input"),
                                ([sound, "--extract", "/nowhere/x.pcapng"], "/nowhere/x.pcapng"),
                                ([sound, "--extract", "-"], "--extract -"),
                                ([sound, "--extract-payload", "zero"], "add --extract"),
                                ([sound, "--extract", "x.pcapng", "--extract-payload", "some"], "tls, zero or keep")):
            with self.subTest(word):
                run = self.run_it("check", *arguments)
                self.assertEqual(run.code, CANNOT_RUN, run)
                self.assertEqual(len(run.err.splitlines()), 1)
                self.assertIn(word, run.err)
        self.assertEqual(self.run_it("check", sound, "--extract", self.folder / "x.pcapng").code, PASS)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["x.pcapng"], "nothing is left beside it")


if __name__ == "__main__":
    main()
