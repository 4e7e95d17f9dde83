#!/usr/bin/env python3
"""Reports rendered again from their JSON: the same octets that `check` wrote. And two of them compared.

usage: report_test.py MAILSEAL
"""
import html.parser, json, re, subprocess, unittest

import wire
from harness import CANNOT_RUN, CAPTURES, PROGRAM, ProgramTest, Run, main, quiet_environment

# Every format there is, by its suffix, as the program says where it does not know one.
SUFFIXES = sorted(set(re.findall(r"(?<!\w)\.[a-z][a-z.]*[a-z]", Run("check", "x", "-o", "x").err)))
CLEAR = CAPTURES / "smtp-plain.pcap"


class Render(ProgramTest):
    def test_formats_are_known(self):
        self.assertLessEqual({".json", ".txt"}, set(SUFFIXES))

    def written(self, *inputs):
        """check INPUTS once in every format: {suffix: path}, and what it printed."""
        paths = {suffix: self.folder / f"checked{suffix}" for suffix in SUFFIXES}
        run = self.run_it("check", "-q", *inputs, *(a for p in paths.values() for a in ("-o", p)))
        self.assertEqual(run.err, "", run)
        return paths, run

    def rendered(self, report):
        paths = {suffix: self.folder / f"rendered{suffix}" for suffix in SUFFIXES}
        run = self.run_it("report", report, *(a for p in paths.values() for a in ("-o", p)))
        self.assertEqual((run.code, run.err), (0, ""), run)
        return paths, run

    def test_the_same_octets_in_every_format_for_every_capture(self):
        captures = sorted(CAPTURES.glob("*.pcap"))
        self.assertGreater(len(captures), 20)
        for inputs in [[c] for c in captures] + [[CAPTURES], [CAPTURES, "--any-port", "--all"]]:
            with self.subTest(str(inputs)):
                checked, check = self.written(*inputs)
                rendered, render = self.rendered(checked[".json"])
                self.assertEqual(check.out, render.out)
                for suffix in SUFFIXES:
                    self.assertEqual(checked[suffix].read_bytes(), rendered[suffix].read_bytes(), suffix)

    def test_a_proxy_header_is_told_and_told_again(self):
        dialogue = [("C", "PROXY TCP4 203.0.113.7 198.51.100.2 51000 25\r\n"), ("S", "220 mail.example ESMTP\r\n"),
                    ("C", "EHLO client.example\r\n"), ("S", "250 mail.example\r\n")]
        checked, _ = self.written(self.file("proxy.pcap", wire.pcap(wire.frames(dialogue, 25))))
        session, = json.loads(checked[".json"].read_text())["sessions"]
        self.assertEqual(session["proxy_header"]["frame"], 4)
        rendered, _ = self.rendered(checked[".json"])
        self.assertEqual(checked[".json"].read_bytes(), rendered[".json"].read_bytes())

    def test_what_could_not_be_read_is_told_again(self):
        cut = self.file("cut.pcap", CLEAR.read_bytes()[:-7])
        paths = self.folder / "a.json", self.folder / "b.json"
        check = self.run_it("check", "-q", cut, "missing\x1b.pcap", CLEAR, "-o", paths[0])
        self.assertEqual(check.code, CANNOT_RUN)
        render = self.run_it("report", paths[0], "-o", paths[1])
        self.assertEqual((render.code, render.out), (0, check.out), "2 is what the analysis left with")
        self.assertIn("Exit 2.", render.out)
        self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())

    def test_text_or_a_format_to_standard_output(self):
        checked, check = self.written(CLEAR)
        text = checked[".txt"].read_bytes()
        source = checked[".json"].read_bytes()
        for arguments, wanted in (((), text), (("-o", "-"), text), (("--format", "json"), source),
                                  (("-o", "-", "--format", "json"), source)):
            for name, stdin in ((checked[".json"], b""), ("-", source)):
                with self.subTest(arguments=arguments, name=name):
                    run = self.run_it("report", name, *arguments, stdin=stdin)
                    self.assertEqual((run.code, run.raw_out, run.err), (0, wanted, ""))

    def test_any_verdict_is_rendered_with_0(self):
        for capture, code in (("smtp-starttls-tls13", 0), ("smtp-plain", 1), ("smtp-no-mail", 3)):
            paths, check = self.written(CAPTURES / f"{capture}.pcap")
            self.assertEqual(check.code, code)
            run = self.run_it("report", paths[".json"])
            self.assertEqual(run.code, 0, run)
            self.assertIn(f"Exit {code}.", run.out)

    def test_colour_as_check_has_it(self):
        paths, _ = self.written(CLEAR)
        self.assertEqual(self.run_it("report", paths[".json"], "--color", "always").out,
                         self.run_it("check", CLEAR, "--color", "always").out)

    def test_what_is_no_report_is_refused(self):
        paths, _ = self.written(CLEAR)
        good = paths[".json"].read_text()
        changed = json.loads(good)
        changed["sessions"][0]["state"] = "sealed"
        for name, octets, words in (("a.pcap", CLEAR.read_bytes(), ("no JSON", "octet 0")),
                                    ("a.txt", paths[".txt"].read_bytes(), ("no JSON",)),
                                    ("empty.json", b"", ("empty",)),
                                    ("cut.json", good[:3000], ("ends there", "octet 3000")),
                                    ("other.json", "{}", ("schema is missing",)),
                                    ("two.json", good.replace("report/1", "report/2"), ("mailseal-report/2",)),
                                    ("state.json", json.dumps(changed), ("sessions[0].state", '"sealed"'))):
            with self.subTest(name):
                path = self.file(name, octets)
                self.refused("report", path, words=(str(path), "mailseal check", *words))
                self.refused("report", "-", stdin=path.read_bytes(), words=("standard input", *words))
        self.refused("report", self.folder / "nothing.json", words=("No such file",))
        self.refused("report", self.folder, words=("is a directory",))
        self.refused("report", words=("REPORT",))
        self.refused("report", paths[".json"], paths[".json"])
        self.refused("report", paths[".json"], "-o", "x.unknown", words=("x.unknown", "suffix"))
        self.refused("report", paths[".json"], "-o", "/nonexistent/x.txt", words=("/nonexistent/x.txt",))

    def test_a_refused_report_leaves_no_file(self):
        bad = self.file("bad.json", "{")
        self.refused("report", bad, "-o", self.folder / "x.txt")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["bad.json"])

    def test_help_says_what_the_exit_status_means(self):
        run = self.run_it("report", "--help")
        self.assertEqual(run.code, 0)
        self.assertIn("0 rendered", run.out)

    def test_a_report_is_read_while_it_is_made(self):
        checked, check = self.written(CLEAR)
        pipe = subprocess.run(f"'{PROGRAM}' check -q '{CLEAR}' --format json | '{PROGRAM}' report -", shell=True,
                              capture_output=True, env=quiet_environment(), timeout=60)
        self.assertEqual(pipe.stdout.decode(), check.out)


class Page(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, its text, and whether they are nested rightly."""
    VOID = {"meta", "br", "hr", "link", "img"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.attributes, self.text, self.fault = [], [], [], "", ""
        self.feed(text)
        self.close()
        if self.open:
            self.fault = f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.fault = self.fault or f"{tag} closed at {self.getpos()}"

    def handle_data(self, data):
        self.text += data


class Diff(ProgramTest):
    def setUp(self):
        super().setUp()
        self.sound, self.clear = (self.checked(CAPTURES / f"{name}.pcap", f"{name}.json")
                                  for name in ("smtp-starttls-tls13", "smtp-offered-not-used"))

    def checked(self, capture, name):
        path = self.folder / name
        self.run_it("check", "-q", capture, "-o", path)
        return path

    def test_the_answer_is_the_first_word_and_the_exit_status(self):
        for before, after, word, code in ((self.sound, self.clear, "WORSE", 1), (self.clear, self.sound, "BETTER", 0),
                                          (self.sound, self.sound, "SAME", 0)):
            run = self.run_it("diff", before, after)
            self.assertEqual((run.word, run.code, run.err), (word, code, ""), run)
            self.assertIn(f"Exit {code}.", run.out)
        run = self.run_it("diff", self.sound, self.clear)
        self.assertRegex(run.out, r"Opened\n  server  192\.0\.2\.25:25 .* encrypted > plaintext")
        self.assertRegex(run.out, r"finding  starttls-offered-not-used +high +0 > 1 +new at 192\.0\.2\.25:25")

    def test_only_neutral_changes(self):
        other = self.checked(CAPTURES / "smtp-starttls-ipv6.pcap", "other.json")
        run = self.run_it("diff", self.sound, other)
        self.assertEqual((run.word, run.code), ("CHANGED", 0), run)
        self.assertIn("First seen", run.out)
        self.assertIn("No longer seen", run.out)

    def test_files_and_standard_streams(self):
        text = self.run_it("diff", self.sound, self.clear)
        run = self.run_it("diff", self.sound, self.clear, "-o", self.folder / "d.txt", "-o", self.folder / "d.md",
                          "-o", self.folder / "d.html")
        self.assertEqual((run.code, run.out), (text.code, text.out))
        self.assertEqual((self.folder / "d.txt").read_text(), text.out)
        self.assertRegex((self.folder / "d.md").read_text(), r"\A## WORSE: 2 opened, ")
        run = self.run_it("diff", self.sound, self.clear, "--format", "html")
        self.assertEqual(run.out, (self.folder / "d.html").read_text())
        run = self.run_it("diff", "-", self.clear, "-o", "-", "--format", "markdown", stdin=self.sound.read_bytes())
        self.assertEqual(run.out.replace("standard input", str(self.sound)), (self.folder / "d.md").read_text())

    def test_the_page_says_what_the_text_says(self):
        self.run_it("diff", self.sound, self.clear, "-o", self.folder / "d.html")
        page = Page((self.folder / "d.html").read_text())
        self.assertEqual(page.fault, "")
        text = " ".join(page.text.split())
        for words in ("WORSE", "2 opened, 3 worse", "192.0.2.7 > 192.0.2.25:25", "starttls-offered-not-used",
                      "new at 192.0.2.25:25"):
            self.assertIn(words, text)
        names = [name for name, _ in page.attributes]
        self.assertFalse({"src", "href", "style"} & set(names) or [n for n in names if n.startswith("on")])
        ids = [value for name, value in page.attributes if name == "id"]
        self.assertEqual(len(ids), len(set(ids)))
        for value in (v for n, v in page.attributes if n == "aria-labelledby"):
            self.assertIn(value, ids)

    def test_hostile_reports_are_inert(self):
        report = json.loads(self.checked(CAPTURES / "smtp-starttls-tls12.pcap", "tls12.json").read_text())
        tls = next(s["tls"] for s in report["sessions"] if s["tls"] and s["tls"]["certificates"])
        before = self.file("before.json", json.dumps(report))
        for text in ("<script>alert(1)</script>", "\x1b[2J", "`@user` #1", "\u202egnp", "'\"><img src=x onerror=y>"):
            certificate = tls["certificates"][0]
            certificate.update(subject=text, sha256="f" * 64)
            report["tool"]["arguments"] = ["--port", text]
            report["findings"][0].update(id="new-finding", title=text, meaning=text, remedy=text)
            report["servers"][0]["findings"].append("new-finding")
            after = self.file("after.json", json.dumps(report))
            for form in ("text", "markdown", "html"):
                run = self.run_it("diff", before, after, "--format", form)
                self.assertIn("new-finding", run.out)
                self.assertNotRegex(run.out, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
                if form == "html":
                    page = Page(run.out)
                    self.assertEqual(page.fault, "")
                    self.assertFalse({"script", "img"} & set(page.elements))

    def test_what_cannot_be_compared_is_refused(self):
        self.refused("diff", self.sound, words=("REPORTS",))
        self.refused("diff", self.sound, self.clear, self.clear)
        self.refused("diff", "-", "-", words=("standard input",))
        self.refused("diff", self.sound, self.folder / "missing.json", words=("missing.json", "No such file"))
        self.refused("diff", CLEAR, self.sound, words=("no JSON",))
        self.refused("diff", self.sound, self.file("cut.json", self.clear.read_bytes()[:900]), words=("ends there",))
        self.refused("diff", self.sound, self.clear, "--format", "json", words=("markdown",))
        self.refused("diff", self.sound, self.clear, "-o", "x.json", words=("x.json", ".html"))
        self.refused("diff", self.sound, self.clear, "-o", "/nonexistent/d.md", words=("/nonexistent/d.md",))


if __name__ == "__main__":
    main()
