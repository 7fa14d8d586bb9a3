#!/usr/bin/env python3
"""Installs StyleCLIPDraw for one person: its environment, and its extension in Inkscape.

    python3 install.py              show the plan, then install; run again, it mends and updates
    python3 install.py demo         all set-up, then draw "a red apple" in the style of a picture
    python3 install.py test         all set-up for the tests, then run them
    python3 install.py doctor       what is installed, what works, and what to do about the rest
    python3 install.py uninstall    take it off again; drawings stay

Nothing but Python 3.10 or newer is needed, and nothing outside the person's own folders is changed.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Before anything is imported that an old Python cannot read.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        f"This Python is {sys.version_info[0]}.{sys.version_info[1]}; 3.10 to 3.14 are needed. "
        "Install Python 3.12 from python.org or your distribution, and run install.py with it."
    )
sys.dont_write_bytecode = True  # the checkout may belong to somebody else
sys.path.insert(0, HERE)

import argparse  # noqa: E402
from typing import NoReturn  # noqa: E402


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of several lines of usage."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        self.exit(
            2, f"install.py: {sentence}. `python3 install.py --help` shows what is possible.\n"
        )


def parser() -> argparse.ArgumentParser:
    """The commands and their options; some may stand before the command or after it."""
    common = Parser(add_help=False)
    add = common.add_argument
    add("--dry-run", action="store_true", default=argparse.SUPPRESS, help="only show the plan")
    add("--yes", action="store_true", default=argparse.SUPPRESS, help="ask nothing")
    add(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default=argparse.SUPPRESS,
        help="for which torch is fetched (auto)",
    )
    add(
        "--repair",
        action="store_true",
        default=argparse.SUPPRESS,
        help="make the environment from nothing, even when it is there",
    )
    root = Parser(
        prog="install.py",
        parents=[common],
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    demo = commands.add_parser("demo", parents=[common], help='draw "a red apple"')
    demo.add_argument("--out", metavar="FOLDER", help="where the drawing goes")
    test = commands.add_parser("test", parents=[common], help="run the tests")
    test.add_argument(
        "--without-inkscape",
        action="store_true",
        help="do not insist on the tests with the real Inkscape",
    )
    test.add_argument("arguments", nargs="*", metavar="-- ...", help="for pytest")
    commands.add_parser("doctor", parents=[common], help="what works, and what to do")
    uninstall = commands.add_parser("uninstall", parents=[common], help="take it off again")
    uninstall.add_argument("--drawings", action="store_true", help="remove the drawings too")
    extension = commands.add_parser(
        "extension", parents=[common], help="put only the extension into Inkscape"
    )
    extension.add_argument("--python", metavar="PYTHON", help="that it is to start")
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    defaults = argparse.Namespace(dry_run=False, yes=False, device="auto", repair=False)
    options = parser().parse_args(arguments, defaults)
    try:
        from styleclipdraw_core.errors import StyleClipDrawError
        from styleclipdraw_core.installation import commands
    except ImportError as error:
        print(f"This copy of the program is incomplete: {error}. Fetch it again.", file=sys.stderr)
        return 1
    try:
        status: int = getattr(commands, options.command or "install")(options)
        return status
    except StyleClipDrawError as error:
        print("install.py: " + error.for_person(), file=sys.stderr)
    except KeyboardInterrupt:
        print("\ninstall.py: Interrupted. Run it again and it goes on from there.", file=sys.stderr)
        return 130
    except OSError as error:
        reason = error.strerror or error
        where = f" ({error.filename})" if error.filename else ""
        print(
            f"install.py: The system refused something: {reason}{where}. Check the disk and the "
            "permissions, then run it again.",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
