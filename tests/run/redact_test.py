#!/usr/bin/env python3
"""--redact strict: nothing of who is left in any output, all else is what the standard report says, and the map undoes it.
--sums: what sha256sum -c accepts.

usage: redact_test.py MAILSEAL
Each of the project's captures is redacted, and with the map's help turned back into the standard report.
"""
import json, os, pathlib, re, shutil, stat, subprocess, unittest

import wire
from harness import CANNOT_RUN, CAPTURES, FAIL, PASS, ProgramTest, formats, main


def strings(value, key=None):
    """Every string of a report with the key it stands under."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from strings(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part, key)
    elif isinstance(value, str):
        yield key, value


WHO = {"ip", "from", "to", "path", "serial", "subject", "issuer", "server_name", "names", "greeting_names", "client_names",
       "client_name", "server_name_claimed", "skipped_files", "by", "from_domains", "to_domains"}


def original_words(report):
    """What strict must not hold: each address, name, path, serial and certificate's digest, and their parts."""
    words = {text for key, text in strings(report) if key in WHO}
    words |= {c["sha256"] for s in report["sessions"] for c in (s["tls"] or {}).get("certificates", [])}
    words |= {pathlib.PurePath(i["path"]).name for i in report["inputs"]}
    for text in list(words):
        words |= set(re.findall(r"=([^,+]+)", text))  # of a distinguished name
    return {w for w in words if len(w) > 2 and w != "client"}


class Strict(ProgramTest):
    def redacted(self, *inputs, more=()):
        """(standard report, strict report, [(alias, original)])"""
        standard, _ = self.report(*inputs)
        chart = self.folder / "map.tsv"
        strict, run = self.report(*inputs, "--redact", "strict", "--redact-map", chart, *more)
        self.assertEqual((standard["redaction"], strict["redaction"]), ("standard", "strict"))
        head, *lines = chart.read_text().split("\n")[:-1]
        self.assertEqual(head, "kind\talias\toriginal")
        rows = [line.split("\t") for line in lines]
        self.assertTrue(all(len(row) == 3 for row in rows), rows)
        self.assertEqual(len({row[1] for row in rows if row[0] not in ("serial", "sha256")}),
                         len([row for row in rows if row[0] not in ("serial", "sha256")]), "an alias stands for one thing")
        return standard, strict, rows

    def restored(self, text, rows):
        """With the originals in their places."""
        back = {alias: original for _, alias, original in rows}
        if not back:
            return text
        whole = "|".join(re.escape(alias) for alias in sorted(back, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.-])(?:{whole})(?![\w-]|\.\w)", lambda m: back[m.group()], text)
        return text

    def comparable(self, report):
        """Without what strict leaves out or puts into another order."""
        del report["tool"]["arguments"], report["generated"], report["redaction"]
        for session in report["sessions"]:
            reply = session["upgrade"]["reply"]
            session["upgrade"]["reply"] = reply and re.match(r"\d{3}|\S+", reply).group()
            for login in session["credentials"]:
                login["user"] = login["user"] and re.sub(r"^.*\*\*\*", "***", login["user"])
        for group in report["findings"]:
            for occurrence in group["occurrences"]:
                occurrence["note"] = re.sub(r"user [^ ,]*\*\*\*", "user ***", occurrence["note"])
        report["servers"].sort(key=lambda s: (s["ip"], s["port"]))
        report["hops"].sort(key=lambda h: (h["from"], h["to"], h["port"]))
        for one in report["servers"] + report["hops"]:
            for key in one:
                if key.endswith("names"):
                    one[key] = sorted(name.lower() for name in one[key])
        return report

    def test_the_map_turns_it_back(self):
        captures = sorted(CAPTURES.rglob("*.pcap"))
        self.assertGreater(len(captures), 20)
        for inputs in ([*captures], *([c] for c in captures)):
            with self.subTest(inputs[0].name if len(inputs) == 1 else "all"):
                standard, strict, rows = self.redacted(*inputs)
                back = json.loads(self.restored(json.dumps(strict), rows))
                self.assertEqual(self.comparable(back), self.comparable(standard))

    def test_nothing_of_who_in_any_format(self):
        captures = sorted(CAPTURES.rglob("*.pcap"))
        standard, _ = self.report(*captures)
        words = original_words(standard)
        self.assertTrue({"192.0.2.7", "mail.example", str(captures[0])} <= words, words)
        options = [f(n) for n in formats() for f in (lambda n: ("-o", "-", "--format", n),)]
        outputs = [self.folder / f"report-{i}" for i in range(len(formats()))]
        for more in (*options, ("--color", "always"), ("--all", "--any-port", "-q"), ("--fail-on", "low"),
                     *(("-o", path, "--format", name) for path, name in zip(outputs, formats()))):
            run = self.run_it("check", *captures, "--redact", "strict", *more)
            text = run.out + run.err + "".join(p.read_text() for p in outputs if p.exists())
            self.assertGreater(len(text), 300, run)
            for word in words:
                self.assertNotRegex(text, rf"(?<!\w){re.escape(word)}(?!\w)", f"{' '.join(map(str, more))}: {word}")
            self.assertNotIn(str(CAPTURES), text)

    def test_names_and_paths_that_are_hard_to_tell(self):
        """A capture called as words of the report are, claims that are words, spaces, quotes and control characters."""
        said = [("S", "220 gw7.acme.test ESMTP\r\n"), ("C", "EHLO encrypted\r\n"), ("S", "250 gw7.acme.test\r\n"),
                ("C", "MAIL FROM:<a@b.test>\r\n"), ("S", "250 ok\r\n"), ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]
        octets = wire.conversation(said, 25)
        for name in ("mail", "1", "frame", "carried", "acme", "a b", "it's", "acme\tco", "acme: and so on", "日本", "-acme.pcap"):
            with self.subTest(name):
                folder = self.folder / "kundenname"
                path = self.file(f"kundenname/{name}", octets)
                for given, cwd in ((path, None), (folder, None), ("./" + name, folder), *([(name, folder)] if name[0] != "-" else [])):
                    run = self.run_it("check", given, "--redact", "strict", "-o", "-", "--format", "json", cwd=cwd)
                    report = self.valid(run.out, run)
                    self.assertEqual(run.code, FAIL, run)
                    self.assertEqual(report["inputs"][0]["path"], "input-1.pcap")
                    self.assertIn("1 of 1 judged mail flow seen at this capture point", report["sentence"])
                    self.assertIn("First: input-1.pcap frame", report["sentence"])
                    self.assertIn("first: input-1.pcap frame", report["verdict_reasons"][0])
                    for word in ("kundenname", "acme", "gw7", "日本", "it's"):
                        self.assertNotIn(word, run.out, run)
                shutil.rmtree(folder)

    def test_what_cannot_be_read(self):
        good = self.file("kundenname/good.pcap", wire.conversation([("S", "220 x.example\r\n")], 25))
        bad = [self.folder / "kundenname" / "gone: acme.pcap", self.file("kundenname/acme's.zst", b"\x28\xb5\x2f\xfd" + b"\0" * 40),
               self.file("kundenname/acme text", "acme acme acme acme\n"), self.file("kundenname/acme.empty", b"")]
        for name in ("text", "json"):
            run = self.run_it("check", good, *bad, "--redact", "strict", "--format", name)
            self.assertEqual(run.code, CANNOT_RUN, run)
            for word in ("kundenname", "acme", str(self.folder)):
                self.assertNotIn(word, run.out, run)
            self.assertIn("acme", run.err, "who runs it is told which")
            self.assertRegex(run.out, r"cannot read path-\d+: there is no such file")

    def test_the_same_run_has_the_same_octets(self):
        env = {"SOURCE_DATE_EPOCH": "1800000000", "PATH": os.environ["PATH"]}
        runs = [self.run_it("check", CAPTURES, "--redact", "strict", "--format", "json", env=env) for _ in range(2)]
        self.assertEqual(runs[0].out, runs[1].out)

    def test_the_map_is_for_its_owner(self):
        path = self.file("map.tsv", "before")
        path.chmod(0o666)
        run = self.run_it("check", CAPTURES / "smtp-plain.pcap", "--redact", "strict", "--redact-map", path)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertIn("\t192.0.2.7\n", path.read_text())
        self.assertNotIn("192.0.2.7", run.out)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["map.tsv"], "nothing is left beside it")

    def test_refused(self):
        capture = CAPTURES / "smtp-plain.pcap"
        out = self.folder / "x.json"
        for more, words in ((("--redact", "some"), ("--redact some", "standard or strict")),
                            (("--redact-map", self.folder / "m"), ("--redact-map", "--redact strict")),
                            (("--redact", "strict", "--redact-map", "-"), ("--redact-map -", "name a file")),
                            (("--redact", "strict", "--extract", self.folder / "e.pcapng"), ("--extract", "--redact strict")),
                            (("--redact", "strict", "--extract", self.folder / "e.pcapng", "--extract-payload", "zero"), ("--extract",)),
                            (("--redact", "strict", "--redact-map", out, "-o", out), ("written already",)),
                            (("--sums", "-"), ("--sums -", "name a file")),
                            (("--sums", out, "-o", out), ("written already",)),
                            (("--redact", "strict", "--redact-map", self.folder / "no" / "m"), ("no/m", "--redact-map")),
                            (("--sums", self.folder / "no" / "SHA256SUMS"), ("no/SHA256SUMS", "--sums"))):
            with self.subTest(more):
                self.refused("check", capture, *more, words=words)
                self.assertEqual(list(self.folder.iterdir()), [])


class Planted(ProgramTest):
    """Captures of a house whose every name and address is known, and everything that is written of them."""
    CLIENT, SERVER, OTHER = "203.0.113.77", "198.51.100.88", "100.77.88.99"
    WHO = (CLIENT, SERVER, OTHER, "geheimwerk", "mx-kanagawa", "buero-pc", "Hans.Meier", "zweigstelle", "uplink-zum-rz", "kundenname")
    MASKED = {"Hans.Meier"}
    SUBJECT = "Quartalszahlen"

    def octets(self):
        mail = [("S", "220 mx-kanagawa.geheimwerk.test ESMTP geheimwerk\r\n"), ("C", "EHLO buero-pc.geheimwerk.test\r\n"),
                ("S", "250-mx-kanagawa.geheimwerk.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"), ("C", "STARTTLS\r\n"),
                ("S", f"454 4.7.0 geheimwerk has no TLS for {self.CLIENT}, Hans.Meier@geheimwerk.test\r\n"),
                ("C", "MAIL FROM:<Hans.Meier@geheimwerk.test>\r\n"), ("S", "250 ok Hans.Meier\r\n"),
                ("C", "RCPT TO:<boss@zweigstelle.test>\r\n"), ("S", "250 ok\r\n"), ("C", "DATA\r\n"), ("S", "354 go\r\n"),
                ("C", f"Subject: {self.SUBJECT}\r\nFrom: Hans.Meier@geheimwerk.test\r\n\r\n{self.SUBJECT}\r\n.\r\n"),
                ("S", "250 queued at geheimwerk\r\n"), ("C", "QUIT\r\n"), ("S", "221 geheimwerk\r\n")]
        login = [("S", "* OK zweigstelle.geheimwerk.test ready\r\n"), ("C", 'a LOGIN "Hans.Meier@geheimwerk.test" "pw12345678"\r\n'),
                 ("S", "a OK Hans.Meier at geheimwerk\r\n"), ("C", "b LOGOUT\r\n"), ("S", "* BYE geheimwerk\r\n")]
        literal = [("S", "220 [198.51.100.88] ESMTP\r\n"), ("C", f"HELO [{self.OTHER}]\r\n"), ("S", "250 geheimwerk\r\n"),
                   ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]
        frames = wire.frames(mail, 25, client=self.CLIENT, server=self.SERVER)
        frames += wire.frames(login, 143, client=self.CLIENT, server=self.SERVER)
        frames += wire.frames(literal, 25, client_port=40001, client=self.OTHER, server=self.SERVER)
        return wire.pcapng(frames, "uplink-zum-rz")

    def written(self, *more):
        """Everything that is written with `more`, by what wrote it: every format of check, report and diff, in two languages."""
        (self.folder / "kundenname").mkdir(exist_ok=True)
        path, stored, other = (self.folder / "kundenname" / name for name in ("mail.pcapng", "stored.json", "other.json"))
        path.write_bytes(self.octets())
        gone = self.folder / "kundenname" / "gone.pcap"
        self.run_it("check", path, gone, CAPTURES / "smtp-starttls-tls12.pcap", "-o", stored)
        self.run_it("check", CAPTURES / "smtp-starttls-tls12.pcap", "-o", other)
        out = self.folder / "kundenname" / "out"
        for language in ("en", "ja"):
            for name in formats():
                for how in (("check", path), ("check", path, gone, "--all", "--port", "143=imap", "--fail-on", "low"),
                            ("report", stored), ("diff", stored, other), ("diff", other, stored)):
                    if how[0] == "diff" and name not in ("text", "markdown", "html"):
                        continue
                    out.unlink(missing_ok=True)
                    run = self.run_it(*how, *more, "--lang", language, "-o", out, "--format", name)
                    text = run.out + out.read_text()
                    self.assertGreater(len(text), 300, run)
                    yield f"{language} {' '.join(map(str, how))} {name}", text

    def test_strict_leaves_nothing(self):
        chart = self.folder / "map.tsv"
        for what, text in self.written("--redact", "strict", "--redact-map", chart):
            for word in (*self.WHO, self.SUBJECT, str(self.folder), "Throwaway", "mail.example"):
                self.assertNotIn(word.lower(), text.lower(), what)
            for word in (self.CLIENT, self.SERVER, self.OTHER):
                self.assertNotIn(".".join(reversed(word.split("."))), text, what)
            self.assertRegex(text.lower(), "strict", what)
        run = self.run_it("check", self.folder / "kundenname", "--redact", "strict", "--redact-map", chart)
        for word in self.WHO:
            if word not in self.MASKED:  # not even the map has it
                self.assertIn(word, chart.read_text(), run)
        self.assertNotIn("Hans.M", chart.read_text())
        self.assertNotIn(self.SUBJECT, chart.read_text())

    def test_standard_masks_mailboxes(self):
        found = set()
        for what, text in self.written():
            for word in ("Hans.M", "ns.Meier", "boss@", self.SUBJECT, "pw12345678"):
                self.assertNotIn(word.lower(), text.lower(), what)
            found |= {word for word in self.WHO if word in text}
        self.assertEqual(set(self.WHO) - found, self.MASKED, "the rest is told")

    def test_a_stored_report_is_redacted_as_a_new_one(self):
        octets = self.file("mail.pcapng", self.octets())
        stored, strict = self.folder / "stored.json", self.folder / "strict.json"
        self.run_it("check", octets, "-o", stored)
        self.run_it("check", octets, "-o", strict, "--redact", "strict")
        later = json.loads(self.run_it("report", stored, "--redact", "strict", "-o", "-", "--format", "json").out)
        at_once = json.loads(strict.read_text())
        for report in (later, at_once):
            del report["tool"], report["generated"]
        self.assertEqual(later, at_once)

    def test_what_is_strict_stays_so(self):
        strict, other = self.folder / "strict.json", self.folder / "other.json"
        self.run_it("check", CAPTURES / "smtp-plain.pcap", "-o", strict, "--redact", "strict")
        self.run_it("check", CAPTURES / "smtp-plain.pcap", "-o", other)
        for more in ((), ("--redact", "standard"), ("--redact", "strict")):
            run = self.run_it("report", strict, *more, "-o", "-", "--format", "json")
            self.assertEqual(run.out, strict.read_text(), run)
        self.refused("report", strict, "--redact", "strict", "--redact-map", self.folder / "m", words=("redacted already",))
        self.assertFalse((self.folder / "m").exists())
        for pair in ((strict, other), (other, strict), (strict, strict)):
            self.refused("diff", *pair, words=("is redacted", "--redact strict"))


@unittest.skipUnless(shutil.which("sha256sum"), "no sha256sum here")
class Sums(ProgramTest):
    def checked(self, sums, cwd):
        return subprocess.run(["sha256sum", "--strict", "-c", sums], cwd=cwd, capture_output=True, text=True)

    def test_inputs_and_outputs(self):
        capture = CAPTURES / "smtp-plain.pcap"
        names = ("a.pcap", "b c.pcap", "new\nline.pcap", "back\\slash.pcap", "cr\r.pcap", "日本.pcap", "-dash.pcap", " x ", "*y")
        for name in names:
            shutil.copy(capture, self.folder / name)
        given = ["./" + name if name[0] == "-" else name for name in names]
        run = self.run_it("check", *given, "a.pcap", "-o", "r.json", "-o", "out/r.txt", "-o", "-", "--format", "json", "--extract",
                          "e.pcapng", "--sums", "SHA256SUMS", cwd=self.made("out"))
        self.assertEqual(run.code, FAIL, run)
        done = self.checked("SHA256SUMS", self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(done.stdout.count("OK"), len(names) + 3, done.stdout)
        (self.folder / "r.json").write_text("{}")
        self.assertEqual(self.checked("SHA256SUMS", self.folder).returncode, 1)

    def test_key_logs_are_inputs(self):
        keys = CAPTURES.parent / "tests" / "run" / "keys"
        for name in ("imaps_993.pcap", "imaps_993.keylog"):
            shutil.copy(keys / name, self.folder / name)
        check = ("check", "imaps_993.pcap", "--keylog", "imaps_993.keylog", "-o", "r.json", "--sums", "SHA256SUMS")
        self.run_it(*check, cwd=self.folder)
        done = self.checked("SHA256SUMS", self.folder)
        self.assertEqual(sorted(done.stdout.split()[::2]), ["imaps_993.keylog:", "imaps_993.pcap:", "r.json:"], done)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.run_it(*check, "--redact", "strict", cwd=self.folder)
        told = (self.folder / "SHA256SUMS").read_text()
        self.assertNotIn("imaps", told)
        self.assertRegex(told, r"# a key log is not named \(--redact strict\); SHA-256 [0-9a-f]{64}\n")

    def made(self, folder):
        (self.folder / folder).mkdir()
        return self.folder

    def test_what_is_no_file_is_said(self):
        octets = (CAPTURES / "smtp-plain.pcap").read_bytes()
        sums = self.folder / "SHA256SUMS"
        run = self.run_it("check", "-", "-o", "/dev/null", "--format", "json", "--sums", sums, stdin=octets)
        self.assertRegex(sums.read_text(), r"\A# input 1 is standard input: no file; SHA-256 [0-9a-f]{64}\n# /dev/null [^\n]+\n\Z")
        self.assertEqual(run.code, FAIL)

    def test_strict_names_no_capture(self):
        sums, out = self.folder / "SHA256SUMS", self.folder / "r.json"
        capture = self.file("kundenname.pcap", (CAPTURES / "smtp-plain.pcap").read_bytes())
        self.run_it("check", capture, "--redact", "strict", "-o", out, "--sums", sums)
        self.assertNotIn("kundenname", sums.read_text() + out.read_text())
        done = self.checked(sums, self.folder)
        self.assertEqual((done.returncode, done.stderr, done.stdout), (0, "", f"{out}: OK\n"))

    def test_of_report_and_diff(self):
        sums, stored = self.folder / "SHA256SUMS", self.folder / "r.json"
        self.run_it("check", CAPTURES / "smtp-plain.pcap", "-o", stored)
        for how, files in ((("report", stored), 2), (("diff", stored, stored), 2)):
            run = self.run_it(*how, "-o", self.folder / "x.md", "--sums", sums)
            done = self.checked(sums, self.folder)
            self.assertEqual((done.returncode, done.stderr, done.stdout.count("OK")), (0, "", files), run)

    def test_a_directory(self):
        sums, out = self.folder / "SHA256SUMS", self.folder / "r.json"
        self.run_it("check", CAPTURES, "-o", out, "--sums", sums)
        done = self.checked(sums, self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("OK"), len(list(CAPTURES.rglob("*.pcap"))) + 1)


if __name__ == "__main__":
    main()
