#!/usr/bin/env python3
"""No secret leaves the program: passwords, tokens, user names, subjects and bodies planted in captures made here are
looked for in everything that it writes.

usage: secrets_test.py MAILSEAL
Every secret is new in each run, and looked for as it is, in base64 in any alignment, in hexadecimal, percent-encoded, reversed and
by any eight characters of it. Each scene by itself, and all of them in one capture through every format and every option that
changes what is written.
"""
import base64, contextlib, functools, gzip, hashlib, hmac, os, secrets, socket, subprocess, time, unittest

import sealed
import wire
from harness import CANNOT_RUN, FAIL, PASS, PROGRAM, SECONDS, ProgramTest, formats, main, may_capture, quiet_environment


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def marker(length=16):
    """Letters and digits that stand nowhere else; none that could be a word of the report."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789") for _ in range(length))


PIECE, HEX_PIECE = 8, 16  # of so many characters none may leave; digests of the report would hold fewer hexadecimal ones by chance


@functools.lru_cache(None)
def pieces(secret):
    """The forms in which a secret could leave, cut into overlapping pieces."""
    raw = secret.encode()
    forms = [secret, secret[::-1], secret.swapcase(), "".join(f"%{octet:02x}" for octet in raw), "".join(f"%{octet:02X}" for octet in raw)]
    for shift in range(3):  # inside a longer base64 text: the characters that depend on the secret alone
        text = b64(b"\0" * shift + raw)
        text = text[shift and shift + 1:len(text) - 4]
        forms += [text, text.translate(str.maketrans("+/", "-_"))]
    cut = {form[at:at + PIECE] for form in forms for at in range(len(form) - PIECE + 1)}
    for separator in ("", ":", " "):
        form = raw.hex(separator) if separator else raw.hex()
        size = HEX_PIECE + (HEX_PIECE // 2 * len(separator))
        for text in (form, form.upper()):
            cut |= {text[at:at + size] for at in range(len(text) - size + 1)}
    return frozenset(cut)


def cut(text):
    """All pieces of a text, of the sizes that are looked for."""
    return {text[at:at + size] for size in (PIECE, HEX_PIECE, HEX_PIECE * 3 // 2) for at in range(len(text) - size + 1)}


class Scene:
    """A conversation, and what may not leave of it."""

    def __init__(self, name, port, dialogue, planted, exposed):
        self.name, self.port, self.dialogue, self.planted, self.exposed = name, port, dialogue, planted, exposed


def smtp(*said, offers="AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 DIGEST-MD5"):
    return [("S", "220 mail.example ESMTP\r\n"), ("C", "EHLO c.example\r\n"),
            ("S", f"250-mail.example\r\n250 {offers}\r\n"), *said, ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]


def imap(*said):
    return [("S", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n"), *said,
            ("C", "z LOGOUT\r\n"), ("S", "* BYE\r\nz OK\r\n")]


def pop3(*said):
    return [("S", "+OK ready <1896.697170952@mail.example>\r\n"), *said, ("C", "QUIT\r\n"), ("S", "+OK\r\n")]


def scenes():
    user, password, token = marker(), marker(), marker(40)
    address = f"{user}@c.example"
    credentials = ["credentials"]
    accepted, refused = ("S", "235 2.7.0 ok\r\n"), ("S", f"535 5.7.8 {user} {password} is wrong\r\n")
    plain = b64(f"\0{address}\0{password}")
    challenge = f"<{marker()}@mail.example>"
    digest = hmac.new(password.encode(), challenge.encode(), hashlib.md5).hexdigest()
    bearer = b64(f"user={address}\1auth=Bearer {token}\1\1")
    both = [user, password]

    def scene(name, port, dialogue, planted=both, exposed=credentials):
        return Scene(name, port, dialogue, planted, exposed)

    yield scene("AUTH PLAIN", 587, smtp(("C", f"AUTH PLAIN {plain}\r\n"), accepted), both + [plain])
    yield scene("AUTH PLAIN, refused with the words of the client", 25, smtp(("C", f"AUTH PLAIN {plain}\r\n"), refused))
    yield scene("AUTH PLAIN in two steps", 25,
                smtp(("C", "AUTH PLAIN\r\n"), ("S", "334 \r\n"), ("C", f"{plain}\r\n"), accepted), both + [plain])
    yield scene("AUTH PLAIN that is no base64", 25, smtp(("C", f"AUTH PLAIN {address}/{password}!\r\n"), refused), both, None)
    yield scene("AUTH LOGIN", 25, smtp(("C", "AUTH LOGIN\r\n"), ("S", "334 VXNlcm5hbWU6\r\n"), ("C", f"{b64(address)}\r\n"),
                                       ("S", "334 UGFzc3dvcmQ6\r\n"), ("C", f"{b64(password)}\r\n"), accepted))
    yield scene("AUTH LOGIN with the user at once", 25,
                smtp(("C", f"AUTH LOGIN {b64(user)}\r\n"), ("S", "334 UGFzc3dvcmQ6\r\n"), ("C", f"{b64(password)}\r\n"), refused))
    yield scene("AUTH CRAM-MD5", 25, smtp(("C", "AUTH CRAM-MD5\r\n"), ("S", f"334 {b64(challenge)}\r\n"),
                                          ("C", f"{b64(f'{address} {digest}')}\r\n"), accepted), both + [digest, challenge[1:17]])
    yield scene("AUTH XOAUTH2", 587, smtp(("C", f"AUTH XOAUTH2 {bearer}\r\n"), accepted), [user, token, bearer])
    hidden = [password]
    yield scene("AUTH PLAIN without its first NUL", 25,
                smtp(("C", f"AUTH PLAIN {b64(f'{address}{chr(0)}Tr0ub@{password}')}\r\n"), refused), hidden)
    yield scene("AUTH PLAIN with a domain as password", 25,
                smtp(("C", f"AUTH PLAIN {b64(f'{user}{chr(0)}{password}{chr(0)}')}\r\n"), refused), hidden)
    for mechanism, start in (("XOAUTH2", "user="), ("OAUTHBEARER", "n,a=")):
        yield scene(f"{mechanism} with a caret for a control character", 587,
                    smtp(("C", f"AUTH {mechanism} {b64(f'{start}{address}^Aauth=Bearer {token}^A^A')}\r\n"), refused), [token])
    for name in (f"{address} {password}", f"{user} a@{password}", f"{address}:{password}"):
        yield scene(f"AUTH LOGIN, all at once: {name}", 25,
                    smtp(("C", f"AUTH LOGIN {b64(name)}\r\n"), ("S", "334 UGFzc3dvcmQ6\r\n"), ("C", f"{b64(password)}\r\n"), refused),
                    hidden)
        yield scene(f"USER, all at once: {name}", 110, pop3(("C", f"USER {name}\r\n"), ("S", "+OK\r\n"), ("C", "PASS x\r\n"),
                                                           ("S", "-ERR\r\n")), hidden)
        yield scene(f"LOGIN, all at once: {name}", 143, imap(("C", f'a LOGIN "{name}" x\r\n'), ("S", "a NO\r\n")), hidden)
    yield scene("CRAM-MD5 with a TAB", 25,
                smtp(("C", "AUTH CRAM-MD5\r\n"), ("S", f"334 {b64(challenge)}\r\n"),
                     ("C", b64(f"{address}\t{digest}") + "\r\n"), refused), [digest])
    yield scene("AUTH of an unknown mechanism", 25, smtp(("C", f"AUTH {password} {bearer}\r\n"), refused), [token, user], None)
    yield scene("AUTH cut off", 25, smtp(("C", "AUTH LOGIN\r\n"), ("S", "334 VXNlcm5hbWU6\r\n"), ("C", f"{b64(user)}\r\n"),
                                         ("S", "334 UGFzc3dvcmQ6\r\n"), ("C", b64(password)))[:-2], both, None)
    yield scene("a command that is none", 25, smtp(("C", f"{password} {user}\r\n"), ("S", f"500 {password}?\r\n")), both, None)

    yield scene("USER and PASS", 110, pop3(("C", f"USER {user}\r\n"), ("S", f"+OK {user}\r\n"), ("C", f"PASS {password}\r\n"),
                                           ("S", f"-ERR {password} is wrong for {user}\r\n")))
    yield scene("PASS with spaces", 110, pop3(("C", f"USER {address}\r\n"), ("S", "+OK\r\n"), ("C", f"PASS a {password} b\r\n"),
                                              ("S", "+OK\r\n")))
    yield scene("APOP", 110, pop3(("C", f"APOP {user} {digest}\r\n"), ("S", "+OK\r\n")), [user, digest])
    yield scene("POP3 AUTH PLAIN", 110, pop3(("C", "AUTH PLAIN\r\n"), ("S", "+ \r\n"), ("C", f"{plain}\r\n"), ("S", "+OK\r\n")),
                both + [plain])
    yield scene("IMAP LOGIN, quoted", 143, imap(("C", f'a LOGIN "{address}" "{password}\\"x"\r\n'), ("S", "a OK\r\n")))
    yield scene("IMAP LOGIN, atoms", 143, imap(("C", f"a login {user} {password}\r\n"), ("S", f"a NO {user} {password}\r\n")))
    yield scene("IMAP LOGIN, literals", 143,
                imap(("C", f"a LOGIN {{{len(address)}}}\r\n"), ("S", "+ go on\r\n"), ("C", f"{address} {{{len(password)}}}\r\n"),
                     ("S", "+ go on\r\n"), ("C", f"{password}\r\n"), ("S", "a OK\r\n")))
    yield scene("IMAP LOGIN, literals without waiting", 143,
                imap(("C", f"a LOGIN {{{len(user)}+}}\r\n{user} {{{len(password)}+}}\r\n{password}\r\n"), ("S", "a OK\r\n")))
    yield scene("IMAP AUTHENTICATE PLAIN", 143, imap(("C", "a AUTHENTICATE PLAIN\r\n"), ("S", "+ \r\n"), ("C", f"{plain}\r\n"),
                                                     ("S", "a OK\r\n")), both + [plain])
    yield scene("IMAP SASL-IR", 143, imap(("C", f"a AUTHENTICATE XOAUTH2 {bearer}\r\n"), ("S", "a OK\r\n")), [user, token, bearer])
    yield scene("STLS after USER, refused with its words", 110,
                pop3(("C", f"USER {user}\r\n"), ("S", "+OK\r\n"), ("C", "STLS\r\n"), ("S", f"-ERR not now, {user}\r\n")), [user], None)
    yield scene("STARTTLS after AUTH given up, refused with its words", 25,
                smtp(("C", "AUTH LOGIN\r\n"), ("S", "334 VXNlcm5hbWU6\r\n"), ("C", f"{b64(user)}\r\n"), ("S", "334 UGFzc3dvcmQ6\r\n"),
                     ("C", "*\r\n"), ("S", "501 ok\r\n"), ("C", "STARTTLS\r\n"), ("S", f"454-{user} {user}\r\n454 {user}\r\n")),
                [user], None)
    yield scene("STARTTLS with a tag that is the password", 143,
                imap(("C", f"{password} STARTTLS\r\n"), ("S", f"{password} NO\tno\r\n")), hidden, None)
    yield scene("STARTTLS after LOGIN alone", 143, imap(("C", f"{password}\r\n"), ("S", "* BAD what?\r\n"), ("C", "a STARTTLS\r\n"),
                                                        ("S", f"a NO\t{password}\r\n")), hidden, None)
    yield scene("IMAP, a tag that is the password", 143, imap(("C", f"{password} NOOP\r\n"), ("S", f"{password} OK\r\n")),
                [password], None)

    subject, body, sender, rcpt = marker(), marker(), marker(), marker()
    mail = f"From: <{sender}@c.example>\r\nSubject: {subject}\r\nX-{marker()}: {subject}\r\n\r\n{body}\r\n{b64(body)}\r\n"
    message = [subject, body, sender, rcpt]
    envelope = [("C", f"MAIL FROM:<{sender}@c.example>\r\n"), ("S", f"250 {sender} ok\r\n"),
                ("C", f"RCPT TO:<{rcpt}@mail.example>\r\n"), ("S", f"250 2.1.5 <{rcpt}@mail.example> ok\r\n")]
    yield scene("a message by DATA", 25, smtp(*envelope, ("C", "DATA\r\n"), ("S", "354 go on\r\n"), ("C", mail + ".\r\n"),
                                              ("S", f"250 {body} taken\r\n")), message, ["content", "headers", "envelope"])
    yield scene("a message, and STARTTLS refused with its words", 25,
                smtp(*envelope, ("C", "DATA\r\n"), ("S", "354 go on\r\n"), ("C", mail + ".\r\n"), ("S", "250 taken\r\n"),
                     ("C", "STARTTLS\r\n"), ("S", f"454 not for {sender} and {body}\r\n")), message, ["content"])
    yield scene("a sender, and STARTTLS refused with its words", 25,
                smtp(envelope[0], ("S", "250 ok\r\n"), ("C", "STARTTLS\r\n"), ("S", f"454 not for {sender}\r\n")), [sender],
                ["envelope"])
    yield scene("a message by BDAT", 25, smtp(*envelope, ("C", f"BDAT {len(mail)} LAST\r\n{mail}"), ("S", "250 ok\r\n"),
                                              offers="CHUNKING"), message, ["content", "headers", "envelope"])
    yield scene("refused addresses", 25, smtp(envelope[0], ("S", f"550 5.1.8 <{sender}@c.example>: {subject}\r\n"), envelope[2],
                                              ("S", f"550 5.1.1 {rcpt}\r\n")), message, ["envelope"])
    yield scene("a message by RETR", 110,
                pop3(("C", f"USER {user}\r\n"), ("S", "+OK\r\n"), ("C", f"PASS {password}\r\n"), ("S", "+OK\r\n"),
                     ("C", "RETR 1\r\n"), ("S", f"+OK {len(mail)} octets\r\n{mail}.\r\n")), both + message[:3],
                ["credentials", "content", "headers"])
    yield scene("a message by FETCH", 143,
                imap(("C", f"a LOGIN {user} {password}\r\n"), ("S", "a OK\r\n"), ("C", f'b SELECT "{rcpt}"\r\n'),
                     ("S", "* 1 EXISTS\r\nb OK\r\n"), ("C", f'c UID SEARCH SUBJECT "{subject}"\r\n'), ("S", "* SEARCH 1\r\nc OK\r\n"),
                     ("C", "d FETCH 1 BODY[]\r\n"), ("S", f"* 1 FETCH (BODY[] {{{len(mail)}}}\r\n{mail})\r\nd OK\r\n")),
                both + message, ["credentials", "content", "headers", "mailbox-activity"])
    yield scene("a message by APPEND", 143,
                imap(("C", f"a LOGIN {user} {password}\r\n"), ("S", "a OK\r\n"), ("C", f"b APPEND Sent {{{len(mail)}}}\r\n"),
                     ("S", "+ go on\r\n"), ("C", f"{mail}\r\n"), ("S", "b OK\r\n")), both + message[:3],
                ["credentials", "content", "headers"])
    yield scene("commands slipped in behind STARTTLS", 25,
                smtp(("C", f"STARTTLS\r\nAUTH PLAIN {plain}\r\n"), ("S", "220 go on\r\n"), ("C", f"{password}\r\n"),
                     offers="STARTTLS"), both + [plain], None)
    yield scene("clear text after the 220", 25,
                smtp(("C", "STARTTLS\r\n"), ("S", "220 go on\r\n"), ("C", f"AUTH PLAIN {plain}\r\n"), ("S", f"535 {password}\r\n"),
                     ("C", f"MAIL FROM:<{sender}@c.example>\r\n"), offers="STARTTLS"), both + [plain, sender], None)


SUFFIXES = (".json", ".txt", ".html", ".svg", ".md", ".jira", ".textile", ".findings.csv", ".sessions.csv", ".servers.csv", ".sarif", ".xml")


class Secrets(ProgramTest):
    def outputs(self, path):
        """All that the program writes about the capture, by name."""
        report_file, *_ = files = [self.folder / f"r{suffix}" for suffix in SUFFIXES]
        runs = [self.run_it("check", path, *more) for more in
                ((), ("--color", "always"), ("--all", "--any-port"), ("-o", "-", "--format", "json"),
                 [word for file in files for word in ("-o", file)], ("--port", "25=pop3"), ("--port", "25=imap"), ("--port", "110=smtp"),
                 ("--port", "143=smtp/tls"), ("--port", "143=pop3"))]
        for run in runs:
            yield " ".join(run.arguments), run.out + run.err
        for file in files:
            yield file.name, file.read_text("utf-8")
        self.valid(runs[3].out, runs[3])
        self.valid(report_file.read_text())
        # Error paths: cut inside a packet, an absurd record at the end, half of the file, its text alone.
        octets = path.read_bytes()
        for name, broken in (("cut", octets[:-9]), ("absurd", octets + b"\xff" * 16), ("half", octets[:len(octets) * 2 // 3]),
                             ("no capture", octets[24 + 16:]), ("bad magic", b"\0" + octets)):
            other = self.file("broken.pcap", broken)
            for more in ((), ("-o", "-", "--format", "json"), ("-o", self.folder / "none" / "r.json")):
                run = self.run_it("check", other, *more)
                yield name, run.out + run.err

    def hold(self, text, planted, where):
        found = cut(text)
        for secret in planted:
            for piece in pieces(secret) & found:
                at = text.index(piece)
                self.fail(f"{where}: {secret} leaves as {piece}: ...{text[max(0, at - 120):at + 60]}...")

    def everything(self):
        """All scenes in one capture, and all that is planted in them."""
        frames, planted = [], set()
        for number, scene in enumerate(scenes()):
            frames += wire.frames(scene.dialogue, scene.port, client_port=40000 + number)
            planted |= {secret for secret in scene.planted if len(secret) >= PIECE}
        return wire.pcap(frames), planted

    def test_every_format_and_option(self):
        octets, planted = self.everything()
        path = self.file("all.pcap", octets)
        self.assertGreater(len(planted), 10)
        stored, other = self.folder / "r.json", self.folder / "other.json"
        self.assertEqual(self.run_it("check", path, "-o", stored).code, FAIL)
        self.run_it("check", self.file("other.pcap", wire.conversation([("S", "220 a.example\r\n"), ("C", "QUIT\r\n")], 25)), "-o", other)
        evidence, blank = self.folder / "e.pcapng", self.folder / "blank.pcapng"
        aliases, sums = self.folder / "map.tsv", self.folder / "SHA256SUMS"
        how = [("check", path, *more) for more in (
            (), ("--all", "--any-port"), ("--redact", "strict", "--redact-map", aliases, "--sums", sums), ("--fail-on", "low", "-q"),
            ("--fail-on", "none"), ("--color", "always"), ("--extract", evidence),
            ("--extract", blank, "--extract-payload", "zero"))]
        how += [("check", path, "--max-bytes", "4000"), ("check", path, "--max-bytes", "60000"), ("check", path, "--lang", "ja"),
                ("report", stored), ("report", stored, "--redact", "strict"), ("report", stored, "--lang", "ja"),
                ("diff", other, stored), ("diff", stored, other, "--redact", "strict", "--lang", "ja")]
        names = formats()
        self.assertLessEqual({"text", "json", "html", "svg", "markdown", "jira", "textile", "sarif", "junit"}, set(names))
        for name in names:
            for arguments in how:
                if arguments[0] == "diff" and name not in ("text", "markdown", "html"):
                    continue
                with self.subTest(name, arguments=arguments[2:]):
                    out = self.folder / "out"
                    out.unlink(missing_ok=True)
                    run = self.run_it(*arguments, "-o", out, "--format", name)
                    self.assertNotEqual(run.code, CANNOT_RUN, run)
                    self.assertGreater(out.stat().st_size, 200, run)
                    self.hold(run.out + run.err + out.read_text(), planted, " ".join(run.arguments))
        for made in (evidence, blank, aliases, sums):
            self.assertGreater(made.stat().st_size, 60)
            self.hold(made.read_bytes().decode("latin-1"), planted, made.name)

    def test_broken_in_every_format(self):
        """What is cut, torn or has holes is told of in the words of the program."""
        octets, planted = self.everything()
        for name in formats():
            for kind, broken in (("cut", octets[:-9]), ("half", octets[:len(octets) // 2 + 7]), ("absurd", octets + b"\xff" * 16),
                                 ("holes", octets[:9000] + b"\0" * 64 + octets[9064:]), ("no capture", octets[40:]),
                                 ("text", b"\n".join(secret.encode() for secret in planted))):
                with self.subTest(name, kind=kind):
                    run = self.run_it("check", self.file("broken.pcap", broken), "--all", "--format", name)
                    self.hold(run.out + run.err, planted, kind)
                    self.assertTrue(run.out or run.code == CANNOT_RUN, run)

    def test_other_ways_in_and_what_goes_wrong(self):
        octets, planted = self.everything()
        path, stored = self.file("in/all.pcap", octets), self.folder / "r.json"
        self.run_it("check", path, "-o", stored)
        text = stored.read_text()
        packed = self.file("all.pcap.gz", gzip.compress(octets))
        cut = self.file("cut.json", text[:len(text) // 2])
        wrong = self.file("wrong.json", text.replace('"sessions": [', '"sessions": [7, ', 1))
        words = self.file("words.json", "\n".join(planted))
        none = self.folder / "none"
        ours = {"stdin": path.open("rb")}  # what is refused is not read, and a pipe would break
        self.addCleanup(ours["stdin"].close)
        for arguments, options, works in (
                (("check", path.parent, "--any-port", "--lang", "ja", "--color", "always"), {}, True),
                (("check", packed, "--all"), {}, True),
                (("check", "-", "--fail-on", "low"), {"stdin": octets}, True),
                (("check", path), {"env": quiet_environment(LC_ALL="ja_JP.UTF-8")}, True),
                (("check", path, path, "--redact", "strict", "--lang", "ja", "--max-bytes", "2000"), {}, True),
                (("report", "-", "--lang", "ja", "--format", "markdown"), {"stdin": text.encode()}, True),
                (("check", path, "-o", none / "r.html"), {}, False), (("check", path, "--sums", none / "s"), {}, False),
                (("check", path, "--extract", none / "e.pcapng"), {}, False), (("check", "-", "--extract", none), ours, False),
                (("check", path, "--redact", "strict", "--redact-map", none / "m"), {}, False),
                (("check", path, none, words), {}, False), (("check", path, "-o", "/dev/full"), {}, False),
                (("check", packed, "--port", "25=pop4"), {}, False), (("report", path), {}, False), (("report", cut), {}, False),
                (("report", wrong), {}, False), (("report", words), {}, False), (("report", "-"), ours, False),
                (("report", stored, "-o", none / "r.md"), {}, False), (("diff", stored, path), {}, False),
                (("diff", cut, stored), {}, False), (("diff", words, words, "--lang", "ja"), {}, False),
                (("check", path), {"env": quiet_environment(TMPDIR=str(none))}, True)):
            with self.subTest(arguments):
                run = self.run_it(*arguments, **options)
                self.assertEqual(run.code != CANNOT_RUN, works, run)
                self.assertTrue(run.out if works else run.err, run)
                self.hold(run.out + run.err, planted, " ".join(run.arguments))

    def test_progress_on_a_terminal(self):
        octets, planted = self.everything()
        ours, terminal = os.openpty()
        child = subprocess.Popen([PROGRAM, "check", "-", "-o", self.folder / "r.json"], stdin=subprocess.PIPE, stdout=terminal,
                                 stderr=terminal, env=quiet_environment())
        os.close(terminal)
        shown = b""
        for at in range(0, len(octets), len(octets) // 3):
            child.stdin.write(octets[at:at + len(octets) // 3])
            child.stdin.flush()
            time.sleep(0.6)
        child.stdin.close()
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        self.assertEqual(child.wait(SECONDS), FAIL)
        self.assertIn(b"plaintext-credentials-password", shown)
        self.hold(shown.decode(), planted, "on a terminal")

    @unittest.skipUnless(may_capture(), "packets cannot be captured here")
    def test_live(self):
        """Findings as they are told while it goes on, and the report behind them."""
        protocols = {25: "smtp", 587: "smtp", 110: "pop3", 143: "imap"}
        chosen = [s for s in scenes() if s.name in ("AUTH PLAIN", "a message by DATA", "USER and PASS", "a message by RETR", "APOP",
                                                    "IMAP LOGIN, quoted", "a message by FETCH", "AUTH XOAUTH2")]
        self.assertEqual(len(chosen), 8)
        for more in ((), ("--redact", "strict"), ("-o", "-", "--format", "json"),
                     ("-o", "-", "--format", "html", "--lang", "ja", "--color", "always")):
            with self.subTest(more):
                servers = [(socket.create_server(("127.0.0.1", 0)), scene) for scene in chosen]
                ports = [(server.getsockname()[1], protocols[scene.port]) for server, scene in servers]
                child = subprocess.Popen([PROGRAM, "watch", "-i", "lo", "--for", "3s", "--filter", " or ".join(f"port {n}" for n, _ in ports),
                                          *(f"--port={n}={protocol}" for n, protocol in ports), *more],
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=quiet_environment())
                self.addCleanup(lambda: child.poll() is None and child.kill())
                self.assertIn("watching lo", child.stderr.readline())
                for server, scene in servers:
                    self.play(server, scene.dialogue)
                out, err = child.communicate(timeout=SECONDS)
                self.assertEqual(child.returncode, FAIL, err)
                self.assertGreaterEqual((out + err).count("plaintext-credentials-"), 4, out + err)
                self.assertEqual("127.0.0.1" in out + err, "strict" not in more)
                self.hold(out + err, {secret for scene in chosen for secret in scene.planted}, "watch")

    def play(self, server, dialogue):
        """The dialogue over a connection, each line once the one before has arrived."""
        with server, socket.create_connection(server.getsockname()) as client:
            peer, _ = server.accept()
            with peer:
                ends = {"C": (client, peer), "S": (peer, client)}
                for side, said in dialogue:
                    sender, receiver = ends[side]
                    left = said if isinstance(said, bytes) else said.encode()
                    sender.sendall(left)
                    size = len(left)
                    while size:
                        size -= len(receiver.recv(size))

    def test_scenes(self):
        names = set()
        for scene in scenes():
            with self.subTest(scene.name):
                names.add(scene.name)
                path = self.file("scene.pcap", wire.conversation(scene.dialogue, scene.port))
                report, run = self.report(path)
                (session,) = report["sessions"]
                if scene.exposed is not None:  # it was seen, so silence is no accident
                    self.assertEqual(run.code, FAIL, run)
                    self.assertLessEqual(set(scene.exposed), set(session["exposed"]), run)
                if scene.exposed and "credentials" in scene.exposed:
                    self.assertTrue(session["credentials"])
                    self.assertTrue(all(c["user"] is None or c["user"].split("@")[0].endswith("***") for c in session["credentials"]),
                                    session["credentials"])
                for where, text in self.outputs(path):
                    self.hold(text, scene.planted, where)
        self.assertGreater(len(names), 25)

    def test_inside_tls_with_keys(self):
        """All scenes once more inside TLS, and decrypted: neither what they hold nor the keys leave."""
        frames, planted = [], set()
        log, ports = self.folder / "keys.log", {25: 465, 587: 465, 110: 995, 143: 993}
        pairs = [sealed.contexts(version=version, keylog=log) for version in ("1.2", "1.3")]
        for number, scene in enumerate(scenes()):
            said = sealed.Talk(pairs[number % 2]).say(scene.dialogue)
            frames += wire.frames(said, ports[scene.port], client_port=40000 + number)
            planted |= {secret for secret in scene.planted if len(secret) >= PIECE}
        keys = {line.split()[-1] for line in log.read_text().splitlines() if not line.startswith("#")}
        keys = {key[at:at + HEX_PIECE] for key in keys for at in range(len(key) - HEX_PIECE + 1)}

        def hold(text, where):
            self.hold(text, planted, where)
            low = text.lower()
            self.assertFalse(keys & {low[at:at + HEX_PIECE] for at in range(len(low))}, f"a key leaves: {where}")

        path = self.file("sealed.pcap", wire.pcap(frames))
        stored, evidence = self.folder / "r.json", self.folder / "e.pcapng"
        report, _ = self.report(path, "--keylog", log)
        insides = [s["tls"]["inside"] for s in report["sessions"]]
        self.assertEqual({i["decryption"]["state"] for i in insides}, {"decrypted"})
        self.assertGreater(sum(len(i["mechanisms"]) for i in insides), 15)
        self.assertEqual({tuple(s["exposed"]) for s in report["sessions"]}, {()})
        self.run_it("check", path, "--keylog", log, "-o", stored, "--extract", evidence)
        hold(evidence.read_bytes().decode("latin-1"), "the evidence")
        for name in formats():
            for arguments in (("check", path, "--keylog", log), ("check", path, "--keylog", log, "--redact", "strict", "--lang", "ja"),
                              ("report", stored)):
                with self.subTest(name, arguments=arguments[2:]):
                    run = self.run_it(*arguments, *(["--all"] if arguments[0] == "check" else []), "-o", "-", "--format", name)
                    hold(run.out + run.err, " ".join(run.arguments))
        for bad in (log.read_bytes()[7:], log.read_bytes().replace(b"_", b"-"), log.read_bytes().replace(b" ", b"\n")):
            run = self.run_it("check", path, "--keylog", self.file("bad.log", bad))
            hold(run.out + run.err, "a damaged log")

    def test_octet_by_octet(self):
        """The same, each octet in a segment of its own."""
        for scene in scenes():
            if scene.name not in ("AUTH LOGIN", "USER and PASS", "IMAP LOGIN, literals", "a message by DATA"):
                continue
            with self.subTest(scene.name):
                single = [(side, bytes([octet])) for side, said in scene.dialogue for octet in said.encode()]
                path = self.file("scene.pcap", wire.conversation(single, scene.port))
                for more in ((), ("-o", "-", "--format", "json")):
                    run = self.run_it("check", path, *more)
                    self.assertEqual(run.code, FAIL)
                    self.hold(run.out + run.err, scene.planted, scene.name)

    def test_joined_in_the_middle(self):
        """Every scene without its beginning, packet by packet: what is not understood is not shown either."""
        for scene in scenes():
            with self.subTest(scene.name):
                for first in range(0, len(scene.dialogue), 2):
                    path = self.file("scene.pcap", wire.conversation(scene.dialogue[first:], scene.port, begin=False))
                    run = self.run_it("check", path, "-o", "-", "--format", "json")
                    self.assertNotEqual(run.code, PASS, run)
                    self.hold(run.out + run.err, scene.planted, f"from line {first}")

    def test_login_whose_user_name_was_not_captured(self):
        """The step is miscounted, and the password neither overlooked nor taken for a name."""
        password = marker()
        steps = {25: (smtp, "AUTH LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", ("235 ok", "535 no")),
                 110: (pop3, "AUTH LOGIN", "+ VXNlcm5hbWU6", "+ UGFzc3dvcmQ6", ("+OK", "-ERR")),
                 143: (imap, "a AUTHENTICATE LOGIN", "+ VXNlcm5hbWU6", "+ UGFzc3dvcmQ6", ("a OK", "a NO"))}
        for port, (dialogue, auth, first, second, words) in steps.items():
            for accepted, word in zip((True, False), words):
                with self.subTest(port=port, word=word):
                    said = dialogue(("C", f"{auth}\r\n"), ("S", f"{first}\r\n"), ("C", f"{b64('alice')}\r\n"), ("S", f"{second}\r\n"),
                                    ("C", f"{b64(password)}\r\n"), ("S", f"{word}\r\n"))
                    frames = wire.frames(said, port)
                    (lost,) = (n for n, frame in enumerate(frames) if b64("alice").encode() in frame)
                    report, run = self.report(self.file("c.pcap", wire.pcap(frames[:lost] + frames[lost + 1:])))
                    (session,) = report["sessions"]
                    self.assertIn("credentials", session["exposed"], run)
                    (login,) = session["credentials"]
                    self.assertEqual((login["user"], login["accepted"]), (None, accepted))
                    self.hold(run.out, [password], "the password")
                    self.assertNotIn(password[:2] + "***", run.out)

    def test_short_user_names(self):
        for user, password in (("al", "pw12345678zq"), ("a", "pw12345678zq"), ("bob", "pw12345678zq"), ("anna", "pw12345678zq")):
            path = self.file("c.pcap", wire.conversation(pop3(("C", f"USER {user}\r\n"), ("S", "+OK\r\n"),
                                                             ("C", f"PASS {password}\r\n"), ("S", "+OK\r\n")), 110))
            report, run = self.report(path)
            (login,) = report["sessions"][0]["credentials"]
            self.assertNotIn(user, login["user"], "the whole local part stands there")
            self.assertNotIn(password, run.out)

    def test_reply_to_starttls_that_repeats_the_login(self):
        user, password = marker(), marker()
        path = self.file("c.pcap", wire.conversation(
            smtp(("C", f"AUTH PLAIN {b64(f'{0:c}{user}{0:c}{password}')}\r\n"), ("S", "535 no\r\n"), ("C", "STARTTLS\r\n"),
                 ("S", f"454 not for {user} {password}\r\n"), offers="STARTTLS"), 25))
        self.hold(self.report(path)[1].out, [user, password], "upgrade.reply")

    def test_the_search_finds(self):
        """Else silence would show nothing."""
        secret = marker()
        for text in (secret, f"x{b64(f'ab{secret}cd')}", b64(f"a{secret}"), secret.encode().hex(), secret[3:13], b64(secret),
                     secret[::-1], secret.encode().hex(":"), secret.encode().hex().upper(), "".join(f"%{ord(c):02X}" for c in secret),
                     base64.urlsafe_b64encode(secret.encode()).decode(), secret[5:5 + PIECE]):
            with self.assertRaises(AssertionError):
                self.hold(text, [secret], "")


if __name__ == "__main__":
    main()
