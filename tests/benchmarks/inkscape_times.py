"""How long a person waits in Inkscape, with the real programs on a screen of their own: prints a
Markdown table and asserts nothing. Takes six minutes with three runs, of which the first one passes
in silence (the renderer is compiled); worth something on a quiet machine only.

    PYTHONPATH=. python tests/benchmarks/inkscape_times.py [runs]

CPU is that of all processes that did the work, so it can be compared where the wall clock cannot.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
for folder in ("tests/inkscape", "tests/extension", "inkscape_extension"):
    sys.path.insert(0, str(REPOSITORY / folder))

from inkscape_window import InkscapeWindow, wait_for  # noqa: E402
from person import DRAW, INSERT, Person  # noqa: E402

from styleclipdraw_core.worker_lock import worker_is_running  # noqa: E402

WINDOW = "StyleCLIPDraw"
PAGE = '<svg xmlns="http://www.w3.org/2000/svg" id="s" width="100mm" height="100mm"/>'
ANSWERS, PAUSE = 200, 0.05  # of Inkscape's main loop, and seconds between them
PATHS = 1000
IDLE = "20"  # seconds that an optimizer waits for the next drawing here
LONGEST = 600.0  # seconds: the first drawing compiles the renderer
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds that a process and its ended children have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def until(what: Callable[[], Any], start: float) -> float:
    """Seconds from `start` to the first true answer of `what`, asked every 2 ms."""
    while not what():
        if time.monotonic() - start > LONGEST:
            raise TimeoutError
        time.sleep(0.002)
    return time.monotonic() - start


class Bench:
    """One Inkscape with the real window and optimizer."""

    def __init__(self, person: Person, window: InkscapeWindow) -> None:
        self.person, self.window = person, window
        self.rows: dict[str, list[tuple[float, float]]] = {}  # wall and CPU seconds

    def note(self, name: str, wall: float, cpu: float) -> None:
        self.rows.setdefault(name, []).append((wall, cpu))
        print(f"{name}: {wall:.3f} s, CPU {cpu:.3f} s", file=sys.stderr, flush=True)

    def draw(self, kind: str) -> Path:
        """Draw, and note what is waited for; returns the job, which goes on."""
        before = set(self.person.jobs())
        inkscape = self.window.inkscape.pid
        used = cpu_of(inkscape)
        start = time.monotonic()
        self.window.action(f"{DRAW}.noprefs", wait=False)
        until(lambda: self._new(before) and (self._new(before)[0] / "job.json").exists(), start)
        self.window.ask("describe", seconds=60)
        self.note("Apply to a usable Inkscape", time.monotonic() - start, cpu_of(inkscape) - used)
        (job,) = self._new(before)
        if kind == "cold":
            self.window._xdotool("search", "--sync", "--onlyvisible", "--name", WINDOW)
            shown = time.monotonic() - start
            self.note("Apply to the window", shown, cpu_of(self.window_pid()))
        warm = self.worker_pid() if kind == "warm" else 0
        used = cpu_of(warm) if warm else 0.0
        waited = until((job / "preview.png").exists, start)
        self.note(f"Apply to the first preview, {kind}", waited, cpu_of(self.worker_pid()) - used)
        return job

    def _new(self, before: set[Path]) -> list[Path]:
        return [job for job in self.person.jobs() if job not in before]

    def worker_pid(self) -> int:
        return int((self.person.home / "worker.lock").read_text())

    def window_pid(self) -> int:
        name = wait_for(lambda: self.window._named(WINDOW), 60, "the window")[0]
        return int(self.window._xdotool("getwindowpid", name))

    def answers(self, name: str) -> None:
        took = sorted(self.window.ask("answers", count=ANSWERS, pause=PAUSE))
        for what, seconds in (
            ("median", median(took)),
            ("95 of 100", took[int(0.95 * ANSWERS)]),
            ("worst", took[-1]),
        ):
            self.note(f"An answer of Inkscape, {name}, {what}", seconds, 0.0)

    def end(self, job: Path, stay: bool = False) -> None:
        """Nobody wants it any more; `stay`: the optimizer and the window are wanted."""
        (job / "cancel").touch()
        time.sleep(3)  # a second window is perhaps on its way, to hand the job to the first
        if stay:
            return
        os.kill(self.window_pid(), signal.SIGTERM)
        lock = self.person.home / "worker.lock"
        wait_for(lambda: not worker_is_running(lock), LONGEST, "the optimizer to leave")


def drawing(folder: Path, runs: int) -> dict[str, list[tuple[float, float]]]:
    person = Person(folder / "drawing", {"prompt": "a red apple", "iterations": 2000})
    person.has_the_real_program()
    document = person.folder / "apple.svg"
    document.write_text(PAGE)
    environment = dict(person.inkscape_environment(), STYLECLIPDRAW_TEST_IDLE=IDLE)
    with InkscapeWindow(person.profile, document, environment) as window:
        first = Bench(person, window)
        first.end(first.draw("cold"))  # compiles, and reads everything from the disk once
        bench = Bench(person, window)
        bench.answers("nothing being drawn")
        for _ in range(runs):
            job = bench.draw("cold")
            bench.end(job, stay=True)
            job = bench.draw("warm")
            bench.end(job)
        job = bench.draw("cold")
        bench.answers("while it draws")
        bench.end(job)
    return bench.rows


def inserting(folder: Path, runs: int) -> dict[str, list[tuple[float, float]]]:
    person = Person(folder / "inserting", {"prompt": "a red apple", "strokes": PATHS})
    document = person.folder / "apple.svg"
    document.write_text(PAGE)
    with InkscapeWindow(person.profile, document, person.inkscape_environment()) as window:
        bench = Bench(person, window)
        for _ in range(runs):
            window.action(f"{DRAW}.noprefs")
            person.worker()
            used, start = cpu_of(window.inkscape.pid), time.monotonic()
            window.action(f"{INSERT}.noprefs")
            window.ask("describe", seconds=60)
            cpu = cpu_of(window.inkscape.pid) - used
            bench.note(f"{PATHS} paths inserted", time.monotonic() - start, cpu)
            assert (person.jobs()[-1] / "inserted").exists(), window.alert()
            window.undo()
    return bench.rows


WANTED = {
    "Apply to a usable Inkscape": 0.5,
    "Apply to the window": 1.0,
    "Apply to the first preview, warm": 3.0,
    "Apply to the first preview, cold": 8.0,
    "An answer of Inkscape, while it draws, worst": 0.1,
    f"{PATHS} paths inserted": 2.0,
}


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before, {runs} runs\n")
    with tempfile.TemporaryDirectory(prefix="styleclipdraw-times-") as name:
        rows = {**inserting(Path(name), runs), **drawing(Path(name), runs)}
    print("| | wall, median | slowest | CPU, median | wanted |\n|---|---|---|---|---|")
    for row, values in rows.items():
        wall, cpu = [one for one, _ in values], [one for _, one in values]
        wanted = f"{WANTED[row]:g} s" if row in WANTED else ""
        used = f"{median(cpu):.2f} s" if any(cpu) else ""
        print(f"| {row} | {median(wall):.3f} s | {max(wall):.3f} s | {used} | {wanted} |")
    print(f"\nload {os.getloadavg()[0]:.1f} after")
    return 0


if __name__ == "__main__":
    sys.exit(main())
