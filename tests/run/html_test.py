#!/usr/bin/env python3
"""The HTML page of real runs: it says what the JSON of the same run says, and holds nothing that is not ours.

usage: html_test.py MAILSEAL [unittest options]
"""
import json, re, shutil, subprocess, sys, unittest

from harness import CAPTURES, FAIL, PROGRAM, ROOT, ProgramTest, main

sys.path.insert(0, str(ROOT / "tests" / "report"))
import html_check  # noqa: E402


def told(text):
    return " ".join(str(text).split())


class Html(ProgramTest):
    def both(self, *arguments):
        """(page, JSON) of one run."""
        page, report = self.folder / "x.html", self.folder / "x.json"
        self.run_it("check", *arguments, "-q", "-o", page, "-o", report)
        octets = page.read_bytes()
        self.assertEqual(html_check.faults(octets), [], arguments)
        return html_check.Page(octets.decode()), json.loads(report.read_text())

    def says(self, page, report):
        text = page.text
        self.assertIn(report["verdict"].upper(), page.section("verdict"))
        self.assertIn(told(report["sentence"]), page.section("verdict"))
        for reason in report["verdict_reasons"]:
            self.assertIn(told(reason), page.section("verdict"))
        for state, n in report["counts"].items():
            if state != "sessions":
                self.assertRegex(page.section("verdict"), rf"\b{n} \S {re.escape(state)}\b")
        for finding in report["findings"]:
            block = page.section("f-" + finding["id"])
            for part in [finding["id"], finding["title"], finding["meaning"], *finding["references"]]:
                self.assertIn(told(part), block, finding["id"])
            if finding["remedy"] != "None.":
                self.assertIn(told(finding["remedy"]), block, finding["id"])
            first = finding["occurrences"][0]
            if first["frame"] is not None:
                self.assertRegex(block, rf"\b{first['frame']}\b", finding["id"])
            if first["side"] is not None:
                self.assertIn(first["side"], block, finding["id"])
                self.assertRegex(block, rf"\b{first['stream_offset']}\b", finding["id"])
            self.assertIn(told(first["note"]), block, finding["id"])
        for data in report["inputs"]:
            block = page.section("capture")
            for part in [data["path"], data["sha256"], f"{data['size']:,} octets", f"{data['packets']:,}",
                         data["interfaces"][0]["link_type"]]:
                self.assertIn(part, block)
            self.assertIn("not reported" if data["dropped"] is None else f"{data['dropped']:,}", block)
            if data["first"]:
                self.assertIn(data["first"][:19].replace("T", " "), block)
        for server in report["servers"]:
            address = f"[{server['ip']}]" if ":" in server["ip"] else server["ip"]
            self.assertIn(f"{address}:{server['port']}", page.section("servers"))
        for session in report["sessions"]:
            row = page.section(f"s{session['id']}")
            self.assertIn(session["state"], row)
            self.assertIn(session["confidence"], row)
            for kind in session["exposed"]:
                self.assertIn(kind, row)
            tls = session["tls"]
            for part in [tls["version"], tls["cipher_suite"], tls["group"]] if tls else []:
                self.assertIn(part or "", row)
            for certificate in tls["certificates"][:1] if tls else []:
                for key in ("subject", "issuer", "serial", "sha256", "signature_algorithm"):
                    self.assertIn(certificate[key], page.section("servers"))
            if not tls or not tls["version"]:
                continue
            self.assertIn(tls["version"], page.section("servers"))
            if tls["certificates_hidden"]:
                self.assertIn("not observable (TLS 1.3)", page.section("servers"))
        return text

    def test_it_says_what_the_json_says(self):
        for capture in sorted(CAPTURES.rglob("*.pcap")):
            with self.subTest(capture.name):
                self.says(*self.both(capture))

    def test_all_captures_at_once(self):
        page, report = self.both(CAPTURES)
        text = self.says(page, report)
        self.assertEqual(len(report["inputs"]), len(list(CAPTURES.rglob("*.pcap"))))
        self.assertIn("passed over", text)

    def test_every_cited_frame_has_its_command(self):
        page, report = self.both(CAPTURES / "smtp-offered-not-used.pcap")
        commands = page.section("reproduce")
        cited = {o["frame"] for f in report["findings"] for o in f["occurrences"] if o["frame"]}
        self.assertTrue(cited)
        for frame in cited:
            self.assertIn(f"-Y frame.number=={frame} ", commands)
        self.assertIn("mailseal check", commands)
        self.assertEqual(commands.count("tshark -r"), len(cited))

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_the_commands_run(self):
        name = "a b'c $(x) smtp.pcap"
        path = self.file(name, (CAPTURES / "smtp-offered-not-used.pcap").read_bytes())
        page, _ = self.both(path)
        line = re.search(r"tshark -r .*? -Y frame\.number==(\d+)", page.section("reproduce"))
        done = subprocess.run(["bash", "-c", line.group(0)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.split()[0] == line.group(1), done.stdout)

    def test_file_names_stay_text(self):
        octets = (CAPTURES / "smtp-offered-not-used.pcap").read_bytes()
        for name in ("<script>alert(1)<", "\"><img src=x onerror=alert(1)>", "' onclick='x", "&lt;b&gt; &amp;",
                     "\x1b[31m\u202egpj.exe", "]]><!-- -- -->", "日本 語", "a" * 200, "$(reboot) `id`;#"):
            with self.subTest(name):
                page, report = self.both(self.file(name + ".pcap", octets))
                self.assertIn(told(report["inputs"][0]["path"])[:150], page.text)
                self.assertEqual(report["exit_code"], FAIL)

    def test_nothing_and_what_cannot_be_read(self):
        empty = self.file("none.pcap", (CAPTURES / "smtp-plain.pcap").read_bytes()[:24])
        page, report = self.both(empty)
        self.assertIn("INCONCLUSIVE", page.section("verdict"))
        self.assertIn("No mail session was seen.", page.section("sessions"))
        self.assertEqual(report["sessions"], [])
        cut = self.file("cut.pcap", (CAPTURES / "smtp-plain.pcap").read_bytes()[:-7])
        page, report = self.both(cut, self.folder / "missing.pcap")
        self.assertIn("truncated", page.section("capture"))
        self.assertIn("missing.pcap", page.section("capture"))

    def test_by_name_on_standard_output(self):
        run = self.run_it("check", CAPTURES / "smtps-465.pcap", "-q", "--format", "html")
        self.assertTrue(run.out.startswith("<!DOCTYPE html>\n<html lang=\"en\">"), run.out[:80])
        self.assertEqual(html_check.faults(run.raw_out), [])


class Check(unittest.TestCase):
    """That the check itself sees what it is for."""

    def test_faults_are_seen(self):
        good = subprocess.run([PROGRAM, "check", str(CAPTURES / "smtps-465.pcap"), "-q", "--format", "html"],
                              capture_output=True).stdout.decode()
        self.assertEqual(html_check.faults(good.encode()), [])
        for old, new in [("<main", "<script>x()</script><main"), ("<p", "<p onclick=\"x()\""), ("<p", "<p><img src=x>"),
                         ("<h2", "<h2 style=\"background:url(//x)\""), ("href=\"#main\"", "href=\"https://x\""),
                         ("href=\"#main\"", "href=\"#nowhere\""), ("default-src &#39;none&#39;", "default-src *"),
                         ("scope=\"col\"", ""), ("<caption", "<p"), ("id=\"verdict\"", "id=\"way\""),
                         ("<h3", "<h1"), ("</style>", "@import 'x'</style>"), ("<main", "<style></style><main"), ("<p", "\u202e<p"), ("</section>", "")]:
            self.assertTrue(old in good, old)
            self.assertNotEqual(html_check.faults(good.replace(old, new, 1).encode()), [], (old, new))


if __name__ == "__main__":
    main()
