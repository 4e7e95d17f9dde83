#!/usr/bin/env python3
"""Text captures: what a sniffer prints of a capture is judged as the capture is.

usage: text_test.py MAILSEAL        in the tests: the captures of the project and, where they are, 30 shared ones;
                                    dialects and dresses in turn
       text_test.py MAILSEAL --all  each in every dialect (some minutes)
Dated findings, confidence and what is said of the capture itself may differ; all else is the same, frame by frame.
"""
import importlib.machinery, importlib.util, pathlib, random, re, sys, unittest

ALL = "--all" in sys.argv
if ALL:
    sys.argv.remove("--all")

from harness import CAPTURES, ROOT, SHARED, ProgramTest, main  # noqa: E402

loader = importlib.machinery.SourceFileLoader("text_of_capture", str(ROOT / "scripts" / "text_of_capture"))
spec = importlib.util.spec_from_loader("text_of_capture", loader)
writer = importlib.util.module_from_spec(spec)
loader.exec_module(writer)

PAYLOAD = [d for d in writer.DIALECTS if d != "asa" and not re.match("fortigate-[14]-", d)]
HEADERS = ["fortigate-1-r", "fortigate-4-a", "asa"]
DRESSED = {"fortigate-6-a": [*writer.DRESSES], "fortimail": ["crlf", "noisy", "utf16"], "tshark-P-x": ["crlf", "bom"],
           "tcpdump-XX-tttt": ["putty", "teraterm", "spaced", "utf16be"], "fortigate-2-r": ["unparted", "nbsp", "spaced"]}
# What rests on dates, on the file, or on link layers that are not printed.
DATED = re.compile("^(cert-(expired|not-yet-valid|expires-soon|chain-.*|lifetime-.*)|inconclusive-clock|capture-.*)$")
TLS = ("version", "cipher_suite", "established", "server_name", "resumed", "group")


def essence(report, halved=False):
    """Of each session what must not depend on how its packets were written down."""
    def frame(place):
        return place and ((place["frame"] + 1) // 2 if halved else place["frame"])

    places = {}
    for finding in report["findings"]:
        for o in finding["occurrences"]:
            if o["session"] and not DATED.match(finding["id"]):
                places.setdefault(o["session"], set()).add((finding["id"], frame(o)))
    told = []
    for s in report["sessions"]:
        tls = s["tls"]
        told.append({
            "ends": (str(s["client"]), str(s["server"])), "state": s["state"], "protocol": s["protocol"],
            "exposed": s["exposed"], "messages": s["messages"], "doubts": s["doubts"],
            "first": frame(s["first"]), "credentials": [(c["kind"], c["mechanism"], frame(c)) for c in s["credentials"]],
            "upgrade": {k: frame(v) if isinstance(v, dict) else v for k, v in s["upgrade"].items()},
            "tls": tls and {**{k: tls[k] for k in TLS}, "hello": frame(tls["client_hello"]), "answer": frame(tls["server_hello"])},
            "findings": sorted(places.get(s["id"], ())),
        })
    return told


class Text(ProgramTest):
    def told_of(self, text, name="capture.txt"):
        report, run = self.report(self.file(name, text))
        return report

    def holds_of_text(self, report, context):
        facts = report["inputs"][0]
        self.assertTrue(facts["format"].endswith("-text"), context)
        self.assertIn("text", facts, context)
        self.assertEqual([f["severity"] for f in report["findings"] if f["id"] == "capture-text-source"], ["info"], context)
        self.assertNotIn("high", [s["confidence"] for s in report["sessions"]], context)
        for s in report["sessions"]:
            self.assertGreater(s["first"]["line"], 0, context)
        dated = [f["id"] for f in report["findings"] if f["id"] in ("cert-expired", "cert-not-yet-valid", "cert-expires-soon")]
        if facts["text"]["clock"] == "undated":
            self.assertEqual(dated, [], context)
            self.assertIsNone(facts["first"], context)
            self.assertNotIn("1970-", self.run_it("check", self.folder / "capture.txt").out, context)

    def same(self, capture, dialect, dress="none"):
        context = f"{capture.name} as {dialect}, dressed {dress}"
        octets = capture.read_bytes()
        before, _ = self.report(capture)
        text = writer.text_of(octets, dialect, dress)
        after = self.told_of(text)
        halved = dialect == "fortigate-any"
        facts = after["inputs"][0]
        self.assertEqual(facts["packets"], before["inputs"][0]["packets"] * (2 if halved else 1), context)
        self.assertEqual(facts["text"]["damaged"], 0, context)
        expected = essence(before)
        if facts["first"] is None and facts["text"]["first_elapsed_ns"] == facts["text"]["last_elapsed_ns"]:
            # Without any times nobody knows how much later another connection was.
            for session in expected:
                if session["upgrade"]["requested"] is None:
                    session["findings"] = [f for f in session["findings"] if f[0] != "starttls-failed-fallback-plaintext"]
        self.assertEqual(essence(after, halved), expected, context)
        self.holds_of_text(after, context)
        lines = text.decode("utf-16" if dress.startswith("utf16") else "utf-8", "replace").split("\n")
        for session in after["sessions"][:3]:  # the line told is the one that announces it, or its first row
            first = session["first"]
            self.assertRegex(lines[first["line"] - 1], " IP6? | > | -> |len=|0000 |0x0000|Frame|→", context)

    def test_every_dialect(self):
        for name in ("smtp-plain.pcap", "smtp-starttls-tls13.pcap"):
            for dialect in PAYLOAD:
                self.same(CAPTURES / name, dialect)

    def test_every_capture(self):
        for n, capture in enumerate(sorted(CAPTURES.glob("*.pcap"))):
            for dialect in (PAYLOAD if ALL else PAYLOAD[n % 11::11]):
                self.same(capture, dialect)

    def test_every_dress(self):
        for dialect, dresses in DRESSED.items():
            for dress in dresses:
                self.same(CAPTURES / "smtp-plain-then-starttls.pcap", dialect, dress)

    @unittest.skipUnless(SHARED.exists(), "only where the shared captures are")
    def test_shared_captures(self):
        lab = sorted(p for p in (SHARED / "captures" / "lab").glob("[ab]_*.pcap*") if p.suffix in (".pcap", ".pcapng"))
        self.assertGreaterEqual(len(lab), 30)
        for n, capture in enumerate(lab[::max(1, len(lab) // 30)][:30]):
            for dialect in (PAYLOAD if ALL else PAYLOAD[n % 20::20]):
                self.same(capture, dialect)

    def test_headers_only(self):
        """Connections are told, and that they show nothing; never that all is well."""
        for name in ("smtp-plain.pcap", "smtp-starttls-tls12.pcap", "imaps-993.pcap"):
            before, _ = self.report(CAPTURES / name)
            for dialect in HEADERS:
                report = self.told_of(writer.text_of((CAPTURES / name).read_bytes(), dialect))
                context = f"{name} as {dialect}"
                self.assertEqual(report["verdict"], "inconclusive", context)
                self.assertLessEqual({s["state"] for s in report["sessions"]}, {"inconclusive", "no-mail"}, context)
                self.assertEqual(len(report["sessions"]), len(before["sessions"]), context)
                self.assertIn("capture at level 3 or 6", " ".join(report["verdict_reasons"]), context)
                self.assertEqual(report["inputs"][0]["text"]["without_octets"], report["inputs"][0]["packets"], context)

    def test_a_report_read_again_tells_the_same_lines(self):
        self.file("capture.txt", writer.text_of((CAPTURES / "smtp-plain.pcap").read_bytes(), "fortigate-3-r"))
        stored = self.folder / "report.json"
        self.run_it("check", self.folder / "capture.txt", "-o", stored)
        again = self.run_it("report", stored, "-o", "-", "--format", "json")
        self.assertEqual(self.valid(again.out)["sessions"], self.valid(stored.read_text())["sessions"])
        told = self.run_it("report", stored).out
        self.assertEqual(told, self.run_it("check", self.folder / "capture.txt").out)
        self.assertRegex(told, r"frame[s]? \d+ \(line \d+\)")

    def test_dropped_packets_are_told(self):
        text = writer.text_of((CAPTURES / "smtp-starttls-tls13.pcap").read_bytes(), "fortigate-6-a")
        self.assertIn(b"\n0 packets dropped by kernel", text)
        report = self.told_of(text.replace(b"\n0 packets dropped by kernel", b"\n17 packets dropped by kernel"))
        self.assertEqual(report["inputs"][0]["dropped"], 17)
        self.assertEqual(report["verdict"], "inconclusive")

    def test_what_cannot_be_read_says_what_to_do(self):
        line = "01:00:03.911262 IP 192.0.2.1.49231 > 192.0.2.2.25: Flags [P.], seq 1:65, ack 1, win 65535, length 64\n"
        for text in (line, line + "E..(..@.@......$\n...c.O..;.......P...f!..\n"):
            self.refused("check", self.file("a.txt", text * 5), words=["tcpdump's text without the packets' octets", "-w FILE"])

    def test_damage_never_hides_clear_text(self):
        """200 texts, mutated by seed: a verdict with its doubts or one line, and never an `encrypted` that was none."""
        names = ("smtp-plain.pcap", "smtp-plain-then-starttls.pcap", "smtp-starttls-refused-plain.pcap",
                 "imap-login-clear.pcap", "smtp-null-cipher.pcap", "smtp-starttls-tls12.pcap")
        dialects = ("fortigate-6-a", "fortigate-3-r", "fortigate-2-r", "fortimail", "tcpdump-X", "tcpdump-xx-tt", "tshark-P-x",
                    "fortigate-any", "asa-dump", "screenos")
        truths = {name: self.report(CAPTURES / name)[0] for name in names}
        for seed in range(200):
            name, dialect = names[seed % len(names)], dialects[seed // len(names) % len(dialects)]
            text = damaged(writer.text_of((CAPTURES / name).read_bytes(), dialect), random.Random(seed))
            context = f"seed {seed}: {name} as {dialect}"
            run = self.run_it("check", self.file("capture.txt", text), "-o", "-", "--format", "json")
            if run.code == 2:
                self.one_line(run, "cannot read")
                continue
            report = self.valid(run.out, context)
            truth = truths[name]
            if truth["verdict"] != "pass":
                self.assertNotEqual(report["verdict"], "pass", context)
            states = {(str(s["client"]), str(s["server"])): s["state"] for s in truth["sessions"]}
            for s in report["sessions"]:
                if s["state"] == "encrypted":
                    self.assertEqual(states.get((str(s["client"]), str(s["server"]))), "encrypted", context)
                self.assertNotEqual(s["confidence"], "high", context)


def damaged(text, dice):
    """As text is damaged: rows lost, doubled, broken off, overwritten; a digit changed; what a person types into it."""
    lines = text.decode().split("\n")
    for _ in range(dice.choice((1, 1, 2, 5, 20))):
        at = dice.randrange(len(lines))
        kind = dice.randrange(10)
        line = lines[at]
        if kind == 0:
            del lines[at:at + dice.choice((1, 1, 2, 7, 30))]
        elif kind == 1:
            lines.insert(at, line)
        elif kind == 2:
            lines[at] = line[:dice.randrange(len(line) + 1)]
        elif kind == 3 and line:
            place = dice.randrange(len(line))
            lines[at] = line[:place] + dice.choice("0123456789abcdef .\t") + line[place + 1:]
        elif kind == 4:
            place = dice.randrange(len(line) + 1)
            lines[at] = line[:place] + dice.choice(("ifds ", "][", "\x1b[K", "\b\b", "^C", "\r", "--More--")) + line[place:]
        elif kind == 5:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 6:
            lines.insert(at, "")
        elif kind == 7:
            lines[at] = line.replace(" ", "", 1)
        elif kind == 8:
            lines[at:at + 2] = ["".join(lines[at:at + 2])]
        else:
            lines[at] = line.upper()
        if not lines:
            lines = [""]
    return "\n".join(lines).encode()


if __name__ == "__main__":
    main()
