"""What a person is told, in their language.

Hides gettext and the way a message reaches the screen.
"""

from __future__ import annotations

import gettext
import os
import sys
from typing import Iterable

from . import DOMAIN

# Inkscape passes the folder of the extension's translations; run by hand, they lie beside us.
_FOLDER = os.environ.get("INKEX_GETTEXT_DIRECTORY") or os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "locale"
)
_ = gettext.translation(DOMAIN, _FOLDER, fallback=True).gettext


class Refusal(Exception):
    """Why something was not done, and what to do next; nothing was changed."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.next_step = sentence, next_step

    def __str__(self) -> str:
        return " ".join(part for part in (self.sentence, self.next_step) if part)


def tell(sentences: Iterable[str]) -> None:
    """Show sentences to the person.

    Inkscape shows what is on stderr in a dialog, and waits for a click. Where nobody is there to
    click, STYLECLIPDRAW_MESSAGES names a file to which the sentences are appended instead.
    """
    text = "\n\n".join(sentence for sentence in sentences if sentence)
    if not text:
        return
    path = os.environ.get("STYLECLIPDRAW_MESSAGES")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
