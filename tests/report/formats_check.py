#!/usr/bin/env python3
"""Reads every format back with a parser that is not ours and compares it with the JSON of the same run.

usage: formats_check.py REPORT.json ...
Beside REPORT.json stand REPORT.md, .jira, .textile, .findings.csv, .sessions.csv, .servers.csv, .sarif and .xml.
Markdown is read by cmark-gfm, Textile by python3-textile, CSV, SARIF and JUnit by Python; for Jira's markup Debian has no
parser, so what it writes is taken apart here, strictly (scripts/validate_formats asks Atlassian's own).
Exit: 0 all agree, 1 one does not (what, is printed), 2 could not run.
"""
import csv, html.parser, io, json, os, pathlib, re, shutil, subprocess, sys, urllib.parse, xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
from validate_report import validator_of  # noqa: E402

SARIF = validator_of(json.loads((ROOT / "src/report/schema/mailseal-sarif.schema.json").read_text()))
REFERENCES = "https://www.rfc-editor.org/rfc/rfc"
TEXT_COLUMNS = 200  # of one text in a ticket
OPEN_CLASSES = ("inconclusive", "capture")


class Differs(Exception):
    pass


def check(holds, *what):
    if not holds:
        raise Differs(" ".join(str(w)[:300] for w in what))


def same(told, fact, *what):
    check(told == fact, *what, f"is {str(told)[:300]!r}, should be {str(fact)[:300]!r}")


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def tells_of_sight(finding):
    return finding["class"] == "inconclusive" or (
        finding["class"] == "capture" and finding["severity"] in ("critical", "high", "medium", "low"))


def endpoint(e):
    return f"[{e['ip']}]:{e['port']}" if ":" in e["ip"] else f"{e['ip']}:{e['port']}"


# --- CSV ---

FORMULA = re.compile(r"(^|[;,|\"])\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def rows(path):
    raw = path.read_bytes()
    check(raw.startswith(b"\xef\xbb\xbf"), "no byte order mark")
    text = raw.decode("utf-8-sig")
    check(text.endswith("\r\n") and text.count("\n") == text.count("\r\n"), "lines do not end in CR LF")
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    same(len(table) + 1, text.count("\r\n"), "a cell spans lines")
    for row in table:
        check(None not in row and None not in row.values(), "a row has not the header's cells:", row)
        for name, value in row.items():
            check(not FORMULA.search(value), f"a formula in {name}:", value)
            check(len(value) <= 32_767, f"too long for a spreadsheet: {name}")
    return table


def cell_is(told, fact, *what):
    """Apostrophes are what guards a formula; a long text is cut."""
    bare, right = told.replace("'", ""), str(fact).replace("'", "")
    check(bare == right or (bare.endswith("...") and right.startswith(bare[:-3]) and len(bare) > 8000), *what,
          f"is {told[:200]!r}, should be {str(fact)[:200]!r}")


def text_of(value):
    return "" if value is None else str(value)


def check_findings_csv(report, path):
    table = iter(rows(path))
    sessions = {s["id"]: s for s in report["sessions"]}
    for finding in report["findings"]:
        for i, o in enumerate(finding["occurrences"]):
            row = next(table)
            session = sessions.get(o["session"])
            facts = {"severity": finding["severity"], "finding": finding["id"], "title": finding["title"], "occurrence": i + 1,
                     "occurrences_listed": len(finding["occurrences"]), "occurrences_in_all": finding["occurrence_count"],
                     "file": report["inputs"][o["input"]]["path"], "frame": o["frame"], "time": o["time"],
                     "session": o["session"], "side": o["side"], "stream_offset": o["stream_offset"], "note": o["note"],
                     "client": session and endpoint(session["client"]), "server": session and endpoint(session["server"]),
                     "protocol": session and session["protocol"], "session_state": session and session["state"],
                     "redaction": report["redaction"], "line": o.get("line")}
            same(set(row), set(facts), "columns")
            for name, fact in facts.items():
                cell_is(row[name], text_of(fact), f"{finding['id']} {name}")
    same(next(table, None), None, "after the last finding")


def check_sessions_csv(report, path):
    table = rows(path)
    same(len(table), len(report["sessions"]), "sessions")
    for row, s in zip(table, report["sessions"]):
        tls, leaf = s["tls"] or {}, ((s["tls"] or {}).get("certificates") or [{}])[0]
        own = (tls.get("client_certificates") or [{}])[0]
        yes = lambda v: "" if v is None else "yes" if v else "no"
        frame = lambda place: place and place["frame"]
        facts = {"session": s["id"], "state": s["state"], "confidence": s["confidence"], "protocol": s["protocol"],
                 "role": s["role"], "entry": s["entry"], "client": s["client"]["ip"], "client_port": s["client"]["port"],
                 "server": s["server"]["ip"], "server_port": s["server"]["port"], "file": report["inputs"][s["input"]]["path"],
                 "first_frame": s["first"]["frame"], "first_time": s["first"]["time"], "last_frame": s["last"]["frame"],
                 "last_time": s["last"]["time"], "closed": s["closed"], "exposed": "; ".join(s["exposed"]),
                 "messages": s["messages"],
                 "credentials": "; ".join(c["mechanism"] + (" " + c["user"] if c["user"] else "") for c in s["credentials"]),
                 "reasons": "; ".join(s["reasons"]), "doubts": "; ".join(s["doubts"]),
                 **{f"upgrade_{k}_frame": frame(s["upgrade"][k]) for k in ("offered", "requested", "accepted", "refused")},
                 **{f"{k}_frame": frame(tls.get(k)) for k in ("client_hello", "server_hello")},
                 "established_frame": frame(tls.get("established_at")), "tls_version": tls.get("version"),
                 "cipher_suite": tls.get("cipher_suite"), "cipher_bits": tls.get("cipher_bits"), "group": tls.get("group"),
                 "forward_secrecy": yes(tls.get("forward_secrecy")), "resumed": yes(tls.get("resumed")),
                 "server_name_claimed": tls.get("server_name"), "certificates_hidden": yes(tls.get("certificates_hidden")),
                 "certificate_subject_claimed": leaf.get("subject"), "certificate_issuer_claimed": leaf.get("issuer"),
                 "certificate_not_after": leaf.get("not_after"), "certificate_sha256": leaf.get("sha256"),
                 "findings": "; ".join(s["findings"]), "redaction": report["redaction"],
                 "client_certificate_subject_claimed": own.get("subject"), "client_certificate_sha256": own.get("sha256")}
        for side in ("", "client_"):
            chain = tls.get(side + "chain") or {}
            facts |= {f"{side}verify_{k}": chain.get(of) for k, of in (("error", "error_code"), ("text", "error"), ("depth", "depth"))}
        facts["first_line"] = s["first"].get("line")
        same(set(row), set(facts), "columns")
        for name, fact in facts.items():
            cell_is(row[name], text_of(fact), f"session {s['id']} {name}")


def check_servers_csv(report, path):
    table = rows(path)
    same(len(table), len(report["servers"]), "servers")
    for row, s in zip(table, report["servers"]):
        mine = [x["tls"] for x in report["sessions"] if x["server"] == {"ip": s["ip"], "port": s["port"]} and x["tls"]]
        facts = {"server": s["ip"], "port": s["port"], "protocol": s["protocol"], "state": s["state"],
                 "observed_level": s["observed_level"], "names_claimed": "; ".join(s["names"]),
                 "findings": "; ".join(s["findings"]), "redaction": report["redaction"],
                 "certificates_hidden": sum(t["certificates_hidden"] for t in mine),
                 **{k.replace("-", "_"): n for k, n in s["counts"].items()}}
        for name, fact in facts.items():
            cell_is(row[name], text_of(fact), f"server {endpoint(s)} {name}")
        for column, key in (("tls_versions", "version"), ("cipher_suites", "cipher_suite"), ("groups", "group")):
            seen = [t[key] for t in mine if t[key] is not None]
            same(row[column], "; ".join(f"{v} ({seen.count(v)})" for v in dict.fromkeys(seen)), column)


# --- SARIF ---

SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "info": "0.0", "positive": "0.0"}
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}


def message(text):
    return re.sub(r"([\[\]])", r"\\\1", re.sub(r"([{}])", r"\1\1", text))


def check_sarif(report, path):
    log = json.loads(path.read_text("utf-8"))
    for error in SARIF.iter_errors(log):
        raise Differs(f"{error.json_path}: {error.message[:200]}")
    run = log["runs"][0]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    same([r["id"] for r in rules], [f["id"] for f in report["findings"]], "rules")
    same(run["tool"]["driver"]["version"], report["tool"]["version"], "version")
    same(run["tool"]["driver"]["properties"], {k: report["tool"][k] for k in ("commit", "executable_sha256")}, "build")
    same(run["properties"]["verdict"], report["verdict"], "verdict")
    same(run["properties"]["sentence"], report["sentence"], "sentence")
    same(run["properties"]["counts"], report["counts"], "counts")
    same(run["properties"]["redaction"], report["redaction"], "redaction")
    invocation = run["invocations"][0]
    same(invocation["exitCode"], report["exit_code"], "exit code")
    same(invocation["executionSuccessful"], report["exit_code"] != 2, "success")
    same(invocation["arguments"], report["tool"]["arguments"], "arguments")
    told = [n["message"]["text"] for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    same(told, [message("Not read: " + f) for f in report["failed_inputs"]], "not read")
    for artifact, i in zip(run["artifacts"], report["inputs"], strict=True):
        path_told = urllib.parse.unquote(artifact["location"]["uri"], errors="strict")
        same(path_told, ("file://" if i["path"].startswith("/") else "") + i["path"], "artifact")
        check(re.fullmatch(r"(file://)?[A-Za-z0-9._~/%-]*", artifact["location"]["uri"]), "no URI:", artifact["location"]["uri"])
        if i["sha256"]:
            same(artifact["hashes"]["sha-256"], i["sha256"], "digest")
            same(artifact["length"], i["size"], "size")
    sessions = {s["id"]: s for s in report["sessions"]}
    at = iter(results)
    for index, finding in enumerate(report["findings"]):
        rule = rules[index]
        same(rule["properties"]["security-severity"], SCORES[finding["severity"]], "score")
        same(rule["properties"]["occurrence_count"], finding["occurrence_count"], "count")
        kind = ("open" if tells_of_sight(finding) else
                {"positive": "pass", "info": "informational"}.get(finding["severity"], "fail"))
        level = LEVELS[finding["severity"]] if kind == "fail" else "none"
        same(rule["defaultConfiguration"]["level"], level, "level of the rule")
        for o in finding["occurrences"]:
            result = next(at)
            session = sessions.get(o["session"])
            same((result["ruleId"], result["ruleIndex"], result["kind"]), (finding["id"], index, kind), "rule")
            same(result["level"], level, "level")
            server = session and endpoint(session["server"])
            same(result["properties"], {"session": o["session"], "client": session and endpoint(session["client"]),
                                        "server": server, "frame": o["frame"], "time": o["time"], "side": o["side"],
                                        "stream_offset": o["stream_offset"], "note": o["note"]}, "properties")
            same(result["partialFingerprints"],
                 {"finding/v1": finding["id"] + (f" {server} {session['role']}" if session else "")}, "fingerprint")
            text = finding["title"] + (f": {endpoint(session['client'])} > {server}" if session else "")
            text += (f", frame {o['frame']}" if o["frame"] else "") + (f": {o['note']}" if o["note"] else "")
            same(result["message"]["text"], message(text), "message")
            place = result["locations"][0]
            same(place["physicalLocation"]["artifactLocation"]["index"], o["input"], "file")
            region, source = place["physicalLocation"]["region"], report["inputs"][o["input"]]
            same(region, {"startLine": 1} | ({"byteOffset": 0, "byteLength": source["size"]} if source["sha256"] else {}), "region")
            if o["frame"]:
                same(place["logicalLocations"][0]["name"], f"frame {o['frame']}", "frame")
    same(next(at, None), None, "after the last result")


# --- JUnit ---

OUTCOMES = {"encrypted": None, "plaintext": "failure", "mixed": "failure", "failed": "failure", "no-mail": "skipped",
            "inconclusive": "skipped"}
COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def check_junit(report, path):
    root = ET.fromstring(path.read_bytes())
    same(root.tag, "testsuites", "root")
    allowed = {"testsuites": {"name", "tests", "failures", "errors", "skipped"},
               "testsuite": {"name", "tests", "failures", "errors", "skipped", "timestamp"},
               "testcase": {"classname", "name", "time"}, "failure": {"type", "message"}, "error": {"type", "message"},
               "skipped": {"message"}, "properties": set(), "property": {"name", "value"}}
    for element in root.iter():
        check(element.tag in allowed and set(element.attrib) <= allowed[element.tag], "element:", element.tag, element.attrib)
    (properties,) = root.iter("properties")
    check(properties is root[0][0], "properties stand first")
    same([p.attrib for p in properties], [{"name": "redaction", "value": report["redaction"]}], "properties")
    root[0].remove(properties)
    sums = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    cases = {}
    for suite in root:
        counts = dict.fromkeys(sums, 0)
        for case in suite:
            check(re.fullmatch(r"\d+\.\d{3}", case.get("time")), "time", case.get("time"))
            check(len(case) <= 1, "more than one outcome")
            counts["tests"] += 1
            if len(case):
                counts[COUNTED[case[0].tag]] += 1
            cases.setdefault(suite.get("name"), []).append(case)
        for name, n in counts.items():
            same(int(suite.get(name)), n, suite.get("name"), name)
            sums[name] += n
    for name, n in sums.items():
        same(int(root.get(name)), n, "all", name)

    outcome = lambda case: case[0].tag if len(case) else None
    same(outcome(cases["verdict"][0]), {"pass": None, "fail": "failure", "inconclusive": "skipped"}[report["verdict"]], "verdict")
    begins = lambda told, fact: same(told[:200], fact[:200], "text")
    if len(cases["verdict"][0]):
        begins(cases["verdict"][0][0].get("message"), report["sentence"])
    if report["verdict"] == "fail":
        begins(cases["verdict"][0][0].text or "", "".join(reason + "; " for reason in report["verdict_reasons"]))
    captures = cases.get("captures", [])
    same([outcome(c) for c in captures],
         [None if i["ended"] == "complete" else "skipped" for i in report["inputs"]] + ["error"] * len(report["failed_inputs"]),
         "captures")
    for case, right in zip(captures, [i["path"] for i in report["inputs"]] + report["failed_inputs"], strict=True):
        begins(case.get("name"), right)
    told = {}
    for name, suite in cases.items():
        if name in ("verdict", "captures"):
            continue
        for case in suite:
            number = int(re.fullmatch(r"session (\d+): from .*", case.get("name"))[1])
            check(number not in told, "twice:", number)
            told[number] = (name, case)
    same(sorted(told), [s["id"] for s in report["sessions"]], "sessions")
    for s in report["sessions"]:
        name, case = told[s["id"]]
        same(name, f"{s['protocol']} {endpoint(s['server'])}", "suite")
        same(case.get("classname"), name, "class")
        same(case.get("name"), f"session {s['id']}: from {endpoint(s['client'])}", "case")
        same(outcome(case), OUTCOMES[s["state"]], f"session {s['id']}")
        if OUTCOMES[s["state"]] == "failure":
            same(case[0].get("type"), s["state"], f"session {s['id']}")
            begins(case[0].text, f"{report['inputs'][s['input']]['path']} frames {s['first']['frame']} to {s['last']['frame']}")
        if s["state"] in ("plaintext", "mixed"):
            same(case[0].get("message"), "readable on the wire: " + ", ".join(s["exposed"]), f"session {s['id']}")
        if s["state"] == "inconclusive" and s["reasons"]:
            check(case[0].get("message").startswith(s["reasons"][0] + ": "), "reason", case[0].get("message"))


# --- tickets ---

def made_by(command, source):
    """The HTML that another program makes of it: the programs are Debian's, whichever Python this is."""
    made = subprocess.run(command, input=source, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    check(made.returncode == 0, command[0], made.stderr.decode("utf-8", "replace"))
    return made.stdout.decode("utf-8")


class Page(html.parser.HTMLParser):
    """What a page made of markup shows: its text, the text outside of code, its links, and the shape of its tables."""
    SIMPLE = {"h2", "h3", "h4", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "pre", "br"}
    VOID = {"br"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.loose, self.links, self.cells, self.headings = [], [], [], [], [], []
        self.feed(text)
        self.close()
        check(not self.open, "left open:", self.open)

    def handle_starttag(self, tag, attributes):
        if tag == "span" and attributes == [("class", "caps")]:
            self.open.append(tag)  # python3-textile's way with capitals; Redmine has none
            return
        check(tag in self.SIMPLE, "a tag that is not ours:", tag, attributes)
        attributes = {k: v for k, v in attributes if not (tag in ("th", "td") and k == "style")}
        if tag == "a":
            self.links.append(attributes.pop("href"))
        check(not attributes, "an attribute that is not ours:", tag, attributes)
        if tag == "tr":
            self.cells.append(0)
        if tag in ("th", "td"):
            self.cells[-1] += 1
        if tag == "table":
            self.cells.append(None)
        self.text.append(" " if tag not in ("code", "strong", "a") else "")
        self.loose.append(" ")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        check(self.open and self.open[-1] == tag, "closed:", tag, "open:", self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)
        if not {"code", "pre"} & set(self.open):
            self.loose.append(data)
        if self.open and self.open[-1] in ("h2", "h3", "h4"):
            self.headings.append(squeezed(data))

    def handle_comment(self, data):
        check(False, "a comment:", data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def check_page(page, report, context):
    for link in page.links:
        check(re.fullmatch(re.escape(REFERENCES) + r"\d+(#section-[\d.]+)?", link), context, "a link that is not ours:", link)
    width = None
    for cells in page.cells:
        if cells is None:
            width = None
        elif width is None:
            width = cells
        else:
            same(cells, width, context, "cells of a row")
    text = squeezed("".join(page.text))
    bare = re.sub(r"\s", "", text)

    def told(what, fact, columns=None):
        fact = re.sub(r"\s", "", fact if columns is None else fact[:columns])
        check(fact in bare, context, f"{what} is not told:", fact)

    told("verdict", f"{report['verdict'].upper()} {report['counts']['sessions']} session")
    told("sentence", report["sentence"], 600)
    order = ("encrypted", "plaintext", "mixed", "failed", "inconclusive", "no-mail")
    told("counts", ": " + ", ".join(f"{report['counts'][state]} {state}" for state in order))
    for finding in report["findings"]:
        told("finding", finding["id"])
        if not tells_of_sight(finding) and finding["severity"] in LEVELS:
            told("remedy", finding["remedy"] if finding["remedy"] != "none" else "")
            told("title", f"{finding['severity'].upper()}: {finding['title']}")
            told("count", f"{finding['occurrence_count']} time")
            for o in finding["occurrences"][:1]:
                told("note", o["note"], 50)
                if o["frame"]:
                    told("frame", f"frame {o['frame']}" if len(finding["occurrences"]) == 1 else str(o["frame"]))
    for i in report["inputs"][:10]:
        told("digest", i["sha256"] or "")
    for server in report["servers"] if len(report["servers"]) <= 30 else []:
        told("server", endpoint(server))
        for name in server["names"][:3]:
            told("name", name, 20)
    for failed in report["failed_inputs"][:10]:
        told("not read", failed, 60)
    told("redaction", f"Redaction: {report['redaction']}.")
    for heading in ("Limits", "How to reproduce"):
        check(heading in page.headings, context, "no heading", heading)


# What trackers make of text outside of code, after the markup.
FIRES = re.compile("|".join((
    r"@\w", r"[#!$%~&^]\d", r"\b[Ww][Ww][Ww]\.", r"\w:\w", r"//", r"\b[A-Za-z]+-\d", r"\br\d+\b", r"<", r"\[\[", r"\{\{", r"!\S",
    r"\b(?=\d*[a-fA-F])[0-9a-fA-F]{7,64}\b", r"[a-z]\.[a-z]")))


def check_markdown(report, path):
    source = path.read_bytes()
    extensions = [word for name in ("table", "strikethrough", "autolink", "tasklist", "footnotes") for word in ("-e", name)]
    page = Page(made_by(["cmark-gfm", "--unsafe", *extensions], source))
    check_page(page, report, "markdown")
    for text in page.loose:
        for line in text.splitlines():
            if line.startswith("RFC ") or line in ("MTA-STS",):
                continue
            check(not FIRES.search(line), "could fire outside of code:", FIRES.search(line), line)


html_of_textile = {}


def all_textile(paths):
    """All in one process of Debian's Python, which is not always the one that runs this, and is slow to start."""
    paths = [path for path in paths if path.exists()]
    program = "import sys, textile; print('\\0'.join(textile.textile(t) for t in sys.stdin.read().split('\\0')))"
    made = made_by(["/usr/bin/python3", "-c", program], "\0".join(path.read_text("utf-8") for path in paths).encode())
    html_of_textile.update(zip(paths, made.split("\0"), strict=True))


TEXTILE_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,.:;\u0080-\U0010ffff-]|&#\d+;)*")
TEXTILE_FIRES = re.compile(r"(?i)www\.|\w:\w|(^|\W)r\d+\b")


def check_textile(report, path):
    source = path.read_text("utf-8")
    in_pre = False
    for line in source.split("\n"):
        if line in ("<pre>", "</pre>"):
            in_pre = line == "<pre>"
            continue
        if in_pre:
            check("<" not in line, "a tag in code:", line)
            continue
        rest = re.sub(r"^(h[234]\. |p\. |\* )", "", line)
        cells = re.split(r"\|(?:_\.)? ", rest) if rest.startswith("|") else [rest]
        if rest.startswith("|"):
            check(rest.endswith(" |"), "a row without an end:", line)
            cells[-1] = cells[-1][:-2]
        for cell in cells:
            cell = re.sub(r"\"(RFC [\d. ]+)\":" + re.escape(REFERENCES) + r"\d+(#section-[\d.]+)?", r"\1", cell)
            cell = re.sub(r"(^| )@([A-Za-z0-9.-]+)@(?= |,|$)", r"\1\2", cell)
            cell = re.sub(r"^\*([A-Za-z0-9 ,]+)\*", r"\1", cell)
            check(TEXTILE_PLAIN.fullmatch(cell), "a sign that is not ours:", cell)
            check(not TEXTILE_FIRES.search(re.sub(r"&#\d+;", "_ ", cell)), "could fire:", cell)
    check_page(Page(html_of_textile[path]), report, "textile")


JIRA_ESCAPED = re.compile(r"\\[!#%()*+\-?@\[\]^_{}~]|&(#124|#92|#58|#46|amp);")
JIRA_MAGIC = re.compile(r"[!#%()*+?@\[\]^_{}~|]|\\(?![A-Za-z0-9])|:[A-Za-z/\\-]|(^|[^a-z0-9])-|-(?![a-z])|&(#|\w)|^(h[1-6]|bq)\.")


def check_jira(report, path):
    page = {"text": [], "cells": [], "headings": [], "links": []}
    code = False
    width = None
    for line in path.read_text("utf-8").split("\n"):
        if line == "{noformat}":
            code = not code
            continue
        if code:
            check("{" not in line, "a brace in code:", line)
            page["text"].append(line)
            continue
        heading = re.match(r"h[234]\. ", line)
        rest = line[heading.end():] if heading else re.sub(r"^\* ", "", line)
        if rest.startswith("|"):
            bar = "|| " if rest.startswith("||") else "| "
            check(rest.endswith(" " + bar[:-1]), "a row without an end:", line)
            cells = rest[len(bar):len(rest) - len(bar)].split(" " + bar)
            width = len(cells) if bar == "|| " else width
            same(len(cells), width, "jira", "cells of a row")
        else:
            cells, width = [rest], None
        for cell in cells:
            text = cell
            for link in re.findall(r"\[RFC [\d. ]+\|([^\]]*)\]", text):
                check(re.fullmatch(re.escape(REFERENCES) + r"\d+(#section-[\d.]+)?", link), "a link that is not ours:", link)
            text = re.sub(r"\[(RFC [\d. ]+)\|[^\]]*\]", r"\1", text)
            text = re.sub(r"\{\{([A-Za-z0-9.:>=,/ -]+)\}\}", r"\1", text)
            text = re.sub(r"^\*([A-Za-z0-9 ,]+)\*", r"\1", text)
            bare = JIRA_ESCAPED.sub("\1", text)
            check(not JIRA_MAGIC.search(bare), "jira: a sign that is not ours:", JIRA_MAGIC.search(bare), cell)
            signs = {"&#124;": "|", "&#92;": "\\", "&#58;": ":", "&#46;": ".", "&amp;": "&"}
            page["text"].append(JIRA_ESCAPED.sub(lambda m: signs.get(m[0], m[0][1:]), text))
            if heading:
                page["headings"].append(page["text"][-1])
        page["text"].append("\n")
    check(not code, "code without an end")

    class Shown:
        text, cells, headings, links = page["text"], [], page["headings"], []
    check_page(Shown, report, "jira")


CHECKS = {".md": check_markdown, ".jira": check_jira, ".textile": check_textile, ".findings.csv": check_findings_csv,
          ".sessions.csv": check_sessions_csv, ".servers.csv": check_servers_csv, ".sarif": check_sarif, ".xml": check_junit}


def beside(path, suffix):
    return path.with_name(path.name.removesuffix(".json") + suffix)


def main(paths):
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 2
    if not shutil.which("cmark-gfm"):
        print("formats_check.py: needs cmark-gfm", file=sys.stderr)
        return 2
    paths = [pathlib.Path(path) for path in paths]
    all_textile(beside(path, ".textile") for path in paths)
    faults = 0
    for path in paths:
        report = json.loads(path.read_text("utf-8"))
        for suffix, reads_back in CHECKS.items():
            made = beside(path, suffix)
            try:
                reads_back(report, made)
            except (Differs, ET.ParseError, ValueError, csv.Error, KeyError, StopIteration, IndexError, TypeError) as fault:
                faults += 1
                print(f"{made.name}: {type(fault).__name__}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
