#!/usr/bin/env python3
"""Menu entry Draw: writes the job, opens the window beside Inkscape and leaves the document alone.

With "Wait for the drawing" it returns the finished document instead, for scripts.
"""

from argparse import ArgumentParser

from styleclipdraw_inkscape import backdrop
from styleclipdraw_inkscape.entry import Entry
from styleclipdraw_inkscape.finished_jobs import Choice
from styleclipdraw_inkscape.launch import environment_python, open_window
from styleclipdraw_inkscape.options import add_arguments, from_namespace
from styleclipdraw_inkscape.request import build
from styleclipdraw_inkscape.waiting import wait_for


class Draw(Entry):
    """Options and selection to a job."""

    def add_arguments(self, pars: ArgumentParser) -> None:
        add_arguments(pars)

    def work(self) -> None:
        options = from_namespace(self.options)
        request = build(self.svg, self.options.ids, options)
        environment_python()  # said before a folder is made that nobody would draw
        job = request.write()
        if not options.wait:
            open_window(job)
            return
        backdrop.finish(job)
        wait_for(job)
        self.insert(Choice(job, request.body["document"]))


if __name__ == "__main__":
    Draw().run()
