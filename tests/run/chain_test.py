#!/usr/bin/env python3
"""Holds what is told of certificate chains against `openssl verify`, over all captures that hold certificates.

usage: chain_test.py MAILSEAL
The certificates are taken out of the packets here, by a reader of our own: IP, TCP and TLS records, no more than that takes.
Needs the program openssl; with ../shared beside the project all of its captures are held, too.
"""
import base64, calendar, csv, hashlib, html, io, json, re, shutil, struct, subprocess, time, unittest

import sealed
import wire
from harness import CAPTURES, SHARED, ProgramTest, main, quiet_environment

FOLDER = CAPTURES / "certificates"
ROOTS = FOLDER / "root.pem", FOLDER / "other-root.pem"

# --- packets ---


def packets(octets):
    """(link type, frame) of a pcap or pcapng file; what is neither has none."""
    if octets[:4] == b"\x0a\x0d\x0d\x0a":
        order, links, at = "<", [], 0
        while at + 12 <= len(octets):
            if octets[at:at + 4] == b"\x0a\x0d\x0d\x0a":
                order, links = ("<" if octets[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
            kind, size = struct.unpack_from(order + "II", octets, at)
            if kind == 1:
                links.append(struct.unpack_from(order + "H", octets, at + 8)[0])
            if kind == 6:
                face, _, _, length = struct.unpack_from(order + "IIII", octets, at + 8)
                yield links[face], octets[at + 28:at + 28 + length]
            if size < 12:
                return
            at += size
        return
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}.get(octets[:4])
    if not order:
        return
    link, at = struct.unpack_from(order + "I", octets, 20)[0] & 0xFFFF, 24
    while at + 16 <= len(octets):
        length = struct.unpack_from(order + "I", octets, at + 8)[0]
        yield link, octets[at + 16:at + 16 + length]
        at += 16 + length


def segment(link, frame):
    """((source, destination), sequence number, SYN, payload) of a TCP segment over Ethernet, SLL, loopback or raw IP."""
    at, kind = {0: (4, None), 1: (14, 12), 12: (0, None), 101: (0, None), 113: (16, 14), 276: (20, 0)}.get(link, (None, None))
    if at is None or len(frame) < at + 40:
        return None
    while kind is not None and link == 1 and frame[kind:kind + 2] in (b"\x81\0", b"\x88\xa8"):
        at, kind = at + 4, kind + 4
    ip = frame[at:]
    if ip[0] >> 4 == 4 and ip[9] == 6 and not struct.unpack_from(">H", ip, 6)[0] & 0x1FFF:
        size, hosts, ip = (ip[0] & 15) * 4, (ip[12:16], ip[16:20]), ip[:struct.unpack_from(">H", ip, 2)[0] or len(ip)]
    elif ip[0] >> 4 == 6 and ip[6] == 6:
        size, hosts, ip = 40, (ip[8:24], ip[24:40]), ip[:40 + struct.unpack_from(">H", ip, 4)[0]]
    else:
        return None
    tcp = ip[size:]
    if len(tcp) < 20:
        return None
    source, destination, sequence, _, offset, flags = struct.unpack_from(">HHIIBB", tcp)
    return ((hosts[0], source), (hosts[1], destination)), sequence, bool(flags & 2), tcp[(offset >> 4) * 4:]


def streams(octets):
    """The octets that each side of each connection sent, as far as they join."""
    begun, parts = {}, {}
    for link, frame in packets(octets):
        found = segment(link, frame)
        if not found:
            continue
        ends, sequence, syn, payload = found
        if syn or ends not in begun:  # a new connection between the same ends
            number = sum(1 for e, _ in parts if e == ends)
            begun[ends] = (number, sequence + syn)
            parts[ends, number] = {}
        number, first = begun[ends]
        if payload and (sequence - first) % 2 ** 32 < 2 ** 24:
            parts[ends, number].setdefault((sequence + syn - first) % 2 ** 32, payload)
    for pieces in parts.values():
        stream = b""
        for at in sorted(pieces):
            if at > len(stream):
                break
            stream += pieces[at][len(stream) - at:]
        yield stream


# --- TLS ---

def messages(stream):
    """Handshake messages in clear: from a hello on, up to ChangeCipherSpec or what is no record."""
    begin = re.search(rb"\x16\x03[\0-\x04]..[\x01\x02]\0", stream, re.S)
    at, handshake = begin.start() if begin else len(stream), b""
    while at + 5 <= len(stream):
        kind, version, length = stream[at], stream[at + 1], struct.unpack_from(">H", stream, at + 3)[0]
        if version != 3 or kind not in (21, 22):
            break
        if kind == 22:
            handshake += stream[at + 5:at + 5 + length]
        at += 5 + length
    while len(handshake) >= 4:
        length = int.from_bytes(handshake[1:4], "big")
        if len(handshake) < 4 + length:
            break
        yield handshake[0], handshake[4:4 + length]
        handshake = handshake[4 + length:]


def chains(octets):
    """{digests of a chain: its certificates} of all Certificate messages that are whole."""
    found = {}
    for stream in streams(octets):
        for kind, body in messages(stream):
            if kind != 11 or len(body) < 3:
                continue
            chain, at = [], 3
            while at + 3 <= len(body):
                length = int.from_bytes(body[at:at + 3], "big")
                chain.append(body[at + 3:at + 3 + length])
                at += 3 + length
            if chain:
                found[tuple(hashlib.sha256(der).hexdigest() for der in chain)] = chain
    return found


def pem(der):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


# --- openssl ---

class Verify:
    """`openssl verify`, each question asked once."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def __call__(self, chain, store, purpose, seconds):
        question = (tuple(chain), store, purpose, seconds)
        if question not in self.known:
            self.known[question] = self.ask(chain, store, purpose, seconds)
        return self.known[question]

    def ask(self, chain, store, purpose, seconds):
        leaf, rest = self.folder / "leaf.pem", self.folder / "rest.pem"
        leaf.write_bytes(pem(chain[0]))
        rest.write_bytes(b"".join(map(pem, chain[1:])))
        trusted = ["-CAfile", store, "-no-CApath", "-no-CAstore"] if store else []
        done = subprocess.run(
            ["openssl", "verify", "-purpose", purpose, "-attime", str(seconds), *map(str, trusted),
             *(["-untrusted", str(rest)] if chain[1:] else []), str(leaf)], capture_output=True, text=True, errors="replace")
        if done.returncode == 0 and done.stdout.rstrip().endswith(": OK"):
            return 0, None, "ok"
        error = re.search(r"^error (\d+) at (\d+) depth lookup: (.*)$", done.stderr, re.M)
        return (int(error[1]), int(error[2]), error[3]) if error else ("cannot", None, done.stderr[:300])


def seconds_of(told):
    return calendar.timegm(time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S"))


def captures():
    """Those of the project and of ../shared, with the options that their truth asks for."""
    options = {}
    for truth in sorted(SHARED.glob("captures/**/truth*.json")):
        for one in json.loads(truth.read_text()).get("captures", []):
            options.setdefault(truth.parent / one["file"], one.get("args", []))
    found = sorted(p for root in (CAPTURES, SHARED / "captures") for p in root.rglob("*") if re.search(r"\.p?cap(ng)?$", p.name))
    return [(path, options.get(path, [])) for path in found]


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class Chains(ProgramTest):
    WITH_SYSTEM = {k: v for k, v in quiet_environment().items() if k not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}

    def told(self, path, *arguments, **how):
        return self.report(path, *arguments, **how)[0]["sessions"]

    # what is told of each capture: (chain with root.pem, chain with other-root.pem, findings of certificates with root.pem)
    CASES = {
        "fullchain": ((0, None), (19, 2), []),
        "nochain": ((20, 0), (20, 0), ["cert-chain-incomplete"]),
        "expired": ((10, 0), (20, 1), ["cert-expired"]),
        "wronghost": ((0, None), (20, 1), ["cert-host-mismatch"]),
        "client": ((20, 0), (0, None), ["cert-chain-incomplete"]),
    }

    def test_the_captures_of_certificates(self):
        self.assertEqual({p.stem for p in FOLDER.glob("*.pcap")}, set(self.CASES))
        for name, (root, other, findings) in self.CASES.items():
            for store, (code, depth) in zip(ROOTS, (root, other)):
                (session,) = self.told(FOLDER / f"{name}.pcap", "--ca-file", store)
                chain = session["tls"]["chain"]
                self.assertEqual((chain["error_code"], chain["depth"], chain["ok"]), (code, depth, code == 0), (name, store))
                if store == ROOTS[0]:
                    self.assertEqual([f for f in session["findings"] if f.startswith("cert-")], findings, name)

    def test_client_certificates(self):
        told = [self.told(FOLDER / "client.pcap", "--ca-file", store)[0]["tls"]["client_chain"] for store in ROOTS]
        self.assertEqual([(c["error_code"], c["depth"]) for c in told], [(0, None), (20, 1)])
        (session,) = self.told(FOLDER / "client.pcap", "--ca-path", FOLDER)
        self.assertTrue(session["tls"]["chain"]["ok"] and session["tls"]["client_chain"]["ok"])

    def test_client_certificates_are_shown_to_people(self):
        for store, note, result in ((ROOTS[0], "sent; verified: ok", "Verify return code: 0 (ok)"),
                                    (ROOTS[1], "sent; verify error:num=20:unable to get local issuer certificate at depth 1",
                                     "verify error:num=20:unable to get local issuer certificate")):
            how = ("check", FOLDER / "client.pcap", "--ca-file", store)
            self.assertIn(note.encode(), self.run_it(*how, "-o", "-", "--format", "csv-findings").out.encode())
            self.assertIn(note[:60], self.run_it(*how).out)
            page = html.unescape(self.run_it(*how, "-o", "-", "--format", "html").out)
            self.assertIn("client certificate C=JP,O=Example Lab,CN=", page)
            self.assertIn(result, page[page.index("client certificate C="):])
        none = self.run_it("check", FOLDER / "fullchain.pcap", "-o", "-", "--format", "html").out
        self.assertNotIn("client certificate ", none)

    def test_columns_of_sessions(self):
        def row(name, store):
            given = ("--ca-file", store) if store else ()
            told = self.run_it("check", FOLDER / f"{name}.pcap", *given, "-o", "-", "--format", "csv-sessions").out
            (line,) = csv.DictReader(io.StringIO(told))
            return [line[word] for word in ("verify_error", "verify_text", "verify_depth", "client_verify_error", "client_verify_text",
                                            "client_verify_depth")]

        ok, nothing = ["0", "ok", ""], ["", "", ""]
        unknown = lambda depth: ["20", "unable to get local issuer certificate", depth]
        self.assertEqual(row("fullchain", ROOTS[0]), ok + nothing)
        self.assertEqual(row("fullchain", ROOTS[1]), ["19", "self-signed certificate in certificate chain", "2"] + nothing)
        self.assertEqual(row("client", ROOTS[0]), unknown("0") + ok)
        self.assertEqual(row("client", ROOTS[1]), ok + unknown("1"))
        self.assertEqual(row("client", None), nothing * 2)

    def test_without_a_store_nothing_is_verified(self):
        (session,) = self.told(FOLDER / "nochain.pcap")
        self.assertIsNone(session["tls"]["chain"])
        self.assertEqual([f for f in session["findings"] if f.startswith("cert-")], [])

    def test_names(self):
        def names(*options):
            (session,) = self.told(FOLDER / "wronghost.pcap", "--ca-file", ROOTS[0], *options)
            return "cert-host-mismatch" in session["findings"], session["tls"]["certificates"][0]["names"][0]

        mismatch, name = names()
        self.assertTrue(mismatch)
        server = self.told(FOLDER / "wronghost.pcap")[0]["server"]["ip"]
        self.assertFalse(names("--server-name", f"{server}={name}")[0])
        self.assertFalse(names("--server-name", f"{server}:25={name.upper()}")[0])
        self.assertTrue(names("--server-name", f"{server}:26={name}")[0])
        self.assertTrue(names("--server-name", f"{server}={name}", "--server-name", f"{server}:25=other.example")[0])

    def test_wildcards_and_addresses(self):
        """A certificate made here, sent by OpenSSL."""
        def openssl(*words):
            subprocess.run(["openssl", *map(str, words)], cwd=self.folder, check=True, capture_output=True)

        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *new, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30")
        openssl("req", *new, "-subj", "/CN=other.example", "-keyout", "own.key", "-out", "own.csr")
        names = "DNS:*.mail.example,DNS:f*.other.example,IP:192.0.2.25,IP:2001:db8::25"
        openssl("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-out", "own.pem", "-extfile",
                self.file("ext", f"subjectAltName={names}\n"))
        for version in ("1.2", "1.3"):
            log = self.folder / f"{version}.keylog"
            client, server = sealed.contexts(version=version, kind="ec", keylog=log)
            server.load_cert_chain(self.folder / "own.pem", self.folder / "own.key")
            said = sealed.Talk((client, server)).say([("C", "x" * 400), ("S", "y" * 400)])
            path = self.file(f"{version}.pcap", wire.pcap(wire.frames(said, 465), int(time.time())))
            for name, right in ((None, False), ("a.mail.example", True), ("A.Mail.Example", True), ("a.b.mail.example", False),
                                ("other.example", False), ("foo.other.example", False),
                                ("192.0.2.25", True), ("192.0.2.26", False), ("2001:db8::25", True), ("2001:db8::26", False)):
                given = ("--server-name", f"{wire.SERVER}={name}") if name else ()
                (session,) = self.told(path, "--ca-file", self.folder / "ca.pem", "--keylog", log, *given)
                self.assertEqual("cert-host-mismatch" not in session["findings"], right, (version, name))
                self.assertTrue(session["tls"]["chain"]["ok"])
                self.assertIn("cert-wildcard", session["findings"])

    def test_strict_redaction_names_nobody(self):
        arguments = (FOLDER / "nochain.pcap", "--ca-file", ROOTS[0], "--server-name", "192.168.1.26=mx.acme.example", "--redact", "strict")
        for form in ("json", "text", "html", "markdown"):
            told = self.run_it("check", *arguments, "-o", "-", "--format", form).out
            for word in ("Example Lab", "example.jp", "root.pem", "acme", "192.168."):
                self.assertNotIn(word, told, form)
            self.assertIn("verify error:num=20:unable to get local issuer certificate", told, form)

    def test_a_report_that_is_read_again_says_the_same(self):
        first, again = self.folder / "a.json", self.folder / "b.json"
        self.run_it("check", FOLDER / "client.pcap", "--ca-file", ROOTS[0], "-o", first)
        self.run_it("report", first, "-o", again)
        self.assertEqual(first.read_text(), again.read_text())

    def hold(self, verify, stores, path, options):
        """Compares all sessions of one capture; says how many."""
        octets, compared = path.read_bytes(), 0
        on_wire = chains(octets)
        if not on_wire:
            return 0
        for store in stores:
            given = ("--ca-file", store) if store else ()
            how = {} if store else {"env": self.WITH_SYSTEM}
            run = self.run_it("check", path, *options, *given, "-o", "-", "--format", "json", **how)
            for session in json.loads(run.out)["sessions"]:
                tls = session["tls"] or {"certificates": [], "client_certificates": []}
                for certificates, result, at, purpose in (("certificates", "chain", "certificate_at", "sslserver"),
                                                          ("client_certificates", "client_chain", "client_certificate_at", "sslclient")):
                    digests = tuple(c["sha256"] for c in tls[certificates])
                    told = tls.get(result)
                    if digests not in on_wire or told is None or told["error_code"] is None or not told["dates_checked"]:
                        continue
                    said = verify(on_wire[digests], store, purpose, seconds_of(tls[at]["time"]))
                    self.assertEqual((told["error_code"], told["depth"], told["error"]), said, f"{path} {store} session {session['id']}")
                    compared += 1
        return compared

    def test_openssl_says_the_same(self):
        verify = Verify(self.folder)
        stores = list(ROOTS)
        probe, _ = self.report(FOLDER / "nochain.pcap", env=self.WITH_SYSTEM)
        if probe["trust_store"]["kind"] == "system":
            stores.append(None)
        compared = {path: self.hold(verify, stores, path, options) for path, options in captures()}
        own = [path for path, n in compared.items() if n and path.parent == FOLDER]
        self.assertEqual(len(own), len(self.CASES), "a capture of certificates was not compared")
        if (SHARED / "captures").is_dir():
            self.assertGreater(sum(1 for n in compared.values() if n), 60)
        results = {answer for answer in verify.known.values()}
        self.assertLessEqual({0, 9, 10, 18, 19, 20} if len(compared) > 100 else {0, 10, 19, 20}, {code for code, _, _ in results})


if __name__ == "__main__":
    main()
