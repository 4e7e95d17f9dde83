"""What scripts/translate and the test of the translations share: the texts of the sources, and .po files.

Texts for people stand in tr(), told(), told_number() and tr_later() of src/report/tr.h; the phrases of judge and overview
in phrase() and counted() of base/phrase.h; those of the catalogue of findings in the rows of src/judge/. xgettext
finds all but the last, which are read here.
"""
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PO = ROOT / "po"
PHRASES = ROOT / "src/report/phrases.cpp"
REPORT_KEYWORDS = ["tr:1,1t", "tr:2,3,3t", "told", "told_number:2,3", "told_figure:2,3", "tr_later"]
PHRASE_KEYWORDS = ["phrase", "counted:2,3"]
LITERAL = r'"(?:\\.|[^"\\])*"'


def sources(*folders):
    return sorted(str(f.relative_to(ROOT)) for d in folders for f in (ROOT / d).rglob("*")
                  if f.suffix in (".cpp", ".h") and f != PHRASES)


def unquoted(text):
    """The text of C string literals that stand side by side."""
    joined = "".join(literal[1:-1] for literal in re.findall(LITERAL, text))
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), joined)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def catalogue():
    """{file: [title, observed, meaning, remedy, ...]} of the rows `{{"id", "title", kClass, ...}`."""
    strings = rf"({LITERAL}(?:\s*{LITERAL})*)"
    row = re.compile(rf"{{{{{strings},\s*{strings},\s*kClass,\s*\w+,\s*\w+,\s*{strings},\s*{strings},\s*{strings},\s*{strings}}}")
    texts = {}
    for path in sources("src/judge"):
        text = (ROOT / path).read_text(encoding="utf-8")
        rows = row.findall(text)
        assert len(rows) == len(re.findall(r'{{"[a-z0-9-]+",\s*"', text)), f"{path}: a row of the catalogue was not understood"
        if rows:
            texts[path] = [unquoted(part) for _, *parts, _ in rows for part in parts]
    return texts


def xgettext(keywords, files, out):
    subprocess.run(["xgettext", "--language=C++", "--from-code=UTF-8", "--add-comments=Translators:",
                    "--add-location=file", "--package-name=mailseal", "--keyword", *[f"--keyword={k}" for k in keywords],
                    "--force-po", "-o", str(out), *files], cwd=ROOT, check=True, stderr=subprocess.PIPE)


def template(out):
    """Writes mailseal.pot: the same sources give the same octets."""
    with tempfile.TemporaryDirectory() as folder:
        found, listed = pathlib.Path(folder) / "found.pot", pathlib.Path(folder) / "listed.pot"
        xgettext(REPORT_KEYWORDS + PHRASE_KEYWORDS, sources("src/judge", "src/overview", "src/report"), found)
        with listed.open("w", encoding="utf-8") as pot:
            pot.write('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n')
            seen = set()
            for path, texts in catalogue().items():
                for text in texts:
                    if text and text not in seen:
                        pot.write(f"#: {path}\nmsgid {quoted(text)}\nmsgstr \"\"\n\n")
                    seen.add(text)
        subprocess.run(["msgcat", "--use-first", "--add-location=file", "-o", str(out), str(found), str(listed)], check=True)
    text = pathlib.Path(out).read_text(encoding="utf-8")
    text = re.sub(r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To): .*\n', "", text)
    text = text.replace("charset=CHARSET", "charset=UTF-8").replace("#, fuzzy\nmsgid \"\"", "msgid \"\"")
    text = re.sub(r"\A(#.*\n)*", "# The texts of mailseal. Made by scripts/translate.\n", text)
    pathlib.Path(out).write_text(text, encoding="utf-8")


def phrases():
    """src/report/phrases.cpp as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        pot = pathlib.Path(folder) / "phrases.pot"
        xgettext(PHRASE_KEYWORDS, sources("src/judge", "src/overview"), pot)
        entries = [e for e in read(pot) if e.one]
    rows = "".join(f"    {{{quoted(e.one)}, {quoted(e.many)}}},\n" for e in entries)
    return ("// The templates of judge's and overview's phrases. Made by scripts/translate: change them where they are used.\n"
            '#include "phrases.h"\n\nnamespace mailseal {\nnamespace {\n\n// clang-format off\n'
            f"constexpr PhraseTemplate kTemplates[] = {{\n{rows}}};\n// clang-format on\n\n}}  // namespace\n\n"
            "std::span<const PhraseTemplate> phrase_templates() noexcept { return kTemplates; }\n\n}  // namespace mailseal\n")


class Entry:
    def __init__(self):
        self.one = self.many = ""
        self.told = {}  # by number of the form
        self.fuzzy = False


def read(path):
    """The entries of a .po or .pot file, without its header and what is obsolete."""
    entries, entry, field = [], None, None
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("#~"):
            continue
        if not line.strip() or (line.startswith("#") and field):
            entry, field = None, None
        if not line.strip():
            continue
        if entry is None:
            entry = Entry()
            entries.append(entry)
        if line.startswith("#,"):
            entry.fuzzy |= "fuzzy" in line
        elif m := re.match(r"(msgid|msgid_plural|msgstr(?:\[(\d)\])?) (.*)", line):
            field = m.group(1)
            put(entry, field, unquoted(m.group(3)))
        elif line.startswith('"'):
            put(entry, field, unquoted(line))
    return [e for e in entries if e.one]


def put(entry, field, text):
    if field == "msgid":
        entry.one += text
    elif field == "msgid_plural":
        entry.many += text
    else:
        form = int(field[7:-1]) if "[" in field else 0
        entry.told[form] = entry.told.get(form, "") + text
