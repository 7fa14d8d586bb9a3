"""The command line: what it is called with, and how its errors look.

Hides nothing but the heavy imports: each command's module is loaded when it runs, so that --help
answers at once. The commands themselves are in the modules ``cli_*``.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from styleclipdraw_core import __version__
from styleclipdraw_core.errors import StyleClipDrawError
from styleclipdraw_core.job import PRESETS, RENDERERS, STYLE_JUDGES
from styleclipdraw_core.process import prepare_for_drawing
from styleclipdraw_core.style_pictures import NAMES as STYLES

USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130

_EXAMPLES = """\
examples:
  styleclipdraw draw "a red apple" --out apple.svg
  styleclipdraw draw "a red apple" --style painting.jpg --png apple.png --timelapse apple.gif
  styleclipdraw draw "a cat face" --init sketch.svg --select path12,path15 --out cat.svg
  styleclipdraw draw --again apple.svg --seed 7 --out another.svg
"""


# Of `bench render`; its module, which says what each is, is not loaded for a help text.
BENCH_ARRAYS = (
    "The arrays of a file: points, point_offsets, ncp, seg_offsets, widths, rgba, canvas, kind, "
    "closed, weight."
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of three lines of usage."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        self.exit(USAGE_ERROR, f"{sentence}. `{self.prog} --help` shows what is possible.\n")


def _seconds(text: str) -> float:
    value = float(text)
    if not value >= 0:  # NaN is not either
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def parser() -> argparse.ArgumentParser:
    root = Parser(
        prog="styleclipdraw",
        description="Draw with Bezier paths from words and a style picture.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    root.add_argument("--version", action="version", version=f"styleclipdraw {__version__}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_draw(commands)
    _add_models(commands)
    doctor = commands.add_parser(
        "doctor",
        help="what is installed, what works, and what to do about the rest",
        description="Check this installation. Names of people and folders are left out.",
    )
    doctor.add_argument("--json", action="store_true", help="as one JSON object")
    _add_bench(commands)
    worker = commands.add_parser("worker", help="draw the jobs that Inkscape has queued")
    worker.add_argument(
        "--idle",
        type=_seconds,
        default=600.0,
        metavar="SECONDS",
        help="leave after so long without a job (default: 600; 0: when the queue is empty)",
    )
    return root


def _add_draw(commands: argparse._SubParsersAction[Parser]) -> None:
    draw = commands.add_parser(
        "draw",
        help="draw a prompt, in the style of a picture",
        description="Draw a prompt, in the style of a picture, as an SVG of editable paths. "
        "Ctrl-C ends the drawing and keeps what is there.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    wish = draw.add_argument_group("what to draw")
    wish.add_argument("words", nargs="*", help='the prompt, e.g. "a red apple"')
    wish.add_argument(
        "--prompt",
        action="append",
        default=[],
        metavar="TEXT[::WEIGHT]",
        help="one more prompt, e.g. 'watercolour::0.5'; may be given several times",
    )
    wish.add_argument(
        "--negative",
        action="append",
        default=[],
        metavar="TEXT[::WEIGHT]",
        help="what the drawing should not look like (weight 0.3); may be given several times",
    )
    wish.add_argument(
        "--style",
        metavar="PICTURE",
        help=f"a file, an http(s) address, or one that comes with it: {', '.join(STYLES)}",
    )
    wish.add_argument("--style-strength", type=float, metavar="X", help="1 is usual")
    wish.add_argument("--strokes", type=int, metavar="N", help="how many new strokes (usually 64)")
    wish.add_argument("--kind", choices=("stroke", "fill"), help="lines, or closed filled shapes")
    wish.add_argument("--size", metavar="WxH", help="canvas in px, e.g. 512 or 640x480")
    wish.add_argument("--background", metavar="COLOUR", help="of the canvas, as in CSS (white)")
    start = draw.add_argument_group("where to start from")
    start.add_argument("--init", metavar="SVG", help="refine the paths of this drawing")
    start.add_argument("--select", metavar="IDS", help="only these of its paths, e.g. p1,p2")
    start.add_argument("--again", metavar="SVG", help="repeat what this SVG was drawn with")
    how = draw.add_argument_group("how")
    how.add_argument("--preset", choices=PRESETS, help="the way of drawing")
    how.add_argument("--iterations", type=int, metavar="N", help="steps (the preset's own number)")
    how.add_argument("--seed", type=int, metavar="N", help="0 to 2^63 - 1 (0)")
    how.add_argument("--clip", metavar="MODEL", help="built-in, a model's name, or a folder")
    how.add_argument("--style-judge", choices=STYLE_JUDGES, help="judge of the style (built-in)")
    how.add_argument("--renderer", choices=RENDERERS, help="(auto)")
    how.add_argument("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:0 or mps (auto)")
    result = draw.add_argument_group("what to write")
    result.add_argument("--out", metavar="SVG", help="the drawing (named after the prompt)")
    result.add_argument("--png", metavar="PNG", help="also a picture of it")
    result.add_argument("--png-size", type=int, default=1024, metavar="PX", help="longer side")
    result.add_argument("--timelapse", metavar="GIF", help="also a film of how it grew")
    result.add_argument("--json", action="store_true", help="progress as lines of JSON on stdout")
    result.add_argument("--quiet", action="store_true", help="no progress at all")


def _add_models(commands: argparse._SubParsersAction[Parser]) -> None:
    models = commands.add_parser("models", help="list, fetch, verify or remove models")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what there is, and what is on this computer")
    listing.add_argument("--json", action="store_true", help="as a JSON list")
    fetch = actions.add_parser("fetch", help="download a model; goes on where it was cut off")
    fetch.add_argument("name", nargs="+", help="a name from the list")
    fetch.add_argument(
        "--whole", action="store_true", help="the whole file, to compare its published checksum"
    )
    verify = actions.add_parser("verify", help="read models and compare their checksums")
    verify.add_argument("name", nargs="*", help="a name from the list (all that are there)")
    remove = actions.add_parser("remove", help="delete a model from this computer")
    remove.add_argument("name", nargs="+", help="a name from the list")


def _add_bench(commands: argparse._SubParsersAction[Parser]) -> None:
    bench = commands.add_parser("bench", help="measure the speed on this computer")
    actions = bench.add_subparsers(dest="action", metavar="WHAT", required=True)
    render = actions.add_parser(
        "render",
        help="the renderers, on drawings from .npz files",
        description="Measure a renderer on drawings; a file FILE_diffvg.npz beside one is compared "
        "with. " + BENCH_ARRAYS,
    )
    render.add_argument("files", nargs="+", metavar="FILE.npz")
    render.add_argument("--renderer", choices=RENDERERS, default="auto", help="(auto)")
    render.add_argument(
        "--finer", action="store_true", help="compare with a picture rendered much larger, too"
    )
    iteration = actions.add_parser(
        "iteration",
        help="one step of a drawing, and where its time goes",
        description="One step of a preset's algorithm with ViT-B/32 and VGG-16, random weights, 256 "
        "strokes, 224 px; clipdraw is CLIP alone.",
    )
    iteration.add_argument(
        "--preset", choices=PRESETS, default="styleclipdraw", help="(%(default)s)"
    )
    iteration.add_argument("--without-style", action="store_true", help="CLIP alone in any preset")
    actions.add_parser("start", help="from the command to the first step, cold and warm")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="as JSON")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 failed, 2 wrong usage, 130 interrupted."""
    prepare_for_drawing()
    if not sys.warnoptions:
        # What a library wants to tell its programmers means nothing to a person who draws.
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another encoding, or a file name that is no text, must not end a drawing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return _run(parser().parse_args(arguments))
    except StyleClipDrawError as error:
        return _complain(error.for_person())
    except KeyboardInterrupt:
        _complain("Interrupted before there was anything to keep.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except MemoryError:
        return _complain(
            "There is not enough memory. Try fewer strokes, a smaller picture or a smaller model."
        )
    except Exception as error:
        if os.environ.get("STYLECLIPDRAW_TRACEBACK"):
            raise
        return _complain(_sentence_for(error))


def _run(options: argparse.Namespace) -> int:
    if options.command == "draw":
        from styleclipdraw_core import cli_draw

        return cli_draw.run(options)
    if options.command == "worker":
        from styleclipdraw_core import worker

        return worker.main(["--idle", str(options.idle)])
    from styleclipdraw_core import cli_tools

    return cli_tools.run(options)


def _sentence_for(error: Exception) -> str:
    """For what nobody foresaw; the computer's fault and the program's have different next steps."""
    first = (str(error).strip().splitlines() or [""])[0].rstrip(".")
    if isinstance(error, ImportError):
        return f"A part of the program is missing: {first}. Run install.py again."
    if "out of memory" in first.lower():
        return "There is not enough memory. Try fewer strokes or a smaller model."
    if isinstance(error, OSError):
        return f"The system refused something: {first}. Check the disk and the permissions."
    return (
        f"This is a fault in the program: {type(error).__name__}: {first}. Please report it, with "
        "what it prints when STYLECLIPDRAW_TRACEBACK=1 is set."
    )


def _complain(text: str) -> int:
    # Names of files and servers come from strangers, and a terminal obeys control characters.
    line = "".join(character if character.isprintable() else "?" for character in text)
    print(f"styleclipdraw: {line}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
