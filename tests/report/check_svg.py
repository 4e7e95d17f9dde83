#!/usr/bin/env python3
"""Holds pictures of a report against what each of them must be.

usage: check_svg.py PICTURE.svg ...
One image to a screen reader, with a title and a description; nothing in it that runs, loads or links; all of it
within its frame; no card on another.
Exit: 0 all are, 1 one is not (its faults are printed), 2 could not run.
"""
import pathlib, re, sys
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
ATTRIBUTES = {
    "svg": {"class", "id", "width", "height", "viewBox", "role", "aria-label", "aria-describedby"},
    "title": set(), "desc": {"id"}, "style": set(),
    "g": {"class", "transform"}, "path": {"class", "d"}, "text": {"class", "x", "y", "text-anchor"},
    "rect": {"class", "x", "y", "width", "height", "rx"}, "circle": {"class", "cx", "cy", "r"},
}
LOOKS = {"color", "fill", "font-family", "font-size", "font-weight", "stroke", "stroke-dasharray", "stroke-linecap",
         "stroke-linejoin", "stroke-opacity", "stroke-width"}  # in a page, beside the classes
CLASSES = re.compile(r"[a-z ]*")


def faults(text):
    try:
        root = xml.fromstring(text)
    except xml.ParseError as error:
        return [str(error)]
    found, ids, cards = [], set(), []
    if root.tag != SVG + "svg" or root.get("role") != "img":
        found.append("not an svg with the role of an image")

    def look(element, x, y):
        name = element.tag.removeprefix(SVG)
        for attribute in element.keys():
            if attribute not in ATTRIBUTES.get(name, ()) and (name == "svg" or attribute not in LOOKS):
                found.append(f"<{name} {attribute}>")
        if name not in ATTRIBUTES:
            found.append(f"<{name}>")
        if not CLASSES.fullmatch(element.get("class", "")):
            found.append(f"class {element.get('class')}")
        if (mine := element.get("id")) is not None:
            if mine in ids:
                found.append(f"id {mine} twice")
            ids.add(mine)
        if move := re.fullmatch(r"translate\((-?[\d.]+),(-?[\d.]+)\)", element.get("transform", "translate(0,0)")):
            x, y = x + float(move[1]), y + float(move[2])
        else:
            found.append(f"transform {element.get('transform')}")
        if name == "rect":
            box = [float(element.get(a)) for a in ("x", "y", "width", "height")]
            left, top, right, bottom = x + box[0], y + box[1], x + box[0] + box[2], y + box[1] + box[3]
            within(left, top)
            within(right, bottom)
            if element.get("class") == "card":
                cards.append((left, top, right, bottom))
        if name == "text":
            within(x + float(element.get("x")), y + float(element.get("y")))
            if not "".join(element.itertext()).strip():
                found.append("an empty text")
        for child in element:
            look(child, x, y)

    width, height = float(root.get("width")), float(root.get("height"))

    def within(x, y):
        if not (-0.1 <= x <= width + 0.1 and -0.1 <= y <= height + 0.1):
            found.append(f"{x},{y} is outside {width}x{height}")

    look(root, 0, 0)
    if not ids.issuperset(root.get("aria-describedby", "-").split()):
        found.append("aria-describedby names what is not there")
    if root.get("aria-label") != root.findtext(SVG + "title"):
        found.append("the title is not what it is called")
    for i, a in enumerate(cards):
        for b in cards[:i]:
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                found.append(f"card {a} lies on {b}")
    return found


def main(paths):
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 2
    worst = 0
    for path in paths:
        for fault in faults(pathlib.Path(path).read_bytes())[:5]:
            print(f"{path}: {fault}")
            worst = 1
    return worst


sys.exit(main(sys.argv[1:]))
