"""What a person may paste into a public report: enough to find the fault, nothing about them.

Hides redaction: words that were asked for, names of files and documents, the person's and the
machine's name and home never appear.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import PySide6

import styleclipdraw_core
from styleclipdraw_core.window.snapshot import Snapshot

# Whatever has a slash in it may be a path; "and/or" is a small loss.
_PATH = re.compile(r"\S*[\\/]\S*")
_KNOWN_MODEL = re.compile(r"built-in|vgg16|(?:openai|laion)/[\w.-]+", re.ASCII)
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^/\s@]*@)?([^/\s?#]+)\S*")


def private_words() -> set[str]:
    """Names of this person and this machine."""
    words = {socket.gethostname(), Path.home().name}
    try:
        words.add(getpass.getuser())
    except (OSError, KeyError, ImportError):  # no account of that number
        pass
    # Names of one or two letters stand in ordinary words; "root" names nobody.
    return {word for word in words if len(word) > 2 and word not in ("root", "user", "localhost")}


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without homes, paths, names and `secrets`."""
    for secret in sorted({s for s in secrets if len(s) > 2}, key=len, reverse=True):
        text = re.sub(re.escape(secret), "<words>", text, flags=re.IGNORECASE)
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group(1) + match.group(2))
        return f"\0{len(kept) - 1}\0"

    text = _ADDRESS.sub(keep, text)  # a host may be told, what was fetched from it may not
    text = _PATH.sub("<path>", text)
    for word in private_words():
        text = re.sub(rf"\b{re.escape(word)}\b", "<name>", text, flags=re.IGNORECASE)
    return re.sub(r"\0(\d+)\0", lambda m: kept[int(m.group(1))], text)


def _judge(name: str) -> str:
    return name if _KNOWN_MODEL.fullmatch(name) else "<own model>"


def report(job: Snapshot) -> str:
    """The report on one job, as plain text."""
    request = job.request
    words = [request.prompt, request.negative, request.style_picture, request.backdrop]
    # Whole prompts first, then each of their words that is not too common to matter.
    words += [w for w in re.findall(r"\w{4,}", f"{request.prompt} {request.negative}")]

    def line(name: str, value: object) -> str:
        return f"{name}: {value}"

    lines = [
        "StyleCLIPDraw report (words, file names and personal names are left out)",
        line("Version", styleclipdraw_core.__version__),
        line("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
        line("Python", f"{platform.python_version()}, Qt for Python {PySide6.__version__}"),
        line("Processors", os.cpu_count()),
        line("Session", os.environ.get("XDG_SESSION_TYPE", sys.platform)),
        "",
        line("State", job.stage.value),
        line("Step", f"{job.step} of {job.steps}, {job.seconds:.1f} s"),
        line("Device", redacted(job.device) or "not told"),
        line("Preset", redacted(request.preset)),
        line("Canvas", f"{request.width} x {request.height} px"),
        line("Asked for", f"{request.path_count} paths, {request.stroke_count} new strokes"),
        line("Iterations", request.iterations or "the preset's own"),
        line("Seed", request.seed),
        line("Words", f"{len(request.prompt)} characters, {len(request.negative)} negative"),
        line("Style", f"strength {request.style_strength:g}" if request.style_picture else "none"),
        line("Judges", f"{_judge(request.clip)}, {_judge(request.style_judge)}"),
    ]
    for kind, notice in [("Warning", w) for w in job.warnings] + (
        [("Error", job.error)] if job.error else []
    ):
        said = redacted(f"{notice.sentence} {notice.next_step}".strip(), words)
        lines += ["", f"{kind} {redacted(notice.code, words)}", said]
    return "\n".join(lines) + "\n"
