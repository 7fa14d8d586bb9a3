"""What a person, or a script, sees of a drawing as it grows; hides the kind of terminal."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from styleclipdraw_core.download import in_words

if TYPE_CHECKING:
    from styleclipdraw_core.run import Progress as Drawn

LINE_SECONDS = 5.0  # between two lines where there is no terminal to redraw
EVENT_SECONDS = 0.1
SCORE_NAMES = {"clip": "words", "style": "style"}


class Show(Protocol):
    """A listener of `run.draw` that is also shown every step."""

    def phase(self, name: str, done: int = 0, total: int = 0) -> None: ...

    def warning(self, code: str, sentence: str, next_step: str) -> None: ...

    def step(self, drawn: Drawn) -> None: ...

    def close(self) -> None: ...


def show_for(*, as_json: bool, quiet: bool) -> Show:
    if as_json:
        return JsonShow()
    if quiet:
        return QuietShow()
    return BarShow() if sys.stderr.isatty() else LineShow()


def scores_in_words(scores: dict[str, float]) -> str:
    return "  ".join(f"{SCORE_NAMES.get(name, name)} {value:.3f}" for name, value in scores.items())


def seconds_in_words(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"


def left_in_words(drawn: Drawn) -> str:
    left = drawn.seconds_left
    return "" if left is None else f"{seconds_in_words(left)} left"


class QuietShow:
    """Warnings only."""

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        pass

    def warning(self, code: str, sentence: str, next_step: str) -> None:
        print(f"{sentence} {next_step}".strip(), file=sys.stderr)

    def step(self, drawn: Drawn) -> None:
        pass

    def close(self) -> None:
        pass


class LineShow(QuietShow):
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self._phase = ""
        self._last = 0.0

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        if name != self._phase:
            self._phase, self._last = name, time.monotonic()
            size = f" ({in_words(total)})" if total else ""
            print(f"{name}{size} ...", file=sys.stderr, flush=True)
        elif total and time.monotonic() - self._last >= LINE_SECONDS:
            self._last = time.monotonic()
            print(f"{name}: {100 * done // total} %", file=sys.stderr, flush=True)

    def step(self, drawn: Drawn) -> None:
        now = time.monotonic()
        if drawn.step in (1, drawn.steps) or now - self._last >= LINE_SECONDS:
            self._last = now
            parts = (
                f"step {drawn.step}/{drawn.steps}",
                left_in_words(drawn),
                scores_in_words(drawn.scores),
            )
            print("  ".join(part for part in parts if part), file=sys.stderr, flush=True)


class BarShow(QuietShow):
    """One live line: a bar, the time left and the two scores."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TextColumn("[cyan]{task.fields[left]}"),
            TextColumn("[green]{task.fields[scores]}"),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, count="", left="", scores="")
        self._progress.start()

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        count = f"{in_words(done)} of {in_words(total)}" if total else ""
        self._progress.update(
            self._task,
            description=escape(name),
            completed=done,
            total=total or None,
            count=count,
            left="",
        )

    def warning(self, code: str, sentence: str, next_step: str) -> None:
        self._console.print(f"[yellow]{escape(sentence)}[/yellow] {escape(next_step)}")

    def step(self, drawn: Drawn) -> None:
        self._progress.update(
            self._task,
            description="drawing",
            completed=drawn.step,
            total=drawn.steps,
            count=f"{drawn.step}/{drawn.steps}",
            left=left_in_words(drawn),
            scores=scores_in_words(drawn.scores),
        )

    def close(self) -> None:
        self._progress.stop()


class JsonShow:
    """The lines of events.jsonl (docs/job-folder.md), on stdout."""

    def __init__(self) -> None:
        self._last = 0.0
        self._last_phase = ""

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        if name != self._last_phase or done == total or self._is_time():
            self._last_phase = name
            emit("phase", phase=name, **({"done": done, "total": total} if total else {}))

    def warning(self, code: str, sentence: str, next_step: str) -> None:
        emit("warning", code=code, sentence=sentence, next_step=next_step)

    def step(self, drawn: Drawn) -> None:
        if drawn.step in (1, drawn.steps) or self._is_time():
            left = drawn.seconds_left
            emit(
                "step",
                step=drawn.step,
                steps=drawn.steps,
                scores=drawn.scores,
                **({} if left is None else {"seconds_left": round(left, 2)}),
            )

    def close(self) -> None:
        pass

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - self._last < EVENT_SECONDS:
            return False
        self._last = now
        return True


def emit(event: str, **fields: Any) -> None:
    """One event as a line of JSON on stdout."""
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)
