"""Runs pip and puts what went wrong into one sentence; its whole output goes to a log file.

The person's own pip configuration (indexes, wheels on the disk, proxies, certificates) is honoured.
"""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from styleclipdraw_core.installation.talk import InstallError, say

_SIGN_OF_LIFE_SECONDS = 20.0

# The first that is found in pip's output explains the failure.
_CAUSES = (
    (
        r"No space left on device|Errno 28|WinError 112|not enough space",
        "The disk is full.",
        "Free some space, or name a folder on another disk in STYLECLIPDRAW_HOME; then run it "
        "again.",
    ),
    (
        r"Permission denied|Errno 13|WinError 5|Read-only file system",
        "A file could not be written: permission denied.",
        "Check who owns the folder, and run it again as that person.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError",
        "The package index's certificate cannot be verified.",
        "Check the computer's clock; with a company's own certificate set PIP_CERT to its file.",
    ),
    (
        r"NewConnectionError|NameResolutionError|Name or service not known|getaddrinfo failed"
        r"|Temporary failure in name resolution|ConnectTimeout|ReadTimeout|Network is unreachable"
        r"|Connection (refused|broken|reset)|Max retries exceeded|ProxyError",
        "The package index cannot be reached.",
        "Check the connection (and the proxy), then run it again: what has arrived is kept.",
    ),
    (
        r"No matching distribution found for (?P<what>\S+)",
        "The package index has no {what} for this Python and this system.",
        "Run install.py with another Python (3.12 suits best).",
    ),
    (
        r"error: command .*(gcc|cc|cl\.exe)|Failed building wheel|metadata-generation-failed",
        "A package has no ready-made wheel for this system, and building it failed.",
        "Run install.py with another Python (3.12 suits best).",
    ),
)


class Pip:
    """The pip of one environment."""

    def __init__(self, python: Path, log: Path, scratch: Path) -> None:
        self._python = python
        self._log = log
        self._scratch = scratch

    def install(self, *arguments: str) -> None:
        """``pip install``; raises `InstallError` with the cause."""
        command = [str(self._python), "-I", "-m", "pip", "--disable-pip-version-check", "install"]
        # Bytecode is made for what is imported, when it is: half of the time of an installation
        # goes into compiling modules that nobody ever needs.
        command += ["--no-input", "--no-user", "--retries", "2", "--no-compile", *arguments]
        output = self._run(command)
        if output is not None:
            raise _explained(output, self._log)

    def _run(self, command: Sequence[str]) -> str | None:
        """None when it went well, else what pip said."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # pip unpacks beside the environment: /tmp may be small, and is often in memory.
        surroundings = {**os.environ, "TMPDIR": str(self._scratch), "PIP_NO_COLOR": "1"}
        surroundings.pop("PYTHONPATH", None)
        lines: list[str] = []
        with (
            self._log.open("a", encoding="utf-8", errors="replace") as log,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=surroundings,
                text=True,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            log.write(f"\n$ {' '.join(command)}\n")
            try:
                for line in _lines(process):
                    lines.append(line)
                    log.write(line + "\n")
                    _show(line)
                status = process.wait()
            except BaseException:
                process.terminate()
                raise
        return None if status == 0 else "\n".join(lines)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process prints, and a sign of life when it is silent for long."""
    arriving: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            arriving.put(line.rstrip())
        arriving.put(None)

    threading.Thread(target=read, daemon=True).start()
    started = time.monotonic()
    while True:
        try:
            line = arriving.get(timeout=_SIGN_OF_LIFE_SECONDS)
        except queue.Empty:
            say(f"    ... still at it ({time.monotonic() - started:.0f} s)")
            continue
        if line is None:
            return
        yield line


def _show(line: str) -> None:
    """The lines of pip's output that tell a waiting person something."""
    words = line.split()
    if line.lstrip().startswith("Downloading") and len(words) > 1:
        name = words[1].rsplit("/", 1)[-1].split("-")[0]
        size = re.search(r"\(([\d.]+ [kMG]B)\)", line)
        if size and size[1].endswith(("MB", "GB")) and float(size[1].split()[0]) >= 5:
            say(f"    fetching {name} ({size[1]})")
    elif line.startswith("Installing collected packages"):
        say(f"    unpacking {line.count(',') + 1} packages")


def _explained(output: str, log: Path) -> InstallError:
    for pattern, sentence, next_step in _CAUSES:
        found = re.search(pattern, output)
        if found:
            return InstallError(sentence.format(**found.groupdict()), next_step, code="install.pip")
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    last = (errors or output.splitlines() or ["it said nothing"])[-1].removeprefix("ERROR: ")
    return InstallError(
        f"pip failed: {last[:200].rstrip('.')}.",
        f"Its whole output is in {log}; run install.py again.",
        code="install.pip",
    )
