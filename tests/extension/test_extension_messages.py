"""Every sentence for a person can be translated, and every label of the dialog is found."""

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

EXTENSION = Path(__file__).resolve().parents[2] / "inkscape_extension"


def test_refusals_are_translatable():
    """What is raised as Refusal is wrapped in _(), or was so before."""
    checked = 0
    for module in EXTENSION.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                for argument in node.args:
                    assert not isinstance(argument, (ast.Constant, ast.JoinedStr)), module
                    checked += 1
    assert checked > 20


def test_xgettext_finds_the_labels(tmp_path):
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed")
    target = tmp_path / "out.pot"
    rules = EXTENSION / "locale" / "inx.its"
    subprocess.run(
        ["xgettext", "-o", str(target), f"--its={rules}", *map(str, EXTENSION.glob("*.inx"))],
        check=True,
        capture_output=True,
    )
    text = target.read_text("utf-8")
    for label in ("Insert Result", "Prompt:", "What the selection suggests", "StyleCLIPDraw"):
        assert f'msgid "{label}"' in text
