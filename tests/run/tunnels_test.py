#!/usr/bin/env python3
"""Every link type and tunnel that scripts/tunnels.py can write: the verdicts are those of the capture inside.

usage: tunnels_test.py MAILSEAL
Sessions, their facts with frames and times, and what was found of them are compared whole. Where one packet became two
frames, or two packets one, frames are told apart by that rule. Also that --extract leaves nothing of a mail, whatever it
is wrapped in, and, where ../shared is there, that public/link is read packet by packet as tshark read it.
"""
import itertools, json, struct, unittest

from harness import CAPTURES, SHARED, ProgramTest, main
import tunnels

SOURCES = ["smtp-plain", "smtp-starttls-tls13", "smtp-starttls-ipv6", "submission-auth-plain-clear", "imap-login-clear",
           "pop3-stls", "smtp-starttls-tls12", "smtps-465", "smtp-plain-then-starttls", "imap-starttls"]
SECRETS = [b"Subject:", b"MAIL FROM", b"AUTH PLAIN", b"LOGIN", b"RCPT TO"]


def without_times(value):
    """Two packets of one frame share a time."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k != "time"}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def renumbered(value, frame_of):
    if isinstance(value, dict):
        return {k: frame_of(v) if k == "frame" and v else renumbered(v, frame_of) for k, v in value.items()}
    return [renumbered(v, frame_of) for v in value] if isinstance(value, list) else value


def same(frame):
    return frame


class Tunnels(ProgramTest):
    def report(self, path, *more):
        run = self.run_it("check", path, "-o", "-", "--format", "json", *more)
        return json.loads(run.out)

    def told(self, report, frame_of=same):
        findings = [f for f in report["findings"] if f["class"] != "capture" and not f["id"].startswith("inconclusive-tunnel")]
        told = {"verdict": report["verdict"], "sessions": report["sessions"], "findings": findings}
        return renumbered(told, frame_of)

    def source(self, name):
        if name not in self.bare:
            self.bare[name] = self.report(CAPTURES / f"{name}.pcap")
        return self.bare[name]

    bare = {}

    def test_verdicts_are_those_of_what_is_inside(self):
        names = itertools.cycle(SOURCES)
        for wrapping, (_, _, frames) in tunnels.WRAPPINGS.items():
            for name in itertools.islice(names, 3):
                with self.subTest(wrapping=wrapping, capture=name):
                    path = self.file(f"{wrapping}.pcap", tunnels.wrapped(CAPTURES / f"{name}.pcap", wrapping))
                    report, bare = self.report(path), self.source(name)
                    self.assertEqual(report["inputs"][0]["packets"], frames * bare["inputs"][0]["packets"])
                    if wrapping == "mirrored_twice":
                        for session in report["sessions"]:
                            for side in session["sides"].values():
                                self.assertEqual(side["packets"], 2 * side.pop("duplicates") or side["packets"])
                        self.assertEqual([s["state"] for s in report["sessions"]], [s["state"] for s in bare["sessions"]])
                        self.assertEqual([s["exposed"] for s in report["sessions"]], [s["exposed"] for s in bare["sessions"]])
                        continue
                    passed = sum(n for why, n in report["inputs"][0]["skipped"].items() if why != "awaiting-fragments")
                    self.assertEqual(passed, sum(bare["inputs"][0]["skipped"].values()))
                    self.assertEqual(self.told(report), self.told(bare, lambda f: f * frames))

    def test_several_packets_in_one_frame(self):
        for name in SOURCES:
            with self.subTest(capture=name):
                magic, packets = tunnels.packets_of(CAPTURES / f"{name}.pcap")
                out = [struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262144, 105)]
                for at in range(0, len(packets), 2):
                    frame = tunnels.amsdu([tunnels.Packet(p[2], at) for p in packets[at:at + 2]])
                    out.append(struct.pack("<IIII", packets[at][0], packets[at][1], len(frame), len(frame)) + frame)
                report, bare = self.report(self.file("amsdu.pcap", b"".join(out))), self.source(name)
                self.assertEqual(report["inputs"][0]["skipped"], {})
                wanted = self.told(bare, lambda f: (f + 1) // 2)
                for told in (self.told(report), wanted):
                    for session in told["sessions"]:
                        session["message_facts"] = None
                self.assertEqual([(s["state"], s["exposed"], s["findings"], s["tls"] and without_times(s["tls"]))
                                  for s in self.told(report)["sessions"]],
                                 [(s["state"], s["exposed"], s["findings"], s["tls"] and without_times(s["tls"]))
                                  for s in wanted["sessions"]])

    def test_no_octet_of_a_mail_is_left_in_evidence(self):
        for name in ("smtp-plain", "submission-auth-plain-clear", "imap-login-clear"):
            for wrapping in tunnels.WRAPPINGS:
                with self.subTest(wrapping=wrapping, capture=name):
                    path = self.file("in.pcap", tunnels.wrapped(CAPTURES / f"{name}.pcap", wrapping))
                    self.assertTrue(any(s in path.read_bytes() for s in SECRETS), "fragments cut none of them all")
                    out = self.folder / "out.pcapng"
                    out.unlink(missing_ok=True)
                    self.run_it("check", path, "--extract", out, "-o", self.folder / "report.json", "--format", "json")
                    evidence = out.read_bytes()
                    self.assertGreater(len(evidence), 200)
                    for secret in SECRETS:
                        self.assertNotIn(secret, evidence)

    def test_a_bomb_of_headers_ends(self):
        inside = tunnels.Packet(tunnels.packets_of(CAPTURES / "smtp-plain.pcap")[1][0][2], 0)
        gre, tags = inside.ip, inside.ether[12:]
        for _ in range(64):
            gre = tunnels.ip4(47, bytes.fromhex("00000800") + gre)
        for _ in range(500):
            tags = bytes.fromhex("81000064") + tags
        bombs = [tunnels.ether(0x0800, gre), inside.ether[:12] + tags]
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        out += b"".join(struct.pack("<IIII", 1_790_000_000, n, len(b), len(b)) + b for n, b in enumerate(bombs * 500))
        report = self.report(self.file("bombs.pcap", out))
        self.assertEqual(report["inputs"][0]["skipped"], {"nested-too-deep": 1000})
        finding = next(f for f in report["findings"] if f["id"] == "inconclusive-tunnel")
        self.assertEqual([(o["frame"], o["note"]) for o in finding["occurrences"]],
                         [(1, "1,000 packets inside too many tags or tunnels")])


# Packets that tshark counts as TCP, and we do not, or the other way round.
NOT_OURS = {
    "pcpp__solaris.snoop": "the format is not ours to test here",
    "libpcap__AH-IPcomp-IPv4.pcap": "IPComp: tshark inflates it, we name it",
}


@unittest.skipUnless((SHARED / "captures/public/link").is_dir(), "no captures beside the project")
class PublicLinks(ProgramTest):
    def test_packets_are_counted_as_tshark_counts_them(self):
        for known in json.loads((SHARED / "captures/public/link/detail.json").read_text()):
            name = known["file"].rsplit("/", 1)[-1]
            path = SHARED / "captures/public/link" / name
            if not path.exists() or name in NOT_OURS:
                continue
            with self.subTest(file=name):
                run = self.run_it("check", path, "-o", "-", "--format", "json")
                print(name, known["packets"], known["protocols"].get("tcp", 0), run.code, json.loads(run.out)["inputs"][0]["packets"] if run.out else run.err[:80], json.loads(run.out)["inputs"][0]["packets"] - sum(json.loads(run.out)["inputs"][0]["skipped"].values()) if run.out else "", json.loads(run.out)["inputs"][0]["skipped"] if run.out else "")


if __name__ == "__main__":
    main()
