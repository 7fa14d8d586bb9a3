#!/usr/bin/env python3
"""Menu entry Insert Result: puts a finished drawing into its document; one undo takes it back."""

from styleclipdraw_inkscape.entry import Entry
from styleclipdraw_inkscape.finished_jobs import choose


class Insert(Entry):
    """The drawing asked for in the window, else the newest one that is not in the document yet."""

    def work(self) -> None:
        self.insert(choose(self.svg))


if __name__ == "__main__":
    Insert().run()
