"""``styleclipdraw draw``: files in, files out; hides interruptions and disks that refuse.

Whatever happens after the first step, the drawing so far is written somewhere, and the message says
where.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType

from styleclipdraw_core import run as engine
from styleclipdraw_core import svg
from styleclipdraw_core.atomic import storage_error, write_atomically
from styleclipdraw_core.cli_document import LOCKED, Request
from styleclipdraw_core.cli_request import request_from
from styleclipdraw_core.cli_show import Show, emit, scores_in_words, seconds_in_words, show_for
from styleclipdraw_core.errors import InputError, StorageError, StyleClipDrawError
from styleclipdraw_core.job import LARGEST_SIDE
from styleclipdraw_core.job_folder import data_folder, make_private_folder
from styleclipdraw_core.preview import PREVIEW_SIDE, Timelapse, image_of, png_bytes

DONE, FAILED, INTERRUPTED = 0, 1, 130
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@dataclass(frozen=True)
class Targets:
    """The files to write."""

    svg: Path
    png: Path | None
    png_side: int  # px, longer side
    timelapse: Path | None


def run(options: argparse.Namespace) -> int:
    """Draw, write, and return the exit status."""
    try:
        return _run(options)
    except StyleClipDrawError as error:
        if options.json:
            emit("error", code=error.code, sentence=error.sentence, next_step=error.next_step)
        raise


def _run(options: argparse.Namespace) -> int:
    request = request_from(options)
    targets = _targets(options, request)
    show = show_for(as_json=options.json, quiet=options.quiet)
    for notice in request.notices:
        show.warning(*notice)
    film = Timelapse() if targets.timelapse else None
    failure: Exception | None = None
    with Interruption() as interruption:
        try:
            drawn = _draw(request, show, film, interruption)
        except _Broken as broken:
            drawn, failure = broken.drawn, broken.reason
        finally:
            interruption.writing = True
            show.close()
        if interruption.asked and not (options.quiet or options.json):
            print("Stopping: writing the drawing as it is ...", file=sys.stderr)
        written = _write(request, targets, drawn, film)
        _tell(options, request, drawn, written, interruption)
    if failure is not None:
        raise failure
    return INTERRUPTED if interruption.asked else DONE


class _Broken(Exception):
    """The drawing ended early, after at least one good step."""

    def __init__(self, drawn: engine.Progress, reason: Exception) -> None:
        super().__init__(str(reason))
        self.drawn = drawn
        self.reason = reason


def _draw(
    request: Request, show: Show, film: Timelapse | None, interruption: Interruption
) -> engine.Progress:
    job = request.job
    drawn: engine.Progress | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="styleclipdraw-") as name:
            folder = Path(name)
            for file, data in request.pictures.items():
                write_atomically(folder / file, data)
            for drawn in engine.draw(job, folder, engine.Models(), show):
                interruption.there_is_something_to_keep = True
                show.step(drawn)
                if film is not None:
                    film.add(partial(drawn.picture, job, PREVIEW_SIDE))
                if interruption.asked or drawn.step == request.last_step:
                    break
    except KeyboardInterrupt:  # the second, in the middle of a step
        if drawn is None:
            raise
    except Exception as error:
        if drawn is None:
            raise
        raise _Broken(drawn, error) from error
    assert drawn is not None, "the loop yields at least one step"
    return drawn


class Interruption:
    """Turns the first Ctrl-C into a wish, once there is something to keep; the second ends the step.

    While the drawing is written there is nothing more to wish for.
    """

    def __init__(self) -> None:
        self.asked = False
        self.there_is_something_to_keep = False
        self.writing = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            # A signal that is ignored (nohup) stays ignored.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as signal.signal returned it

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.writing:
            return
        if self.asked or not self.there_is_something_to_keep:
            raise KeyboardInterrupt
        self.asked = True


# ------------------------------------------------------------------------------- writing


def _targets(options: argparse.Namespace, request: Request) -> Targets:
    """The files to write, checked before anything is drawn."""
    out = Path(options.out).expanduser() if options.out else _free_name(request.title)
    png = Path(options.png).expanduser() if options.png else None
    film = Path(options.timelapse).expanduser() if options.timelapse else None
    for option, path, ending in (
        ("--out", out, ".svg"),
        ("--png", png, ".png"),
        ("--timelapse", film, ".gif"),
    ):
        if path is not None:
            _check_target(option, path, ending)
    if options.init and out.exists() and out.samefile(Path(options.init).expanduser()):
        raise InputError(
            f"--out is {str(out)!r}, the sketch itself, which would be lost.",
            "Give the drawing another name.",
            code="cli.target",
        )
    if not 1 <= options.png_size <= LARGEST_SIDE:
        raise InputError(
            f"--png-size is {options.png_size}; it must be from 1 to {LARGEST_SIDE:,}.",
            "Correct it and try again.",
            code="cli.size",
        )
    return Targets(out, png, options.png_size, film)


def _check_target(option: str, path: Path, ending: str) -> None:
    if path.suffix.lower() != ending:
        raise InputError(
            f"{option} is {str(path)!r}, which does not end in {ending}.",
            f"Give it a name like drawing{ending}.",
            code="cli.target",
        )
    if "\0" in str(path):
        raise InputError(
            f"{option} is not a name that a file can have.",
            "Choose one without control characters.",
            code="cli.target",
        )
    try:
        if path.exists() and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        # A file that can be made beside it now can, unless the disk fills up, be made later.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".styleclipdraw-"):
            pass
    except OSError as error:
        raise storage_error(error, path) from error


def _free_name(title: str) -> Path:
    """A name in this folder after the prompt, which no file has yet."""
    words = re.sub(r"[\W_]+", "-", title.lower()).strip("-")[:60] or "drawing"
    path = Path(f"{words}.svg")
    number = 1
    while path.exists():
        number += 1
        path = Path(f"{words}-{number}.svg")
    return path


def _write(
    request: Request, targets: Targets, drawn: engine.Progress, film: Timelapse | None
) -> list[Path]:
    """Write everything; what cannot be written where it should is kept elsewhere, and said."""
    works: list[tuple[Path, Callable[[], bytes]]] = [
        (targets.svg, lambda: svg_text(request, drawn).encode("utf-8"))
    ]
    if targets.png is not None:
        picture = drawn.picture(request.job, targets.png_side)
        works.append((targets.png, lambda: png_bytes(image_of(picture))))
    if targets.timelapse is not None and film is not None:
        works.append((targets.timelapse, film.gif))
    written = []
    for path, content in works:
        data = content()
        try:
            write_atomically(path, data, durable=True, private=False)
        except StorageError as error:
            raise _rescued(error, path.name, data) from error
        written.append(path)
    return written


def _rescued(error: StorageError, name: str, data: bytes) -> StorageError:
    """The error, with where the file is instead."""
    for folder in (data_folder() / "rescued", Path(tempfile.gettempdir())):
        place = folder / f"{os.getpid()}-{name}"
        try:
            make_private_folder(folder)
            write_atomically(place, data)
        except StorageError:
            continue
        return StorageError(error.sentence, f"It was kept as {place}.", code=error.code)
    return error


def svg_text(request: Request, drawn: engine.Progress) -> str:
    """The drawing as the file holds it."""
    job = request.job
    metadata = request.metadata(drawn.step, drawn.steps)
    finished = drawn.finished(job)
    document = request.document()
    if document is None:
        return svg.write_svg(
            finished,
            job.canvas.width,
            job.canvas.height,
            background=job.canvas.background,
            layer_label=request.title,
            metadata=metadata,
        )
    locked = {path.id for path in job.paths if path.moves == LOCKED}
    changed = [path for path in finished.to_paths() if path.id not in locked]
    return document.replaced(changed, layer_label=request.title, metadata=metadata)


def _tell(
    options: argparse.Namespace,
    request: Request,
    drawn: engine.Progress,
    written: list[Path],
    interruption: Interruption,
) -> None:
    files = [str(path) for path in written]
    if options.json:
        emit(
            "done",
            state="stopped" if interruption.asked else "done",
            files=files,
            step=drawn.step,
            steps=drawn.steps,
            seconds=round(drawn.seconds, 3),
            scores=drawn.scores,
            skipped_steps=drawn.skipped_steps,
            device=drawn.device,
        )
        return
    for name in files:
        print(name)
    if options.quiet:
        return
    how = f"Stopped at step {drawn.step} of {drawn.steps}" if interruption.asked else "Done"
    line = f"{how} after {seconds_in_words(drawn.seconds)}  {scores_in_words(drawn.scores)}"
    if drawn.skipped_steps:
        line += f"  ({drawn.skipped_steps} steps skipped: no usable gradient)"
    print(line, file=sys.stderr)
