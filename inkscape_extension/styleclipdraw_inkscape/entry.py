"""What the four menu entries share: Inkscape's calling convention, and what reaches the person."""

from __future__ import annotations

import os
import time
import traceback
import warnings
from typing import IO, List, Optional

warnings.simplefilter("ignore")  # anything on stderr becomes a dialog in Inkscape

import inkex  # noqa: E402
from lxml import etree  # noqa: E402

from .finished_jobs import Choice, insert, mark_inserted  # noqa: E402
from .job_folder import JobFolder, user_data, write_private  # noqa: E402
from .messages import Refusal, _, tell  # noqa: E402
from .names import OURS_URI  # noqa: E402


class Entry(inkex.EffectExtension):
    """A menu entry; `work` may change the document and may refuse."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # inkex has no types
        self.inserted: Optional[JobFolder] = None  # whose paths are in what is handed back
        self.said: List[str] = []

    def work(self) -> None:
        raise NotImplementedError

    def insert(self, choice: Choice) -> None:
        """Put a drawing into the document; it counts as inserted once that is handed back."""
        self.said = insert(self.svg, choice)
        self.inserted = choice.job

    def save(self, stream: IO[bytes]) -> None:
        super().save(stream)
        if self.inserted is not None:
            mark_inserted(self.inserted)
            tell(self.said)

    def effect(self) -> None:
        warnings.simplefilter("ignore")  # inkex turns some on again
        etree.register_namespace("scd", OURS_URI)
        try:
            self.work()
        except Refusal as refusal:
            self._give_up(str(refusal))
        except OSError as error:
            self._give_up(
                _("{path} cannot be read or written ({reason}); nothing was changed.").format(
                    path=error.filename or user_data(), reason=error.strerror or error
                )
            )
        except Exception:  # a traceback is no message; the person gets a sentence, we a file
            self._give_up(_report(traceback.format_exc()))

    def _give_up(self, sentence: str) -> None:
        self.document = self.original_document  # what was changed so far is not handed back
        tell([sentence])


def _report(text: str) -> str:
    path = os.path.join(user_data(), "extension-error.txt")
    sentence = _("StyleCLIPDraw met an error of its own and changed nothing.")
    try:
        os.makedirs(user_data(), mode=0o700, exist_ok=True)
        write_private(path, "{}\n{}".format(time.ctime(), text).encode("utf-8"))
    except OSError:
        return sentence
    return (
        sentence
        + " "
        + _("What happened is in {path}; please send it with a report.").format(path=path)
    )
