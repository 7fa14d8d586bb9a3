#!/usr/bin/env python3
"""Menu entry Drawings: opens the window with all drawings made so far."""

from styleclipdraw_inkscape.entry import Entry
from styleclipdraw_inkscape.launch import start


class Drawings(Entry):
    """No document is read or changed."""

    def work(self) -> None:
        start("window", "--history")


if __name__ == "__main__":
    Drawings().run()
