#!/usr/bin/env python3
"""Every link type and tunnel that scripts/tunnels.py can write: the verdicts are those of the capture inside.

usage: tunnels_test.py MAILSEAL
Sessions, their facts with frames and times, and what was found of them are compared whole. Where one packet became two
frames, or two packets one, frames are told apart by that rule. Also that --extract leaves nothing of a mail, whatever it
is wrapped in, and, where ../shared is there, that public/link is read packet by packet as tshark read it.
"""
import itertools, json, re, shutil, unittest

import wire
from harness import CAPTURES, SHARED, ProgramTest, main
import tunnels

SOURCES = ["smtp-plain", "smtp-starttls-tls13", "smtp-starttls-ipv6", "submission-auth-plain-clear", "imap-login-clear",
           "pop3-stls", "smtp-starttls-tls12", "smtps-465", "smtp-plain-then-starttls", "imap-starttls"]


def without_times(value):
    """Two packets of one frame share a time."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k != "time"}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def renumbered(value, frame_of):
    """Notes tell frames, too."""
    if isinstance(value, dict):
        return {k: frame_of(v) if k == "frame" and v else renumbered(v, frame_of) for k, v in value.items()}
    if isinstance(value, str):
        return re.sub(r"(frame )(\d+)", lambda m: m[1] + str(frame_of(int(m[2]))), value)
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

    def gist(self, report):
        """Of sessions whose packets were seen twice."""
        return [(s["client"], s["server"], s["protocol"], s["state"], s["exposed"], s["messages"], s["doubts"], s["findings"],
                 s["tls"] and s["tls"]["version"]) for s in report["sessions"]]

    bare = {}

    def test_verdicts_are_those_of_what_is_inside(self):
        names = itertools.cycle(SOURCES)
        for wrapping, (_, _, frames) in tunnels.WRAPPINGS.items():
            for name in itertools.islice(names, 2):
                with self.subTest(wrapping=wrapping, capture=name):
                    path = self.file(f"{wrapping}.pcap", tunnels.wrapped(CAPTURES / f"{name}.pcap", wrapping))
                    report, bare = self.report(path), self.source(name)
                    self.assertEqual(report["inputs"][0]["packets"], frames * bare["inputs"][0]["packets"])
                    if wrapping == "mirrored_twice":
                        self.assertEqual(self.gist(report), self.gist(bare))
                        continue
                    passed = sum(n for why, n in report["inputs"][0]["skipped"].items() if why != "awaiting-fragments")
                    self.assertEqual(passed, sum(bare["inputs"][0]["skipped"].values()))
                    self.assertEqual(self.told(report), self.told(bare, lambda f: f * frames))

    def test_several_packets_in_one_frame(self):
        for name in SOURCES:
            with self.subTest(capture=name):
                magic, packets = tunnels.packets_of(CAPTURES / f"{name}.pcap")
                out = [wire.pcap_header(magic, link=105)]
                for at in range(0, len(packets), 2):
                    frame = tunnels.amsdu([tunnels.Packet(p[2], at) for p in packets[at:at + 2]])
                    out.append(wire.pcap_packet(frame, packets[at][0] * 1_000_000 + packets[at][1]))
                report, bare = self.report(self.file("amsdu.pcap", b"".join(out))), self.source(name)
                self.assertEqual(report["inputs"][0]["skipped"], {})
                self.assertEqual(self.gist(report), self.gist(bare))
                found = [without_times(f["occurrences"]) for f in report["findings"]]
                self.assertEqual(found, [without_times(renumbered(f["occurrences"], lambda n: (n + 1) // 2))
                                         for f in bare["findings"]])

    def said(self, name):
        """Of every segment with text: its first, middle and last octets."""
        for _, _, frame in tunnels.packets_of(CAPTURES / f"{name}.pcap")[1]:
            segment = tunnels.Packet(frame, 0).ip[20:]
            text = segment[segment[12] // 16 * 4:]
            for at in (0, len(text) // 2 - 6, len(text) - 12):
                if len(text) >= 12:
                    yield text[at:at + 12]

    def test_no_octet_of_a_mail_is_left_in_evidence(self):
        names = itertools.cycle(("smtp-plain", "submission-auth-plain-clear", "imap-login-clear"))
        for wrapping in tunnels.WRAPPINGS:
            name = next(names)
            with self.subTest(wrapping=wrapping, capture=name):
                path = self.file("in.pcap", tunnels.wrapped(CAPTURES / f"{name}.pcap", wrapping))
                out = self.folder / "out.pcapng"
                out.unlink(missing_ok=True)
                self.run_it("check", path, "--extract", out, "-o", self.folder / "report.json", "--format", "json")
                evidence, octets = out.read_bytes(), path.read_bytes()
                self.assertGreater(len(evidence), 200)
                self.assertTrue(any(piece in octets for piece in self.said(name)))
                self.assertEqual([piece for piece in self.said(name) if piece in evidence], [])

    def test_a_bomb_of_headers_ends(self):
        inside = tunnels.Packet(tunnels.packets_of(CAPTURES / "smtp-plain.pcap")[1][0][2], 0)
        gre, tags = inside.ip, inside.ether[12:]
        for _ in range(64):
            gre = tunnels.ip4(47, bytes.fromhex("00000800") + gre)
        for _ in range(500):
            tags = bytes.fromhex("81000064") + tags
        bombs = [tunnels.ether(0x0800, gre), inside.ether[:12] + tags]
        report = self.report(self.file("bombs.pcap", wire.pcap(bombs * 500)))
        self.assertEqual(report["inputs"][0]["skipped"], {"nested-too-deep": 1000})
        finding = next(f for f in report["findings"] if f["id"] == "inconclusive-tunnel")
        self.assertEqual([(o["frame"], o["note"]) for o in finding["occurrences"]],
                         [(1, "1000 packets inside too many tags or tunnels")])


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
class AgainstTshark(unittest.TestCase):
    def test_tshark_counts_as_many_packets_on_mail_ports(self):
        """95 of 103 it reads, and counts 30 packets in each, as in the bare capture; of the others NOT_READ says why."""
        self.assertEqual(tunnels.held_against_tshark(CAPTURES / "smtp-starttls-tls12.pcap", tunnels.WRAPPINGS), 0)


# Files whose TCP packets tshark counts otherwise: how many we give, and why.
OTHERWISE = {
    "libpcap__AH-IPcomp-IPv4.pcap": (None, "IPComp is named, not inflated"),
    "pcpp__IcmpPackets.pcap": (0, "TCP within ICMP's errors is a quotation"),
    "sv__filestore-5408.pcap": (125, "TCP within ICMP's errors and sFlow's samples"),
    "sv__ipv6-evasion__ipv6-kill-router-gateway__kill_router6.pcap": (5, "TCP within ICMPv6's errors"),
    "pcpp__Tests__ExamplesTest__pcap_examples__tcp-reassembly.pcap": (65, "sFlow's samples are no traffic of here"),
    "tcpdump__sflow_expanded.pcap": (0, "sFlow's samples"),
    "sv__ipv6-evasion__ipv6-malformed-fragments-25__frag-25.pcap": (0, "a TCP header that is none"),
}


@unittest.skipUnless((SHARED / "captures/public/link").is_dir(), "no captures beside the project")
class PublicLinks(ProgramTest):
    def test_packets_are_counted_as_tshark_counts_them(self):
        folder, seen = SHARED / "captures/public/link", 0
        for known in json.loads((folder / "detail.json").read_text()):
            name = known["file"].rsplit("/", 1)[-1]
            if not (folder / name).exists() or known["capinfos"][:1] == ["snoop"]:  # snoop: a format, no link
                continue
            with self.subTest(file=name):
                run = self.run_it("check", folder / name, "-o", "-", "--format", "json")
                if not run.out:
                    self.assertIn("not ", run.err, "one line says why")
                    continue
                seen += 1
                read = json.loads(run.out)["inputs"][0]
                packets = int(known["capinfos"][2]) if known["capinfos"] else known["packets"]
                self.assertEqual(read["packets"], packets)
                expected = OTHERWISE.get(name, (known["protocols"].get("tcp", 0), ""))[0]
                if expected is not None:
                    self.assertEqual(read["packets"] - sum(read["skipped"].values()), expected)
        self.assertGreater(seen, 150)


class Recorded(ProgramTest):
    """By the kernel, outside and inside of a tunnel at once; its longest datagrams in fragments."""

    def test_the_verdict_is_that_of_the_inside(self):
        found = sorted((CAPTURES / "tunnels").glob("*-inside.pcap"))
        self.assertTrue(found)
        for inside in found:
            outside = inside.with_name(inside.name.replace("-inside", ""))
            with self.subTest(capture=outside.name):
                told = []
                for path in (outside, inside):
                    report = json.loads(self.run_it("check", path, "-o", "-", "--format", "json").out)
                    [session] = report["sessions"]
                    told.append((report["verdict"], session["client"], session["server"], session["state"], session["exposed"],
                                 session["messages"], session["content_bytes"], session["findings"]))
                    self.assertEqual(session["doubts"], [])
                self.assertEqual(told[0], told[1])
                skipped = json.loads(self.run_it("check", outside, "-o", "-", "--format", "json").out)["inputs"][0]["skipped"]
                self.assertEqual(skipped["awaiting-fragments"], 2)


if __name__ == "__main__":
    main()
