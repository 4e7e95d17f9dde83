#!/usr/bin/env python3
"""Holds the program against captures/truth.json: what each capture of the project is known to show.

usage: truth_test.py MAILSEAL
Also that every capture stands there, and that every report is valid. What is not said of a session is not compared.
"""
import json, unittest

from harness import CAPTURES, ProgramTest, main

VERDICT_EXIT = {"pass": 0, "fail": 1, "inconclusive": 3}


def endpoint(e):
    return f"[{e['ip']}]:{e['port']}" if ":" in e["ip"] else f"{e['ip']}:{e['port']}"


def subject_cn(tls):
    first = (tls["certificates"] or [{"subject": ""}])[0]["subject"]
    names = [part.strip()[3:] for part in first.split(",") if part.strip().startswith("CN=")]
    return names[0] if names else None


def frame_at(session, dotted):
    at = session
    for part in dotted.split("."):
        at = (at or {}).get(part)
    return (at or {}).get("frame")


def differences(truth, session, places):
    """Each thing the truth says and the session does not. places: {finding: [frame, ...]} of this session."""
    known = {"client", "server", "protocol", "state", "exposed", "not_exposed", "tls", "messages", "findings",
             "not_findings", "frames", "optional"}
    for key in truth.keys() - known:
        yield f"the truth has {key}, which this test does not know"
    for key in ("protocol", "state", "messages"):
        right = truth.get(key, session[key])
        if session[key] not in (right if isinstance(right, list) else [right]):
            yield f"{key} is {session[key]}, should be {right}"
    exposed = set(session["exposed"])
    for kind in set(truth.get("exposed", ())) - exposed:
        yield f"{kind} was exposed and is not told"
    for kind in set(truth.get("not_exposed", ())) & exposed:
        yield f"{kind} was not exposed and is told"
    for finding in set(truth.get("findings", ())) - set(session["findings"]):
        yield f"{finding} is missing"
    for finding in set(truth.get("not_findings", ())) & set(session["findings"]):
        yield f"{finding} should not be there"
    tls = session["tls"]
    if "tls" in truth and truth["tls"] is None and tls and tls["established"]:
        yield "TLS was not established and is told"
    for key, right in (truth.get("tls") or {}).items():
        told = None if tls is None else subject_cn(tls) if key == "certificate_subject_cn" else tls[key]
        if told != right:
            yield f"tls.{key} is {told}, should be {right}"
    for name, (first, last) in truth.get("frames", {}).items():
        told = [frame_at(session, name)] if "." in name else places.get(name, [])
        if not any(f is not None and first <= f <= last for f in told):
            yield f"{name} at {told}, should be in {first} to {last}"


class Truth(ProgramTest):
    def test_every_capture(self):
        captures = json.loads((CAPTURES / "truth.json").read_text())["captures"]
        self.assertGreater(len(captures), 20)
        for capture in captures:
            with self.subTest(capture["file"]):
                self.hold(capture)

    def hold(self, capture):
        report, run = self.report(CAPTURES / capture["file"], *capture.get("args", ()))
        self.assertEqual(run.code, capture.get("exit", VERDICT_EXIT[report["verdict"]]))
        left = list(report["sessions"])
        for truth in capture["sessions"]:
            who = (truth["client"], truth["server"])
            found = next((s for s in left if (endpoint(s["client"]), endpoint(s["server"])) == who), None)
            if found is None:
                self.assertTrue(truth.get("optional"), f"{who} is not reported")
                continue
            left.remove(found)
            places = {f["id"]: [o["frame"] for o in f["occurrences"] if o["session"] == found["id"]]
                      for f in report["findings"]}
            self.assertEqual(list(differences(truth, found, places)), [], who)
        self.assertEqual([s["id"] for s in left], [], "sessions more than there are")
        clear = [s for s in report["sessions"] if s["state"] in ("plaintext", "mixed")]
        self.assertTrue(not clear or report["verdict"] == "fail")

    def test_no_capture_is_without_truth(self):
        told = {c["file"] for c in json.loads((CAPTURES / "truth.json").read_text())["captures"]}
        self.assertEqual(told, {p.name for p in CAPTURES.iterdir() if ".pcap" in p.name})

    def test_the_comparison_can_fail(self):
        report, _ = self.report(CAPTURES / "smtp-plain.pcap")
        session = report["sessions"][0]
        wrong = {"state": "encrypted", "protocol": "imap", "messages": 7, "exposed": ["credentials"],
                 "not_exposed": ["content"], "findings": ["cipher-null"], "not_findings": ["starttls-not-offered"],
                 "tls": {"version": "TLSv1.3"}, "frames": {"plaintext-message-content": [99, 99], "tls.client_hello": [1, 9]},
                 "unheard-of": 1}
        self.assertEqual(len(list(differences(wrong, session, {"plaintext-message-content": [15]}))), 11)


if __name__ == "__main__":
    main()
