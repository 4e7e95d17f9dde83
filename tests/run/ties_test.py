#!/usr/bin/env python3
"""Sessions that belong together: resumed ones and their full handshake, servers that use an ephemeral key again.

usage: ties_test.py MAILSEAL
The handshakes are made here, octet by octet; nothing in them is a key.
"""
import struct, unittest

import wire
from harness import ProgramTest, Run, main

SUITE, PORT = 0xC02F, 465


def counted(octets, body):
    return len(body).to_bytes(octets, "big") + body


def record(kind, body):
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def message(kind, body):
    return bytes([kind]) + counted(3, body)


def extension(kind, body):
    return struct.pack(">H", kind) + counted(2, body)


def client_hello(ticket=b"", version13=False):
    extensions = extension(35, ticket) + (extension(43, b"\x02\x03\x04") if version13 else b"")
    return record(22, message(1, b"\x03\x03" + b"c" * 32 + counted(1, b"i" * 32) + counted(2, struct.pack(">HH", SUITE, 0x1301))
                              + b"\x01\0" + counted(2, extensions)))


def server_hello(random, session_id=b"", suite=SUITE, extensions=b""):
    return message(2, b"\x03\x03" + random + counted(1, session_id) + struct.pack(">HB", suite, 0)
                   + (counted(2, extensions) if extensions else b""))


CCS = record(20, b"\x01")
FINISHED = record(22, b"\x5a" * 40)
DATA = record(23, b"\x5a" * 300)


def full(random, session_id=b"", ticket=b"", share=b"p" * 32):
    """TLS 1.2, with what the server gives to come back with."""
    exchange = message(12, b"\x03" + struct.pack(">H", 29) + counted(1, share) + struct.pack(">H", 0x0804) + counted(2, b"g" * 64))
    issued = record(22, message(4, struct.pack(">I", 7200) + counted(2, ticket))) if ticket else b""
    return [("C", client_hello()),
            ("S", record(22, server_hello(random, session_id) + message(11, counted(3, counted(3, b"no certificate")))
                         + exchange + message(14, b""))),
            ("C", record(22, message(16, counted(1, b"p" * 32))) + CCS + FINISHED), ("S", issued + CCS + FINISHED),
            ("C", DATA), ("S", DATA)]


def resumed(random, session_id, ticket=b""):
    return [("C", client_hello(ticket)), ("S", record(22, server_hello(random, session_id)) + CCS + FINISHED),
            ("C", CCS + FINISHED + DATA), ("S", DATA)]


def full13(random, resumption=False, share=b"p" * 32):
    more = extension(41, b"\0\0") if resumption else b""
    hello = server_hello(random, b"i" * 32, 0x1301,
                         extension(43, b"\x03\x04") + extension(51, struct.pack(">H", 29) + counted(2, share)) + more)
    return [("C", client_hello(version13=True)), ("S", record(22, hello) + record(23, b"\x5a" * 900)),
            ("C", record(23, b"\x5a" * 53) + DATA), ("S", DATA)]


def capture(*dialogues, client=lambda n: wire.CLIENT):
    """One connection after the other."""
    return wire.pcap([frame for n, dialogue in enumerate(dialogues)
                      for frame in wire.frames(dialogue, PORT, client_port=40000 + n, client=client(n))])


def random(n):
    return bytes([n]) * 32


class Ties(ProgramTest):
    def check(self, octets, *arguments):
        path = self.folder / "ties.pcap"
        path.write_bytes(octets)
        report, _ = self.report(path, *arguments)
        return report

    def tied(self, octets):
        return [s["tls"]["resumed_from"] for s in self.check(octets)["sessions"]]

    def occurrences(self, report, finding):
        return [o for f in report["findings"] if f["id"] == finding for o in f["occurrences"]]

    def test_by_session_id(self):
        self.assertEqual(self.tied(capture(full(random(1), b"x" * 32), resumed(random(2), b"x" * 32), resumed(random(3), b"y" * 32))),
                         [None, {"session": 1, "by": "session-id"}, None])

    def test_by_ticket(self):
        self.assertEqual(self.tied(capture(full(random(1), ticket=b"t" * 160), resumed(random(2), b"i" * 32, b"t" * 160),
                                           resumed(random(3), b"i" * 32, b"u" * 160))),
                         [None, {"session": 1, "by": "ticket"}, None])

    def test_of_tls_1_3_by_the_pair(self):
        self.assertEqual(self.tied(capture(full13(random(1)), full13(random(2), resumption=True))),
                         [None, {"session": 1, "by": "same-pair"}])

    def test_another_client_is_not_tied(self):
        dialogues = full(random(1), b"x" * 32), resumed(random(2), b"x" * 32)
        self.assertEqual(self.tied(capture(*dialogues, client=lambda n: f"192.0.2.{n + 1}")), [None, None])

    def test_every_dress_says_so(self):
        octets = capture(full(random(1), b"x" * 32), resumed(random(2), b"x" * 32))
        report = self.check(octets)
        note = "the full handshake is in session 1, by the session id"
        self.assertEqual([o["note"] for o in self.occurrences(report, "tls-session-resumed")], [note])
        path = self.folder / "ties.pcap"
        for format in ("html", "csv-findings"):
            self.assertIn(note, Run("check", path, "-o", "-", "--format", format).out, format)
        japanese = Run("check", path, "-o", "-", "--format", "html", "--lang", "ja").out
        self.assertNotIn(note, japanese)
        self.assertIn("セッション1", japanese)

    def test_a_key_used_again(self):
        report = self.check(capture(full(random(1)), full(random(2)), full(random(3), share=b"q" * 32), full13(random(4))))
        told = self.occurrences(report, "kx-key-reuse")
        self.assertEqual([o["session"] for o in told], [1, 2, 4])
        self.assertEqual(told[0]["note"], "the same value in 2 more sessions")
        self.assertRegex(told[1]["note"], r"^the same value as in frame 6 of session 1, \d+ ms before$")
        self.assertEqual(["kx-key-reuse" in s["findings"] for s in report["sessions"]], [True, True, False, True])

    def test_one_handshake_captured_twice_is_no_reuse(self):
        report = self.check(capture(full(random(1)), full(random(1)), full(random(3), share=b"q" * 32)))
        self.assertEqual(self.occurrences(report, "kx-key-reuse"), [])

    def test_the_report_says_it_again(self):
        octets = capture(full(random(1), b"x" * 32), resumed(random(2), b"x" * 32), full(random(3)))
        path = self.folder / "ties.pcap"
        path.write_bytes(octets)
        for redaction in ("standard", "strict"):
            first = self.folder / f"{redaction}.json"
            Run("check", path, "-o", first, "--redact", redaction)
            again = Run("report", first, "-o", "-", "--format", "json", "--redact", redaction)
            self.assertEqual(again.out, first.read_text(), redaction)


if __name__ == "__main__":
    main()
