#!/usr/bin/env python3
"""Mail in clear beside a sound session, hidden from a hasty reader: behind forged packets, holes, headers, fragments.

usage: hidden_test.py MAILSEAL
The sound session is a capture of the project. What hides is made here. None may be a pass: readable mail that is in
view fails, and what cannot be read says so.
"""
import ipaddress, struct

import wire
from harness import CAPTURES, FAIL, INCONCLUSIVE, PASS, ProgramTest, main
from wire import ACK, CLIENT, RST, SERVER, SYN, tcp_frame

SOUND = (CAPTURES / "smtp-starttls-tls13.pcap").read_bytes()
MAIL = [("S", "220 mx.example ESMTP\r\n"), ("C", "EHLO client.example\r\n"), ("S", "250 mx.example\r\n"),
        ("C", "MAIL FROM:<a@example.org>\r\n"), ("S", "250 ok\r\n"), ("C", "RCPT TO:<b@example.net>\r\n"),
        ("S", "250 ok\r\n"), ("C", "DATA\r\n"), ("S", "354 go\r\n"),
        ("C", "Subject: hello\r\nFrom: a@example.org\r\n\r\nread by anyone\r\n.\r\n"), ("S", "250 queued\r\n")]
PORT, CLIENT_PORT = 25, 40000
C, S = (CLIENT, CLIENT_PORT), (SERVER, PORT)
BEGIN = 3  # frames of the handshake


def mail(**how):
    return wire.frames(MAIL, PORT, CLIENT_PORT, **how)


def moved(frame, by):
    """The same frame in another numbering."""
    seq, ack = struct.unpack_from(">II", frame, 38)
    return frame[:38] + struct.pack(">II", (seq + by) % 2**32, (ack + by) % 2**32) + frame[46:]


def ipv6(frame, next_header=6, before=b""):
    body = before + frame[34:]
    hosts = b"".join(ipaddress.ip_address("2001:db8::" + str(host)).packed
                     for host in ((1, 2) if frame[26:30] == ipaddress.ip_address(CLIENT).packed else (2, 1)))
    return frame[:12] + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), next_header, 64) + hosts + body


def options(n):
    return b"".join(bytes([60 if i < n - 1 else 6, 0, 1, 4, 0, 0, 0, 0]) for i in range(n))


def tagged(frame, ether_type, tag):
    return frame[:12] + struct.pack(">H", ether_type) + tag + frame[12:]


def parts(frame, identification, wanted):
    """The frame's datagram in fragments of 16 octets, those of them that are wanted."""
    body, out = frame[34:], []
    for at in range(0, len(body), 16):
        place = at // 8 | (0x2000 if at + 16 < len(body) else 0)
        piece = body[at:at + 16]
        if wanted(at, at + 16 >= len(body)):
            out.append(frame[:16] + struct.pack(">HHH", 20 + len(piece), identification, place) + frame[22:34] + piece)
    return out


def amid(frames, at, *more):
    return frames[:at] + list(more) + frames[at:]


def with_text_for_ciphertext(capture, text, client_only=False):
    """The same capture, its records of application data filled with text."""
    out, at = bytearray(capture), 24
    while at < len(out):
        captured, = struct.unpack_from("<I", out, at + 8)
        frame = at + 16
        payload = frame + 34 + (out[frame + 46] >> 4) * 4
        end, at = frame + captured, frame + captured
        if client_only and struct.unpack_from(">H", out, frame + 36) != (25,):
            continue
        while payload + 5 < end and out[payload:payload + 2] == b"\x17\x03":
            length, = struct.unpack_from(">H", out, payload + 3)
            out[payload + 5:payload + 5 + length] = (text * (length // len(text) + 1))[:length]
            payload += 5 + length
    return bytes(out)


class Hidden(ProgramTest):
    def verdict(self, hidden, *arguments):
        first, = struct.unpack_from("<I", SOUND, 24)
        packets = b"".join(wire.pcap_packet(f, ((first + 60) * 1000 + n) * 1000) for n, f in enumerate(hidden))
        return self.report(self.file("hidden.pcap", SOUND + packets), *arguments)

    def test_the_sound_session_alone_passes(self):
        self.assertEqual(self.verdict([])[1].code, PASS)

    def test_readable_mail_fails(self):
        forged_syn = tcp_frame(S, C, 777, 0, SYN)
        next_line = 9  # behind EHLO's reply
        handshake = [tcp_frame(C, S, 99999, 0, SYN), tcp_frame(S, C, 5555, 100000, SYN | ACK),
                     tcp_frame(C, S, 100000, 5556, ACK), tcp_frame(C, S, 100000, 5556, RST)]
        reused = wire.frames([("S", "220 mx.example ESMTP\r\n"), ("C", "NOOP\r\n"), ("S", "250 ok\r\n")], PORT, CLIENT_PORT,
                             end=False) + [moved(f, 2_000_000_000) for f in mail()[BEGIN:]]
        for name, frames in {
                "nothing": mail(),
                "a SYN from the server": [forged_syn] + mail(),
                "a SYN from the server, with a number far away": [tcp_frame(S, C, 3_000_000_000, 0, SYN)] + mail(),
                "a SYN from the server, reset": [forged_syn, tcp_frame(C, S, 0, 778, RST | ACK)] + mail(),
                "a SYN from the server, then no handshake": [forged_syn] + mail()[BEGIN:],
                "a SYN from the server within the handshake": amid(mail(), 1, forged_syn),
                "a SYN from the server in the midst": amid(mail(), next_line, forged_syn),
                "a SYN-ACK from the client": [tcp_frame(C, S, 777, 555, SYN | ACK)] + mail(),
                "a whole handshake and a reset in the midst": amid(mail(), next_line, *handshake),
                "a reset in the midst": amid(mail(), next_line, tcp_frame(S, C, 5045, 0, RST)),
                "a reused port of which no SYN was captured": reused,
                "17 destination options": [ipv6(f, 60, options(17)) for f in mail()],
                "Cisco's metadata": [tagged(f, 0x8909, b"\1\1\0\1\0\5") for f in mail()],
                "HSR": [tagged(f, 0x892F, b"\0\x40\0\1") for f in mail()],
                "PRP": [f + b"\0\1\xa0\x40\x88\xfb" for f in mail()],
                "a tag of nobody's": [tagged(f, 0x4242, b"\0\0") for f in mail()],
                "signed MACsec": [tagged(f, 0x88E5, b"\0\0\0\0\0\1") + bytes(16) for f in mail()],
        }.items():
            for more in ([], ["--any-port"]):
                with self.subTest(name, more=more):
                    report, run = self.verdict(frames, *more)
                    self.assertEqual((run.code, report["verdict"]), (FAIL, "fail"), run)

    def test_what_is_said_where_nobody_listens(self):
        greeting, name = MAIL[0], ("C", "EHLO client.example\r\n")
        offer, turn = ("S", "250 mx.example\r\n"), [("C", "TURN\r\n"), ("S", "250 ok\r\n")]
        letter = "dear reader\r\nthis is read by anyone\r\n.\r\n"
        for title, talk, code in [
                ("mail behind a TURN that was granted", [greeting, name, offer] + turn + MAIL[3:], FAIL),
                ("mail of one who greeted behind TURN",
                 [greeting, name, offer] + turn + [("C", "220 client.example\r\n")] + MAIL[3:], FAIL),
                ("a command that is taken", [greeting, name, offer, ("C", "XMAIL " + letter), ("S", "250 ok\r\n")],
                 INCONCLUSIVE)]:
            with self.subTest(title):
                report, run = self.verdict(wire.frames(talk, PORT, CLIENT_PORT))
                self.assertEqual(run.code, code, run)

    def test_text_in_the_place_of_ciphertext_is_not_called_encrypted(self):
        english = b"Subject: hello\r\nFrom: a@example.org\r\n\r\nDear reader, this is no cipher at all.\r\n"
        japanese = "暗号化されていない本文です。\r\n".encode("utf-8")
        for name in "smtp-starttls-tls12.pcap", "smtp-starttls-tls13.pcap":
            capture = (CAPTURES / name).read_bytes()
            for text, ids in (english, {"payload-not-random", "payload-printable-run"}), (japanese, {"payload-not-random"}):
                for client_only in False, True:
                    forged = with_text_for_ciphertext(capture, text, client_only)
                    with self.subTest(name, ids=ids, client_only=client_only):
                        self.assertNotEqual(forged, capture)
                        report, run = self.report(self.file("forged.pcap", forged))
                        session, = [s for s in report["sessions"] if s["tls"]]
                        self.assertNotEqual(session["state"], "encrypted")
                        self.assertLessEqual(ids, set(session["findings"]))
                        self.assertEqual((run.code, report["verdict"]), (FAIL, "fail"), run)

    def test_what_cannot_be_read_is_no_pass(self):
        for name, frames, reason in [
                ("a type of nobody's", [tagged(f, 0x4242, b"\0\0\0\0\0") for f in mail()], "EtherType"),
                ("encrypted MACsec", [tagged(f, 0x88E5, b"\x0c\0\0\0\0\1") for f in mail()], "MACsec"),
                ("fragments, the last of each lost",
                 [p for n, f in enumerate(mail()) for p in parts(f, n, lambda at, last: not last)], "fragment")]:
            with self.subTest(name):
                report, run = self.verdict(frames)
                self.assertEqual((run.code, report["verdict"]), (INCONCLUSIVE, "inconclusive"), run)
                self.assertIn(reason, " ".join(report["verdict_reasons"]), run)

    def test_ordinary_noise_blocks_nothing(self):
        arp = b"\xff" * 6 + b"\2\0\0\0\0\1\x08\6" + struct.pack(">HHBBH", 1, 0x800, 6, 4, 1) + bytes(38)
        scan = [tcp_frame(S, (CLIENT, port), 7, 0, SYN) for port in range(50000, 50020)]  # nmap -g 25
        answers = [tcp_frame((CLIENT, port), S, 0, 8, RST | ACK) for port in range(50000, 50020)]
        for name, frames in {"ARP": [arp] * 3, "a scan from port 25": scan + answers, "unanswered": scan}.items():
            with self.subTest(name):
                report, run = self.verdict(frames)
                self.assertEqual((run.code, report["verdict"]), (PASS, "pass"), run)


if __name__ == "__main__":
    main()
