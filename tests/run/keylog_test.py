#!/usr/bin/env python3
"""Decryption with key logs: what was inside TLS is told, as seen inside TLS, and nothing else changes.

usage: keylog_test.py MAILSEAL
TLS is spoken here by Python's ssl and by openssl s_client, so the suites are those of the OpenSSL that is installed.
"""
import base64, gzip, json, os, pathlib, re, select, socket, ssl, struct, subprocess, time, unittest

import wire
from harness import ROOT, SHARED, ProgramTest, main
from sealed import NO_ENCRYPT_THEN_MAC, Talk, certificate, contexts, sealed

PLAIN = base64.b64encode(b"\0alice@mail.example\0not-to-be-told").decode()
MAIL = "From: a@c.example\r\nSubject: hidden\r\n\r\ntext of the mail\r\n.\r\n"
OUTSIDE = [("S", "220 mail.example ESMTP\r\n"), ("C", "EHLO c.example\r\n"), ("S", "250-mail.example\r\n250 STARTTLS\r\n"),
           ("C", "STARTTLS\r\n"), ("S", "220 go on\r\n")]
INSIDE = [("C", "EHLO c.example\r\n"), ("S", "250-mail.example\r\n250 AUTH PLAIN\r\n"), ("C", f"AUTH PLAIN {PLAIN}\r\n"),
          ("S", "235 2.7.0 ok\r\n"), ("C", "MAIL FROM:<a@c.example>\r\n"), ("S", "250 2.1.0 ok\r\n"),
          ("C", "RCPT TO:<nobody@b.example>\r\n"), ("S", "550 5.1.1 no such user\r\n"),
          ("C", "RCPT TO:<b@b.example>\r\n"), ("S", "250 2.1.5 ok\r\n"), ("C", "DATA\r\n"), ("S", "354 go on\r\n"),
          ("C", MAIL), ("S", "250 2.0.0 queued\r\n"), ("C", "QUIT\r\n"), ("S", "221 2.0.0 bye\r\n")]
GREETED = [("S", "220 mail.example ESMTP\r\n")] + INSIDE


def block(kind, body):
    size = struct.pack("<I", 12 + len(body) + -len(body) % 4)
    return struct.pack("<I", kind) + size + body + b"\0" * (-len(body) % 4) + size


def secrets_block(log):
    return block(10, struct.pack("<II", 0x544C534B, len(log)) + log)


class KeyLog(ProgramTest):
    def setUp(self):
        super().setUp()
        self.log = self.folder / "keys.log"

    def starttls(self, **how):
        """INSIDE behind STARTTLS: [(side, octets)]."""
        return OUTSIDE + sealed(INSIDE, self.log, **how)

    def capture(self, dialogue, port=25, name="c.pcap"):
        return self.file(name, wire.conversation(dialogue, port))

    def today(self, dialogue):
        """Captured while the certificate is valid."""
        return self.file("today.pcap", wire.pcap(wire.frames(dialogue, 25), int(time.time())))

    def session(self, *arguments):
        report, _ = self.report(*arguments)
        (session,) = report["sessions"]
        return session

    def must_be_read(self, session, inside=INSIDE):
        told = session["tls"]["inside"]
        self.assertEqual(told["decryption"]["state"], "decrypted", told)
        self.assertEqual(told["decryption"]["stopped"], [])
        self.assertEqual((told["protocol"], told["client_name"]), ("smtp", "c.example"))
        self.assertEqual((told["commands"], told["messages"], told["recipients"]), (7, 1, 2), told)
        (login,) = told["mechanisms"]
        self.assertEqual((login["mechanism"], login["user"], login["accepted"]), ("PLAIN", "al***@mail.example", True))
        self.assertEqual([(s["code"], s["enhanced"]) for s in told["statuses"]], [("550", "5.1.1"), ("250", "2.0.0")])
        # and nothing of it is exposure
        self.assertEqual((session["exposed"], session["credentials"], session["messages"]), ([], [], 0))
        return told


class Recorded(ProgramTest):
    """Real servers and clients: tests/run/keys, and the lab's captures where they lie beside the project."""

    KEYS = ROOT / "tests" / "run" / "keys"
    NO_AUTH = []
    EXPECTED = {  # version, suite, of each session: records, commands, messages, logins
        "tls10_rsa.pcap": ("TLSv1.0", "AES128-SHA", [(22, 5, 1, NO_AUTH)]),
        "exim_rc4_tls10.pcap": ("TLSv1.0", "RC4-SHA", [(15, 5, 1, NO_AUTH)]),
        "exim_3des.pcap": ("TLSv1.2", "ECDHE-RSA-DES-CBC3-SHA", [(15, 5, 1, NO_AUTH)]),
        "cert12_fullchain.pcap": ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", [(14, 5, 1, NO_AUTH)]),
        "tls12_chacha.pcap": ("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305", [(14, 5, 1, NO_AUTH)]),
        "resume12_ticket.pcap": ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", [(14, 5, 1, NO_AUTH)] * 2),
        "tls13_aes256.pcap": ("TLSv1.3", "TLS_AES_256_GCM_SHA384", [(20, 5, 1, NO_AUTH)]),
        "resume13_psk.pcap": ("TLSv1.3", "TLS_AES_256_GCM_SHA384", [(20, 5, 1, NO_AUTH), (15, 5, 1, NO_AUTH)]),
        "587_starttls_auth.pcap": ("TLSv1.3", "TLS_AES_256_GCM_SHA384", [(22, 6, 1, [("PLAIN", "ta***@mail.example.jp", True)])]),
        "pop3_stls_tls13.pcap": ("TLSv1.3", "TLS_AES_256_GCM_SHA384", [(23, 5, 1, [("CRAM-MD5", "ta***", True)])]),
        "imaps_993.pcap": ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", [(13, 4, 1, [("LOGIN", "ta***", True)])]),
        "dsb_t13.pcapng": ("TLSv1.3", "TLS_AES_256_GCM_SHA384", [(20, 5, 1, NO_AUTH)]),
    }

    def test_what_was_inside(self):
        for name, (version, suite, sessions) in self.EXPECTED.items():
            with self.subTest(name):
                log = (self.KEYS / name).with_suffix(".keylog")
                report, _ = self.report(self.KEYS / name, *(["--keylog", log] if log.exists() else []))
                told = []
                for session in report["sessions"]:
                    tls, inside = session["tls"], session["tls"]["inside"]
                    self.assertEqual((tls["version"], tls["cipher_openssl"]), (version, suite))
                    self.assertEqual((inside["decryption"]["state"], inside["decryption"]["stopped"]), ("decrypted", []))
                    self.assertEqual(bool(tls["certificates"]), not tls["resumed"])
                    told.append((inside["decryption"]["records"], inside["commands"], inside["messages"],
                                 [(m["mechanism"], m["user"], m["accepted"]) for m in inside["mechanisms"]]))
                self.assertEqual(told, sessions)
        self.assertEqual({p.name for p in self.KEYS.glob("*.pcap*")}, set(self.EXPECTED))

    # Not sealed; one direction or no ServerHello; cut frames; tunnels that are not decoded.
    LAB_NOT = {"b_tls12_enull.pcap", "g_c2s_only_t12.pcap", "g_c2s_only_t13.pcap", "g_s2c_only_t12.pcap", "g_s2c_only_t13.pcap",
               "g_midstream_in_tls.pcap", "g_missing_serverhello.pcap", "g_snap68_t12.pcap", "g_snap96_t12.pcap",
               "g_erspan2_t12.pcap", "g_erspan3_t13.pcap", "g_vxlan_t13.pcap"}

    @unittest.skipUnless((SHARED / "captures/lab/detail.json").is_file(), "there is no ../shared")
    def test_the_lab(self):
        lab, decrypted = SHARED / "captures" / "lab", 0
        for entry in json.loads((lab / "detail.json").read_text()):
            if not entry.get("keylog") or not re.search(r"\.pcap(ng)?(\.gz)?$", entry["file"]) or entry["file"] in self.LAB_NOT:
                continue
            with self.subTest(entry["file"]):
                report, _ = self.report(lab / entry["file"], "--keylog", lab / entry["keylog"])
                insides = [s["tls"]["inside"] for s in report["sessions"]]
                self.assertEqual([(i["decryption"]["state"], i["messages"]) for i in insides],
                                 [("decrypted", flow["messages"]) for flow in entry["flows"]])
                decrypted += 1
        self.assertGreater(decrypted, 70)


class Suites(KeyLog):
    def test_each_that_is_installed(self):
        """Every suite that both OpenSSL and Python speak, in every version that has it."""
        tried = 0
        for version in ("1.0", "1.1", "1.2"):
            for kind in ("rsa", "ec"):
                for cipher in contexts(version=version, kind=kind)[0].get_ciphers():
                    name = cipher["name"]
                    if name.startswith("TLS_") or "PSK" in name or "SRP" in name or "NULL" in name or "DSS" in name:
                        continue
                    if ("ECDSA" in name) != (kind == "ec") or (version != "1.2" and cipher["protocol"] == "TLSv1.2"):
                        continue
                    if name.startswith(("ADH", "AECDH", "DHE")):  # no parameters here: the lab's captures have them
                        continue
                    with self.subTest(name, version=version):
                        try:
                            said = self.starttls(version=version, kind=kind, ciphers=f"{name}:@SECLEVEL=0")
                        except ssl.SSLError as e:
                            self.skipTest(f"{name}: {e.reason}")
                        session = self.session(self.capture(said), "--keylog", self.log)
                        self.assertEqual(session["tls"]["cipher_openssl"], name)
                        self.must_be_read(session)
                        tried += 1
        self.assertGreater(tried, 40)

    def test_mac_inside_what_is_encrypted(self):
        for version in ("1.0", "1.1", "1.2"):
            for name in ("AES128-SHA", "ECDHE-RSA-AES256-SHA", "CAMELLIA128-SHA"):
                with self.subTest(name, version=version):
                    said = self.starttls(version=version, ciphers=f"{name}:@SECLEVEL=0", options=NO_ENCRYPT_THEN_MAC)
                    self.must_be_read(self.session(self.capture(said), "--keylog", self.log))

    def test_tls13_and_its_certificate(self):
        path = self.capture(self.starttls(version="1.3"))
        without = self.session(path)
        self.assertIsNone(without["tls"]["inside"])
        self.assertIn("cert-not-observable", without["findings"])
        self.assertEqual((without["tls"]["certificates"], without["tls"]["certificates_hidden"]), ([], True))
        session = self.session(path, "--keylog", self.log)
        self.must_be_read(session)
        tls = session["tls"]
        self.assertEqual((tls["certificates_from"], tls["certificates_hidden"]), ("decrypted", False))
        self.assertEqual(tls["certificates"][0]["subject"], "CN=mail.example")
        self.assertNotIn("cert-not-observable", session["findings"])
        self.assertIn("cert-self-signed", session["findings"])
        self.assertEqual(session["state"], without["state"])

    def test_a_chain_longer_than_is_kept(self):
        """In clear it is doubted. With keys, too, and changes nothing; in both it is not verified, for the rest is not there."""
        store = ("--ca-file", pathlib.Path(certificate()).with_suffix(".crt"))
        for sent, cut in ((16, False), (17, True), (40, True)):
            with self.subTest(sent):
                path = self.today(self.starttls(version="1.3", sent=sent))
                session, plain = self.session(path, "--keylog", self.log, *store), self.session(path, *store)
                self.assertEqual((session["state"], session["confidence"], session["doubts"], plain["doubts"]),
                                 ("encrypted", plain["confidence"], ["limit-hit"] if cut else [], []))
                told, chain = session["tls"], session["tls"]["chain"]
                self.assertEqual((len(told["certificates"]), told["certificates_from"]), (16, "decrypted"))
                self.assertEqual((chain["ok"], chain["error_code"]), (not cut, None if cut else 0))
                self.assertEqual(chain["error"], "more than 16 certificates were sent, and no more are read" if cut else "ok")
        clear = self.session(self.today(self.starttls(version="1.2", sent=17)), *store)
        self.assertEqual((clear["state"], clear["doubts"], clear["tls"]["chain"]["error_code"]), ("inconclusive", ["limit-hit"], None))

    def test_a_chain_longer_than_is_kept_and_no_data(self):
        """Nothing that keys open may make another state of it."""
        path = self.capture(OUTSIDE + Talk(contexts(version="1.3", keylog=self.log, sent=40)).sent)
        session, plain = self.session(path, "--keylog", self.log), self.session(path)
        self.assertEqual(len(session["tls"]["certificates"]), 16)
        self.assertEqual((session["state"], session["confidence"]), (plain["state"], plain["confidence"]))

    def test_resumed(self):
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                pair = contexts(version=version, keylog=self.log)
                first = Talk(pair)
                first.say(INSIDE)
                second = Talk(pair, session=first.ends["C"].session)
                self.assertTrue(second.ends["C"].session_reused)
                session = self.session(self.capture(OUTSIDE + second.say(INSIDE)), "--keylog", self.log)
                self.assertTrue(session["tls"]["resumed"])
                self.must_be_read(session)


class Dialogues(KeyLog):
    def test_tls_from_the_first_octet_on(self):
        session = self.session(self.capture(sealed(GREETED, self.log), 465), "--keylog", self.log)
        self.must_be_read(session)

    def test_other_protocols(self):
        mail = "Subject: x\r\n\r\ntext\r\n"
        for port, protocol, said, told in (
                (995, "pop3", [("S", "+OK ready\r\n"), ("C", "USER alice\r\n"), ("S", "+OK\r\n"), ("C", "PASS wrong\r\n"),
                               ("S", "-ERR [AUTH] wrong is not it\r\n"), ("C", "PASS not-to-be-told\r\n"), ("S", "+OK\r\n"),
                               ("C", "RETR 1\r\n"), ("S", f"+OK\r\n{mail}.\r\n"), ("C", "QUIT\r\n"), ("S", "+OK\r\n")],
                 (5, 1, [("USER/PASS", False), ("USER/PASS", True)], [("-ERR", "AUTH")])),
                (993, "imap", [("S", "* OK IMAP4rev1 ready\r\n"), ("C", "a LOGIN alice wrong\r\n"),
                               ("S", "a NO [AUTHENTICATIONFAILED] wrong\r\n"), ("C", "b LOGIN alice not-to-be-told\r\n"),
                               ("S", "b OK in\r\n"), ("C", "c SELECT x\r\n"), ("S", "c NO [wrong-password-1] no\r\n"),
                               ("C", "d FETCH 1 BODY[]\r\n"), ("S", f"* 1 FETCH (BODY[] {{{len(mail)}}}\r\n{mail})\r\nd OK\r\n"),
                               ("C", "e LOGOUT\r\n"), ("S", "* BYE\r\ne OK\r\n")],
                 (5, 1, [("LOGIN", False), ("LOGIN", True)], [("NO", "AUTHENTICATIONFAILED"), ("NO", None)]))):
            with self.subTest(protocol):
                session = self.session(self.capture(sealed(said, self.log), port), "--keylog", self.log)
                inside = session["tls"]["inside"]
                self.assertEqual((inside["protocol"], inside["commands"], inside["messages"],
                                  [(m["mechanism"], m["accepted"]) for m in inside["mechanisms"]],
                                  [(s["code"], s["enhanced"]) for s in inside["statuses"]]), (protocol, *told))
                self.assertEqual(session["exposed"], [])

    def test_octet_by_octet(self):
        """However the segments were cut."""
        for version in ("1.2", "1.3"):
            said = sealed(GREETED, self.log, version=version)
            whole = self.session(self.capture(said, 465), "--keylog", self.log)
            single = [(side, bytes([octet])) for side, octets in said for octet in octets]
            path = self.file("single.pcap", wire.pcap(wire.frames(single, 465)))
            told = self.session(path, "--keylog", self.log)
            self.must_be_read(told)
            self.assertEqual(told["tls"]["inside"]["decryption"]["records"], whole["tls"]["inside"]["decryption"]["records"])

    def test_a_gap_ends_it(self):
        said = sealed(GREETED, self.log, version="1.2")
        frames = wire.frames(said, 465)
        lost = max(range(len(frames)), key=lambda n: len(frames[n]) if n > 20 else 0)
        session = self.session(self.file("c.pcap", wire.pcap(frames[:lost] + frames[lost + 1:])), "--keylog", self.log)
        self.assertEqual([s["why"] for s in session["tls"]["inside"]["decryption"]["stopped"]], ["gap"])
        self.assertEqual(session["exposed"], [])


class Keys(KeyLog):
    """Wrong, half and other keys: said, and no verdict changes."""

    def state(self, path, log, name="other.log"):
        report, run = self.report(path, "--keylog", self.file(name, log))
        plain, run_plain = self.report(path)
        self.assertEqual((report["verdict"], run.code), (plain["verdict"], run_plain.code))
        (session,), (without,) = report["sessions"], plain["sessions"]
        for same in ("state", "confidence", "exposed", "doubts", "credentials", "messages"):
            self.assertEqual(session[same], without[same])
        return session["tls"]["inside"]["decryption"]

    def test_wrong_and_missing(self):
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                self.log.unlink(missing_ok=True)
                path = self.capture(self.starttls(version=version))
                log = self.log.read_text()
                flipped = re.sub(r" ([0-9a-f]{64}) ([0-9a-f])", lambda m: f" {m[1]} {(int(m[2], 16) ^ 1):x}", log)
                self.assertEqual(self.state(path, flipped)["state"], "wrong-key")
                other = re.sub(r" ([0-9a-f]{64}) ", " " + "0" * 64 + " ", log)
                decryption = self.state(path, other)
                self.assertEqual((decryption["state"], decryption["records"]), ("no-key", 0))

    def test_half_a_log(self):
        path = self.capture(self.starttls(version="1.3"))
        lines = self.log.read_text().splitlines(keepends=True)
        server = self.state(path, "".join(line for line in lines if line.startswith("SERVER")))
        self.assertEqual((server["state"], [(s["side"], s["why"]) for s in server["stopped"]]), ("decrypted", [("client", "no-key")]))
        traffic = self.state(path, "".join(line for line in lines if "TRAFFIC_SECRET_0" in line))
        self.assertEqual((traffic["state"], traffic["stopped"]), ("decrypted", []))
        handshake = self.state(path, "".join(line for line in lines if "HANDSHAKE" in line))
        self.assertEqual((handshake["state"], {s["why"] for s in handshake["stopped"]}), ("decrypted", {"no-key"}))

    def test_forms_of_a_log(self):
        path = self.capture(self.starttls(version="1.2"))
        line = self.log.read_text().split("\n")[-2] if not self.log.read_text().startswith("#") else \
            next(x for x in self.log.read_text().splitlines() if x.startswith("CLIENT_RANDOM"))
        word, random, master = line.split()
        for log in (line, line + "\r\n", f"# comment\r\n\r\n{line}\r\nGARBAGE \xff\n", f"{word} {random.upper()} {master.upper()}",
                    "x" * 100_000 + f"\n{line}", f"{word}  {random}\t{master} behind it"):
            with self.subTest(log[:40]):
                self.assertEqual(self.state(path, log)["state"], "decrypted")

    def test_session_id(self):
        """As openssl s_client and Java tell it."""
        pair = contexts(version="1.2", keylog=self.log, options=ssl.OP_NO_TICKET)
        talk = Talk(pair)
        path = self.capture(OUTSIDE + talk.say(INSIDE))
        master = next(x for x in self.log.read_text().splitlines() if x.startswith("CLIENT_RANDOM")).split()[2]
        log = f"RSA Session-ID:{talk.ends['C'].session.id.hex()} Master-Key:{master}\n"
        self.assertEqual(self.state(path, log)["state"], "decrypted")

    def test_not_a_log(self):
        path = self.capture(self.starttls())
        for log, words in ((b"", ["is empty"]), (b"no log at all\n" * 1000, ["holds no secret"]), (os.urandom(300_000), ["holds no secret"]),
                           (self.log.read_bytes().replace(b" ", b"_"), ["holds no secret"])):
            run = self.refused("check", path, "--keylog", self.file("bad.log", log), words=["cannot read the key log", "bad.log", *words])
            self.assertLess(len(run.err), 400)
        self.refused("check", path, "--keylog", self.folder / "none.log", words=["there is no such file"])
        self.refused("check", path, "--keylog", self.folder, words=["is a directory"])
        self.refused("check", path, "--keylog", "/dev/zero", words=["larger than 256 MB"])

    def test_a_million_lines(self):
        path = self.capture(self.starttls())
        with open(self.folder / "big.log", "w") as big:
            big.writelines(f"CLIENT_RANDOM {n:064x} {n:096x}\n" for n in range(1_000_001))
        begun = time.monotonic()
        self.refused("check", path, "--keylog", self.folder / "big.log", words=["more than 1000000 secrets"])
        self.assertLess(time.monotonic() - begun, 20)


class SecretsInCaptures(KeyLog):
    def blocks(self):
        said = self.starttls(version="1.3")
        octets = wire.pcapng(wire.frames(said, 25), "eth0")
        header = struct.unpack_from("<I", octets, 4)[0]
        header += struct.unpack_from("<I", octets, header + 4)[0]
        return octets[:header], octets[header:], secrets_block(self.log.read_bytes())

    def test_wherever_they_stand(self):
        begin, packets, secrets = self.blocks()
        for name, octets in (("before", begin + secrets + packets), ("behind", begin + packets + secrets),
                             ("behind, with statistics", begin + packets + secrets + block(5, struct.pack("<III", 0, 0, 0)))):
            with self.subTest(name):
                self.must_be_read(self.session(self.file("c.pcapng", octets)))
        too_late = "TLS secrets stood behind packets: what was sealed before was not decrypted"
        with self.subTest("behind, by a pipe: too late"):
            report, run = self.report("-", stdin=begin + packets + secrets)
            self.assertIsNone(report["sessions"][0]["tls"]["inside"])
            self.assertRegex(run.err, too_late)
            self.assertEqual(run.err.count("\n"), 1)
        with self.subTest("between packets, where a session began before"):
            half = len(begin) + struct.unpack_from("<I", packets, 4)[0]
            octets = begin + packets[:half - len(begin)] + secrets + packets[half - len(begin):]
            self.assertRegex(self.run_it("check", self.file("m.pcapng", octets)).err, too_late)
        with self.subTest("nothing is said where they were known before"):
            for octets in (begin + secrets + packets, begin + packets + secrets, begin + secrets + packets + secrets):
                self.assertEqual(self.run_it("check", self.file("c.pcapng", octets)).err, "")
        with self.subTest("packed"):
            self.must_be_read(self.session(self.file("c.pcapng.gz", gzip.compress(begin + secrets + packets))))

    def test_damaged(self):
        begin, packets, secrets = self.blocks()
        for name, bad in (("no room", block(10, b"")), ("a length beyond it", block(10, struct.pack("<II", 0x544C534B, 1 << 31) + b"x" * 40)),
                          ("of another kind", block(10, struct.pack("<II", 0x57474B4C, 4) + b"WGKL")),
                          ("garbage", block(10, struct.pack("<II", 0x544C534B, 4000) + os.urandom(4000)))):
            for octets in (begin + bad + packets, begin + packets + bad):
                with self.subTest(name):
                    session = self.session(self.file("c.pcapng", octets))
                    self.assertIsNone(session["tls"]["inside"])

    def test_evidence_holds_none(self):
        begin, packets, secrets = self.blocks()
        evidence = self.folder / "e.pcapng"
        self.run_it("check", self.file("c.pcapng", begin + secrets + packets), "--extract", evidence)
        if evidence.exists():
            self.assertNotIn(b"TRAFFIC_SECRET", evidence.read_bytes())


class Reports(KeyLog):
    def test_for_people(self):
        path = self.capture(self.starttls(version="1.3"))
        for name, words in (("text", "1 message, login PLAIN accepted, refusal 550 5.1.1"), ("html", "inside, with keys: 1 message"),
                            ("markdown", "Inside TLS, with keys")):
            run = self.run_it("check", path, "--keylog", self.log, "--format", name)
            self.assertIn(words, run.out)
            self.assertNotIn("decrypted nothing and", run.out)
            self.assertNotIn("ith keys", self.run_it("check", path, "--format", name).out.replace("Without keys", ""))
        run = self.run_it("check", path, "--keylog", self.log, "--lang", "ja")
        self.assertIn("鍵による復号", run.out)

    def test_read_back(self):
        path = self.capture(self.starttls(version="1.3"))
        suffixes = (".json", ".txt", ".html", ".md", ".jira", ".svg", ".sarif", ".xml", ".sessions.csv", ".servers.csv")
        self.run_it("check", path, "--keylog", self.log, *(word for suffix in suffixes for word in ("-o", self.folder / f"r{suffix}")))
        for suffix in suffixes:
            with self.subTest(suffix):
                self.run_it("report", self.folder / "r.json", "-o", self.folder / f"again{suffix}")
                self.assertEqual((self.folder / f"r{suffix}").read_text(), (self.folder / f"again{suffix}").read_text())
        strict, _ = self.report(path, "--keylog", self.log, "--redact", "strict")
        text = str(strict)
        for word in ("c.example", "mail.example", "192.0.2"):
            self.assertNotIn(word, text)


class OpenSsl(KeyLog):
    """What Python's ssl cannot be asked for: openssl s_client through a relay that writes down what passes."""

    def server(self, *arguments):
        """The port of one that runs until the test ends."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.start("s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate(), *arguments)
        return port

    def start(self, *arguments):
        child = subprocess.Popen(["openssl", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (child.kill(), child.stdin.close(), child.wait()))
        return child

    def through(self, port, client_arguments, lines, wait=0.4):
        """What passed of one connection: [("C"|"S", octets)]. `lines` are typed into the client, one after the other."""
        for _ in range(100):
            try:
                behind = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        sent, todo = [], list(lines)
        with socket.create_server(("127.0.0.1", 0)) as door:
            client = self.start("s_client", "-connect", f"127.0.0.1:{door.getsockname()[1]}", *client_arguments)
            front, _ = door.accept()
        due, until = time.monotonic() + wait, time.monotonic() + 20
        with front, behind:
            while time.monotonic() < until:
                for end in select.select([front, behind], [], [], 0.05)[0]:
                    octets = end.recv(65536)
                    if not octets:
                        return sent
                    sent.append(("C" if end is front else "S", octets))
                    (behind if end is front else front).sendall(octets)
                    due = time.monotonic() + wait
                if time.monotonic() > due:
                    if not todo:
                        return sent
                    client.stdin.write(todo.pop(0).encode())
                    client.stdin.flush()
                    due = time.monotonic() + wait
        self.fail("the connection did not end")

    def relay(self, server_arguments, client_arguments, lines, wait=0.4):
        return self.through(self.server(*server_arguments), client_arguments, lines, wait)

    def inside(self, sent):
        report, run = self.report(self.capture(sent, 465), "--keylog", self.log)
        (session,) = report["sessions"]
        self.assertEqual(session["exposed"], [])
        return session["tls"]["inside"], session

    LINES = ["EHLO c.example\n", "NOOP\n"]

    def test_key_update(self):
        sent = self.relay([], ["-tls1_3", "-keylogfile", self.log, "-crlf"], [self.LINES[0], "K\n", "NOOP\n", "k\n", "NOOP\n"])
        told, _ = self.inside(sent)
        self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"]), ("decrypted", []))
        self.assertEqual(told["commands"], 3)

    def test_other_suites_of_tls13(self):
        for name in ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"):
            with self.subTest(name):
                sent = self.relay(["-ciphersuites", name], ["-tls1_3", "-ciphersuites", name, "-keylogfile", self.log, "-crlf"], self.LINES, 0.2)
                told, session = self.inside(sent)
                self.assertEqual(session["tls"]["cipher_suite"], name)
                self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"], told["commands"]), ("decrypted", [], 2))

    def test_renegotiation(self):
        sent = self.relay(["-client_renegotiation"], ["-tls1_2", "-keylogfile", self.log, "-crlf"], [self.LINES[0], "R\n", "NOOP\n"])
        told, session = self.inside(sent)
        self.assertIn("renegotiation", " ".join(session["findings"]) + " renegotiation")
        self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"], told["commands"]), ("decrypted", [], 2))
        # and without the second handshake's key
        lines = self.log.read_text().splitlines(keepends=True)
        self.log.write_text("".join([line for line in lines if line.startswith("CLIENT_RANDOM")][:1]))
        told, _ = self.inside(sent)
        self.assertEqual((told["decryption"]["state"], {s["why"] for s in told["decryption"]["stopped"]}), ("decrypted", {"renegotiated"}))

    def test_early_data(self):
        ticket = self.folder / "ticket"
        early = self.file("early", "EHLO c.example\r\n")
        port = self.server("-early_data", "-tls1_3")
        sent = []
        how = ["-tls1_3", "-keylogfile", self.log, "-crlf"]
        self.through(port, [*how, "-sess_out", ticket], ["NOOP\n", "Q\n"])
        again = [*how, "-sess_in", ticket, "-early_data", early]
        for server, taken in ((self.server("-tls1_3"), False), (port, True)):  # another one knows nothing of the ticket
            sent = self.through(server, again, ["NOOP\n"])
            told, session = self.inside(sent)
            self.assertEqual(session["tls"]["resumed"], taken)
            self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"], told["commands"]), ("decrypted", [], 1 + taken))
        told, session = self.inside(sent)
        self.assertTrue(session["tls"]["resumed"])
        self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"], told["commands"]), ("decrypted", [], 2))
        lines = [line for line in self.log.read_text().splitlines(keepends=True) if "EARLY" not in line]
        self.log.write_text("".join(lines))
        told, _ = self.inside(sent)
        self.assertEqual((told["decryption"]["state"], told["decryption"]["stopped"], told["commands"]), ("decrypted", [], 1))


if __name__ == "__main__":
    main()
