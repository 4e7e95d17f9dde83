#!/usr/bin/env python3
"""Policies and profiles, from the file to the report: rules that are kept, broken and not observed on captures of the
project, the words of products, mistakes, the policy that --infer writes.

usage: policy_test.py MAILSEAL
"""
import hashlib, json, re, unittest

from harness import CANNOT_RUN, CAPTURES, FAIL, INCONCLUSIVE, PASS, SHARED, VALIDATOR, ProgramTest, main

CLEAR, SEALED, SEALED12 = (CAPTURES / f"{n}.pcap" for n in ("smtp-plain", "smtp-starttls-tls13", "smtp-starttls-tls12"))
MANY, SUBMISSION, IMAPS = (CAPTURES / f"{n}.pcap" for n in ("smtp-starttls-many", "submission-auth-plain-clear", "imaps-993"))

# The levels of one setting, in the words of each product.
WORDS = {
    "Cisco ESA": {"none": "Off", "preferred": "Preferred", "required": "Required", "verified": "Required-Verify"},
    "FortiMail": {"none": "none", "preferred": "preferred", "required": "encrypt", "verified": "secure"},
    "FortiMail, Japanese": {"none": "なし", "preferred": "推奨", "required": "ベーシック", "verified": "証明書認証"},
    "InterScan": {"preferred": "Enable Incoming Transport Layer Security", "required": "TLSによるSMTP接続のみを許可する"},
    "InterScan, English": {"required": "Only accept SMTP connection by TLS"},
    "Postfix": {"none": "none", "preferred": "may", "required": "encrypt", "verified": "secure"},
}
MISTAKES = [  # each with a line of its own; the parser's own table has more
    ("[[rule]]\nlevel = 'required'\nmin-vesion = '1.2'\n", "3:1: unknown key 'min-vesion'; did you mean 'min_version'?"),
    ("[[rule]]\nlevel = 'requird'\n", "2:9: unknown level 'requird'; did you mean 'required'?"),
    ("[[rule]\n", "1:8: Error while parsing table header: expected ']', saw '\\n'"),
    ("", "1:1: no [[rule]] in it; mailseal policy --infer CAPTURE writes a first one"),
    ("[[rule]]\nlevel = 'may'\nto = 'mx.example.com'\n",
     "3:6: 'mx.example.com' is no address, and no name in [networks] or [servers]"),
]


def rule(level, **more):
    return "[[rule]]\n" + "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in {"level": level, **more}.items())


class Policies(ProgramTest):
    def policy(self, text, name="mail.toml"):
        return self.file(name, text.encode())

    def check(self, policy, *captures, options=()):
        run = self.run_it("check", *captures, "--policy", self.policy(policy), "-o", "-", "--format", "json", *options)
        self.assertNotEqual(run.code, CANNOT_RUN, run)
        report = json.loads(run.out)
        self.assertEqual([], [e.message for e in VALIDATOR.iter_errors(report)])
        return run, report

    def results(self, policy, *captures):
        return [r["result"] for r in self.check(policy, *captures)[1]["policy"]["rules"]]

    def test_a_rule_may_have_a_ca_of_its_own(self):
        """The run trusts what the rule does not, and the other way round; without TLS nothing is verified."""
        chains = CAPTURES / "certificates"
        root, other = chains / "root.pem", chains / "other-root.pem"
        (self.folder / "beside.pem").write_bytes(root.read_bytes())
        for ca, run_ca, result in ((root, other, "kept"), ("beside.pem", other, "kept"), (other, root, "broken"), (None, root, "kept"),
                                   (None, other, "broken")):
            text = rule("verified", **({"ca": str(ca)} if ca else {})) + rule("none", name="another")
            _, report = self.check(text, chains / "fullchain.pcap", options=("--ca-file", run_ca))
            told = report["policy"]["rules"][0]
            self.assertEqual((result, str(ca) if ca else None), (told["result"], told["ca"]), (ca, run_ca))
            self.assertEqual(result == "kept", report["sessions"][0]["tls"]["chain"]["ok"])
        html = self.run_it("check", chains / "fullchain.pcap", "--policy", self.policy(rule("verified", ca=str(root))), "--format", "html")
        self.assertIn(f"trusting {root} alone", html.out)
        strict = self.run_it("check", chains / "fullchain.pcap", "--policy", self.policy(rule("verified", ca=str(root))),
                             "--format", "json", "--redact", "strict")
        self.assertNotIn("root.pem", strict.out)

    def test_a_ca_that_cannot_be_read_is_told_with_its_place(self):
        policy = self.policy(rule("none") + rule("verified", name="b", ca="missing.pem"))
        run = self.run_it("check", CLEAR, "--policy", policy)
        self.assertEqual(CANNOT_RUN, run.code)
        self.assertEqual(f"mailseal: {policy}:3: ca missing.pem: No such file or directory; name a file of certificates in PEM that "
                         "you may read\n", run.err)
        kept = self.file("root.pem", (CAPTURES / "certificates/root.pem").read_bytes())
        run = self.run_it("check", CLEAR, "--policy", self.policy(rule("verified", ca="root.pem")), "-o", kept, "--format", "json")
        self.assertEqual(CANNOT_RUN, run.code)
        self.assertIn("which would be lost", run.err)

    def test_rules_are_kept_broken_or_not_observed(self):
        required = rule("required", port=25)
        for text, capture, result in ((required, SEALED, "kept"), (required, MANY, "kept"), (required, CLEAR, "broken"),
                                      (rule("preferred", port=25), CLEAR, "kept"), (rule("required", port=587), CLEAR, "not-observed"),
                                      (rule("required", min_version="1.3"), SEALED12, "broken"),
                                      (rule("required", min_version="1.2", min_bits="256 bits"), SEALED12, "kept"),
                                      (rule("required", protocol="imap"), IMAPS, "kept"),
                                      (rule("required", to="198.51.100.0/24"), SEALED, "not-observed")):
            self.assertEqual([result], self.results(text, capture), f"{text}{capture}")

    def test_a_broken_rule_fails_the_run_and_names_its_frames(self):
        run, report = self.check(rule("required", min_version="1.3"), SEALED12)
        self.assertEqual(FAIL, run.code)
        found = {f["id"]: f for f in report["findings"]}
        self.assertEqual("rule 1: TLSv1.2 where at least TLSv1.3 is set", found["policy-mismatch"]["occurrences"][0]["note"])
        place = report["policy"]["rules"][0]["places"][0]
        self.assertEqual(place["frame"], found["policy-mismatch"]["occurrences"][0]["frame"])
        self.assertEqual(PASS, self.run_it("check", SEALED12, "--policy", self.policy(rule("required"))).code)

    def test_a_rule_that_was_not_observed_is_inconclusive_never_a_fail(self):
        run, report = self.check(rule("required", port=25) + rule("required", port=587), SEALED, options=("--fail-on", "low"))
        self.assertEqual(INCONCLUSIVE, run.code, run)
        self.assertIn("1 rule of the policy has no session that decides it; first: rule 2", report["verdict_reasons"])
        self.assertIn("policy-coverage-missing", [f["id"] for f in report["findings"]])

    def test_a_way_that_is_in_no_rule_is_told_where_the_map_is_complete(self):
        text = rule("required", to="198.51.100.1")
        self.assertEqual([], [f["id"] for f in self.check(text, SEALED)[1]["findings"] if f["id"] == "policy-unexpected-path"])
        report = self.check("only = true\n" + text, SEALED)[1]
        self.assertIn("policy-unexpected-path", [f["id"] for f in report["findings"]])
        self.assertEqual(1, report["policy"]["unexpected"])

    def test_an_exception_covers_until_its_day_and_is_printed(self):
        text = rule("required", name="in") + "[[exception]]\nrule = 'in'\nreason = 'the old scanner'\nuntil = %s\n"
        for day, result, finding in (("2026-12-31", "excepted", False), ("2026-01-01", "broken", True)):
            run, report = self.check(text % day, CLEAR)
            self.assertEqual(result, report["policy"]["rules"][0]["result"])
            self.assertEqual(finding, "policy-mismatch" in [f["id"] for f in report["findings"]])
            self.assertEqual(FAIL, run.code)  # the mail is readable all the same
            for suffix in ("txt", "html", "md", "jira", "textile"):
                out = self.folder / f"r.{suffix}"
                self.run_it("check", CLEAR, "--policy", self.policy(text % day), "-o", out)
                self.assertIn("the old scanner", out.read_text(), suffix)
                self.assertIn(day, out.read_text().replace("\\", ""), suffix)  # of Jira's escapes

    def test_the_words_of_products_give_the_same_outcome(self):
        captures = [CLEAR, SEALED, SEALED12, MANY, SUBMISSION, IMAPS, CAPTURES / "smtp-plain-then-starttls.pcap",
                    CAPTURES / "smtp-starttls-refused-plain.pcap", CAPTURES / "smtp-handshake-failed-then-fallback.pcap"]
        lab = SHARED / "captures/lab"
        named = ("c_server_requires_530", "c_server_requires_then_tls", "c_offered_not_used", "c_not_offered", "c_refused_454_plain",
                 "b_postfix_postfix_tls13", "b_tls12_anon", "b_cert12_expired", "e_pop3_stls_tls12", "d_465_implicit_tls13")
        captures += [path for path in (lab / f"{name}.pcap" for name in named) if path.exists()]
        for level in ("none", "preferred", "required", "verified"):
            wanted = self.outcome(level, captures)
            for product, words in WORDS.items():
                if level in words:
                    self.assertEqual(wanted, self.outcome(words[level], captures), f"{product}: {words[level]}")

    def outcome(self, level, captures):
        report = self.check(rule(level), *captures)[1]
        outcome = report["policy"]["rules"][0]
        notes = sorted(str(o) for f in report["findings"] if f["id"].startswith("policy-") for o in f["occurrences"])
        return outcome["level"], outcome["result"], outcome["kept"], outcome["broken"], outcome["undecided"], outcome["places"], notes

    def test_mistakes_are_one_line_and_exit_2(self):
        for text, line in MISTAKES:
            path = self.policy(text)
            run = self.run_it("check", SEALED, "--policy", path, "-o", self.folder / "r.json")
            self.assertEqual((CANNOT_RUN, "", f"mailseal: {path}:{line}\n"), (run.code, run.out, run.err))
            self.assertFalse((self.folder / "r.json").exists())
        for path in (self.folder / "none.toml", self.folder):
            run = self.run_it("check", SEALED, "--policy", path)
            self.assertEqual(CANNOT_RUN, run.code)
            self.assertTrue(re.fullmatch(r"mailseal: cannot read the policy [^\n]+\n", run.err), run)

    def test_a_policy_is_an_input(self):
        path = self.policy(rule("required"))
        before = path.read_bytes()
        for option in ("-o", "--sums", "--extract"):
            run = self.run_it("check", SEALED, "--policy", path, option, path, "--format", "json")
            self.assertEqual(CANNOT_RUN, run.code, run)
            self.assertIn("that is the input", run.err)
        self.assertEqual(before, path.read_bytes())
        sums = self.folder / "SHA256SUMS"
        self.run_it("check", SEALED, "--policy", path, "--sums", sums)
        self.assertIn(f"{hashlib.sha256(before).hexdigest()}  {path}\n", sums.read_text())

    def test_reports_are_rendered_again_as_they_were(self):
        text = ("only = true\n" + rule("required", name="in", min_version="1.2", allowed_suites=["RC4-SHA"], port=[25, 26],
                                       to="192.0.2.0/24", names=["mx.example"], profile="ncsc-nl-2025")
                + rule("may", to="198.51.100.1", **{"from": "198.51.100.2"}, public_mx=True)
                + "[[exception]]\nfrom = '192.0.2.9'\nreason = 'r'\nuntil = 2027-01-01\n")
        stored = self.folder / "r.json"
        self.run_it("check", CLEAR, SEALED12, "--policy", self.policy(text), "--profile", "mozilla-6.0-modern", "-o", stored)
        for suffix in ("json", "html", "md", "txt", "svg"):
            first, again = self.folder / f"a.{suffix}", self.folder / f"b.{suffix}"
            self.run_it("report", stored, "-o", first)
            again_json = self.folder / "again.json"
            self.run_it("report", stored, "-o", again_json)
            self.run_it("report", again_json, "-o", again)
            self.assertEqual(first.read_bytes(), again.read_bytes(), suffix)
        self.assertEqual(stored.read_bytes(), (self.folder / "again.json").read_bytes())
        self.assertIn("not seen", (self.folder / "a.svg").read_text())  # the hop of rule 2, which nothing passed

    def test_strict_redaction_leaves_no_name_and_no_address(self):
        text = rule("required", name="head office", **{"from": "192.0.2.7"}, to="192.0.2.0/24", names=["mx.secret.example"]) + \
            "[[exception]]\nfrom = '203.0.113.9'\nreason = 'the printer of Mr Sato'\nuntil = 2027-01-01\n"
        for suffix in ("json", "html", "md", "txt", "csv"):
            out = self.folder / f"r.{suffix}"
            more = ("--format", "csv-findings") if suffix == "csv" else ()
            self.run_it("check", CLEAR, "--policy", self.policy(text, "headquarters.toml"), "--redact", "strict", "-o", out, *more)
            for word in ("head office", "headquarters", "192.0.2.", "203.0.113", "mx.secret", "printer", "Sato"):
                self.assertNotIn(word, out.read_text(), suffix)

    def test_profiles_tell_every_reason_and_how_many_handshakes(self):
        run = self.run_it("check", SEALED, MANY, "--profile", "mozilla-6.0-intermediate")
        self.assertRegex(run.out, r"Nothing observed below mozilla-6\.0-intermediate \(.*\) in \d+ handshakes\.")
        self.assertNotRegex(run.out.lower(), "compliant")
        run = self.run_it("check", SEALED12, "--profile", "mozilla-6.0-modern")
        self.assertIn("Below mozilla-6.0-modern (Mozilla Server Side TLS 6.0 modern): 1 of 1 handshakes.", run.out)
        note = next(line for line in run.out.splitlines() if "policy-profile-not-met" in line)
        for reason in ("TLSv1.2 (not listed)", "TLS_ECDHE_RSA"):
            self.assertIn(reason, note)
        run = self.run_it("check", SEALED, "--profile", "ncsc-nl-2052")
        self.assertEqual(CANNOT_RUN, run.code)
        self.assertIn("did you mean ncsc-nl-2025? There are rfc9325+10015, ncsc-nl-2025, ", run.err)

    def test_what_is_inferred_is_kept_by_the_same_capture(self):
        for capture in sorted(CAPTURES.glob("*.pcap")):
            path = self.folder / "inferred.toml"
            run = self.run_it("policy", "--infer", capture, "-o", path)
            self.assertEqual((PASS, "", ""), (run.code, run.out, run.err))
            self.assertEqual(path.read_text(), self.run_it("policy", "--infer", capture).out)
            if "[[rule]]" not in path.read_text():
                continue
            report = self.check(path.read_text(), capture)[1]
            self.assertEqual({"kept"}, {r["result"] for r in report["policy"]["rules"]}, f"{capture}\n{path.read_text()}")
            self.assertEqual([], [f["id"] for f in report["findings"] if f["id"].startswith("policy-")], capture)

    def test_inferring_refuses_what_check_refuses(self):
        self.assertEqual(CANNOT_RUN, self.run_it("policy", "--infer", self.folder / "none.pcap").code)
        self.assertEqual(CANNOT_RUN, self.run_it("policy").code)
        capture = self.file("c.pcap", CLEAR.read_bytes())
        run = self.run_it("policy", "--infer", capture, "-o", capture)
        self.assertEqual(CANNOT_RUN, run.code)
        self.assertEqual(CLEAR.read_bytes(), capture.read_bytes())


if __name__ == "__main__":
    main()
