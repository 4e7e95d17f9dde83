#!/usr/bin/env python3
"""Holds HTML reports against what they must be, whatever stands in them.

usage: html_check.py FILE...     prints "FILE: fault", a line each; exit 0 none, 1 some

An element or an attribute that is not ours is a fault, and so is anything that loads, runs or leads elsewhere;
headings out of order, tables without caption or scope, links that lead nowhere, an id that stands twice.
Parsed by Python's html.parser; with tidy (Debian) too where it is installed.
"""
import html.parser, pathlib, re, shutil, subprocess, sys

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
LARGEST = 5_000_000  # octets

VOID = {"meta", "wbr"}
COMMON = {"class", "id"}
ELEMENTS = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"}, "title": set(),
    "style": set(), "body": set(), "header": set(), "nav": {"aria-label"}, "main": {"tabindex"}, "footer": set(),
    "section": {"aria-labelledby"}, "article": {"aria-labelledby"}, "h1": set(), "h2": set(), "h3": set(),
    "p": set(), "ul": set(), "ol": set(), "li": set(), "dl": set(), "dt": set(), "dd": set(), "pre": {"tabindex"},
    "div": {"role", "aria-labelledby", "aria-hidden", "tabindex"}, "span": {"aria-hidden"}, "b": set(),
    "i": {"style"}, "code": set(), "a": {"href"}, "time": {"datetime"}, "wbr": set(), "table": set(),
    "caption": set(), "thead": set(), "tbody": set(), "tr": set(), "th": {"scope"}, "td": set(),
    "figure": {"role", "aria-label", "tabindex"}, "figcaption": set(),
}
# What the drawings are made of. They may not refer to anything but themselves.
SVG = {"svg", "g", "path", "line", "rect", "circle", "ellipse", "polygon", "polyline", "text", "tspan", "title", "desc",
       "defs", "marker", "use", "pattern"}
SHARE = re.compile(r"width:(100|\d\d?(\.\d)?)%\Z")
ELSEWHERE = re.compile(r"url\s*\(\s*['\"]?(?!#)|@import|expression\s*\(|javascript:|https?:|//", re.I)
XMLNS = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}


class Page(html.parser.HTMLParser):
    """The page as it was parsed: faults, ids, and the text of each element with an id."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.faults, self.open, self.ids, self.links, self.headings = [], [], set(), [], []
        self.policies, self.words, self.style = [], [], ""
        self.texts = {}       # id: text
        self.tables = []      # of open tables: has it a caption?
        self.inside = []      # ids that are open
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"not closed: {self.open}")
        if self.policies != [POLICY]:
            self.faults.append(f"policies {self.policies}")
        for target in self.links:
            if target not in self.ids:
                self.faults.append(f"a link to #{target}, which is not there")
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            self.faults.append(f"headings begin with {self.headings[:3]}")
        for above, below in zip(self.headings, self.headings[1:]):
            if below > above + 1:
                self.faults.append(f"a heading of level {below} under one of level {above}")
        if ELSEWHERE.search(self.style):
            self.faults.append("the style sheet refers to something outside")

    @property
    def text(self):
        """Everything that is read, white space made one."""
        return " ".join("".join(self.words).split())

    def section(self, name):
        return " ".join("".join(self.texts.get(name, [])).split())

    def handle_starttag(self, tag, attributes):
        if "svg" in self.open or tag == "svg":
            self.drawing(tag, attributes)
        else:
            self.element(tag, attributes)
        for name, value in attributes:
            if name == "id":
                if value in self.ids:
                    self.faults.append(f"id {value} twice")
                self.ids.add(value)
        if tag not in VOID:
            self.open.append(tag)
            self.inside.append(dict(attributes).get("id"))
            if self.inside[-1]:
                self.texts[self.inside[-1]] = []
        # What ends a line or a cell parts words.
        if tag in ("tr", "td", "th", "p", "li", "dt", "dd", "h1", "h2", "h3", "pre", "caption"):
            self.handle_data(" ")

    def handle_startendtag(self, tag, attributes):
        if "svg" not in self.open:
            self.faults.append(f"<{tag}/> in HTML")
        self.drawing(tag, attributes)

    def element(self, tag, attributes):
        if tag not in ELEMENTS:
            self.faults.append(f"element {tag} is not ours")
        given = dict(attributes)
        if len(given) != len(attributes):
            self.faults.append(f"{tag}: an attribute twice")
        for name, value in attributes:
            if name not in ELEMENTS.get(tag, set()) | COMMON:
                self.faults.append(f"{tag}: attribute {name} is not ours")
            if name == "style" and not SHARE.match(value or ""):
                self.faults.append(f"{tag}: style {value!r}")
            if name in ("class", "id") and not re.fullmatch(r"[a-z0-9-]+( [a-z0-9-]+)*", value or ""):
                self.faults.append(f"{tag}: {name} {value!r}")
        if tag == "meta" and given.get("http-equiv"):
            self.policies.append(given.get("content"))
        if tag == "a":
            if not (given.get("href") or "").startswith("#"):
                self.faults.append(f"a link to {given.get('href')!r}")
            else:
                self.links.append(given["href"][1:])
        if tag == "style" and "head" not in self.open:
            self.faults.append("a style outside the head")
        if tag == "table":
            self.tables.append(False)
        if tag == "caption" and self.tables:
            self.tables[-1] = True
        if tag == "th" and given.get("scope") not in ("row", "col"):
            self.faults.append("th without scope")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))

    def drawing(self, tag, attributes):
        if tag not in SVG:
            self.faults.append(f"element {tag} in a drawing is not ours")
        for name, value in attributes:
            if name in XMLNS and value == XMLNS[name]:
                continue
            if name.startswith("on") or ELSEWHERE.search(value or ""):
                self.faults.append(f"{tag}: {name}={value!r} in a drawing")
            if name.endswith("href") and not (value or "").startswith("#"):
                self.faults.append(f"{tag}: {name} leads elsewhere")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> where {self.open[-1:]} is open")
        if self.open:
            self.open.pop()
            self.inside.pop()
        if tag == "table" and self.tables and not self.tables.pop():
            self.faults.append("a table without caption")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
            return
        self.words.append(data)
        for name in self.inside:
            if name:
                self.texts[name].append(data)

    def handle_comment(self, data):
        self.faults.append(f"a comment: {data[:40]!r}")

    def unknown_decl(self, data):
        self.faults.append(f"a declaration: {data[:40]!r}")

    def handle_pi(self, data):
        self.faults.append(f"an instruction: {data[:40]!r}")


def tidy_faults(octets):
    """What tidy says; nothing where it is not installed."""
    if not shutil.which("tidy"):
        return []
    done = subprocess.run(["tidy", "-quiet", "-errors", "-utf8"], input=octets, capture_output=True)
    return [f"tidy: {line}" for line in done.stderr.decode("utf-8", "replace").splitlines()]


def faults(octets):
    """All that is wrong with a report, as lines."""
    found = []
    if len(octets) > LARGEST:
        found.append(f"{len(octets)} octets")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as e:
        return found + [f"not UTF-8: {e}"]
    if not text.startswith("<!DOCTYPE html>\n<html "):
        found.append("does not begin as HTML")
    for bad in re.finditer(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text):
        found.append(f"a control character {bad.group()!r} at {bad.start()}")
        break
    return found + Page(text).faults + tidy_faults(octets)


def main(paths):
    count = 0
    for path in map(pathlib.Path, paths):
        for fault in faults(path.read_bytes()):
            print(f"{path.name}: {fault}")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
