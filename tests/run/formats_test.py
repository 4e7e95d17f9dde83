#!/usr/bin/env python3
"""Every report format over captures of the project: as it was (tests/run/golden), the same facts as in the JSON,
within --max-bytes.

usage: formats_test.py MAILSEAL
To remake the golden files after a wanted change: scripts/golden; look at the difference before it is committed.
"""
import json, os, re, sys, unittest

from harness import CAPTURES, CANNOT_RUN, FAIL, ROOT, ProgramTest, main, quiet_environment

sys.path.insert(0, str(ROOT / "tests/report"))
import formats_check  # noqa: E402

GOLDEN = ROOT / "tests/run/golden"
INPUTS = [f"captures/{name}.pcap" for name in ("smtp-plain-then-starttls", "pop3-userpass-clear", "smtp-starttls-tls12")]
# What names the build: it may change without changing the goldens.
BUILD = [(r'("name":"mailseal","version":")[0-9.]+', r"\g<1>0.0.0"), (r'("commit":)(null|"[0-9a-z-]+")', r"\1null"),
         (r"(Written by mailseal )\S+( \S+)?(?= at )", r"\g<1>0.0.0"),
         (r'((?:<dd>|Made by |content=")mailseal )[0-9.]*[0-9]( \([0-9a-z-]+\))?', r"\g<1>0.0.0"),
         (r'(executable_sha256":")[0-9a-f]{64}', r"\g<1>" + 64 * "0"),
         (r"(SHA-256 of the program</dt>\n<dd><code>)[0-9a-f]{64}", r"\g<1>" + 64 * "0")]


class Formats(ProgramTest):
    def formats(self):
        """{name: suffix}, as the program lists them."""
        listed = re.search(r"Format of -o whatever its suffix: (.*?);", " ".join(self.run_it("check", "--help").out.split()))
        found = dict(re.findall(r"([a-z-]+) \((\.[a-z.]+)\)", listed[1]))
        self.assertGreaterEqual(len(found), 11, listed)
        return found

    def written(self, inputs, *options):
        """All formats of one run: the path of the JSON; the others beside it."""
        outputs = [option for suffix in self.formats().values() for option in ("-o", f"all{suffix}")]
        self.run_it("check", "-q", *inputs, *outputs, *options, cwd=self.folder)
        return self.folder / "all.json"

    def test_reports_are_as_they_were(self):
        for name, suffix in self.formats().items():
            run = self.run_it("check", *INPUTS, "-o", "-", "--format", name, cwd=ROOT, env=quiet_environment(SOURCE_DATE_EPOCH="0"))
            self.assertEqual(run.code, FAIL, run)
            told = run.raw_out.decode("utf-8")
            for pattern, instead in BUILD:
                told = re.sub(pattern, instead, told)
            told = told.encode()
            golden = GOLDEN / f"three{suffix}"
            if os.environ.get("MAILSEAL_REMAKE_GOLDEN"):
                golden.write_bytes(told)
            self.assertEqual(told.decode().split("\n"), golden.read_bytes().decode().split("\n"), golden.name)

    def test_the_man_page_lists_the_findings(self):
        page = ROOT / "src/run/mailseal.1"
        listed = [line.split("\t") for line in self.run_it("explain", "--list").out.splitlines()]
        self.assertGreater(len(listed), 100)
        items = "".join(f".It Cm {finding}\n{title}.\n" for finding, title in listed)
        before, section, behind = re.split(r"(?<=\n)(\.Sh FINDINGS\n.*?)(?=\.Sh )", page.read_text(), maxsplit=1, flags=re.S)
        wanted = re.sub(r"(?<=\.Bl -tag -width Ds\n).*(?=\.El\n)", lambda _: items, section, flags=re.S)
        if os.environ.get("MAILSEAL_REMAKE_GOLDEN"):
            page.write_text(before + wanted + behind)
        self.assertEqual(wanted.split("\n"), re.search(r"\.Sh FINDINGS\n.*?(?=\.Sh )", page.read_text(), re.S)[0].split("\n"))

    def test_every_format_says_what_the_json_says(self):
        made = self.written(sorted(CAPTURES.glob("*.pcap")))
        self.assertEqual(formats_check.main([made]), 0)

    def test_what_is_spoilt_is_found(self):
        made = self.written([CAPTURES / "smtp-plain-then-starttls.pcap"])
        report = json.loads(made.read_text())
        formats_check.all_textile([made.with_suffix(".textile")])
        spoils = {
            ".md": [("| client, octet", "| @admin client, octet"), ("`plaintext-message-content`", "plaintext"),
                    ("Findings", "<b>Findings"), ("| 62 octets", "| 62 | octets"), ("1 mixed", "0 mixed")],
            ".jira": [("| client, octet", "| [~admin] client, octet"), ("62 octets", "62 {code}octets"),
                      ("62 octets", "!x.png! octets"), ("1 mixed", "0 mixed"), ("| 62 octets", "| 62 | octets")],
            ".textile": [("62 octets", "@admin octets"), ("62 octets", "http://x octets"), ("62 octets", "r12 octets"),
                         ("</pre>", "<b></pre>")],
            ".findings.csv": [("plaintext-message-content", "plaintext-headers"), ("critical,", "=1,"), (",15,", ",16,"),
                              ("\r\ninfo", "\ninfo"), ("\ufeff", "")],
            ".sessions.csv": [(",mixed,", ",encrypted,"), ("TLSv1.3", "TLSv1.2"), ("smtp", "@smtp")],
            ".servers.csv": [(",mixed,", ",encrypted,"), ("TLSv1.3 (1)", "TLSv1.3 (2)")],
            ".sarif": [('"9.5"', '"2.0"'), ('"kind":"open","level":"none"', '"kind":"pass","level":"none"'),
                       ('"level":"error"', '"level":"note"'), ('"exitCode":1', '"exitCode":0'), ("frame 15", "frame 16"),
                       ('"frame":15', '"frame":16'), (".pcap\"", ".pcap#\"")],
            ".xml": [("<failure ", "<skipped "), ('tests="1"', 'tests="2"'), ("from 192", "to 192"), ("content", "nothing")],
        }
        self.assertEqual(set(spoils), set(formats_check.CHECKS))
        for suffix, changes in spoils.items():
            path = made.with_suffix(suffix)
            whole = path.read_bytes()
            formats_check.CHECKS[suffix](report, path)
            for before, after in changes:
                self.assertIn(before.encode(), whole, suffix)
                path.write_bytes(whole.replace(before.encode(), after.encode(), 1))
                if suffix == ".textile":
                    formats_check.all_textile([path])
                with self.assertRaises(Exception, msg=f"{suffix}: {before} to {after}"):
                    formats_check.CHECKS[suffix](report, path)
            path.write_bytes(whole)

    def test_max_bytes(self):
        for name in ("text", "markdown", "jira", "textile"):
            whole = self.run_it("check", CAPTURES, "-o", "-", "--format", name)
            for limit in (2000, 9000, 65_536):
                run = self.run_it("check", CAPTURES, "-o", "-", "--format", name, "--max-bytes", limit)
                self.assertEqual(run.code, whole.code)
                self.assertLessEqual(len(run.raw_out), limit, run)
                cut = len(whole.raw_out) > limit
                self.assertEqual(bool(re.search(r"\d+ more findings?( and other parts)?, see the attachment", run.out)), cut, run)
        for wrong in ("0", "1999", "-1", "many", "10k", "", "99999999999999999999999"):
            self.refused("check", CAPTURES, f"--max-bytes={wrong}", words=["--max-bytes"])

    def test_a_suffix_that_is_no_format(self):
        self.refused("check", CAPTURES, "-o", self.folder / "x.docx", words=["x.docx", ".findings.csv", "sarif"])
        self.refused("check", CAPTURES, "--format", "docx", words=["docx", "markdown", "junit"])

    def test_a_capture_that_cannot_be_read_is_an_error(self):
        made = self.written([CAPTURES / "smtps-465.pcap", self.folder / "missing.pcap"])
        self.assertEqual(formats_check.main([made]), 0)
        self.assertIn("<error ", made.with_suffix(".xml").read_text())
        self.assertIn(f'"exitCode":{CANNOT_RUN}', made.with_suffix(".sarif").read_text())


if __name__ == "__main__":
    main()
