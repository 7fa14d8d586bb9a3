"""Writes styleclipdraw.pot: every text that a person can read in Inkscape's menus and in the window.

    python inkscape_extension/translations/make_template.py

Standard library only. The optimizer's own sentences (styleclipdraw_core outside `window`) are not in
it: they are English for now.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_name("styleclipdraw.pot")
SOURCES = ("inkscape_extension", "styleclipdraw_core/window")

# What marks a text: its name, and how many forms it takes (singular and plural).
MARKS = {"_": 1, "tr": 1, "ntr": 2}
# Where an .inx file has words; Inkscape translates the same (its extension/internal/...,
# `inkex.inx` in the extension manual).
WORDS = ("name", "label", "option", "menu-tip")
ATTRIBUTES = ("gui-text", "gui-description")

HEAD = """# Texts of StyleCLIPDraw: Inkscape's menus and dialog, and the window.
# Made by inkscape_extension/translations/make_template.py; do not edit.
msgid ""
msgstr ""
"Project-Id-Version: styleclipdraw\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


class Text(NamedTuple):
    """One text, with its plural where it has one."""

    one: str
    many: str = ""


def texts_of(path: Path) -> Iterator[Text]:
    """The texts of a Python module or of an .inx file, in their order."""
    if path.suffix == ".inx":
        yield from _of_menu(ET.parse(path).getroot())
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            forms = MARKS.get(getattr(node.func, "id", ""), 0)
            if forms:
                yield Text(*[_constant(argument, path) for argument in node.args[:forms]])


def _constant(node: ast.expr, path: Path) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise SystemExit(f"{path}:{node.lineno}: only a text as it is can be translated")


def _of_menu(root: ET.Element) -> Iterator[Text]:
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        words = [element.attrib.get(name, "") for name in ATTRIBUTES]
        if tag in WORDS:
            words.append(element.text or "")
        if tag == "submenu":
            words.append(element.attrib.get("name", ""))
        yield from (Text(word) for word in words if word.strip())


def all_texts() -> dict[Text, list[str]]:
    """Every text, with the files that it is in."""
    found: dict[Text, list[str]] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            if path.suffix in (".py", ".inx"):
                for text in texts_of(path):
                    places = found.setdefault(text, [])
                    name = path.relative_to(ROOT).as_posix()
                    if name not in places:
                        places.append(name)
    return found


def template() -> str:
    entries = [HEAD]
    for text, places in all_texts().items():
        lines = [f"#: {place}" for place in places]
        if "{" in text.one:
            lines.append("#, python-brace-format")
        lines.append(f"msgid {_quoted(text.one)}")
        if text.many:
            lines += [f"msgid_plural {_quoted(text.many)}", 'msgstr[0] ""', 'msgstr[1] ""']
        else:
            lines.append('msgstr ""')
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    TEMPLATE.write_text(template(), encoding="utf-8")
    print(f"{TEMPLATE.relative_to(ROOT)}: {len(all_texts())} texts", file=sys.stderr)
