#!/usr/bin/env python3
"""No secret leaves the program: passwords, tokens, user names, subjects and bodies planted in captures made here are
looked for in everything that it writes.

usage: secrets_test.py MAILSEAL
Every secret is new in each run, and looked for as it is, in base64 in any alignment, in hexadecimal, reversed and by its pieces.
"""
import base64, hashlib, hmac, secrets, unittest

import wire
from harness import FAIL, PASS, ProgramTest, main


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def marker(length=16):
    """Letters and digits that stand nowhere else; none that could be a word of the report."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789") for _ in range(length))


def disguises(secret):
    """The forms in which a secret could leave."""
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield raw.hex().upper()
    yield secret[::-1]
    for shift in range(3):  # inside a longer base64 text: the characters that depend on the secret alone
        text = b64(b"\0" * shift + raw)
        yield text[shift and shift + 1:len(text) - 4]
    for at in range(0, len(secret) - 7):
        yield secret[at:at + 8]


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


SUFFIXES = (".json", ".txt", ".md", ".jira", ".textile", ".findings.csv", ".sessions.csv", ".servers.csv", ".sarif", ".xml")


class Secrets(ProgramTest):
    def outputs(self, path):
        """All that the program writes about the capture, by name."""
        report_file, *_ = files = [self.folder / f"r{suffix}" for suffix in SUFFIXES]
        runs = [self.run_it("check", path, *more) for more in
                ((), ("--color", "always"), ("--all", "--any-port"), ("-o", "-", "--format", "json"),
                  ("-o", "-", "--format", "svg"),
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
        for secret in planted:
            for form in disguises(secret):
                if len(form) >= 8 and form in text:
                    at = text.index(form)
                    self.fail(f"{where}: {secret} leaves as {form}: ...{text[max(0, at - 120):at + 60]}...")

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
        for text in (secret, f"x{b64(f'ab{secret}cd')}", b64(f"a{secret}"), secret.encode().hex(), secret[3:13], b64(secret)):
            with self.assertRaises(AssertionError):
                self.hold(text, [secret], "")


if __name__ == "__main__":
    main()
