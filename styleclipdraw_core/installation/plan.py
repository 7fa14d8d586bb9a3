"""What the installer is going to do, how much it fetches, and whether there is room for it.

The figures were measured with the lock files of 2026; they are said as "about".
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from styleclipdraw_core.installation import command_link
from styleclipdraw_core.installation.environment import Environment, Wanted, torch_index
from styleclipdraw_core.installation.inkscape import Inkscape
from styleclipdraw_core.installation.machine import answers, free_space, nvidia_card
from styleclipdraw_core.installation.talk import InstallError, gigabytes, say, short

# Bytes to fetch, bytes on the disk
_PACKAGES_WITHOUT_TORCH = (220e6, 0.7e9)
_TORCH = {"cpu": (200e6, 0.8e9), "cuda": (2.7e9, 6.5e9)}
_TORCH_ON_A_MAC = (90e6, 0.5e9)
_TEST_PACKAGES = (230e6, 0.9e9)


@dataclass(frozen=True)
class Plan:
    """All that is going to happen."""

    environment: Environment
    wanted: Wanted
    inkscapes: tuple[Inkscape, ...]
    is_whole: bool  # nothing to do but for the extension
    has_packages: bool = False  # nothing to fetch

    @property
    def sizes(self) -> tuple[float, float]:
        """Bytes to fetch, bytes on the disk."""
        if self.is_whole or self.has_packages:
            return 0.0, 0.0
        torch = _TORCH_ON_A_MAC if sys.platform == "darwin" else _TORCH[self.wanted.device]
        parts = [_PACKAGES_WITHOUT_TORCH, torch] + [_TEST_PACKAGES] * self.wanted.tests
        return sum(part[0] for part in parts), sum(part[1] for part in parts)

    def show(self) -> None:
        """The plan in a few lines."""
        fetched, kept = self.sizes
        folder = self.environment.folder
        say("StyleCLIPDraw: what is going to happen")
        if self.is_whole:
            say(f"  environment   {short(folder)} is complete")
        elif self.has_packages:
            say(f"  environment   {short(folder)}: the program itself is renewed, nothing fetched")
        else:
            say(f"  environment   {short(folder)}")
            say(f"  torch         for {self._device_in_words()}")
            say(
                f"  space         about {gigabytes(fetched)} to fetch, {gigabytes(kept)} on the "
                f"disk; {gigabytes(free_space(folder))} are free"
            )
        if self.wanted.tests:
            return
        link = command_link.place()
        if link:
            say(f"  command       {command_link.NAME} in {short(link.parent)}")
        for inkscape in self.inkscapes:
            say(f"  extension     into {inkscape.title}: {short(inkscape.extension)}")
            if inkscape.warning:
                say(f"                {inkscape.warning}")
        if self.inkscapes and os.environ.get("STYLECLIPDRAW_HOME"):
            say("                STYLECLIPDRAW_HOME has to be set for Inkscape as well")
        if not self.inkscapes:
            say("  extension     no Inkscape was found; run install.py again when there is one")

    def _device_in_words(self) -> str:
        if self.wanted.device == "cuda":
            return f"CUDA ({nvidia_card() or 'asked for'})"
        if sys.platform == "darwin":
            return "this Mac"
        index = torch_index("cpu")
        if index and not answers(f"{index}/torch/"):
            return (
                "the processor (PyTorch's own index cannot be reached; should the default one "
                "have the CUDA build only, it fetches about 2.7 GB more)"
            )
        return "the processor"

    def check_room(self) -> None:
        """Raises `InstallError` when the disk is too small."""
        fetched, kept = self.sizes
        free = free_space(self.environment.folder)
        there = _bytes_in(self.environment.folder)
        if free + there < fetched + kept:
            raise InstallError(
                f"About {gigabytes(fetched + kept - there)} of space are needed, and the disk of "
                f"{short(self.environment.folder)} has {gigabytes(free)} left.",
                "Free some space, or name a folder on another disk in STYLECLIPDRAW_HOME.",
                code="install.space",
            )


def _bytes_in(folder: Path) -> int:
    try:
        return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
    except OSError:
        return 0
