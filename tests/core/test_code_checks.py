"""Linter and formatter over the whole tree, and the strict type checker over the core."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = "import os\n\n\ndef doubled(number: int) -> int:\n    return number * len(os.sep)\n"


def check(name: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed (it is in the extra called test)")
    settings = str(ROOT / "pyproject.toml")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            name,
            *arguments,
            *(("--config-file", settings) if name == "mypy" else ()),
        ],
        cwd=folder,
        env={**os.environ, "RUFF_CACHE_DIR": str(ROOT / ".ruff_cache")},
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["linter", "format"])
def test_ruff_has_nothing_to_say(arguments: tuple[str, ...]) -> None:
    done = check("ruff", *arguments, ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="numpy for Python 3.10 has other types")
def test_the_strict_type_checker_has_nothing_to_say() -> None:
    done = check("mypy")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name, arguments, spoilt, complaint",
    [
        # A name that nothing needs.
        ("ruff", ("check",), CLEAN.replace("* len(os.sep)", ""), "F401"),
        # A layout that the formatter would change.
        ("ruff", ("format", "--check"), CLEAN.replace("\n\n\n", "\n"), "reformat"),
        # A text where a number is promised.
        ("mypy", (), CLEAN.replace("return number", "return 'a'"), "return-value"),
    ],
)
def test_each_can_fail(
    name: str, arguments: tuple[str, ...], spoilt: str, complaint: str, tmp_path: Path
) -> None:
    source = tmp_path / "source.py"
    source.write_text(CLEAN)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    done = check(name, *arguments, "source.py", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    source.write_text(spoilt)
    done = check(name, *arguments, "source.py", folder=tmp_path)
    assert done.returncode == 1 and complaint in done.stdout
