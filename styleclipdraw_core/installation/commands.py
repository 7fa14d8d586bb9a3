"""The installer's commands, one function each."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from styleclipdraw_core.installation import command_link, record, test_report
from styleclipdraw_core.installation import inkscape as inkscapes
from styleclipdraw_core.installation.environment import Environment, Wanted
from styleclipdraw_core.installation.machine import check_python, check_writable, choose_device
from styleclipdraw_core.installation.plan import Plan
from styleclipdraw_core.installation.talk import InstallError, agreed, say, short
from styleclipdraw_core.job_folder import data_folder
from styleclipdraw_core.style_pictures import picture_file
from styleclipdraw_core.worker_lock import lock_file, worker_is_running

CHECKOUT = Path(__file__).resolve().parents[2]
EXTENSION_SOURCE = CHECKOUT / "inkscape_extension"
# What lies in <user data>, beside the lock of the optimizer.
_OUR_FOLDERS = ("env", "test-env", "tmp", "models", "compiled")
_FOLDERS_OF_DRAWINGS = ("jobs", "demo", "rescued")
_OUR_FILES = (
    "install.json",
    "install.log",
    "worker.log",
    "window.log",
    "window.ini",
    "extension-error.txt",
)
DEMO_PROMPT, DEMO_STYLE = "a red apple", "brush-strokes"


def environment(name: str = "env") -> Environment:
    home = data_folder()
    return Environment(home / name, home / "install.log")


def make_plan(options: argparse.Namespace, *, tests: bool = False) -> Plan:
    check_python()
    wanted = Wanted(CHECKOUT, choose_device(options.device), tests)
    made = environment("test-env" if tests else "env")
    has_packages = not options.repair and made.has_packages(wanted)
    whole = has_packages and made.is_whole(wanted)
    found = () if tests else tuple(inkscapes.find_inkscapes())
    return Plan(made, wanted, found, whole, has_packages)


def carry_out(plan: Plan, options: argparse.Namespace) -> None:
    """Make the environment, try it, put in the extension, write down what was done."""
    check_writable(data_folder())
    plan.check_room()
    if not plan.is_whole:
        plan.environment.make(plan.wanted, anew=options.repair)
        say("  Trying it ...")
        try_out(plan.environment)
    if plan.wanted.tests:
        return
    for inkscape in plan.inkscapes:
        inkscapes.put_in(inkscape, EXTENSION_SOURCE)
    earlier = record.read()
    extensions = [*(inkscape.extension for inkscape in plan.inkscapes)]
    extensions += earlier.extensions if earlier else ()
    record.write(
        record.Record(
            plan.environment.python,
            plan.wanted.device,
            str(CHECKOUT),
            tuple(dict.fromkeys(extensions)),
        )
    )
    if not plan.is_whole:
        say("  Compiling the renderer for this processor ...")
        # Without it the first drawing would do that: no reason to fail.
        run(plan.environment.python, "styleclipdraw_core.render.prepare")


def install(options: argparse.Namespace) -> int:
    plan = make_plan(options)
    plan.show()
    if options.dry_run:
        return 0
    if not agreed("Go on?", yes=options.yes):
        say("Nothing was changed.")
        return 1
    carry_out(plan, options)
    say()
    say("StyleCLIPDraw is installed.")
    if plan.inkscapes:
        say("  In Inkscape (start it again): Extensions > StyleCLIPDraw > Draw...")
    say_command(plan.environment.program)
    return 0


def say_command(program: Path) -> None:
    """How the command is called, which is put where the shell finds it if there is such a place."""
    name = command_link.NAME if command_link.put(program) else short(program)
    say(f'  On the command line: {name} draw "{DEMO_PROMPT}"')


def demo(options: argparse.Namespace) -> int:
    plan = make_plan(options)
    plan.show()
    if options.dry_run:
        return 0
    folder = Path(options.out).expanduser().absolute() if options.out else data_folder() / "demo"
    if options.out:
        check_writable(folder)  # before minutes are spent
    style = demo_style()
    carry_out(plan, options)
    check_writable(folder)
    svg, png = folder / "a-red-apple.svg", folder / "a-red-apple.png"
    say()
    say(f'Drawing "{DEMO_PROMPT}" in the style of {short(style)} ...')
    draw = ["draw", DEMO_PROMPT, "--style", str(style), "--out", str(svg), "--png", str(png)]
    status = run(plan.environment.python, "styleclipdraw_core.cli", *draw)
    if status != 0 or not svg.is_file():
        raise InstallError(
            "The demo could not be drawn.",
            "Run `python3 install.py doctor`, which says what works here.",
            code="install.demo",
        )
    say()
    say(f"SVG: {svg}")
    say(f"PNG: {png}")
    say_command(plan.environment.program)
    return 0


def test(options: argparse.Namespace) -> int:
    plan = make_plan(options, tests=True)
    plan.show()
    if options.dry_run:
        return 0
    carry_out(plan, options)
    return test_report.run_tests(
        plan.environment.python,
        CHECKOUT,
        options.arguments,
        without_inkscape=options.without_inkscape,
    )


def doctor(options: argparse.Namespace) -> int:
    """What the installed program says of itself; without one, what is in the way."""
    made = environment()
    if made.python.exists() and record.read() is not None:
        return run(made.python, "styleclipdraw_core.cli", "doctor")
    check_python()
    say(f"StyleCLIPDraw is not installed in {short(data_folder())}.")
    for found in inkscapes.find_inkscapes():
        say(f"  There is {found.title}; extensions go to {short(found.extension.parent)}.")
        if found.warning:
            say(f"  {found.warning}")
    say("  Next: python3 install.py")
    return 1


def uninstall(options: argparse.Namespace) -> int:
    """Take off everything that was put on; drawings and jobs stay unless told otherwise."""
    home, noted = data_folder(), record.read()
    extensions = {found.extension for found in inkscapes.find_inkscapes()}
    extensions.update(noted.extensions if noted else ())
    there = sorted(folder for folder in extensions if folder.is_dir())
    names = [*_OUR_FOLDERS, *(_FOLDERS_OF_DRAWINGS if options.drawings else ())]
    ours = _is_ours(home)
    folders = [home / name for name in names if ours and (home / name).is_dir()]
    say("StyleCLIPDraw: what is going to be removed")
    for folder in [*there, *folders]:
        say(f"  {short(folder)}")
    if not there and not folders:
        say("  nothing: it is not installed")
    kept = [home / name for name in _FOLDERS_OF_DRAWINGS if ours and (home / name).is_dir()]
    if kept and not options.drawings:
        places = ", ".join(short(folder) for folder in kept)
        say(f"  Your drawings in {places} stay (--drawings removes them too).")
    if options.dry_run or not agreed("Go on?", yes=options.yes):
        return 0
    stop_worker()
    command_link.remove(environment().program)
    for extension in there:
        inkscapes.take_out(extension)
    for folder in folders:
        remove_folder(folder)
    for file in _OUR_FILES if ours else ():
        (home / file).unlink(missing_ok=True)
    if ours and not worker_is_running():
        lock_file().unlink(missing_ok=True)
        if not any(home.iterdir()):
            home.rmdir()
    say("Done.")
    return 0


def _is_ours(home: Path) -> bool:
    """Whether a folder is one that we have filled: STYLECLIPDRAW_HOME may name any, and others have
    a folder called tmp too."""
    if not home.is_dir():
        return False
    names = {entry.name for entry in home.iterdir()}
    known = {*_OUR_FOLDERS, *_FOLDERS_OF_DRAWINGS, *_OUR_FILES, lock_file().name}
    return home.name == "styleclipdraw" or names <= known or not names.isdisjoint(_OUR_FILES)


def extension(options: argparse.Namespace) -> int:
    """Put only the extension into Inkscape, to work with a given Python."""
    found = inkscapes.find_inkscapes()
    if not found:
        raise InstallError(
            "No Inkscape was found.", "Install it, or set INKSCAPE_PROFILE_DIR.", code="install"
        )
    python = Path(options.python) if options.python else environment().python
    if not python.is_file():
        raise InstallError(
            f"There is no Python at {python}.",
            "Run `python3 install.py`, or name one with --python.",
            code="install.python",
        )
    check_writable(data_folder())
    for inkscape in found:
        inkscapes.put_in(inkscape, EXTENSION_SOURCE)
        say(f"The extension is in {inkscape.extension}")
    places = tuple(inkscape.extension for inkscape in found)
    record.write(record.Record(python.absolute(), "cpu", str(CHECKOUT), places))
    return 0


def try_out(made: Environment) -> None:
    """Import what is heavy, once; it also compiles just the modules that are used."""
    code = "import torch, numba, transformers, safetensors, lxml.etree, PIL.Image, rich.progress"
    answer = subprocess.run(
        [str(made.python), "-I", "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if answer.returncode != 0:
        last = (answer.stderr.strip().splitlines() or [f"it ended with {answer.returncode}"])[-1]
        raise InstallError(
            f"The packages are there but do not work: {last[:200].rstrip('.')}.",
            "Run `python3 install.py --repair`, which makes the environment from nothing.",
            code="install.broken",
        )


def run(python: Path, module: str, *arguments: str) -> int:
    """A module of the core in the environment, with this terminal; Ctrl-C reaches it too."""
    command = [str(python), "-I", "-m", module, *arguments]
    # Threads that wait by spinning are ten times as slow on processors that are busy otherwise.
    surroundings = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=surroundings)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # it got the signal as well, and keeps what there is


def demo_style() -> Path:
    """The style picture of the demo, one of those that come with the program."""
    picture = picture_file(DEMO_STYLE)
    if not picture.is_file():
        raise InstallError(
            f"{picture.name} is missing from this copy of the program.",
            "Fetch the program again.",
            code="install.incomplete",
        )
    return picture


def stop_worker() -> None:
    """The resident optimizer goes before its environment does."""
    if not worker_is_running():
        return
    try:
        os.kill(int(lock_file().read_text("utf-8").split()[0]), signal.SIGTERM)
    except (OSError, ValueError, IndexError):
        pass
    for _ in range(50):
        if not worker_is_running():
            return
        time.sleep(0.1)
    raise InstallError(
        "The drawing program is still at work.",
        "Stop the drawing in its window, then run it again.",
        code="install.busy",
    )


def remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise InstallError(
            f"{folder} could not be removed: {error.strerror or error}.",
            "Close the program's window and run it again.",
            code="install.remove",
        ) from None
