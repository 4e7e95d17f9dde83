"""Reports in Japanese: which language is spoken when, that nothing of the sources is untranslated, and whole reports.

To remake the reports after a wanted change: MAILSEAL_REMAKE_GOLDEN=1 translation_test.py MAILSEAL, and look at the difference.
"""
import json, os, pathlib, re, shutil, subprocess, tempfile, unittest

from harness import CANNOT_RUN, CAPTURES, FAIL, PASS, PROGRAM, ROOT, ProgramTest, Run

import messages  # of scripts/

BUILD = pathlib.Path(PROGRAM).parent
GOLDEN = ROOT / "tests/run/golden_ja"
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
FIELD = re.compile(r"\{(\d*)(:[dt])?\}")
ID = "starttls-not-offered"
IN_ENGLISH, IN_JAPANESE = "STARTTLS not offered", "STARTTLSの提供なし"


def environment(**variables):
    """Nothing but these, and what a sanitizer was told: also no PATH, no HOME, no terminal, nobody to trust."""
    told = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {"SOURCE_DATE_EPOCH": "1795255502", "SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere", **told, **variables}


class Sources(unittest.TestCase):
    """scripts/translate brings them in order."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            pot = pathlib.Path(folder) / "now.pot"
            messages.template(pot)
            cls.now = messages.read(pot)
        cls.told = {e.one: e for e in messages.read(ROOT / "po/ja.po")}

    def test_the_table_of_phrases_is_what_the_stages_say(self):
        self.assertEqual(messages.PHRASES.read_text(encoding="utf-8"), messages.phrases(), "run scripts/translate")

    def test_every_text_is_translated(self):
        self.assertGreater(len(self.now), 500)
        for entry in self.now:
            told = self.told.get(entry.one)
            self.assertIsNotNone(told, f"{entry.one!r}: run scripts/translate, then translate it in po/ja.po")
            self.assertFalse(told.fuzzy, entry.one)
            self.assertTrue(told.told.get(0), f"{entry.one!r}: not translated in po/ja.po")
            self.assertEqual(told.many, entry.many)

    def test_translations_hold_the_same_fields(self):
        for entry in self.told.values():
            for english in filter(None, (entry.one, entry.many)):
                wanted = sorted((number or str(i), kind) for i, (number, kind) in enumerate(FIELD.findall(english)))
                got = sorted((number or str(i), kind) for i, (number, kind) in enumerate(FIELD.findall(entry.told.get(0, ""))))
                if entry.told.get(0):
                    self.assertEqual(got, wanted, entry.one)
            numbered = {bool(number) for number, _ in FIELD.findall(entry.told.get(0, ""))}
            self.assertLessEqual(len(numbered), 1, f"{entry.told}: some fields with numbers, some without")

    def test_translations_are_japanese_without_what_a_terminal_obeys(self):
        alike = {"TLS", "en", "{}, {}", "{}: {}", "{}: {}.", "{}: {:t}", "{}, {:t}", "{:t}; {:t}", "{} to {}", "{} UTC",
                 "{} to {} UTC", "{0} {1}"}
        for entry in self.told.values():
            text = entry.told.get(0, "")
            if entry.one not in alike:
                self.assertRegex(text, JAPANESE, entry.one)
            self.assertNotRegex(text, "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", entry.one)
            self.assertEqual(text, text.strip())
            self.assertNotRegex(text, "[()]|[\u3040-\u30ff\u4e00-\u9fff\uff09]:", f"{entry.one}: full-width signs in Japanese")
            if entry.one.endswith(".") and entry.one != "No.":
                self.assertTrue(text.endswith("。"), entry.one)


class Chosen(ProgramTest):
    def spoken(self, *arguments, program=PROGRAM, **variables):
        run = subprocess.run([program, "explain", *arguments], env=environment(**variables), capture_output=True, timeout=30)
        self.assertEqual((run.returncode, run.stderr), (PASS, b""), run)
        return "ja" if IN_JAPANESE in run.stdout.decode() else "en" if IN_ENGLISH in run.stdout.decode() else "?"

    def test_by_the_locale(self):
        for variables, language in (
            ({}, "en"),
            ({"LANG": "ja_JP.UTF-8"}, "ja"),
            ({"LANG": "ja_JP.utf8"}, "ja"),
            ({"LANG": "ja_JP"}, "ja"),
            ({"LANG": "ja"}, "ja"),
            ({"LANG": "C"}, "en"),
            ({"LANG": "C.UTF-8"}, "en"),
            ({"LANG": "en_US.UTF-8"}, "en"),
            ({"LANG": "jam_JM.UTF-8"}, "en"),
            ({"LANG": "ja_JP.eucJP"}, "en"),  # UTF-8 would be garbled there
            ({"LANG": "ja_JP.SJIS"}, "en"),
            ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}, "ja"),
            ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
            ({"LC_ALL": "ja_JP.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "ja"),
            ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "en"),
            ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, "ja"),
            ({"LC_CTYPE": "ja_JP.UTF-8"}, "en"),
            ({"LANG": "en_US.UTF-8", "LANGUAGE": "ja"}, "ja"),
            ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "en:ja"}, "en"),
            ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "fr:ja_JP:en"}, "ja"),
            ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "fr"}, "en"),
            ({"LC_ALL": "C", "LANGUAGE": "ja"}, "en"),
            ({"LANGUAGE": "ja"}, "en"),
        ):
            with self.subTest(str(variables)):
                self.assertEqual(self.spoken(ID, **variables), language)

    def test_by_the_option(self):
        for variables in ({}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "de_DE.UTF-8", "LANGUAGE": "de"},
                          {"LANG": "ja_JP.UTF-8"}, {"OUTPUT_CHARSET": "EUC-JP"}, {"LOCPATH": "/nowhere"},
                          {"LC_ALL": "xx_XX.nonsense"}):
            for language in ("ja", "en"):
                with self.subTest(f"{language} {variables}"):
                    self.assertEqual(self.spoken("--lang", language, ID, **variables), language)
                    self.assertEqual(self.spoken("--lang", language, **variables), language, "the list")

    def test_another_is_refused(self):
        for language in ("fr", "JA", "", "ja_JP", "\x1b[2J"):
            run = self.run_it("explain", "--lang", language)
            self.assertEqual((run.code, run.out), (CANNOT_RUN, ""), run)
            self.assertIn("say en or ja", run.err)
            self.assertNotIn("\x1b", run.err)

    def test_without_translations(self):
        alone = shutil.copy(PROGRAM, self.folder / "mailseal")
        self.assertEqual(self.spoken(ID, program=alone, LANG="ja_JP.UTF-8"), "en")
        run = subprocess.run([alone, "explain", "--lang", "ja"], env=environment(), capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (CANNOT_RUN, ""))
        self.assertRegex(run.stderr, r"\Amailseal: --lang ja: the translation .*mailseal.mo is not in .*\n\Z")
        # Not one that lies in a folder above, as /tmp/share.
        shutil.copytree(BUILD / "share", self.folder / "share")
        below = self.folder / "below"
        below.mkdir()
        self.assertEqual(self.spoken(ID, program=shutil.copy(PROGRAM, below / "mailseal"), LANG="ja_JP.UTF-8"), "en")

    def test_installed(self):
        """Wherever it was moved to."""
        for folder, program in (("share", "bin/mailseal"), ("share", "mailseal")):
            with self.subTest(program):
                prefix = self.folder / f"prefix-{program.count('/')}"
                (prefix / program).parent.mkdir(parents=True)
                shutil.copytree(BUILD / "share/locale", prefix / folder / "locale")
                installed = shutil.copy(PROGRAM, prefix / program)
                self.assertEqual(self.spoken("--lang", "ja", ID, program=installed), "ja")
                self.assertEqual(self.spoken(ID, program=installed, LANG="ja_JP.UTF-8"), "ja")

    def test_errors_and_help_stay_english(self):
        for arguments in (("check", "/nowhere.pcap"), ("check",), ("--help",), ("check", "--help"), ("explain", "nothing")):
            env = environment(LANG="ja_JP.UTF-8", LANGUAGE="ja")
            run, plain = Run(*arguments, env=env), Run(*arguments, env=environment())
            self.assertEqual((run.code, run.out, run.err), (plain.code, plain.out, plain.err))
            self.assertNotRegex(run.out + run.err, JAPANESE)


class Explained(ProgramTest):
    def test_every_finding(self):
        listed = [line.split("\t") for line in self.run_it("explain", "--lang", "ja").out.splitlines()]
        english = [line.split("\t")[0] for line in self.run_it("explain", "--lang", "en").out.splitlines()]
        self.assertEqual([name for name, _ in listed], english)
        for name, title in listed:
            with self.subTest(name):
                text = self.run_it("explain", "--lang", "ja", name).out
                self.assertEqual(text.splitlines()[:2], [name, title])
                for label in ("重大度", "観測内容", "意味", "対処"):
                    paragraph = re.search(rf"^  {label} +(.*(?:\n {{14}}.*)*)", text, re.M)
                    self.assertIsNotNone(paragraph, f"{label}: {text}")
                    self.assertRegex(paragraph.group(1), JAPANESE)
                self.assertLessEqual(max(columns(line) for line in text.splitlines()), 100)


def columns(line):
    import unicodedata
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Reports(ProgramTest):
    CASES = ("smtp-offered-not-used", "smtp-handshake-failed-then-fallback", "smtp-starttls-tls12", "smtp-no-mail",
             "pop3-userpass-clear", "imaps-993")

    def run_in(self, folder, *arguments, **variables):
        return Run(*arguments, env=environment(**variables), cwd=folder)

    def test_are_as_they_were(self):
        for name in self.CASES:
            with self.subTest(name):
                run = self.run_in(ROOT, "check", f"captures/{name}.pcap", "--lang", "ja")
                if os.environ.get("MAILSEAL_REMAKE_GOLDEN"):
                    GOLDEN.mkdir(exist_ok=True)
                    (GOLDEN / f"{name}.txt").write_text(run.out, encoding="utf-8")
                self.assertEqual(run.out, (GOLDEN / f"{name}.txt").read_text(encoding="utf-8"))
                self.assertEqual(run.err, "")

    def test_json_is_the_same_in_every_language(self):
        for name in self.CASES:
            path = CAPTURES / f"{name}.pcap"
            plain = Run("check", path, "--format", "json", env=environment())
            for variables in ({"LANG": "ja_JP.UTF-8"}, {"LANG": "ja_JP.UTF-8", "LANGUAGE": "ja"}, {"LC_ALL": "de_DE.UTF-8"}):
                self.assertEqual(Run("check", path, "--format", "json", env=environment(**variables)).raw_out, plain.raw_out)
            report = json.loads(Run("check", path, "--format", "json", "--lang", "ja", env=environment()).out)
            self.assertEqual(report | {"tool": 0}, json.loads(plain.out) | {"tool": 0})

    def test_all_formats_for_people(self):
        for suffix, words in ((".txt", ("不合格", "フレーム")), (".html", ('<html lang="ja">', "不合格", "本文64バイト")),
                              (".md", ("不合格", "本文64バイト")), (".svg", ("平文",))):
            with self.subTest(suffix):
                path = self.folder / f"report{suffix}"
                run = self.run_it("check", CAPTURES / "smtp-offered-not-used.pcap", "--lang", "ja", "-o", path)
                self.assertEqual(run.code, FAIL, run)
                text = path.read_text(encoding="utf-8")
                for word in words:
                    self.assertIn(word, text)

    def test_no_note_is_left_in_english(self):
        """Of all captures of the project: what judge and overview say is found again."""
        page = self.folder / "report.html"
        report = json.loads(self.run_it("check", CAPTURES, "--all", "--format", "json").out)
        self.run_it("check", CAPTURES, "--all", "--lang", "ja", "-o", page)
        text = page.read_text(encoding="utf-8")
        notes = {o["note"] for f in report["findings"] for o in f["occurrences"]} - {""}
        said = {report["sentence"], *report["verdict_reasons"], *notes}
        names = re.compile(r"(TLS_\w+(, )?)+|SHA-256 [0-9a-f]{64}|[xX]\d+[A-Za-z0-9]*|[a-z0-9]+")
        left = {s for s in said if s in text and not names.fullmatch(s)}
        self.assertEqual(left, set())
        self.assertGreater(len(notes), 20)


if __name__ == "__main__":
    unittest.main()
