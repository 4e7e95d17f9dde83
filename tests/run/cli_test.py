#!/usr/bin/env python3
"""The command line: what is printed where, what each input gets, and which exit status.

usage: cli_test.py MAILSEAL
"""
import hashlib, json, os, pathlib, pty, re, select, shutil, subprocess, sys, threading, time, unittest
import xml.etree.ElementTree as xml

import wire
from harness import (CANNOT_RUN, CAPTURES, FAIL, INCONCLUSIVE, PASS, PROGRAM, ROOT, SECONDS, ProgramTest, main,
                     quiet_environment)

SOUND = CAPTURES / "smtp-starttls-tls13.pcap"  # PASS
CLEAR = CAPTURES / "smtp-plain.pcap"           # FAIL
NO_MAIL = CAPTURES / "smtp-no-mail.pcap"       # INCONCLUSIVE
STATES = ("encrypted", "plaintext", "mixed", "failed", "inconclusive", "no-mail")
ESCAPE = "\x1b["
NOBODY = 65534
ROOT_USER = os.geteuid() == 0


def on_terminal(*arguments, stdout_too=True, feed=None, **more):
    """Runs with stderr, and stdout unless told otherwise, on a terminal: (exit code, what the terminal got)."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                             stdout=theirs if stdout_too else subprocess.DEVNULL, stderr=theirs,
                             env=quiet_environment(**more))
    os.close(theirs)
    feeder = threading.Thread(target=feed, args=(child.stdin,)) if feed else None
    if feeder:
        feeder.start()
    got, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 0.2)
        try:
            octets = os.read(ours, 65536) if ready else b"" if child.poll() is not None else None
        except OSError:  # the other end is closed
            break
        if octets == b"":
            break
        got += octets or b""
    if feeder:
        feeder.join(SECONDS)
    code = child.wait(SECONDS)
    os.close(ours)
    return code, got.decode()


class Answer(ProgramTest):
    def test_first_word_then_counts(self):
        for capture, word, code in ((SOUND, "PASS", PASS), (CLEAR, "FAIL", FAIL), (NO_MAIL, "INCONCLUSIVE", INCONCLUSIVE)):
            with self.subTest(capture.name):
                run = self.run_it("check", capture)
                self.assertEqual((run.word, run.code, run.err), (word, code, ""), run)
                first = run.out.splitlines()[0]
                self.assertRegex(first, rf"^{word}\s+1 session: ")
                report, _ = self.report(capture)
                for state in STATES:
                    self.assertIn(f"{report['counts'][state]} {state}", first)

    def test_findings_then_captures_with_frames(self):
        run = self.run_it("check", CLEAR)
        self.assertRegex(run.out, r"critical +plaintext-message-content .*frame 15")
        self.assertLess(run.out.index("Findings"), run.out.index("Capture\n"))

    def test_what_could_not_be_judged_and_why(self):
        whole = CLEAR.read_bytes()
        run = self.run_it("check", self.file("midway.pcap", whole[:24] + b"".join(packets(SOUND)[14:])))
        self.assertEqual(run.code, INCONCLUSIVE, run)
        self.assertIn("Not judged: 1 session", run.out)
        self.assertIn("inconclusive-mid-stream", run.out)

    def test_two_runs_differ_in_generated_only(self):
        pattern = re.compile(r'\s*"generated": ?"[^"]*",?')
        texts = []
        for epoch in ("1000000000", "1500000000"):
            run = self.run_it("check", CAPTURES, "-o", "-", "--format", "json",
                              env=quiet_environment(SOURCE_DATE_EPOCH=epoch))
            self.valid(run.out)
            texts.append(run.out)
        self.assertNotEqual(*texts)
        one, two = map(json.loads, texts)
        self.assertNotEqual(one.pop("generated"), two.pop("generated"))
        self.assertEqual(one, two)
        self.assertEqual(*(pattern.sub("", t) for t in texts))
        self.assertEqual(*(self.run_it("check", CAPTURES).out for _ in range(2)))

    def test_name_and_place_of_the_capture_change_nothing_else(self):
        copy = self.folder / "other name.bin"  # told apart by content, not by name
        shutil.copy(CLEAR, copy)
        one, two = self.report(CLEAR)[0], self.report(copy)[0]
        for report in (one, two):
            for key in ("generated", "tool", "inputs", "sentence", "verdict_reasons"):
                report.pop(key)
        self.assertEqual(one, two)


def packets(path):
    octets, at, out = path.read_bytes(), 24, []
    while at < len(octets):
        length = 16 + int.from_bytes(octets[at + 8:at + 12], "little")
        out.append(octets[at:at + length])
        at += length
    return out


def delayed(packet, seconds):
    return (int.from_bytes(packet[:4], "little") + seconds).to_bytes(4, "little") + packet[4:]


class Colour(ProgramTest):
    def test_plain_when_piped(self):
        self.assertNotIn(ESCAPE, self.run_it("check", CLEAR).out)

    def test_always(self):
        for spelling in ("--color", "--colour"):
            run = self.run_it("check", CLEAR, spelling, "always", env=quiet_environment(NO_COLOR="1"))
            self.assertIn(ESCAPE, run.out)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", run.out)
            self.assertEqual(plain, self.run_it("check", CLEAR).out)

    def test_on_a_terminal(self):
        for arguments, more, coloured in (((), {}, True), ((), {"NO_COLOR": "1"}, False), ((), {"NO_COLOR": ""}, True),
                                          ((), {"TERM": "dumb"}, False), (("--color", "never"), {}, False),
                                          (("--color", "always"), {"NO_COLOR": "1"}, True)):
            with self.subTest(arguments=arguments, more=more):
                code, got = on_terminal("check", CLEAR, *arguments, **more)
                self.assertEqual(code, FAIL)
                self.assertEqual(ESCAPE in got, coloured, got[:300])
                self.assertRegex(re.sub(r"\x1b\[[0-9;]*[mK]", "", got), r"\AFAIL ")

    def test_files_and_json_are_never_coloured(self):
        self.run_it("check", CLEAR, "--color", "always", "-o", self.folder / "r.txt", "-o", self.folder / "r.json")
        for name in ("r.txt", "r.json"):
            self.assertNotIn(ESCAPE, (self.folder / name).read_text())

    def test_unknown_word(self):
        self.refused("check", CLEAR, "--color", "perhaps", words=("--color perhaps", "auto, always or never"))


class Progress(ProgramTest):
    @staticmethod
    def slowly(pipe):
        octets = CLEAR.read_bytes() + b"".join(packets(CLEAR)) * 4000
        for part in range(4):
            pipe.write(octets[len(octets) * part // 4:len(octets) * (part + 1) // 4])
            pipe.flush()
            time.sleep(0.5)
        pipe.close()

    def test_on_a_terminal_after_a_second(self):
        code, got = on_terminal("check", "-", stdout_too=False, feed=self.slowly)
        self.assertEqual(code, FAIL, got)
        self.assertRegex(got, r"reading .*packets")
        self.assertTrue(got.endswith("\r\x1b[K"), "the line is taken away again")

    def test_not_when_quiet(self):
        self.assertEqual(on_terminal("check", "-", "-q", stdout_too=False, feed=self.slowly), (FAIL, ""))

    def test_not_when_short(self):
        self.assertEqual(on_terminal("check", CLEAR, stdout_too=False), (FAIL, ""))

    def test_not_when_piped(self):
        child = subprocess.Popen([PROGRAM, "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env=quiet_environment())
        self.slowly(child.stdin)
        child.stdin = None
        self.assertEqual(child.communicate(timeout=SECONDS)[1], b"")


class Output(ProgramTest):
    def test_format_by_suffix_and_repeatable(self):
        one, two, text = (self.folder / n for n in ("one.json", "two.json", "three.txt"))
        run = self.run_it("check", CLEAR, "-o", one, "--output", two, "-o", text)
        self.assertEqual((run.word, run.code), ("FAIL", FAIL))
        self.assertEqual(self.valid(one.read_text())["verdict"], "fail")
        self.assertEqual(one.read_text(), two.read_text())
        self.assertEqual(text.read_text(), run.out)

    def test_the_map_of_real_captures(self):
        path = self.folder / "map.svg"
        self.run_it("check", CAPTURES, "-o", path)
        root = xml.parse(path).getroot()
        words = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
        for said in ("192.0.2.7", "192.0.2.25", "2001:db8::25", "mail store", "IMAP port 993", "TLSv1.3", "plaintext",
                     "1 of 1 session encrypted", "claims “mail.example”"):
            self.assertIn(said, words)

    def test_named_format(self):
        path = self.folder / "report"
        self.run_it("check", CLEAR, "-o", path, "--format", "json")
        self.valid(path.read_text())
        self.run_it("check", CLEAR, "-o", path, "--format", "text")
        self.assertTrue(path.read_text().startswith("FAIL"))

    def test_named_format_without_a_file(self):
        run = self.run_it("check", CLEAR, "--format", "json")
        self.assertEqual((self.valid(run.out)["verdict"], run.code), ("fail", FAIL))
        self.assertEqual(self.run_it("check", CLEAR, "--format", "text").out, self.run_it("check", CLEAR).out)

    def test_dash_takes_the_place_of_the_text(self):
        report, run = self.report(CLEAR)
        self.assertTrue(run.out.startswith("{") and run.out.endswith("}\n"))
        self.assertEqual(report["verdict"], "fail")
        path = self.folder / "r.json"
        run = self.run_it("check", CLEAR, "-o", "-", "-o", path)
        self.assertEqual(run.word, "FAIL")
        self.assertEqual(run.out.count("FAIL  "), 1)
        self.valid(path.read_text())

    def test_unknown_suffix_or_format(self):
        for name in ("report.doc", "report", "json"):
            self.refused("check", CLEAR, "-o", self.folder / name, words=(name, "--format json"))
        self.refused("check", CLEAR, "-o", "-", "--format", "doc", words=("--format doc", "json"))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_written_beside_and_renamed(self):
        path = self.file("r.json", "what stood here")
        held = path.open()  # a reader of the old one keeps it whole
        self.run_it("check", CLEAR, "-o", path)
        self.assertEqual(held.read(), "what stood here")
        held.close()
        self.valid(path.read_text())
        self.assertEqual([p.name for p in self.folder.iterdir()], ["r.json"])

    def test_a_run_that_could_read_nothing_leaves_no_old_report(self):
        """Whatever was asked for says so: a CI that looks at files must not take those of the run before for this one's."""
        none, old = self.folder / "none.pcap", "what stood here"
        paths = {name: self.file(name, old) for name in ("r.json", "r.html", "r.xml", "r.sarif", "SHA256SUMS", "e.pcapng")}
        run = self.run_it("check", none, *(x for n in ("r.json", "r.html", "r.xml", "r.sarif") for x in ("-o", paths[n])),
                          "--sums", paths["SHA256SUMS"], "--extract", paths["e.pcapng"])
        self.assertEqual((run.code, run.word), (CANNOT_RUN, "INCONCLUSIVE"), run)
        self.one_line(run, "none.pcap")
        self.assertEqual([n for n, p in paths.items() if old in p.read_bytes().decode("latin-1")], [])
        report = self.valid(paths["r.json"].read_text())
        self.assertEqual((report["verdict"], report["exit_code"], len(report["failed_inputs"])), ("inconclusive", 2, 1))
        self.assertEqual(xml.parse(paths["r.xml"]).getroot().get("errors"), "1")
        self.assertFalse(json.loads(paths["r.sarif"].read_text())["runs"][0]["invocations"][0]["executionSuccessful"])
        run = self.run_it("check", none, "--format", "json")
        self.assertEqual(self.valid(run.out)["exit_code"], CANNOT_RUN)

    def test_old_report_stays_when_the_options_are_wrong(self):
        path = self.file("r.json", "what stood here")
        self.refused("check", self.folder / "none.pcap", "-o", path, "--fail-on", "some")
        self.refused("check", CLEAR, "-o", path, "-o", self.folder / "none" / "x.json")
        self.assertEqual(path.read_text(), "what stood here")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["r.json"])

    def test_no_output_is_an_input(self):
        octets = CLEAR.read_bytes()
        capture = self.file("in/c.pcap", octets)
        named = self.file("in/c.json", octets)  # a capture, whatever it is called
        report = self.folder / "r.json"
        self.run_it("check", CLEAR, "-o", report)
        stored = report.read_bytes()
        (self.folder / "link.json").symlink_to(capture)
        os.link(capture, self.folder / "twin.json")
        (self.folder / "there").symlink_to(self.folder / "in")
        around = self.folder / "in" / ".." / "in" / "c.pcap"
        for arguments in (["check", capture, "--extract", capture], ["check", capture, "--sums", capture],
                          ["check", capture, "--redact", "strict", "--redact-map", capture],
                          ["check", capture, "-o", capture, "--format", "json"], ["check", named, "-o", named],
                          ["check", capture, "-o", around, "--format", "json"],
                          ["check", capture, "-o", self.folder / "link.json"],
                          ["check", capture, "-o", self.folder / "twin.json"],
                          ["check", self.folder / "link.json", "--extract", capture],
                          ["check", self.folder / "in", "--extract", capture],
                          ["check", self.folder / "in", "-o", self.folder / "there" / "c.json"],
                          ["check", CLEAR, self.folder / "in", "--sums", named],
                          ["check", CLEAR, "--ca-file", capture, "--sums", capture],
                          ["check", CLEAR, "--keylog", named, "-o", named],
                          ["report", report, "--redact", "strict", "-o", report],
                          ["report", report, "--sums", self.folder / "in" / ".." / "r.json"],
                          ["diff", report, report, "-o", report, "--format", "text"]):
            with self.subTest(arguments):
                before = sorted(self.folder.rglob("*"))
                self.refused(*arguments, words=("is the input", "name another file"))
                self.assertEqual((capture.read_bytes(), named.read_bytes(), report.read_bytes()), (octets, octets, stored))
                self.assertEqual(sorted(self.folder.rglob("*")), before)
        with capture.open("rb") as stdin:
            self.refused("check", "-", "-o", capture, "--format", "json", stdin=stdin, words=("is the input -",))
        self.assertEqual(capture.read_bytes(), octets)

    def test_no_output_is_another(self):
        (self.folder / "link.json").symlink_to(self.folder / "r.json")
        dotted, plain = f"{self.folder}/./r.json", self.folder / "r.json"
        for there in (False, True):
            for more in (("-o", plain, "-o", plain), ("-o", plain, "--sums", dotted), ("-o", plain, "--extract", dotted),
                         ("-o", plain, "--redact", "strict", "--redact-map", dotted), ("--extract", plain, "--sums", plain),
                         ("--redact", "strict", "--redact-map", plain, "--sums", dotted),
                         *([("-o", plain, "-o", self.folder / "link.json")] if there else [])):
                with self.subTest(more, there=there):
                    self.refused("check", CLEAR, *more, words=("written already", "r.json"))
                    self.assertEqual(plain.exists(), there)
            plain.write_text("what stood here")
        self.run_it("check", CLEAR, "-o", "/dev/null", "--format", "json", "--sums", "/dev/null")

    def test_the_report_of_the_run_before_is_replaced_also_in_the_folder_that_is_read(self):
        self.file("c.pcap", CLEAR.read_bytes())
        for _ in range(2):
            self.assertEqual(self.run_it("check", self.folder, "-o", self.folder / "r.json").code, FAIL)
        self.valid((self.folder / "r.json").read_text())

    def test_a_file_that_may_not_grow_is_told_and_leaves_nothing(self):
        done = subprocess.run(["bash", "-c", 'ulimit -f 1; exec "$0" "$@"', PROGRAM, "check", str(CLEAR), "-o", "r.json"],
                              cwd=self.folder, capture_output=True, text=True, timeout=SECONDS, env=quiet_environment())
        self.assertEqual(done.returncode, CANNOT_RUN, done)
        self.assertRegex(done.stderr, r"\Amailseal: r\.json: File too large[^\n]+\n\Z")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_link_stays_a_link(self):
        (self.folder / "link.json").symlink_to(self.folder / "real.json")
        self.file("real.json", "old")
        self.run_it("check", CLEAR, "-o", self.folder / "link.json")
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.valid((self.folder / "real.json").read_text())

    def test_a_pipe_is_written_to(self):
        fifo = self.folder / "fifo.json"
        os.mkfifo(fifo)
        got = []
        reader = threading.Thread(target=lambda: got.append(fifo.read_text()))
        reader.start()
        self.run_it("check", CLEAR, "-o", fifo)
        reader.join(SECONDS)
        self.valid(got[0])
        self.assertTrue(fifo.is_fifo())

    def test_no_such_directory(self):
        self.refused("check", CLEAR, "-o", self.folder / "none" / "r.json",
                     words=("none/r.json", "No such file or directory", "-o"))
        (self.folder / "d.json").mkdir()
        self.refused("check", CLEAR, "-o", self.folder / "d.json", words=("d.json", "directory"))

    def test_more_sessions_than_memory_holds_go_to_a_file(self):
        tries = [("S", "+OK\r\n"), ("C", "USER al\r\nPASS wrong\r\n" * 64), ("S", "+OK\r\n-ERR\r\n" * 64)]
        many = [f for n in range(3000) for f in wire.frames(tries, 110, client_port=10000 + n)]
        capture, report = self.file("many.pcap", wire.pcap(many)), self.file("r.json", "what stood here")
        self.refused("check", capture, "-o", report, words=("/nonexistent: No such file or directory", "TMPDIR"),
                     env=quiet_environment(TMPDIR="/nonexistent"))
        self.assertEqual(report.read_text(), "what stood here")
        room = self.folder / "room"
        room.mkdir()
        self.run_it("check", capture, "-o", report, env=quiet_environment(TMPDIR=str(room)))
        sessions = json.loads(report.read_text())["sessions"]
        self.assertEqual(len(sessions), 3000)
        self.assertEqual([len(s["credentials"]) for s in (sessions[0], sessions[2999])], [64, 64])
        self.assertEqual(list(room.iterdir()), [])

    @unittest.skipUnless(ROOT_USER, "needs root, to become another")
    def test_unwritable_directory(self):
        shut = self.folder / "shut"
        shut.mkdir(mode=0o755)
        capture = self.file("c.pcap", CLEAR.read_bytes())
        self.refused("check", capture, "-o", shut / "r.json", words=("shut/r.json", "Permission denied"),
                     **as_nobody(self.folder))

    def test_full_device(self):
        for arguments in (("check", SOUND), ("explain",), ("explain", "cert-expired"), ("--help",), ("--version",)):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=SECONDS)
                self.assertEqual(done.returncode, CANNOT_RUN)
                self.assertRegex(done.stderr.decode(), r"\Amailseal: standard output: [^\n]+\n\Z")

    def test_closed_standard_output(self):
        for capture in (CLEAR, CAPTURES):
            done = subprocess.run(f'"{PROGRAM}" check "{capture}" -o - --format json | head -c 10 >/dev/null; echo "${{PIPESTATUS[0]}}"',
                                  shell=True, executable="/bin/bash", capture_output=True, timeout=SECONDS)
            self.assertIn(int(done.stdout), (FAIL, CANNOT_RUN), done)
            self.assertLessEqual(done.stderr.count(b"\n"), 1, done)
        done = subprocess.run(f'"{PROGRAM}" check "{SOUND}" >&-', shell=True, capture_output=True, timeout=SECONDS)
        self.assertEqual(done.returncode, CANNOT_RUN)
        self.assertRegex(done.stderr.decode(), r"\Amailseal: standard output: [^\n]+\n\Z")

    def test_closed_streams_take_no_file_s_place(self):
        path = self.folder / "r.json"
        done = subprocess.run(f'"{PROGRAM}" check none.pcap "{CLEAR}" -o "{path}" <&- >&- 2>&-', shell=True, timeout=SECONDS)
        self.assertEqual(done.returncode, CANNOT_RUN)
        self.assertEqual(self.valid(path.read_text())["counts"]["plaintext"], 1)


def as_nobody(folder):
    """Options of subprocess to run without root's rights; `folder` and the program must be reachable."""
    return dict(user=NOBODY, group=NOBODY, extra_groups=[], cwd=folder)


class Inputs(ProgramTest):
    def test_standard_input(self):
        for capture, code in ((SOUND, PASS), (CLEAR, FAIL)):
            with capture.open("rb") as pipe:
                report, run = self.report("-", stdin=pipe)
            self.assertEqual(run.code, code)
            self.assertEqual(report["inputs"][0]["path"], "-")
            report, run = self.report("-", stdin=capture.read_bytes())  # a pipe
            self.assertEqual(run.code, code)
        self.refused("check", "-", words=("standard input", "empty"))
        self.refused("check", "-", words=("standard input", "closed", "pipe"), preexec_fn=lambda: os.close(0))
        self.refused("check", "-", stdin=b"no capture\n", words=("standard input", "no capture"))

    def test_several_are_one_run(self):
        report, run = self.report(SOUND, CLEAR, NO_MAIL)
        self.assertEqual((run.code, report["counts"]["sessions"], len(report["inputs"])), (FAIL, 3, 3))
        self.assertEqual([i["path"] for i in report["inputs"]], [str(p) for p in (CLEAR, SOUND, NO_MAIL)], "by time")
        self.assertEqual(self.report(SOUND, NO_MAIL)[1].code, PASS)

    def test_the_worst_counts(self):
        for inputs, code in (((SOUND, CLEAR, "none.pcap"), CANNOT_RUN), ((NO_MAIL, CLEAR), FAIL)):
            self.assertEqual(self.run_it("check", *inputs).code, code)

    def test_a_connection_across_two_files(self):
        whole = packets(CLEAR)
        parts = [self.file(f"{n}.pcap", CLEAR.read_bytes()[:24] + b"".join(part))
                 for n, part in enumerate((whole[:10], whole[10:]))]
        report, _ = self.report(*parts)
        self.assertEqual([(s["state"], s["messages"]) for s in report["sessions"]], [("plaintext", 1)])

    def test_directory(self):
        shutil.copy(SOUND, self.folder / "a.pcap")
        self.file("note.txt", "no capture\n"), self.file("sub/empty", b""), self.file("sub/deep/b.pcap", CLEAR.read_bytes())
        self.file(".hidden/c.pcap", b"not even looked at")
        report, run = self.report(self.folder)
        self.assertEqual((run.code, run.err), (FAIL, ""))
        self.assertEqual({i["path"] for i in report["inputs"]}, {str(self.folder / "a.pcap"), str(self.folder / "sub/deep/b.pcap")})
        self.assertEqual(report["skipped_files"], [str(self.folder / "note.txt"), str(self.folder / "sub/empty")])
        run = self.run_it("check", self.folder)
        self.assertRegex(run.out, r"skipped: 2 files: .*note\.txt, .*sub/empty")

    def test_directory_in_order_of_time(self):
        whole, head = packets(CLEAR), CLEAR.read_bytes()[:24]
        for name, part in (("cap9", whole[:10]), ("cap10", whole[10:20]), ("cap11", whole[20:])):
            self.file(f"rotated/{name}", head + b"".join(part))
        self.file("rotated/cap0", head), self.file("rotated/cap1", "no capture\n")
        report, _ = self.report(self.folder / "rotated")
        self.assertEqual([os.path.basename(i["path"]) for i in report["inputs"]], ["cap9", "cap10", "cap11", "cap0"])
        self.assertEqual([(s["state"], s["messages"]) for s in report["sessions"]], [("plaintext", 1)])

    def test_a_silent_connection_across_two_files(self):
        whole, head = packets(CLEAR), CLEAR.read_bytes()[:24]
        for pause, sessions in ((30 * 60, 1), (36 * 60, 2)):
            later = [delayed(packet, pause) for packet in whole[10:]]
            parts = [self.file(f"{n}.pcap", head + b"".join(part)) for n, part in enumerate((whole[:10], later))]
            self.assertEqual(len(self.report(*parts)[0]["sessions"]), sessions, pause)

    def test_directory_without_captures(self):
        for name in ("note.txt", "empty"):
            self.file(name, b"" if name == "empty" else "no capture\n")
        report, run = self.report(self.folder)
        self.assertEqual((run.code, report["verdict"], len(report["skipped_files"])), (INCONCLUSIVE, "inconclusive", 2))
        self.assertEqual(self.run_it("check", self.folder).word, "INCONCLUSIVE")
        (self.folder / "bare").mkdir()
        self.assertEqual(self.run_it("check", self.folder / "bare").code, INCONCLUSIVE)

    def test_named_file_that_is_no_capture(self):
        text = self.file("note.txt", "no capture\n")
        report, run = self.report(text, SOUND)
        self.assertEqual((run.code, report["verdict"], report["counts"]["encrypted"]), (CANNOT_RUN, "inconclusive", 1))
        self.one_line(run, str(text), "no capture")
        self.assertEqual(len(report["failed_inputs"]), 1)
        report, run = self.report(text, CLEAR)
        self.assertEqual((run.code, report["verdict"]), (CANNOT_RUN, "fail"))
        run = self.run_it("check", SOUND, text)
        self.assertEqual((run.word, run.code), ("INCONCLUSIVE", CANNOT_RUN), "never a pass")
        self.assertIn(f"not read: cannot read {text}", run.out)

    def test_what_is_no_capture(self):
        for name, octets, word in (("empty", b"", "empty"), ("note.txt", b"Dear diary,\n", "text"),
                                   ("zeros", bytes(500), "no capture that is known"),
                                   ("half-magic", b"\xd4\xc3\xb2", "no capture that is known"),
                                   ("elf", b"\x7fELF" + bytes(100), "no capture that is known"), ("new\nline\x1b[31m", b"text\n", "text")):
            with self.subTest(name):
                run = self.refused("check", self.file(name, octets), words=(word,))
                self.assertNotIn(ESCAPE, run.err)
        self.refused("check", self.folder / "none.pcap", words=("none.pcap", "no such file"))
        self.refused("check", self.folder / "none.pcap" / "x", words=("none.pcap/x",))

    @unittest.skipUnless(ROOT_USER, "needs root, to become another")
    def test_unreadable(self):
        shut = self.file("shut.pcap", CLEAR.read_bytes())
        shut.chmod(0)
        sound = self.file("sound.pcap", SOUND.read_bytes())
        self.refused("check", shut, words=("shut.pcap", "ermission"), **as_nobody(self.folder))
        # In a directory it could hold what would change the verdict: it is not skipped.
        report, run = self.report(self.folder, **as_nobody(self.folder))
        self.assertEqual((run.code, report["verdict"], len(report["inputs"])), (CANNOT_RUN, "inconclusive", 1))
        self.one_line(run, "shut.pcap", "ermission")
        shut.unlink()
        (self.folder / "closed").mkdir(mode=0)
        report, run = self.report(self.folder, **as_nobody(self.folder))
        self.assertEqual((run.code, report["verdict"]), (CANNOT_RUN, "inconclusive"))
        self.one_line(run, "closed", "ermission")
        self.refused("check", self.folder / "closed", words=("closed", "ermission"), **as_nobody(self.folder))
        self.assertEqual(self.run_it("check", sound, **as_nobody(self.folder)).code, PASS)

    def test_without_packets_or_mail(self):
        web = wire.conversation([("C", "GET / HTTP/1.1\r\n\r\n"), ("S", "HTTP/1.1 200 OK\r\n\r\n")], 80)
        for name, octets in (("header only", SOUND.read_bytes()[:24]), ("web", web), ("section only", pcapng_section())):
            with self.subTest(name):
                report, run = self.report(self.file("c.pcap", octets))
                self.assertEqual((run.code, report["verdict"], run.err), (INCONCLUSIVE, "inconclusive", ""))
                self.assertIn("capture-no-mail-traffic", [f["id"] for f in report["findings"]])
                text = self.run_it("check", self.folder / "c.pcap")
                self.assertEqual((text.word, text.code), ("INCONCLUSIVE", INCONCLUSIVE))

    def test_cut_inside_a_packet(self):
        report, run = self.report(self.file("cut.pcap", CLEAR.read_bytes()[:-7]))
        self.assertEqual((run.code, report["inputs"][0]["ended"]), (FAIL, "truncated"))
        self.assertIn("cut", self.run_it("check", self.folder / "cut.pcap").out)


def pcapng_section():
    return bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000")


class Options(ProgramTest):
    def test_wrong_lines(self):
        for arguments, words in (
                (("--bogus",), ("--bogus", "mailseal --help")), ((), ("mailseal --help",)),
                (("frobnicate",), ("frobnicate", "mailseal --help")), (("check",), ("mailseal check --help",)),
                (("check", "--bogus"), ("--bogus", "mailseal check --help")),
                (("check", CLEAR, "--bogus"), ("--bogus", "mailseal check --help")),
                (("check", CLEAR, "-o"), ("--output", "mailseal check --help")),
                (("check", CLEAR, "--fail-on"), ("--fail-on", "mailseal check --help")),
                (("check", CLEAR, "--port"), ("--port", "mailseal check --help")),
                (("check", CLEAR, "--format"), ("--format", "mailseal check --help")),
                (("watch",), ("--interface", "mailseal watch --help")), (("watch", "-i"), ("mailseal watch --help",)),
                (("watch", "-i", "lo", "extra"), ("extra", "mailseal watch --help")),
                (("explain", "a", "b"), ("b", "mailseal explain --help")),
                (("check", CLEAR, "--new\nline\x1b[1m"), ("mailseal check --help",)),
                (("watch", "-i", "lo", "--for", "soon"), ("--for soon", "10m")),
                (("watch", "-i", "lo", "--for", "0"), ("--for 0", "10m")),
                (("watch", "-i", "lo", "--for", "5d"), ("--for 5d", "10m")),
                (("watch", "-i", "lo", "--for", "-1s"), ("--for",))):
            with self.subTest(arguments):
                run = self.refused(*arguments, words=words)
                self.assertNotIn(ESCAPE, run.err)

    def test_fail_on(self):
        medium = CAPTURES / "smtp-postfix-anonymous.pcap"  # its worst finding is low
        for level, code in (("critical", PASS), ("high", PASS), ("medium", PASS), ("low", FAIL), ("none", PASS)):
            self.assertEqual(self.run_it("check", medium, "--fail-on", level).code, code, level)
        for level in ("critical", "high", "medium", "low", "none"):  # readable mail fails whatever was asked
            self.assertEqual(self.run_it("check", CLEAR, "--fail-on", level).code, FAIL, level)
        for level in ("", "info", "HIGH", "worst"):
            self.refused("check", CLEAR, "--fail-on", level, words=("--fail-on", "critical, high, medium, low or none"))

    def test_fail_on_finds_each_level(self):
        """The verdict follows the worst severity of the report, for every capture without readable mail."""
        order = ["critical", "high", "medium", "low"]
        tried = set()
        for capture in sorted(CAPTURES.glob("*.pcap")):
            report, _ = self.report(capture)
            if report["counts"]["plaintext"] or report["counts"]["mixed"] or report["verdict"] == "inconclusive":
                continue
            worst = min((order.index(f["severity"]) for f in report["findings"] if f["severity"] in order), default=9)
            for n, level in enumerate(order):
                self.assertEqual(self.run_it("check", capture, "--fail-on", level).code, FAIL if worst <= n else PASS,
                                 (capture.name, level))
            tried.add(worst)
        self.assertGreater(len(tried), 1)

    def test_port(self):
        dialogue = [("S", "220 mail.example ESMTP\r\n"), ("C", "EHLO c.example\r\n"), ("S", "250 mail.example\r\n"),
                    ("C", "MAIL FROM:<a@c.example>\r\n"), ("S", "250 ok\r\n"), ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]
        capture = self.file("c.pcap", wire.conversation(dialogue, 10025))
        self.assertEqual(self.run_it("check", capture).code, INCONCLUSIVE)
        for arguments in (("--port", "10025=smtp"), ("--port", "10025=SMTP"), ("--any-port",),
                          ("--port", "1=imap", "--port", "10025=smtp")):
            report, run = self.report(capture, *arguments)
            self.assertEqual((run.code, report["sessions"][0]["protocol"]), (FAIL, "smtp"), arguments)
            self.assertEqual(report["sessions"][0]["exposed"], ["envelope"])
        implicit = self.file("i.pcap", moved(CAPTURES / "smtps-465.pcap", 465, 4465))
        self.assertEqual(self.run_it("check", implicit).code, INCONCLUSIVE)
        report, run = self.report(implicit, "--port", "4465=smtp/tls")
        self.assertEqual((run.code, report["sessions"][0]["entry"], report["sessions"][0]["state"]),
                         (PASS, "implicit-tls", "encrypted"))

    def test_port_not_understood(self):
        for value in ("", "=", "smtp", "25", "25=", "=smtp", "0=smtp", "65536=smtp", "99999999999=smtp", "-1=smtp", "25=http",
                      "25=smtp/ssl", "25=smtp/tls/tls", "2x=smtp", " 25=smtp", "25=smtp "):
            with self.subTest(value):
                self.refused("check", CLEAR, f"--port={value}", words=("--port",))

    def test_errors_are_escaped(self):
        for option in ("--port", "--fail-on", "--color", "--format"):
            self.assertNotIn(ESCAPE, self.refused("check", CLEAR, f"{option}=x\x1b[31m\n", words=(option,)).err)
        self.assertNotIn(ESCAPE, self.refused("watch", "-i", "lo", "--for=9\x1b[31m\n", words=("--for",)).err)

    def test_trust(self):
        pki = CAPTURES / "certificates"
        for arguments, trusted in ((("--ca-file", pki / "root.pem"), 1), (("--ca-path", pki), 2),
                                   (("--ca-path", pki, "--ca-file", pki / "root.pem"), 2)):
            report, run = self.report(pki / "fullchain.pcap", *arguments)
            self.assertEqual((report["trust_store"]["kind"], report["trust_store"]["certificates"]), ("given", trusted))
            self.assertIn(f"{trusted} certificate", " ".join(self.run_it("check", pki / "fullchain.pcap", *arguments).out.split()))
        self.assertEqual(self.report(pki / "fullchain.pcap")[0]["trust_store"]["kind"], "none")
        self.assertIn("Certificates were not verified", self.run_it("check", pki / "fullchain.pcap").out)
        system = self.report(pki / "fullchain.pcap", env=quiet_environment(SSL_CERT_FILE=str(pki / "root.pem")))[0]
        self.assertEqual(system["trust_store"], {"kind": "system", "file": str(pki / "root.pem"), "folder": None, "certificates": None})
        self.assertTrue(system["sessions"][0]["tls"]["chain"]["ok"])

    def test_trust_that_cannot_be_had(self):
        none = self.file("none.pem", "no certificate")
        empty = self.folder / "empty"
        empty.mkdir()
        for option, value, why in (("--ca-file", self.folder / "gone", "No such file"), ("--ca-file", none, "holds no certificate"),
                                   ("--ca-file", empty, "is a directory"), ("--ca-path", none, "is no directory"),
                                   ("--ca-path", empty, "holds no certificates"), ("--ca-path", "gone\x1b[31m", "No such file")):
            with self.subTest(f"{option} {value}"):
                self.assertNotIn(ESCAPE, self.refused("check", CLEAR, option, value, words=(option, why)).err)

    def test_server_name_not_understood(self):
        for value in ("", "=", "192.0.2.25", "192.0.2.25=", "=mail.example", "mail.example=mail.example", "192.0.2=mail.example",
                      "192.0.2.25:=mail.example", "192.0.2.25:0=mail.example", "192.0.2.25:65536=mail.example",
                      "192.0.2.25:x=mail.example", "192.0.2.25:25x=mail.example", "2001:db8::25=mail.example", "[2001:db8::25=mail.example",
                      "[192.0.2.25]=mail.example", "[2001:db8::25]25=mail.example", "192.0.2.25=two words", "192.0.2.25=.example",
                      "192.0.2.25=*.example", "192.0.2.25=x\x1b[31m", "192.0.2.25=" + "a" * 256):
            with self.subTest(value):
                self.assertNotIn(ESCAPE, self.refused("check", CLEAR, f"--server-name={value}", words=("--server-name",)).err)
        for value in ("192.0.2.25=mail.example", "192.0.2.25:465=mail.example", "[2001:db8::25]=mail.example",
                      "[2001:db8::25]:993=192.0.2.1", "192.0.2.25=2001:db8::1", "192.0.2.25=localhost"):
            self.assertNotEqual(self.run_it("check", CLEAR, f"--server-name={value}").code, CANNOT_RUN, value)

    def test_a_server_has_one_name(self):
        one, other = "--server-name=192.0.2.25:25=mail.example", "--server-name=192.0.2.25:25=mx.example"
        self.refused("check", CLEAR, one, other, words=("has the name mail.example already", "name it once"))
        for again in (one.upper().replace("--SERVER-NAME", "--server-name"), "--server-name=192.0.2.25=mx.example",
                      "--server-name=192.0.2.25:465=mx.example"):
            self.assertNotEqual(self.run_it("check", CLEAR, one, again).code, CANNOT_RUN, again)

    def test_all(self):
        capture = self.file("c.pcap", wire.pcap([wire.tcp_frame((wire.CLIENT, 4000), (wire.SERVER, 25), 1, 0, wire.SYN)]))
        self.assertEqual(len(self.report(capture)[0]["sessions"]), 0)
        report, run = self.report(capture, "--all")
        self.assertEqual(([s["state"] for s in report["sessions"]], run.code), (["no-mail"], INCONCLUSIVE))

    def test_explain(self):
        ids = [line.split("\t")[0] for line in self.run_it("explain").out.splitlines()]
        self.assertEqual(self.run_it("explain").out, self.run_it("explain", "--list").out)
        self.assertGreater(len(ids), 50)
        self.assertEqual(len(ids), len(set(ids)))
        for finding in ids:
            run = self.run_it("explain", finding)
            self.assertEqual((run.code, run.err, run.word), (PASS, "", finding))
            for part in ("severity", "seen", "it means", "what to do"):
                self.assertIn(f"  {part} ", run.out, finding)
            self.assertLess(max(map(len, run.out.splitlines())), 121)
        for unknown in ("nonsense", "STARTTLS", "x\ny\x1b[0m"):
            self.assertNotIn(ESCAPE, self.refused("explain", unknown, words=("no such finding", "mailseal explain")).err)

    def test_reported_findings_are_explained(self):
        ids = {f["id"] for f in self.report(CAPTURES)[0]["findings"]}
        self.assertTrue(ids and all(self.run_it("explain", finding).code == PASS for finding in ids))

    def test_reports_name_the_program_that_made_them(self):
        page, json_path = self.folder / "a.html", self.folder / "a.json"
        self.run_it("check", "-q", SOUND, "-o", page, "-o", json_path)
        tool = json.loads(json_path.read_text())["tool"]
        self.assertEqual(tool["executable_sha256"], hashlib.sha256(pathlib.Path(PROGRAM).read_bytes()).hexdigest())
        self.assertIn(tool["executable_sha256"], page.read_text())
        said = self.run_it("--version").out
        self.assertEqual(said, f"mailseal {tool['version']}" + (f" ({tool['commit']})" if tool["commit"] else "") + "\n")
        git = subprocess.run(["git", "-C", ROOT, "cat-file", "-t", (tool["commit"] or "").split("-")[0]], capture_output=True, text=True)
        if tool["commit"] and (ROOT / ".git").exists() and git.returncode == 0:
            self.assertEqual(git.stdout, "commit\n")

    def test_version_and_help(self):
        self.assertRegex(self.run_it("--version").out, r"\Amailseal \d+\.\d+\.\d+( \([0-9a-f]+(-dirty)?\))?\n\Z")
        for arguments, words in ((("--help",), ("check", "watch", "explain", "Exit: 0 pass")),
                                 (("check", "--help"), ("--output", "--format", "--fail-on", "--port", "--any-port", "--color", "--ca-file",
                                                       "--ca-path", "--server-name")),
                                 (("watch", "--help"), ("--interface", "--for")), (("explain", "-h"), ("ID",)),
                                 (("check", "-h"), ("--output",))):
            run = self.run_it(*arguments)
            self.assertEqual((run.code, run.err), (PASS, ""), run)
            for word in words:
                self.assertIn(word, run.out)

    def test_the_manual_has_every_option(self):
        manual = (ROOT / "src/run/mailseal.1").read_text()
        for command in ("check", "watch"):
            for option in re.findall(r"--([a-z-]+)", self.run_it(command, "--help").out.split("\nExit:")[0]):
                if option not in ("help", "colour"):
                    self.assertIn(f"-{option}", manual, option)


def moved(path, old, new):
    """The capture with one port changed."""
    out = path.read_bytes()[:24]
    for packet in packets(path):
        at = 16 + 14 + (packet[30] & 15) * 4
        ports = [int.from_bytes(packet[at + n:at + n + 2], "big") for n in (0, 2)]
        out += packet[:at] + b"".join((new if p == old else p).to_bytes(2, "big") for p in ports) + packet[at + 4:]
    return out


if __name__ == "__main__":
    main()
