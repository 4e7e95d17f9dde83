#!/usr/bin/env python3
"""Hostile handshakes and key logs through the whole program: a doubt or one clear line, soon and small.

usage: hostile_tls_test.py MAILSEAL
TLS is made here octet by octet; what is sealed is noise. The certificates are made by openssl. With the variable FIGURES
each case says how long it took and what memory it had.
"""
import os, random, resource, shutil, struct, subprocess, time, unittest

import wire
from harness import CANNOT_RUN, FAIL, INCONCLUSIVE, PASS, PROGRAM, SANITIZER, ProgramTest, main, quiet_environment

SECONDS, BYTES = (30, None) if SANITIZER else (5, 200 << 20)
ECDHE, DHE = 0xC02F, 0x009F
NOISE = random.Random(1).randbytes(600)


def counted(octets, body):
    return len(body).to_bytes(octets, "big") + body


def record(kind, body):
    """As many records as it needs."""
    parts = [body[at:at + 16384] for at in range(0, len(body), 16384)]
    return b"".join(struct.pack(">BH", kind, 0x0303) + counted(2, part) for part in parts)


def handshake(kind, body):
    return record(22, bytes([kind]) + counted(3, body))


def extension(kind, body=b""):
    return struct.pack(">H", kind) + counted(2, body)


def client_hello(extensions=b""):
    block = counted(2, extensions) if extensions else b""
    return handshake(1, b"\x03\x03" + b"r" * 32 + b"\0" + counted(2, struct.pack(">HHH", ECDHE, DHE, 255)) + b"\1\0" + block)


def server_hello(suite, extensions=b""):
    return handshake(2, b"\x03\x03" + b"R" * 32 + b"\0" + struct.pack(">HB", suite, 0) + (counted(2, extensions) if extensions else b""))


def ecdhe():
    return handshake(12, b"\x03\x00\x1d" + counted(1, b"p" * 32) + b"\x08\x04" + counted(2, b"s" * 256))


def dhe(prime):
    return handshake(12, counted(2, prime) + counted(2, b"\2") + counted(2, b"y" * 256) + b"\x08\x04" + counted(2, b"s" * 256))


def dialogue(chain=(), suite=ECDHE, key_exchange=None, asked=b"", answered=b""):
    """TLS 1.2 from the first octet on, to its end and with data."""
    certificates = handshake(11, counted(3, b"".join(counted(3, der) for der in chain)))
    ends = record(20, b"\1") + record(22, NOISE[:40])
    return [("C", client_hello(asked)),
            ("S", server_hello(suite, answered) + certificates + (key_exchange or ecdhe()) + handshake(14, b"")),
            ("C", handshake(16, counted(1, b"p" * 32)) + ends), ("S", ends), ("C", record(23, NOISE)), ("S", record(23, NOISE[::-1]))]


def in_segments(said, most=1400):
    return [(side, octets[at:at + most]) for side, octets in said for at in range(0, len(octets), most)]


def tlv(tag, body):
    size = len(body)
    return bytes([tag]) + (bytes([size]) if size < 128 else (lambda n: bytes([128 + len(n)]) + n)(size.to_bytes((size.bit_length() + 7) // 8, "big"))) + body


class Hostile(ProgramTest):
    def openssl(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, check=True, capture_output=True).stdout

    def check(self, path, *more, seconds=SECONDS, octets=BYTES):
        """(exit status, standard error, the one session), within the bounds."""
        begun = time.monotonic()
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            child = subprocess.Popen([PROGRAM, "check", str(path), *map(str, more), "-o", "-", "--format", "json"], stdout=out, stderr=err,
                                     env=quiet_environment(), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)))
            _, status, used = os.wait4(child.pid, 0)
        code, took = os.waitstatus_to_exitcode(status), time.monotonic() - begun
        child.returncode = code
        out, err = ((self.folder / name).read_text() for name in ("out", "err"))
        if "FIGURES" in os.environ:
            print(f"{self.id().rpartition('.')[2]}: {took:.2f} s, {used.ru_utime:.2f} s CPU, {used.ru_maxrss >> 10} MB")
        self.assertIn(code, (PASS, FAIL, CANNOT_RUN, INCONCLUSIVE), out[:1000] + err[:1000])
        self.assertLess(took, seconds)
        if octets:
            self.assertLess(used.ru_maxrss * 1024, octets)
        self.assertLessEqual(err.count("\n"), 1, err)
        return code, err, self.valid(out)["sessions"][0] if out else None

    def session(self, said, *more):
        octets = wire.pcap(wire.frames(in_segments(said), 465), int(time.time()))
        code, err, session = self.check(self.file("c.pcap", octets), *more)
        self.assertEqual(err, "")
        return session

    def ca(self):
        """A certificate authority that --ca-file trusts."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=ca", "-keyout", "ca.key",
                     "-out", "ca.pem", "-days", "30")
        return self.folder / "ca.pem"

    def issued(self, name, public_key):
        """A certificate in DER for a public key in PEM, whoever has the other half."""
        self.openssl("x509", "-new", "-force_pubkey", public_key, "-subj", f"/CN={name}", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30",
                     "-out", f"{name}.der", "-outform", "DER")
        return (self.folder / f"{name}.der").read_bytes()

    def rsa(self, bits):
        """A public key of so many bits: almost all of them ones."""
        number = lambda n: tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))
        key = tlv(0x30, number((1 << bits) - 159) + number(65537))
        der = tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d0101010500")) + tlv(3, b"\0" + key))
        return self.file(f"rsa{bits}.pem", self.openssl("pkey", "-pubin", "-inform", "DER", "-in", self.file("key.der", der)))

    def test_what_is_sound_is_encrypted(self):
        """Else what stands below would show nothing."""
        ca = self.ca()
        self.openssl("pkey", "-in", "ca.key", "-pubout", "-out", "ca.pub")
        session = self.session(dialogue([self.issued("leaf", "ca.pub")]), "--ca-file", ca)
        self.assertEqual((session["state"], session["doubts"], session["tls"]["chain"]["error"]), ("encrypted", [], "ok"))

    def test_a_certificate_that_openssl_refuses(self):
        ca = self.ca()
        self.openssl("pkey", "-in", "ca.key", "-pubout", "-out", "ca.pub")
        sound = self.issued("leaf", "ca.pub")
        for name, der in (("nothing", b""), ("noise", NOISE), ("cut", sound[:-40]), ("a length of 4 GiB", b"\x30\x84\xff\xff\xff\xff" + sound),
                          ("a sequence in sequences", b"\x30\x80" * 4000), ("garbage behind a tag", b"\x30\x82\x01\x00" + NOISE[:256])):
            with self.subTest(name):
                session = self.session(dialogue([der]), "--ca-file", ca)
                (told,) = session["tls"]["certificates"]
                self.assertEqual((session["state"], told["parsed"]), ("encrypted", False))
                chain = session["tls"]["chain"]
                self.assertEqual((chain["ok"], chain["error_code"], chain["error"]), (False, None, "the certificate could not be read"))

    def test_a_chain_of_200(self):
        ca = self.ca()
        self.openssl("pkey", "-in", "ca.key", "-pubout", "-out", "ca.pub")
        sound = self.issued("leaf", "ca.pub")
        session = self.session(dialogue([sound] * 200), "--ca-file", ca)
        self.assertEqual((session["state"], session["doubts"]), ("inconclusive", ["limit-hit"]))
        self.assertIn("inconclusive-decode-limit", session["findings"])
        self.assertEqual(len(session["tls"]["certificates"]), 16)
        self.assertEqual(session["tls"]["chain"]["error"], "more than 16 certificates were sent, and no more are read")

    def test_an_rsa_key_of_16384_bits(self):
        ca = self.ca()
        for bits, told in ((8192, "ok"), (16384, "a key of RSA 16384 bits: larger than any in use")):
            session = self.session(dialogue([self.issued(f"rsa{bits}", self.rsa(bits))]), "--ca-file", ca)
            self.assertEqual((session["state"], session["tls"]["certificates"][0]["key_bits"]), ("encrypted", bits))
            self.assertEqual(session["tls"]["chain"]["error"], told)

    def test_a_prime_of_zero(self):
        for prime in (b"", b"\0", b"\0" * 256, b"\0" * 65000):
            session = self.session(dialogue(suite=DHE, key_exchange=dhe(prime)))
            self.assertEqual((session["tls"]["dh_bits"], session["doubts"]), (0, ["malformed"]), len(prime))
            self.assertIn("kx-dh-group-weak", session["findings"])
            self.assertNotEqual(session["state"], "encrypted")

    def test_an_extension_list_of_65535_octets(self):
        many = b"".join(extension(n) for n in range(16382)) + extension(0xFFFF, b"xyz")
        one = extension(21, b"\0" * 65531)
        self.assertEqual((len(many), len(one)), (65535, 65535))
        groups = extension(10, counted(2, b"\x00\x1d" * 32700)) + extension(16, counted(2, counted(1, b"a") * 30))
        for name, asked, answered in (("of a client", many, b""), ("one, of a client", one, b""), ("of a server", b"", many),
                                      ("one, of a server", b"", one), ("of both", many, many), ("groups", groups, b"")):
            with self.subTest(name):
                session = self.session(dialogue(asked=asked, answered=answered))
                self.assertEqual((session["state"], session["doubts"]), ("encrypted", []))
        damaged = many[:-7] + b"\xff" * 7
        for name, asked, answered, state in (("of a client, damaged", damaged, b"", "inconclusive"),
                                             ("of a server, damaged", b"", damaged, "failed")):
            with self.subTest(name):
                session = self.session(dialogue(asked=asked, answered=answered))
                self.assertEqual((session["state"], session["doubts"]), (state, ["malformed"]))

    def test_key_logs(self):
        """Written piece by piece: what this process holds counts as the program's."""
        capture = self.file("c.pcap", wire.pcap(wire.frames(in_segments(dialogue()), 465)))
        sound, path = f"CLIENT_RANDOM {'72' * 32} {'ab' * 48}\n".encode(), self.folder / "keys.log"
        lines = lambda n: (b"CLIENT_RANDOM %064x %096x\n" % (i, i) for i in range(n))
        for name, log, said in (("a million lines", [lines(999_999), [sound]], None),
                                ("a million and one", [lines(1_000_000), [sound]], "more than 1000000 secrets"),
                                ("a million comments", [[b"# nothing\n"] * 1_000_000, [sound]], None),
                                ("a million that are cut", [[sound[:150]] * 1_000_000], "holds no secret"),
                                ("a million that are too short", [[sound[:-3] + b"\n"] * 1_000_000], "holds no secret"),
                                ("garbage", [(os.urandom(1 << 16) for _ in range(400))], "holds no secret"),
                                ("one line of 25 MB", [[sound.strip()], [b"a" * (1 << 16)] * 400], "holds no secret"),
                                ("zeros", [[bytes(1 << 16)] * 400], "holds no secret")):
            with self.subTest(name):
                with path.open("wb") as out:
                    for part in log:
                        out.writelines(part)
                code, err, session = self.check(capture, "--keylog", path, seconds=20, octets=BYTES and 300 << 20)
                if said:
                    self.assertEqual((code, session), (CANNOT_RUN, None))
                    self.assertRegex(err, r"\Amailseal: cannot read the key log [^\n]*keys\.log: [^\n]*" + said + r"[^\n]*\n\Z")
                else:
                    self.assertEqual((err, session["tls"]["inside"]["decryption"]["state"]), ("", "wrong-key"))
                    self.assertEqual(session["state"], "encrypted")


if __name__ == "__main__":
    if not shutil.which("openssl"):
        raise SystemExit(77)
    main()
