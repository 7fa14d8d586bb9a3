"""A label of one or two lines that never widens the window: long words end in an ellipsis.

Hides the fitting; the whole text is in the tooltip and is what screen readers get.
"""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

_NARROWEST = 60  # px


class ElidedLabel(QLabel):
    """Shows plain text on at most `lines` lines."""

    def __init__(self, *, lines: int = 1, rank: str = "") -> None:
        super().__init__()
        assert lines in (1, 2)
        self._lines = lines
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        if rank:
            self.setProperty("rank", rank)

    def setText(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self.setAccessibleName(text)
            self._fit()

    def whole(self) -> str:
        """The text that was set."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), max(_NARROWEST, self.width())
        lines = (self._whole, "")
        if self._lines == 2:
            lines = two_lines(self._whole, metrics.horizontalAdvance, room)
        shown = "\n".join(
            metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines if line
        )
        super().setText(shown)
        # Qt takes a tooltip for markup when it looks like it.
        whole = f"<p>{html.escape(self._whole)}</p>"
        self.setToolTip(whole if shown.replace("\n", " ") != self._whole else "")


def two_lines(text: str, width_of: Callable[[str], int], room: int) -> tuple[str, str]:
    """Break `text` once, at a space where possible; the second line may be too long."""
    if width_of(text) <= room:
        return text, ""
    words, first = text.split(" "), ""
    while words and width_of(f"{first} {words[0]}".strip()) <= room:
        first = f"{first} {words.pop(0)}".strip()
    return (first, " ".join(words)) if first else (text, "")
