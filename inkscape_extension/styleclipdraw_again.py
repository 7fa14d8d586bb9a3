#!/usr/bin/env python3
"""Menu entry Draw Again: the request of the selected result once more, with the next seed."""

from styleclipdraw_inkscape.again import request_again
from styleclipdraw_inkscape.entry import Entry
from styleclipdraw_inkscape.launch import environment_python, open_window


class Again(Entry):
    """A selected result to a job."""

    def work(self) -> None:
        request = request_again(self.svg, self.options.ids)
        environment_python()
        open_window(request.write())


if __name__ == "__main__":
    Again().run()
