#!/usr/bin/env python3
"""The marker test: --canary finds a text that was mailed, in every coding and layer, and shows it nowhere.

usage: canary_test.py MAILSEAL
"""
import base64, email.header, email.message, email.policy, hashlib, json, quopri, subprocess, unittest

import wire
from harness import CANNOT_RUN, CAPTURES, FAIL, PROGRAM, SHARED, ProgramTest, formats, main, may_capture, quiet_environment

RECORDED = "MARKER-1111111111"  # in the body of every message of captures/
JAPANESE = "暗号化の試験 7f3a91c2 です"
PLAIN = "mailseal marker 7f3a91c2"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def delivered(message):
    """The dialogue that passes a message, octets as they are, a segment for each 17 octets of it."""
    pieces = [message[at:at + 17] for at in range(0, len(message), 17)]
    return [("S", "220 mail.example ESMTP\r\n"), ("C", "EHLO c.example\r\n"), ("S", "250 mail.example\r\n"),
            ("C", "MAIL FROM:<a@c.example>\r\n"), ("S", "250 ok\r\n"), ("C", "RCPT TO:<b@mail.example>\r\n"), ("S", "250 ok\r\n"),
            ("C", "DATA\r\n"), ("S", "354 go\r\n"), *[("C", piece) for piece in pieces], ("C", "\r\n.\r\n"), ("S", "250 taken\r\n"),
            ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]


def mails():
    """What mail programs write, by Python's email package and by hand: (name, octets, marker, character set, form)."""
    def built(charset, coding, text):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["Subject"] = "x"
        message.set_content(f"前の行\r\n{text}\r\n次の行\r\n" if charset != "latin-1" else f"a\r\n{text}\r\nb\r\n", charset=charset, cte=coding)
        return message.as_bytes()

    for charset, name in (("utf-8", "utf-8"), ("iso-2022-jp", "iso-2022-jp"), ("shift_jis", "shift_jis"), ("euc-jp", "euc-jp")):
        yield f"{name}, base64", built(charset, "base64", JAPANESE), JAPANESE, name, "base64"
        yield f"{name}, quoted-printable", built(charset, "quoted-printable", JAPANESE), JAPANESE, name, "quoted-printable"
        words = [f"=?{charset}?B?{base64.b64encode(word.encode(charset)).decode()}?=" for word in ("件名 " + JAPANESE[:5], JAPANESE[5:] + " 終")]
        if charset in ("utf-8", "iso-2022-jp"):  # the others Python writes as iso-2022-jp
            words = [email.header.Header(f"件名 {JAPANESE} おわり", charset=charset, maxlinelen=40).encode(linesep="\r\n")]
        yield f"{name}, Subject", b"Subject: " + "\r\n ".join(words).encode() + b"\r\n\r\n", JAPANESE, name, "encoded-word"
    french = "Crème brûlée 7f3a91c2"
    yield "iso-8859-1, quoted-printable", built("latin-1", "quoted-printable", french), french, "iso-8859-1", "quoted-printable"
    yield "iso-8859-1, 8bit", b"\r\n" + french.encode("latin-1"), french, "iso-8859-1", "as-it-stands"
    yield "utf-16le, base64", b"\r\n" + base64.encodebytes("ab".encode("utf-16") + JAPANESE.encode("utf-16le")), JAPANESE, "utf-16le", "base64"
    yield "utf-7", b"\r\n" + JAPANESE.encode("utf-7"), JAPANESE, "utf-7", "as-it-stands"
    yield "iso-2022-jp, 7bit", b"\r\n" + f"前{JAPANESE}後".encode("iso-2022-jp"), JAPANESE, "iso-2022-jp", "as-it-stands"
    yield "flowed", b"\r\nsee mailseal \r\nmarker \r\n7f3a91c2 there", PLAIN, "utf-8", "wrapped"
    yield "dot-stuffed", b"\r\nx\r\n..mailseal.example.7f3a", ".mailseal.example.7f3a", "utf-8", "as-it-stands"


class Found(ProgramTest):
    def seen(self, report):
        return [m for s in report["sessions"] for m in s["canary"]["seen"]]

    def test_in_what_mail_programs_write(self):
        for name, message, marker, charset, form in mails():
            with self.subTest(name):
                capture = self.file("mail.pcap", wire.conversation(delivered(message), 25))
                report, run = self.report(capture, "--canary", marker)
                self.assertEqual([(m["charset"], m["form"], m["layer"], m["side"]) for m in self.seen(report)],
                                 [(charset, form, "clear", "client")], message)
                self.assertEqual(run.code, FAIL)
                finding = next(f for f in report["findings"] if f["id"] == "canary-seen")
                self.assertEqual((finding["severity"], finding["class"]), ("critical", "canary"))
                self.assertEqual(finding["occurrences"][0]["frame"], self.seen(report)[0]["frame"])
                off = marker[:-1] + ("x" if marker[-1] != "x" else "y")
                report, _ = self.report(capture, "--canary", off)
                self.assertEqual(self.seen(report), [], "one character off")
                self.assertIn("canary-not-seen", [f["id"] for f in report["findings"]])

    def test_in_the_frame_that_carries_its_last_octet(self):
        message = b"Subject: x\r\n\r\n" + b"a" * 30 + PLAIN.encode() + b"bbbbbb\r\n"
        last = message.index(PLAIN.encode()) + len(PLAIN) - 1
        capture = self.file("mail.pcap", wire.conversation(delivered(message), 25))
        report, _ = self.report(capture, "--canary", PLAIN)
        before = len(delivered(b"")) - 4  # turns up to the go-ahead
        self.assertEqual(self.seen(report)[0]["frame"], 3 + 2 * (before + last // 17) + 1)

    def test_in_every_layer_of_recorded_captures(self):
        for name, layer in (("smtp-plain", "clear"), ("smtp-bdat", "clear"), ("lmtp", "clear"), ("pop3-userpass-clear", "clear"),
                            ("imap-login-clear", "clear"), ("imap-compress-deflate", "deflate"), ("smtp-null-cipher", "null-suite")):
            with self.subTest(name):
                report, run = self.report(CAPTURES / f"{name}.pcap", "--canary", RECORDED)
                self.assertEqual({m["layer"] for m in self.seen(report)}, {layer})
                self.assertEqual({m["sha256"] for m in self.seen(report)}, {digest(RECORDED)})
                self.assertEqual(run.code, FAIL)

    def test_not_inside_tls(self):
        for name in ("smtp-starttls-tls12", "smtp-starttls-tls13", "smtps-465", "imaps-993", "pop3s-995"):
            with self.subTest(name):
                report, run = self.report(CAPTURES / f"{name}.pcap", "--canary", RECORDED)
                self.assertEqual(self.seen(report), [])
                self.assertGreater(sum(s["canary"]["tls_bytes"] for s in report["sessions"]), 500)
                note = next(f for f in report["findings"] if f["id"] == "canary-not-seen")["occurrences"][0]["note"]
                clear = sum(s["canary"]["clear_bytes"] for s in report["sessions"])
                self.assertEqual(note, f"marker {digest(RECORDED)[:16]}: {clear} octet{'s' * (clear != 1)} searched in clear; "
                                 f"sessions inconclusive: {report['counts']['inconclusive']}, encrypted: {report['counts']['encrypted']}")
                self.assertEqual(run.code, self.run_it("check", CAPTURES / f"{name}.pcap").code, "it changes no verdict")

    def test_not_in_what_keys_decrypt(self):
        keys = CAPTURES.parent / "tests" / "run" / "keys"
        report, _ = self.report(keys / "587_starttls_auth.pcap", "--keylog", keys / "587_starttls_auth.keylog", "--canary", "MAIL FROM:")
        self.assertEqual(self.seen(report), [])

    def test_in_false_tls(self):
        """A record that says it is application data, and is text."""
        octets = (CAPTURES / "smtp-starttls-tls12.pcap").read_bytes()
        at = octets.rindex(b"\x17\x03\x03")
        length = int.from_bytes(octets[at + 3:at + 5], "big")
        text = ("x" * 8 + PLAIN).encode()
        self.assertGreaterEqual(length, len(text))
        capture = self.file("false.pcap", octets[:at + 5] + text + octets[at + 5 + len(text):])
        report, run = self.report(capture, "--canary", PLAIN)
        self.assertEqual([m["layer"] for m in self.seen(report)], ["tls-records"])
        self.assertEqual(run.code, FAIL)
        self.assertNotEqual(report["sessions"][0]["state"], "encrypted")

    def test_names_in_hellos_are_no_mail(self):
        report, _ = self.report(CAPTURES / "smtps-465.pcap", "--canary", "mail.example")
        self.assertEqual(self.seen(report), [])

    def test_without_it_a_report_says_nothing_of_it(self):
        report, _ = self.report(CAPTURES / "smtp-plain.pcap")
        self.assertNotIn("canaries", report)
        self.assertNotIn("canary", report["sessions"][0])

    def test_several_and_from_a_file(self):
        markers = self.file("markers", f"{PLAIN}\r\n\n{JAPANESE}\n")
        capture = self.file("mail.pcap", wire.conversation(delivered(f"\r\n{JAPANESE}\r\n".encode("euc-jp")), 25))
        report, _ = self.report(capture, "--canary-file", markers, "--canary", RECORDED)
        self.assertEqual([m["sha256"] for m in report["canaries"]], [digest(RECORDED), digest(PLAIN), digest(JAPANESE)])
        self.assertEqual([(m["sha256"], m["charset"]) for m in self.seen(report)], [(digest(JAPANESE), "euc-jp")])
        missed = next(f for f in report["findings"] if f["id"] == "canary-not-seen")
        self.assertEqual(missed["occurrence_count"], 2)

    @unittest.skipUnless((SHARED / "captures" / "lab").is_dir(), "no shared captures")
    def test_in_recorded_mail_of_many_codings(self):
        """Texts that stand in those bodies, found there in the coding that the mail has."""
        text, number = "日本語の本文です。", "1111111111"
        for name, marker, charset, form in (("a_plain_iso2022ja.pcap", text, "iso-2022-jp", "as-it-stands"),
                                            ("a_plain_utf8_8bit.pcap", text, "utf-8", "as-it-stands"),
                                            ("a_plain_qp.pcapng", text, "utf-8", "quoted-printable"),
                                            ("a_plain_base64.pcap", number, "utf-8", "base64"),
                                            ("a_plain_html.pcapng", number, "utf-8", "as-it-stands"),
                                            ("a_plain_dotstuff.pcap", number, "utf-8", "as-it-stands")):
            with self.subTest(name):
                report, _ = self.report(SHARED / "captures" / "lab" / name, "--canary", marker)
                self.assertEqual([(m["charset"], m["form"]) for m in self.seen(report)], [(charset, form)])


class Hidden(ProgramTest):
    """The marker stands in nothing that leaves the program."""

    def assert_hidden(self, octets, where):
        for text in (PLAIN, JAPANESE):
            for form in (text.encode(), base64.b64encode(text.encode()), quopri.encodestring(text.encode()), text.encode("utf-16le"),
                         json.dumps(text)[1:-1].encode(), text.encode().hex().encode(), text.replace(" ", "").encode()):
                self.assertNotIn(form, octets, where)
        self.assertNotIn(b"7f3a91c2", octets, where)

    def setUp(self):
        super().setUp()
        message = f"Subject: {PLAIN}\r\n\r\n{JAPANESE}\r\n".encode()
        refused = [("S", "220 mail.example\r\n"), ("C", "EHLO c.example\r\n"), ("S", f"250-mail.example\r\n250 STARTTLS\r\n"),
                   ("C", "STARTTLS\r\n"), ("S", "454 no\r\n"), ("C", f"MAIL FROM:<{PLAIN.replace(' ', '.')}@c.example>\r\n"), ("S", "250 ok\r\n"),
                   ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]
        self.capture = self.file("mail.pcap", wire.pcap(wire.frames(delivered(message), 25) + wire.frames(refused, 25, client_port=40001)))
        self.markers = ["--canary", PLAIN, f"--canary={JAPANESE}"]

    def test_in_every_format(self):
        for name in formats():
            for how in ([], ["--redact", "strict"], ["--lang", "ja"], ["--max-bytes", "4000"]):
                with self.subTest(name, how=how):
                    run = self.run_it("check", self.capture, *self.markers, "--format", name, *how)
                    self.assertEqual(run.code, FAIL, run)
                    self.assert_hidden(run.raw_out + run.raw_err, name)

    def test_where_the_option_does_not_belong(self):
        run = self.run_it("diff", self.capture, self.capture, f"--canary={PLAIN}")
        self.assertEqual((run.code, run.err), (2, "mailseal: --canary: no such option; see mailseal diff --help\n"))

    def test_in_files_that_are_written(self):
        files = {n: self.folder / n for n in ("a.json", "a.html", "a.md", "a.txt", "e.pcapng", "sums", "map")}
        run = self.run_it("check", self.capture, *self.markers, "-o", files["a.json"], "-o", files["a.html"], "-o", files["a.md"],
                          "-o", files["a.txt"], "--sums", files["sums"])
        self.run_it("check", self.capture, *self.markers, "--extract", files["e.pcapng"])
        self.run_it("check", self.capture, *self.markers, "--redact", "strict", "--redact-map", files["map"])
        for path in files.values():
            self.assert_hidden(path.read_bytes(), path)
        report = self.valid(files["a.json"].read_text())
        self.assertEqual(report["tool"]["arguments"][2:5], ["--canary", f"sha256:{digest(PLAIN)}", f"--canary=sha256:{digest(JAPANESE)}"])
        self.assertIn(digest(PLAIN), files["a.html"].read_text())
        self.assertIn(f"--canary sha256:{digest(PLAIN)}", files["a.html"].read_text())
        for name in formats():  # rendered again, it is what it was
            again = self.run_it("report", files["a.json"], "--format", name)
            self.assert_hidden(again.raw_out + again.raw_err, name)
        self.assertEqual(self.run_it("report", files["a.json"], "--format", "json").out, files["a.json"].read_text())
        diff = self.run_it("diff", files["a.json"], files["a.json"])
        self.assert_hidden(diff.raw_out + diff.raw_err, "diff")
        strict, _ = self.report(self.capture, *self.markers, "--redact", "strict")
        self.assertEqual([m["sha256"] for m in strict["canaries"]], [digest(PLAIN), digest(JAPANESE)])
        self.assertEqual(strict["tool"]["arguments"][2:5], report["tool"]["arguments"][2:5])
        note = next(f for f in strict["findings"] if f["id"] == "canary-seen")["occurrences"][0]["note"]
        self.assertTrue(note.startswith(f"marker {digest(PLAIN)[:16]}: "), note)

    def test_in_errors(self):
        for more in (["--fail-on", "?"], ["--no-such-option"], ["--canary"], ["--canary", "short"], ["--format", "?"], ["--port", "x"]):
            run = self.run_it("check", self.capture, *self.markers, *more)
            self.assertEqual(run.code, CANNOT_RUN, run)
            self.assert_hidden(run.raw_out + run.raw_err, more)
        run = self.run_it("check", "missing.pcap", *self.markers)
        self.assert_hidden(run.raw_out + run.raw_err, "missing")

    def test_that_stands_in_a_name_is_refused(self):
        named = self.file("mail-7f3a91c2.pcap", self.capture.read_bytes())
        self.refused("check", named, "--canary", "mail-7f3a91c2", words=("--canary", "rename"))
        folder = self.file("folder/mail-7f3a91c2.pcap", self.capture.read_bytes()).parent
        self.refused("check", folder, "--canary", "mail-7f3a91c2", words=("--canary", "rename"))
        self.refused("check", self.capture, "-o", self.folder / "x-7f3a91c2-report.json", "--canary", "x-7f3a91c2-report", words=("--canary",))

    @unittest.skipUnless(may_capture(), "needs the right to capture")
    def test_in_what_watch_says(self):
        watch = subprocess.Popen([PROGRAM, "watch", "-i", "lo", "--for", "2s", *self.markers], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=quiet_environment())
        out, err = watch.communicate(timeout=30)
        self.assert_hidden(out + err, "watch")
        self.assertIn(digest(PLAIN).encode(), out)


class Refused(ProgramTest):
    def test_bad_markers(self):
        capture = CAPTURES / "smtp-plain.pcap"
        for marker, words in (("q7f3a", ("marker 1", "too short")), ("x" * 201, ("longer than 200",)), ("", ("too short",)),
                              ("two\nlines 7f3a91c2", ("control character",))):
            run = self.refused("check", capture, "--canary", marker, words=("--canary", *words))
            self.assertTrue(not marker or marker not in run.err)
        self.refused("check", capture, *["--canary=" + f"marker number {n}" for n in range(17)], words=("more than 16",))

    def test_bad_files(self):
        capture = CAPTURES / "smtp-plain.pcap"
        self.refused("check", capture, "--canary-file", self.folder / "none", words=("--canary-file", "No such file"))
        self.refused("check", capture, "--canary-file", self.folder, words=("--canary-file",))
        self.refused("check", capture, "--canary-file", self.file("empty", "\n\r\n"), words=("no marker",))
        self.refused("check", capture, "--canary-file", self.file("long", "x" * 70000), words=("too long",))
        markers = self.file("markers", PLAIN)
        self.refused("check", capture, "--canary-file", markers, "-o", markers, "--format", "json", words=("input",))
        self.assertEqual(markers.read_text(), PLAIN)

    def test_weak_ones_are_warned_about_and_told(self):
        for marker, weakness in (("1111111111", "few-characters"), ("Confidential", "one-word"), ("7f3-a91c-2", "short")):
            report, run = self.report(CAPTURES / "smtp-plain.pcap", "--canary", marker)
            self.assertIn(weakness, report["canaries"][0]["weaknesses"])
            self.assertRegex(run.err, rf"mailseal: --canary: the marker {digest(marker)[:16]} is weak \({weakness}\)|weak \(short\)")
        text = self.run_it("check", CAPTURES / "smtp-plain.pcap", "--canary", "1111111111")
        self.assertIn("It is made of few different characters", text.out.replace("\n  ", " "))


if __name__ == "__main__":
    main()
