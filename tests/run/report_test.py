#!/usr/bin/env python3
"""Reports rendered again from their JSON: the same octets that `check` wrote.

usage: report_test.py MAILSEAL
"""
import json, re, subprocess, unittest

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


if __name__ == "__main__":
    main()
