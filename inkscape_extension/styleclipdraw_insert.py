#!/usr/bin/env python3
"""Menu entry Insert Result: puts a finished drawing into its document.

In one step  that one undo takes back.
"""

from styleclipdraw_inkscape.entry import Entry
from styleclipdraw_inkscape.finished_jobs import choose, insert, mark_inserted
from styleclipdraw_inkscape.messages import tell


class Insert(Entry):
    """The newest drawing of this document that is not in it yet."""

    def work(self):
        choice = choose(self.svg)
        self.said = insert(self.svg, choice)
        self.inserted = choice.job

    def save(self, stream):
        super().save(stream)
        mark_inserted(self.inserted)
        tell(self.said)


if __name__ == "__main__":
    Insert().run()
