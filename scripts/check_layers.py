#!/usr/bin/env python3
"""Keeps the house: the alphabet is the pipeline, and each library has one home.

usage: check_layers.py [ROOT]        look at ROOT/src and ROOT/include (default: the project of this script)
       check_layers.py --self-test   break every rule in a made-up tree and see it told

A stage includes base, itself and the stage just before it; run may include all. inspect/mail and inspect/tls do
not know each other. Borrowed octets are never kept in a member. No stage but run throws, prints or logs. No two types of one
name but in anonymous namespaces: the linker would take one for the other. A file above 400 lines is listed, above 800 it is an error. This reads text, not C++: what it cannot see, reviewers must.

Exit: 0 in order, 1 not.
"""
import pathlib
import re
import sys
import tempfile

PIPELINE = ["capture", "decode", "flow", "inspect", "judge", "overview", "report"]
assert PIPELINE == sorted(PIPELINE)
STAGES = ["base", *PIPELINE, "run"]

# To let a library in: one row. The key is the first part of the path in <...>.
HOME = {
    "pcap": {"capture"},
    "openssl": {"base", "inspect", "judge"},
    "archive": {"capture"},
    "archive_entry": {"capture"},
    "zlib": {"capture", "inspect"},
    "emmintrin": {"base"},
    "iconv": {"base"},
    "nlohmann": {"report"},
    "fmt": {"report"},
    "graphviz": {"report"},
    "CLI": {"run"},
    "spdlog": {"run"},
    "libintl": {"report"},
    "locale": {"report"},
    "tl": {"base"},
    "toml++": {"base"},
}
POSIX = {"arpa", "fcntl", "grp", "net", "netinet", "poll", "pwd", "signal", "sys", "termios", "unistd"}
# Siblings inside a stage that must stay strangers: smtp does not know that TLS exists, tls not that mail exists.
STRANGERS = {("inspect", "mail"): "tls", ("inspect", "tls"): "mail"}
# The cursor over borrowed octets is itself borrowed: it lives on the stack only.
CURSORS = {"Reader"}
ASK_WHY, SPLIT = 400, 800

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SPEECH = re.compile(r"\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs|perror)\s*\(|\bspdlog\b")


def without_comments_and_strings(text):
    """The same number of lines, with nothing in them that only looks like code."""
    pattern = r'R"(\w*)\((?:.|\n)*?\)\1"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    keep_lines = lambda m: '""' + "\n" * m.group(0).count("\n")
    # A digit separator (500'000) is not the beginning of a character.
    return re.sub(pattern, keep_lines, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text))


def members(code):
    """(line number, class name, declaration) of what looks like a data member."""
    scopes, statement, line, start = [], "", 1, 1
    for c in code:
        if c == "\n":
            line += 1
        if c == "{":
            head = re.search(r"\b(?:class|struct|union)\s+(?:alignas\s*\([^)]*\)\s*)?(?:\w+::)*(\w+)[^;()=]*$", statement)
            is_enum = re.search(r"\benum\b", statement)
            # Braces inside a member's declaration ("Bytes b_{};") belong to the statement.
            inside = scopes and scopes[-1] is not None
            if inside and not head and not is_enum and ")" not in statement:
                scopes.append("=")
            else:
                scopes.append(head.group(1) if head and not is_enum else None)
                statement = ""
        elif c == "}":
            if scopes and scopes.pop() != "=":
                statement = ""
        elif c == ";":
            if scopes and scopes[-1] not in (None, "="):
                yield start, scopes[-1], " ".join(statement.split())
            statement = ""
        else:
            if not statement.strip():
                statement, start = "", line
            statement += c


def kept_views(code, lines):
    for line, owner, declaration in members(code):
        declaration = re.sub(r"\b(public|private|protected)\s*:", "", declaration).strip()
        if re.match(r"(static|using|typedef|friend|template)\b", declaration):
            continue
        head = declaration.split("=")[0]
        if "(" in re.sub(r"<.*>", "", head) or owner.endswith("View") or owner in CURSORS:
            continue
        name = re.search(r"(\w+)\s*$", head)
        if not name:
            continue
        kind = head[: name.start()]
        # A row of a table of static text (a catalogue's) may hold string_view; state (name_) may where its line says
        # "static text".
        if re.search(r"\bBytes\b|\b\w+View\b(?!::)", kind) or (
            re.search(r"\b(string_view|span)\b", kind) and name.group(1).endswith("_")
            and "static text" not in lines[line - 1]
        ):
            yield line, f"{owner}::{name.group(1)} keeps a view: copy what must outlive the call"


def types(code):
    """(line number, full name) of the types that a file defines for all to see: not inside another, nor anonymous."""
    scopes, statement, line = [], "", 1
    for c in code:
        line += c == "\n"
        if c == "{":
            statement = statement.replace('""', "")  # what was a comment
            if space := re.search(r"\bnamespace\s*([\w:]*)\s*$", statement):
                scopes.append(space.group(1) or None)
            else:
                head = re.match(r"\s*(?:template\s*<.*>\s*)?(?:class|struct|union|enum(?:\s+class)?)\s+(?:alignas\s*\([^)]*\)\s*)?"
                                r"(\w[\w:]*)\s*(?:final\b\s*)?(?::[^:].*)?$", statement, re.S)
                if head and None not in scopes:
                    yield line, "::".join([*scopes, head.group(1)])
                scopes.append(None)  # what stands inside is seen through it only
            statement = ""
        elif c == "}":
            if scopes:
                scopes.pop()
            statement = ""
        elif c == ";":
            statement = ""
        elif c == "#" and not statement.strip():
            statement = "#"
        elif c == "\n" and statement.lstrip().startswith("#"):
            statement = ""
        else:
            statement += c


class Check:
    def __init__(self, root):
        self.root, self.bad, self.long, self.types = root, [], [], {}
        self.files = sorted(
            f for d in ("src", "include") for f in (root / d).rglob("*") if f.suffix in (".h", ".cpp")
        )
        for f in self.files:
            self.file(f)
        self.cmake()

    def say(self, path, line, what):
        self.bad.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def stage_of(self, path):
        parts = path.relative_to(self.root).parts
        name = parts[1] if parts[0] == "src" else parts[2]
        return pathlib.Path(name).stem

    def file(self, path):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        stage = self.stage_of(path)
        if stage not in STAGES and path != self.root / "src" / "main.cpp":
            return self.say(path, 1, f"{stage} is no stage; the stages are {' '.join(STAGES)}")
        if len(lines) > SPLIT:
            self.say(path, len(lines), f"{len(lines)} lines: above {SPLIT} a file is split")
        elif len(lines) > ASK_WHY:
            self.long.append(f"{path.relative_to(self.root)}: {len(lines)} lines")
        for number, line in enumerate(lines, 1):
            if m := INCLUDE.match(line):
                self.include(path, stage, number, m.group(1), m.group(2))
        code = without_comments_and_strings(text)
        for number, line in enumerate(code.splitlines(), 1):
            if re.match(r"\s*#\s*define\b", line):
                self.say(path, number, "a macro")
            if stage not in ("run", "main") and re.search(r"\bthrow\b", line):
                self.say(path, number, f"{stage} throws: only run may")
            if stage not in ("run", "main") and SPEECH.search(line):
                self.say(path, number, f"{stage} prints or logs: only run speaks")
        for number, what in kept_views(code, lines):
            self.say(path, number, what)
        for number, name in types(code):
            if (other := self.types.setdefault(name, path)) != path:
                self.say(path, number, f"{name} is defined in {other.relative_to(self.root)} too")

    def include(self, path, stage, number, quote, name):
        parts = re.split(r"[/.]", name)
        if quote == "<":
            if "." not in name and parts[0] not in HOME:
                return  # the standard library
            homes = HOME.get(parts[0])
            if homes is None and parts[0] not in POSIX:
                self.say(path, number, f"<{name}> has no home: add it to HOME in scripts/check_layers.py")
            elif homes is not None and stage not in homes:
                self.say(path, number, f"<{name}>: only {', '.join(sorted(homes))} may use {parts[0]}")
        elif parts[0] == "mailseal":
            self.dependence(path, stage, number, parts[1])
        elif ".." in name.split("/"):
            self.say(path, number, f'"{name}": name it from the stage\'s folder')
        else:
            room = path.relative_to(self.root).parts[2:3]
            stranger = STRANGERS.get((stage, room[0] if room else ""))
            if stranger and stranger in parts[:1]:
                self.say(path, number, f'"{name}": {stage}/{room[0]} does not know {stage}/{stranger}')

    def dependence(self, path, stage, number, other):
        if stage == "run" or other == stage:
            return
        allowed = ["run"] if stage == "main" else ["base"]
        if stage in PIPELINE[1:]:
            allowed.append(PIPELINE[PIPELINE.index(stage) - 1])
        if other not in allowed:
            self.say(path, number, f"{stage} includes {other}; it may include {' and '.join(allowed)}")

    def cmake(self):
        """The link order says the same as the includes."""
        before = dict(zip(PIPELINE + ["run"], ["base"] + PIPELINE))
        for f in sorted((self.root / "src").glob("*/CMakeLists.txt")):
            for m in re.finditer(r"\bstage\(\s*(\w+)(?:\s+AFTER\s+(\w+))?", f.read_text(encoding="utf-8")):
                if m.group(2) != before.get(m.group(1)):
                    self.say(f, 1, f"{m.group(1)} comes after {m.group(2)}; it should be {before.get(m.group(1))}")


TYPE = "namespace mailseal {\nstruct A {\n  int n = 0;\n};\n}\n"
# (file, text or all files with their texts, a word that the complaint must hold; "" where there must be none)
CASES = [
    ("src/decode/a.cpp", '#include "mailseal/capture.h"\n#include "mailseal/base/bytes.h"\n#include <vector>\n', ""),
    ("src/decode/a.cpp", '#include "mailseal/flow.h"\n', "decode includes flow"),
    ("src/flow/a.cpp", '#include "mailseal/capture.h"\n', "flow includes capture"),
    ("include/mailseal/judge.h", '#include "mailseal/report.h"\n', "judge includes report"),
    ("include/mailseal/base/a.h", '#include "mailseal/capture.h"\n', "base includes capture"),
    ("src/main.cpp", '#include "mailseal/judge.h"\n', "main includes judge"),
    ("src/run/a.cpp", '#include "mailseal/judge.h"\n#include <CLI/CLI.hpp>\n', ""),
    ("src/helpers/a.cpp", "\n", "no stage"),
    ("src/judge/a.cpp", "#include <pcap/pcap.h>\n", "only capture"),
    ("src/judge/a.cpp", "#include <nlohmann/json.hpp>\n", "only report"),
    ("src/report/a.cpp", "#include <tl/expected.hpp>\n", "only base"),
    ("src/decode/a.cpp", "#include <zlib.h>\n", "only capture"),
    ("src/decode/a.cpp", "#include <boost/asio.hpp>\n", "no home"),
    ("src/inspect/mail/smtp.cpp", '#include "tls/follower.h"\n', "does not know"),
    ("src/inspect/tls/follower.cpp", '#include "mail/dialogue.h"\n', "does not know"),
    ("src/inspect/framer.cpp", '#include "mail/dialogue.h"\n#include "tls/follower.h"\n', ""),
    ("src/inspect/mail/smtp.cpp", '#include "../framer.h"\n', "stage's folder"),
    ("src/flow/a.cpp", "class A {\n  int n_;\n  Bytes rest_;\n};\n", "a.cpp:3: A::rest_"),
    ("src/flow/a.cpp", "struct A { std::vector<DataView> held{}; };\n", "A::held"),
    ("src/flow/a.cpp", "class A {\n  void f() { int x = 1; }\n  std::string_view name_;\n};\n", "A::name_"),
    ("src/flow/a.cpp", "class A {\n  std::set<std::string_view> ids_;  ///< static text\n};\n", ""),
    ("src/flow/a.cpp", "struct A { PieceView::Kind kind; };\n", ""),
    ("src/flow/a.cpp", "struct AView { Bytes bytes; };\nstruct Row { std::string_view name; };\n", ""),
    ("src/flow/a.cpp", "class A {\n  void f(Bytes b);\n  bool g(Bytes b) { Bytes c = b; return c.empty(); }\n};\n", ""),
    ("src/flow/a.cpp", 'void f() { throw 1; }\n', "throws"),
    ("src/flow/a.cpp", '// throw\nconst char* s = "throw std::cerr";\nint n = 500\'000;\n', ""),
    ("src/flow/a.cpp", 'void f() { std::cerr << 1; }\n', "prints"),
    ("src/run/a.cpp", 'void f() { std::cerr << 1; }\n', ""),
    ("src/flow/a.cpp", "#define X 1\n", "macro"),
    ("src/flow/a.cpp", "\n" * (SPLIT + 1), "split"),
    ("src/flow/a.cpp", "\n" * (ASK_WHY + 1), ""),
    ("src/flow/a.cpp", {"src/run/b.h": TYPE, "src/flow/a.cpp": TYPE}, "mailseal::A is defined in src/flow/a.cpp too"),
    ("src/flow/a.cpp", {"src/run/b.h": "#pragma once\n" + TYPE, "src/flow/a.cpp": TYPE.replace("struct A", "enum class A : int")},
     "mailseal::A is defined"),
    ("src/flow/a.cpp", {"src/run/b.h": TYPE, "src/flow/a.cpp": "template <class T, class U>\n" + TYPE.replace("A {", "A final : B<T> {")},
     "mailseal::A is defined"),
    ("src/flow/a.cpp", {"src/run/b.h": TYPE, "src/flow/a.cpp": f"namespace {{\n{TYPE}}}\n"}, ""),
    ("src/flow/a.cpp", {"src/run/b.h": TYPE, "src/flow/a.cpp": TYPE.replace("struct", "// one {\nstruct")}, "mailseal::A is defined"),
    ("src/flow/a.cpp", {"src/run/b.h": TYPE, "src/flow/a.cpp": "namespace mailseal {\nstruct A;\nstruct A f() { return {}; }\n"
                        "struct B { struct A { int n; }; };\nnamespace tls {\nclass A {};\n}\n}\n"}, ""),
    ("src/flow/CMakeLists.txt", "stage(flow AFTER capture SOURCES a.cpp)\n", "comes after capture"),
    ("src/flow/CMakeLists.txt", "stage(flow AFTER decode SOURCES a.cpp)\n", ""),
]


def self_test():
    wrong = 0
    for name, text, word in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for file, content in (text if isinstance(text, dict) else {name: text}).items():
                (root / file).parent.mkdir(parents=True)
                (root / file).write_text(content, encoding="utf-8")
            bad = Check(root).bad
        if (word not in "\n".join(bad) or len(bad) != 1) if word else bad:
            wrong += 1
            print(f"{name}: {str(text)[:60]!r}: wanted {word or 'nothing'!r}, got {bad}")
    print(f"layers: {len(CASES)} made-up trees, {wrong} judged wrongly")
    return wrong


def main():
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    if arguments == ["--self-test"]:
        return 1 if self_test() else 0
    check = Check(pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent).resolve())
    for line in check.long:
        print(f"long: {line}: why?")
    print("\n".join(check.bad) or f"layers: {len(check.files)} files, in order")
    if not check.files:
        print("layers: nothing to look at")
    return 1 if check.bad or not check.files else 0


if __name__ == "__main__":
    sys.exit(main())
