"""Finds the Inkscapes of this computer, and puts the extension into them or takes it out.

Hides where each kind of package keeps a person's extensions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from styleclipdraw_core.installation.talk import InstallError

FOLDER = "styleclipdraw"  # inside Inkscape's folder of extensions


@dataclass(frozen=True)
class Inkscape:
    """One Inkscape, and where it looks for a person's extensions."""

    title: str
    profile: Path
    warning: str = ""

    @property
    def extension(self) -> Path:
        return self.profile / "extensions" / FOLDER


def find_inkscapes() -> list[Inkscape]:
    """Every Inkscape there is; just the one named by INKSCAPE_PROFILE_DIR when that is set."""
    chosen = os.environ.get("INKSCAPE_PROFILE_DIR", "")
    if chosen:
        return [Inkscape("Inkscape (INKSCAPE_PROFILE_DIR)", Path(chosen).expanduser().absolute())]
    found = [_asked(program) for program in programs()]
    found += [_flatpak(), _app_image()]
    profiles: dict[Path, Inkscape] = {}
    for inkscape in found:
        if inkscape:
            profiles.setdefault(inkscape.profile, inkscape)
    return list(profiles.values())


def put_in(inkscape: Inkscape, source: Path) -> None:
    """Copy the extension beside the old one, then exchange the two. Raises `InstallError`."""
    target = inkscape.extension
    # Not inside "extensions": Inkscape would find two of every menu entry there.
    new, old = (inkscape.profile / f"{FOLDER}.{end}" for end in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(source, new, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
        if target.exists():
            os.replace(target, old)
        os.replace(new, target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if old.exists() and not target.exists():
            os.replace(old, target)
        shutil.rmtree(new, ignore_errors=True)
        raise InstallError(
            f"The extension could not be put into {target.parent}: {error.strerror or error}.",
            "Check that you may write there (and close Inkscape on Windows), then run it again.",
            code="install.extension",
        ) from None


def take_out(extension: Path) -> bool:
    """Remove the extension's folder; whether there was one. Raises `InstallError`."""
    if extension.name != FOLDER or not extension.is_dir():
        return False
    try:
        shutil.rmtree(extension)
    except OSError as error:
        raise InstallError(
            f"{extension} could not be removed: {error.strerror or error}.",
            "Close Inkscape and run it again.",
            code="install.extension",
        ) from None
    return True


def programs() -> list[Path]:
    """Where Inkscapes are installed, the one that the shell would start first."""
    candidates = [shutil.which("inkscape")]
    if sys.platform == "darwin":
        program = "Inkscape.app/Contents/MacOS/inkscape"
        candidates += [f"/Applications/{program}", str(Path.home() / "Applications" / program)]
    if sys.platform == "win32":
        for variable in ("ProgramW6432", "ProgramFiles", "LOCALAPPDATA"):
            base = os.environ.get(variable, "")
            if base:
                # The .com waits and prints; the .exe does neither in a console.
                candidates.append(str(Path(base, "Inkscape", "bin", "inkscape.com")))
    return [Path(name) for name in candidates if name and os.path.exists(name)]


def _asked(program: Path) -> Inkscape | None:
    """What a program says of itself; a broken one is no Inkscape."""
    profile = _output(program, "--user-data-directory")
    if not profile or not Path(profile).is_absolute():
        return None
    words = _output(program, "--version").split()
    title = " ".join(words[:2]) or "Inkscape"
    real = str(program.resolve())
    if "/snap/" in f"{program}{real}" or real.endswith("/snap"):
        return Inkscape(
            f"{title} (snap)",
            Path(profile),
            "The snap of Inkscape is shut in and cannot start the drawing program; use the "
            "package of your distribution, the AppImage or the Flatpak.",
        )
    return Inkscape(title, Path(profile))


def _flatpak() -> Inkscape | None:
    home = Path.home() / ".var" / "app" / "org.inkscape.Inkscape"
    if sys.platform != "linux" or not os.path.isdir(home):
        return None
    return Inkscape(
        "Inkscape (flatpak)",
        home / "config" / "inkscape",
        "The Flatpak of Inkscape is shut in: if Draw says that the program is not there, use the "
        "package of your distribution or the AppImage.",
    )


def _app_image() -> Inkscape | None:
    """An AppImage lies anywhere, but leaves its profile at the usual place."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    profile = (Path(base) if os.path.isabs(base) else Path.home() / ".config") / "inkscape"
    if sys.platform != "linux" or not os.path.isdir(profile):
        return None
    return Inkscape("Inkscape (its settings are there)", profile)


def _output(program: Path, option: str) -> str:
    """The last line that is printed; Inkscape may warn before it."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        answer = subprocess.run(
            [str(program), option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            env=surroundings,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    return lines[-1] if lines else ""
