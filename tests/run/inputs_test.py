"""Captures as they come: compressed, in archives, as snoop; `inputs` and `convert`; bombs and damage."""
import gzip, io, json, pathlib, random, resource, shutil, struct, subprocess, tarfile, unittest

import damaged, wire
from harness import *  # noqa: F403

CLEAR = (CAPTURES / "smtp-plain.pcap").read_bytes()
SEALED = (CAPTURES / "smtp-starttls-tls13.pcap").read_bytes()


def told(report):
    """What a report says of the traffic: not of which file it is."""
    kept = {k: report[k] for k in ("verdict", "sessions", "findings", "servers", "hops", "exit_code")}
    return json.loads(json.dumps(kept))


def pcap(packets):
    return CLEAR[:24] + b"".join(struct.pack("<4I", s, us, len(o), wire) + o for s, us, wire, o in packets)


def blocks(octets):
    at = 0
    while at < len(octets):
        size = struct.unpack_from("<I", octets, at + 4)[0]
        yield octets[at:at + size]
        at += size


class Packed(ProgramTest):
    def test_every_form_gives_the_report_of_the_capture(self):
        for pcap in (CLEAR, SEALED):
            bare, _ = self.report(self.file("bare.pcap", pcap))
            for form, octets in damaged.forms(pcap).items():
                path = self.file(f"all.{form}", octets)
                for how in ((path,), ("-",)):
                    stdin = octets if how == ("-",) else b""
                    report, run = self.report(*how, stdin=stdin)
                    self.assertEqual(told(report), told(bare), f"{form} {how}")
                    self.assertEqual(len(report["inputs"]), 1, form)

    def test_members_are_inputs_of_their_own(self):
        ticket = self.file("case4711.zip", damaged.zipped(("a/b.pcap", SEALED), ("readme.txt", b"hello\n"), ("c.pcap", CLEAR)))
        report, run = self.report(ticket)
        # In the order of their times.
        self.assertEqual([i["path"] for i in report["inputs"]], [f"{ticket}/c.pcap", f"{ticket}/a/b.pcap"])
        self.assertEqual(report["skipped_files"], [f"{ticket}/readme.txt"])
        self.assertEqual(run.code, FAIL)
        digests = [i["sha256"] for i in report["inputs"]]
        sums = self.folder / "SHA256SUMS"
        extract = self.folder / "evidence.pcapng"
        run = self.run_it("check", ticket, "--sums", sums, "--extract", extract, "-q")
        self.assertEqual(run.code, FAIL, run)
        text = sums.read_text()
        for digest in digests:
            self.assertIn(f"SHA-256 {digest}", text)
        self.assertIn(f"  {ticket}\n", text)
        subprocess.run(["sha256sum", "-c", "--quiet", sums], cwd=self.folder, check=True)
        again, _ = self.report(extract)
        self.assertGreater(again["inputs"][0]["packets"], 0)
        strict, _ = self.report(ticket, "--redact", "strict")
        self.assertNotIn("case4711", json.dumps(strict))
        self.assertNotIn("a/b.pcap", json.dumps(strict))

    def test_a_thousand_members_take_no_more_than_a_thousand_files(self):
        """In whatever order they lie: tar stores them as the folder had them."""
        names = [f"port{n:04}.pcap" for n in range(1000)]
        random.Random(6).shuffle(names)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for name in names:
                late = 100 * int(name[4:8])
                octets = pcap((s + late, *rest) for s, *rest in damaged.packets(SEALED))
                member = tarfile.TarInfo(name)
                member.size = len(octets)
                tar.addfile(member, io.BytesIO(octets))
        ticket = self.file("ticket.tgz", packed.getvalue())
        out, extract = self.folder / "all.pcapng", self.folder / "cited.pcapng"
        for arguments in (("check", ticket, "--extract", extract), ("inputs", ticket), ("convert", ticket, out)):
            run = self.run_it(*arguments, preexec_fn=None if SANITIZER else lambda: resource.setrlimit(resource.RLIMIT_CPU, (8, 8)))
            self.assertEqual(run.code, PASS, run)
        report, _ = self.report(ticket)
        self.assertEqual([i["path"][-8:-5] for i in report["inputs"]], [f"{n % 1000:03}" for n in range(1000)])
        self.assertEqual(report["counts"]["encrypted"], 1000)

    def test_what_is_damaged_in_a_directory_is_not_skipped(self):
        folder = self.file("set/a.pcap", SEALED).parent
        self.assertEqual(self.run_it("check", folder).code, PASS)
        self.file("set/notes.txt", "hello\n")
        self.assertEqual(self.run_it("check", folder).code, PASS)
        self.file("set/b.pcap.gz", b"\x1f\x8b" + bytes(64))
        for command in ("check", "inputs"):
            run = self.run_it(command, folder)
            self.assertEqual(run.code, CANNOT_RUN, run)
            self.one_line(run, "b.pcap.gz", "damaged from its beginning on")

    def test_an_archive_without_a_capture_is_told(self):
        path = self.file("notes.zip", damaged.zipped(("notes.txt", b"hello\n")))
        report, run = self.report(path)
        self.assertEqual((run.code, report["inputs"]), (INCONCLUSIVE, []), run)
        self.assertEqual(report["skipped_files"], [f"{path}/notes.txt"])

    def test_nothing_is_written_beside(self):
        ticket = self.file("sub/ticket.zip", damaged.zipped(("../../escaped.pcap", CLEAR), ("/tmp/mailseal-escaped", CLEAR)))
        report, _ = self.report(ticket)
        self.assertEqual(len(report["inputs"]), 2)
        self.assertEqual([p.name for p in self.folder.rglob("*") if p.is_file()], ["ticket.zip"])
        self.assertFalse(pathlib.Path("/tmp/mailseal-escaped").exists())

    def test_fw_monitor_counts_each_packet_once(self):
        bare, _ = self.report(self.file("bare.pcap", CLEAR))
        points, _ = self.report(self.file("monitor.cap", damaged.fw_monitor(CLEAR)))
        self.assertEqual(len(points["sessions"]), len(bare["sessions"]))
        for ours, one in zip(points["sessions"], bare["sessions"]):
            for key in ("state", "exposed", "protocol", "messages", "doubts"):
                self.assertEqual(ours.get(key), one.get(key), key)
        names = {i["name"] for i in points["inputs"][0]["interfaces"]}
        self.assertEqual(names, {f"{face}:{point}" for face in ("eth0", "eth1") for point in "iIoO"})
        self.assertEqual(points["inputs"][0]["packets"], 4 * bare["inputs"][0]["packets"])


class Bombs(ProgramTest):
    def limited(self, *arguments, stdin=b""):
        """In 600 MB, which a bomb would need a thousandfold."""
        def limits():
            if not SANITIZER:
                resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
        return self.run_it(*arguments, stdin=stdin, preexec_fn=limits)  # in SECONDS

    def test_ten_gigabytes_of_zeros(self):
        one = gzip.compress(bytes(50_000_000), 9, mtime=0)  # and so on, one behind the other
        run = self.limited("check", self.file("zeros.gz", one * 200))
        self.assertEqual(run.code, CANNOT_RUN)
        self.one_line(run, "zeros.gz", "unpacked from gzip, it is no capture")

    def test_a_capture_that_goes_on_for_ever(self):
        record = struct.pack("<4I", 1_800_000_000, 0, 60_000, 60_000) + bytes(60_000)
        more = gzip.compress(record * 800, 9, mtime=0)
        run = self.limited("inputs", self.file("endless.pcap.gz", gzip.compress(CLEAR, mtime=0) + more * 30))
        self.assertEqual(run.code, PASS, run)
        self.assertIn("it unpacks to more than 250 times its size; unpack it yourself", run.out)

    def test_archives_of_archives(self):
        bomb = damaged.zipped(("0", bytes(20_000_000)))
        for level in range(5):
            bomb = damaged.zipped(*[(f"{level}-{n}.zip", bomb) for n in range(16)])
        for run in (self.limited("check", self.file("42.zip", bomb), CAPTURES / "smtp-plain.pcap"),
                    self.limited("check", "-", stdin=bomb)):
            self.assertEqual(run.code, CANNOT_RUN, run)
            self.assertRegex(run.err, "(42.zip|standard input).*(unpacks to more than|has more than 10000 members)")

    def test_compressed_in_compressed(self):
        deep = CLEAR
        for _ in range(30):
            deep = gzip.compress(deep, mtime=0)
        run = self.limited("check", self.file("deep.gz", deep))
        self.assertEqual(run.code, CANNOT_RUN)
        self.one_line(run, "with gzip in it still")

    def test_a_gzip_that_holds_itself(self):
        # Octets that look like the beginning of a gzip again and again.
        head = bytes.fromhex("1f8b0800000000000003")
        stored = lambda b: struct.pack("<BHH", 0, len(b), 0xFFFF ^ len(b)) + b
        run = self.limited("check", self.file("quine.gz", head + stored(head) * 5000))
        self.assertEqual(run.code, CANNOT_RUN)


class Damaged(ProgramTest):
    def test_two_hundred_end_in_a_verdict_or_one_line(self):
        files = damaged.all_of(CLEAR)
        self.assertEqual(len(files), 200)
        passed = []
        for name, octets in files.items():
            with self.subTest(name):
                path = self.file(name, octets)
                run = self.run_it("check", path, "-o", "-", "--format", "json", "-q")
                self.assertNotIn("Traceback", run.err)
                if run.out:
                    report = self.valid(run.out, run)
                    if report["verdict"] == "pass":
                        passed.append(name)
                else:
                    self.assertEqual(run.code, CANNOT_RUN, run)
                    self.assertRegex(run.err, r"\A(mailseal: [^\n]+\n)+\Z", run)
                path.unlink()
        self.assertEqual(passed, [], "mail that can be read was called sealed")


class Inputs(ProgramTest):
    def test_what_is_read_at_all(self):
        run = self.run_it("inputs")
        self.assertEqual(run.code, PASS)
        for word in ("pcap, pcapng, snoop", "gzip, zstd, xz, bzip2, lz4", "zip, 7z, tar", "EN10MB", "VLAN"):
            self.assertIn(word, run.out)
        run = self.run_it("inputs", "--format", "json")
        self.assertRegex(run.out, r'\A\{\n"schema": "mailseal-inputs/1"(?s:.*)\n\}\n\Z')
        known = self.valid(run.out, validator=INPUTS_VALIDATOR)["supported"]
        self.assertIn("LINUX_SLL2", known["link_types"])
        self.assertEqual(len(known["link_types"]), len(set(known["link_types"])))
        self.refused("inputs", "--format", "xml", words=("xml", "text or json"))

    def test_counts_agree_with_check(self):
        for path in sorted(CAPTURES.glob("*.pcap")):
            report, _ = self.report(path)
            run = self.run_it("inputs", path, "--format", "json")
            self.assertEqual(run.code, PASS, run)
            self.assertRegex(run.out, r"\A\{\n(?s:.*)\n\}\n\Z")
            one = self.valid(run.out, path, INPUTS_VALIDATOR)["inputs"][0]
            checked = report["inputs"][0]
            for key in ("path", "format", "sha256", "size", "packets", "first", "last", "dropped", "skipped", "ended"):
                self.assertEqual(one[key], checked[key], f"{path} {key}")
            self.assertEqual(one["tcp"] + sum(one["skipped"].values()), one["packets"])
            self.assertGreater(one["mail"], 0, path)
            self.assertIn("on mail ports: mailseal check", one["diagnosis"])

    def test_what_is_odd_is_told_in_the_same_form(self):
        """Cut, damaged, of several link types of one name, in archives, text, no capture."""
        raw = wire.frames([("S", "220 a\r\n")], 25)[0][14:]
        several = damaged.SECTION + b"".join(damaged.interface(link) for link in (12, 101, 147)) + b"".join(
            damaged.enhanced(n, 0, raw) for n in (0, 1, 1, 2))
        files = {"cut.pcap": CLEAR[:-3], "several.pcapng": several, "m.cap": damaged.fw_monitor(CLEAR),
                 "t.zip": damaged.zipped(("a.pcap.gz", gzip.compress(CLEAR)), ("b.txt", b"x")), "n.txt": b"no\n",
                 "broken.gz": gzip.compress(SEALED)[:-900]}
        run = self.run_it("inputs", *(self.file(n, o) for n, o in files.items()), "--format", "json")
        told = self.valid(run.out, run, INPUTS_VALIDATOR)
        self.assertEqual([i["ended"] for i in told["inputs"]], ["truncated", "complete", "complete", "complete", "truncated"])
        self.assertEqual(told["inputs"][1]["links"], {"RAW": 3, "147": 1})
        self.assertEqual((len(told["skipped_files"]), len(told["failed_inputs"])), (1, 1))

    def test_the_last_line_says_what_is_the_matter(self):
        def pcap(packets, link=1, snap=65535):
            return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link) + b"".join(
                struct.pack("<4I", 1_700_000_000 + n, 0, len(p), wire or len(p)) + p for n, (p, wire) in enumerate(packets))
        ip = bytes.fromhex("0200000000010200000000020800" "4500 0028 0001 4000 40 06 0000 0a000001 0a000002".replace(" ", ""))
        tcp = lambda a, b: ip + struct.pack(">2H2IBBHHH", a, b, 1, 0, 0x50, 2, 1000, 0, 0)
        udp = ip[:23] + b"\x11" + ip[24:] + struct.pack(">4H", 5000, 53, 20, 0) + bytes(12)
        arp = bytes(12) + b"\x08\x06" + bytes(46)
        cases = [
            (pcap([]), "It holds no packet"),
            (pcap([(tcp(40000, 10025), 0)] * 3), "most are on port 10025: if that is mail, say so with --port 10025=smtp"),
            (pcap([(udp, 0)] * 3 + [(arp, 0)]), "none shows TCP: most (3 of 4) are UDP, ICMP and the like"),
            (pcap([(b"x" * 60, 0)] * 3, link=147), "The link type is 147."),
            (pcap([(ip[:23] + b"\x32" + ip[24:] + bytes(40), 0)] * 3), "none shows TCP: most (3 of 3) are inside IPsec."),
            (pcap([(ip[:23] + b"\xfe" + ip[24:] + bytes(40), 0)]), "none shows TCP: most (1 of 1) are"),
            (pcap([(tcp(40000, 25)[:40], 1500)] * 3), "tcpdump -s 0"),
            (pcap([(tcp(40000, 25), 0)] * 3)[:-5], "It ends within a packet"),
        ]
        for octets, words in cases:
            run = self.run_it("inputs", self.file("one.pcap", octets))
            self.assertEqual(run.code, PASS, run)
            self.assertIn(words, run.out.rstrip().splitlines()[-1])
        run = self.run_it("inputs", self.file("one.pcap", cases[1][0]), "--port", "10025=smtp")
        self.assertIn("3 of 3 packets are on mail ports", run.out)

    def test_a_text_without_dates_has_no_times(self):
        text = ("10:05:31.000001 IP 192.0.2.1.40000 > 192.0.2.2.25: Flags [S], seq 1, win 1000, length 0\n"
                "\t0x0000:  4500 0028 0001 4000 4006 b6cb c000 0201\n\t0x0010:  c000 0202 9c40 0019 0000 0001 0000 0000\n"
                "\t0x0020:  5002 03e8 0000 0000\n")
        run = self.run_it("inputs", self.file("a.txt", text), "--format", "json")
        one = self.valid(run.out, run, INPUTS_VALIDATOR)["inputs"][0]
        self.assertEqual((one["packets"], one["tcp"], one["first"], one["last"]), (1, 1, None, None))

    def test_a_single_packet_is_one(self):
        run = self.run_it("inputs", self.file("one.pcap", pcap([(0, 0, 60, bytes(12) + b"\x08\x06" + bytes(46))])))
        self.assertIn("1 packet: no IP packet", run.out)

    def test_what_is_no_capture(self):
        notes = self.file("notes.txt", "Dear postmaster,\n")
        run = self.run_it("inputs", notes, CAPTURES / "smtp-plain.pcap")
        self.assertEqual(run.code, CANNOT_RUN)
        self.one_line(run, "notes.txt")
        self.assertIn("smtp-plain.pcap\n", run.out)
        run = self.run_it("inputs", self.file("ticket.zip", damaged.zipped(("notes.txt", b"x\n"), ("a.pcap", CLEAR))))
        self.assertEqual(run.code, PASS)
        self.assertIn("ticket.zip/notes.txt is no capture", run.out)
        self.assertIn("pcap, packed as zip", run.out)


class Convert(ProgramTest):
    def test_round_trip(self):
        for path in [*sorted(CAPTURES.glob("*.pcap"))[:12], self.file("m.cap", damaged.fw_monitor(CLEAR)),
                     self.file("a.tgz", damaged.forms(SEALED)["tar.gz"])]:
            out = self.folder / "out.pcapng"
            out.unlink(missing_ok=True)
            run = self.run_it("convert", path, out)
            self.assertEqual((run.code, run.out, run.err), (PASS, "", ""), run)
            before, _ = self.report(path)
            after, _ = self.report(out)
            self.assertEqual(told(after), told(before), path)
            ours, theirs = before["inputs"][0], after["inputs"][0]
            for key in ("packets", "first", "last", "dropped", "skipped", "interfaces", "backward_steps", "ended"):
                self.assertEqual(theirs[key], ours[key], f"{path} {key}")
            piped = self.file("piped.pcapng", self.run_raw("convert", "-", "-", stdin=path.read_bytes()))
            self.assertEqual(told(self.report(piped)[0]), told(before), path)

    @unittest.skipUnless(shutil.which("capinfos"), "capinfos is not installed")
    def test_wireshark_counts_as_many_packets(self):
        for path in sorted(CAPTURES.glob("*.pcap"))[:12]:
            out = self.folder / "out.pcapng"
            out.unlink(missing_ok=True)
            self.assertEqual(self.run_it("convert", path, out).code, PASS)
            counted = subprocess.run(["capinfos", "-TrMc", out], capture_output=True, text=True, check=True).stdout
            self.assertEqual(counted.split("\t")[1].strip(), str(sum(1 for _ in damaged.packets(path.read_bytes()))), path)

    def run_raw(self, *arguments, stdin):
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, timeout=SECONDS,
                              env=quiet_environment())
        self.assertEqual((done.returncode, done.stderr), (PASS, b""), arguments)
        self.assertTrue(done.stdout.startswith(b"\x0a\x0d\x0d\x0a"))
        return done.stdout

    def test_several_in_one(self):
        a, b = self.file("a.pcap", CLEAR), self.file("b.zip", damaged.zipped(("x.pcap", SEALED), ("y.txt", b"text\n")))
        for how in ((a, b, self.folder / "one.pcapng"), (a, b, "-o", self.folder / "two.pcapng")):
            self.assertEqual(self.run_it("convert", *how).code, PASS)
        self.assertEqual((self.folder / "one.pcapng").read_bytes(), (self.folder / "two.pcapng").read_bytes())
        report, _ = self.report(self.folder / "one.pcapng")
        self.assertEqual(len(report["inputs"][0]["interfaces"]), 2)
        self.assertEqual(report["inputs"][0]["packets"], sum(1 for p in (CLEAR, SEALED) for _ in damaged.packets(p)))

    def test_several_are_in_the_order_of_their_times(self):
        """Rotated, named in any order; and two points that overlap, packet by packet."""
        packets = list(damaged.packets(CLEAR))
        parts = [self.file(f"{n}.pcap", pcap(packets[n::3])) for n in (2, 0, 1)]
        out = self.folder / "merged.pcapng"
        self.assertEqual(self.run_it("convert", *parts, out).code, PASS)
        report, _ = self.report(out)
        bare, _ = self.report(self.file("bare.pcap", CLEAR))
        self.assertEqual(told(report), told(bare))
        self.assertEqual(report["inputs"][0]["backward_steps"], 0)
        frames = [(s["client"], s["first"]["frame"], s["last"]["frame"]) for s in report["sessions"]]
        self.assertEqual(frames, [(s["client"], s["first"]["frame"], s["last"]["frame"]) for s in bare["sessions"]])

    def test_directions_are_kept(self):
        text = subprocess.run([ROOT / "scripts/text_of_capture", CAPTURES / "smtp-plain.pcap", "fortigate-any"],
                              capture_output=True, check=True).stdout
        source = self.file("any.txt", text)
        once, twice = self.folder / "once.pcapng", self.folder / "twice.pcapng"
        self.assertEqual(self.run_it("convert", source, once).code, PASS)
        self.assertEqual(self.run_it("convert", once, twice).code, PASS)
        for path in (once, twice):
            flags = [struct.unpack_from("<I", b, len(b) - 12)[0] for b in blocks(path.read_bytes()) if b[:4] == b"\6\0\0\0"]
            self.assertEqual(flags[:4], [1, 2, 1, 2])
            self.assertEqual(len(flags), 2 * len(list(damaged.packets(CLEAR))))

    def test_secrets_are_left_out_and_that_is_told(self):
        keys = b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
        body = struct.pack("<II", 0x544C534B, len(keys)) + keys + bytes(-len(keys) % 4)
        rest = damaged.pcapng(SEALED).removeprefix(damaged.SECTION)
        source, out = self.file("keyed.pcapng", damaged.SECTION + damaged.block(10, body) + rest), self.folder / "out.pcapng"
        run = self.run_it("convert", source, out)
        self.assertEqual((run.code, run.out), (PASS, ""), run)
        self.one_line(run, "keyed.pcapng: TLS secrets", "left out", "editcap --extract-secrets")
        self.assertNotIn(b"cd" * 48, out.read_bytes())

    def test_nothing_is_lost(self):
        a, b = self.file("a.pcap", CLEAR), self.file("b.pcapng", damaged.pcapng(SEALED))
        self.refused("convert", a, words=("name the pcapng to write",))
        self.refused("convert", a, b, words=("b.pcapng", "such a file already"))
        self.refused("convert", b, b, words=("b.pcapng", "is the input"))
        self.refused("convert", b, a, words=("a.pcap", "end its name in .pcapng"))
        self.refused("convert", a, "-o", self.folder / "x.pcapng", "-o", self.folder / "y.pcapng", words=("one file",))
        self.assertEqual(a.read_bytes(), CLEAR)
        self.assertEqual(b.read_bytes(), damaged.pcapng(SEALED))
        run = self.run_it("convert", self.file("n.txt", "text\n"), self.folder / "n.pcapng")
        self.assertEqual(run.code, CANNOT_RUN)
        self.assertFalse((self.folder / "n.pcapng").exists())


if __name__ == "__main__":
    main()
