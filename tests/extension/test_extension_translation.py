"""Every text that a person reads in Inkscape's menus and in the window can be translated."""

from __future__ import annotations

import ast
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import EXTENSION

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "inkscape_extension" / "translations"))

import make_template  # noqa: E402

WINDOW = ROOT / "styleclipdraw_core" / "window"
# Calls whose arguments a person reads; keyword arguments and data (codes, file names) are not meant.
SHOWN = {
    *("setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setInformativeText"),
    *("setAccessibleName", "setAccessibleDescription", "addButton", "setTitle", "setStatusTip"),
    *("QLabel", "QPushButton", "QCheckBox", "QGroupBox", "QToolButton", "QAction", "QRadioButton"),
    *(
        "JobError",
        "PictureError",
        "BackendError",
        "StyleClipDrawError",
        "StorageError",
        "InputError",
    ),
    *("Refusal", "tell"),
}
ADDED = {"addAction", "addItem", "addMenu", "addRow", "addTab"}  # their data may be plain
WORD = re.compile(r"[^\W\d_]{2}")


def plain_words(node):
    """Texts in an expression that no mark is around."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and WORD.search(node.value) else []
    if isinstance(node, ast.JoinedStr):
        return [word for part in node.values for word in plain_words(part)]
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.IfExp)):
        return [word for child in ast.iter_child_nodes(node) for word in plain_words(child)]
    return []


def unmarked(source):
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            arguments = node.args if name in SHOWN else node.args[:1] if name in ADDED else []
            found += [word for argument in arguments for word in plain_words(argument)]
    return found


def modules():
    return sorted([*EXTENSION.rglob("*.py"), *WINDOW.rglob("*.py")])


def test_every_text_is_marked():
    found = {
        path.name: words
        for path in modules()
        for words in [unmarked(path.read_text("utf-8"))]
        if words
    }
    assert found == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('QLabel("Stop")', ["Stop"]),
        ('label.setText(f"{n} steps")', [" steps"]),
        ('raise Refusal(_("No."), "Try again.")', ["Try again."]),
        ('menu.addAction("Open" if x else tr("Close"))', ["Open"]),
        # signs and data are no words
        ('QLabel("!"); box.addItem(tr("Built-in"), "built-in"); QLabel(tr("Stop"))', []),
    ],
)
def test_a_text_without_a_mark_is_found(line, words):
    """The check above can fail."""
    assert unmarked(line) == words


def test_the_template_is_up_to_date():
    """Else run: python inkscape_extension/translations/make_template.py"""
    assert make_template.TEMPLATE.read_text("utf-8") == make_template.template()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("styleclipdraw_draw.inx", "Prompt:"),
        ("styleclipdraw_draw.inx", "What the selection suggests"),
        ("styleclipdraw_draw.inx", "The same seed gives the same drawing"),
        ("styleclipdraw_draw.inx", "Draw from words"),
        ("styleclipdraw_insert.inx", "Insert Result"),
        ("styleclipdraw_insert.inx", "Put the finished drawing into this document"),
        ("styleclipdraw_insert.inx", "StyleCLIPDraw"),
        ("styleclipdraw_inkscape/left_out.py", "{names}: text."),
    ],
)
def test_the_template_has_them(file, text):
    texts = make_template.all_texts()
    assert f"inkscape_extension/{file}" in texts[make_template.Text(text)]


def test_menus_name_their_catalogue():
    for path in EXTENSION.glob("*.inx"):
        text = path.read_text("utf-8")
        assert 'translationdomain="styleclipdraw"' in text, path
        assert 'translatable="no"' not in text, path


def catalogue(folder):
    """An .mo file in which every text has brackets around it, its placeholders kept."""
    pairs = [
        ("", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n!=1;\n")
    ]
    for one, many in make_template.all_texts():
        if many:
            pairs.append((f"{one}\0{many}", f"[{one}]\0[{many}]"))
        else:
            pairs.append((one, f"[{one}]"))
    keys, values = b"", b""
    table = []
    for original, translated in sorted(pairs, key=lambda pair: pair[0].encode()):
        first, second = original.encode(), translated.encode()
        table.append((len(first), len(keys), len(second), len(values)))
        keys, values = keys + first + b"\0", values + second + b"\0"
    start = 28 + 16 * len(table)
    file = struct.pack("<7I", 0x950412DE, 0, len(table), 28, 28 + 8 * len(table), 0, 0)
    file += b"".join(struct.pack("<2I", size, start + at) for size, at, _, _ in table)
    file += b"".join(struct.pack("<2I", size, start + len(keys) + at) for _, _, size, at in table)
    target = folder / "xx" / "LC_MESSAGES" / "styleclipdraw.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(file + keys + values)
    return folder


def test_the_extension_speaks_the_persons_language(tmp_path):
    code = (
        "from styleclipdraw_inkscape.left_out import sentence_of\n"
        "from styleclipdraw_inkscape.svg_scene import LeftOut\n"
        "from types import SimpleNamespace\n"
        "text = SimpleNamespace(attrib={'id': 'text12'})\n"
        "print(sentence_of([LeftOut(text, 'text')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=EXTENSION,
        env=dict(os.environ, LANGUAGE="xx", INKEX_GETTEXT_DIRECTORY=str(catalogue(tmp_path))),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("[text12: text.] [Choose Path > Object to Path")
