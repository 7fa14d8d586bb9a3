"""Boxes that say something: an error with its way out, warnings, and a toast with an undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from styleclipdraw_core.window.snapshot import Notice
from styleclipdraw_core.window.text import breakable, ntr, tr
from styleclipdraw_core.window.theme import SPACE, scaled_font

TOAST_MS = 5_000
UNDO_MS = 12_000  # time to notice a mistake


def plain_label(text: str = "", *, rank: str = "", wrap: bool = False) -> QLabel:
    """A label that takes no text for markup: what it shows comes from files and strangers."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if rank:
        label.setProperty("rank", rank)
    if wrap:
        label.setMinimumWidth(60)  # not that of the longest word
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


def _sign(kind: str) -> QLabel:
    sign = QLabel("!")
    sign.setObjectName("sign")
    sign.setProperty("kind", kind)
    sign.setFixedSize(20, 20)
    sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
    sign.setAccessibleName(tr("Error") if kind == "error" else tr("Warning"))
    return sign


class ErrorBox(QFrame):
    """What went wrong, what to do, and a button that copies a report."""

    report_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.sentence = plain_label(wrap=True)
        self.sentence.setFont(scaled_font(1.0, bold=True))
        self.next_step = plain_label(wrap=True)
        for label in (self.sentence, self.next_step):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton(tr("Copy &report"))
        self.copy.setToolTip(
            tr("For a bug report: without your words, file names and personal names")
        )
        self.copy.clicked.connect(self.report_wanted)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(self.sentence)
        words.addWidget(self.next_step)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, SPACE + 2, SPACE + 2, SPACE + 2)
        row.setSpacing(SPACE + 4)
        row.addWidget(_sign("error"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_notice(self, notice: Notice | None) -> None:
        self.setVisible(notice is not None)
        if notice is not None:
            self.sentence.setText(breakable(notice.sentence))
            self.next_step.setText(breakable(notice.next_step))
            self.next_step.setVisible(bool(notice.next_step))


class WarningBox(QFrame):
    """The latest warning in one breath; the others are unfolded on demand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._notices: Sequence[Notice] = ()
        self._unfolded = False
        self.words = plain_label(wrap=True)
        self.more = QPushButton()
        self.more.setProperty("kind", "plain")
        self.more.clicked.connect(self._toggle)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, SPACE - 2, SPACE - 2, SPACE - 2)
        row.setSpacing(SPACE + 4)
        row.addWidget(_sign("warning"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_notices(self, notices: Sequence[Notice]) -> None:
        if notices != self._notices:
            self._notices = notices
            self._unfolded = False
            self._fill()
        self.setVisible(bool(notices))

    def _toggle(self) -> None:
        self._unfolded = not self._unfolded
        self._fill()

    def _fill(self) -> None:
        lines = [breakable(f"{n.sentence} {n.next_step}".strip()) for n in reversed(self._notices)]
        hidden = len(lines) - 1
        self.words.setText("\n".join(lines if self._unfolded else lines[:1]))
        self.more.setVisible(hidden > 0)
        self.more.setText(
            tr("Show less") if self._unfolded else ntr("{count} more", "{count} more", hidden)
        )


QWIDGETSIZE_MAX = 2**24 - 1  # px: no limit; PySide6 has no name for it


class Toast(QFrame):
    """A line or two about what was just done, with a way back; leaves by itself."""

    gone = Signal()

    def __init__(self, parent: QWidget, over: Callable[[], QRect]) -> None:
        """`over` is where to lie, in `parent`'s px: at the middle of its lower edge."""
        super().__init__(parent)
        self._over = over
        self.setObjectName("toast")
        self.words = plain_label()
        self.undo = QPushButton(tr("&Undo"))
        self.undo.clicked.connect(self._undo)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.words)
        row.addWidget(self.undo)
        self._back: Callable[[], None] | None = None
        self._later = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.leave)
        self.hide()

    def tell(self, text: str, back: Callable[[], None] | None = None) -> None:
        """Show `text`; with `back`, offer to undo, and an earlier undo is no longer offered.

        A text alone takes no undo away from the person: it waits until that one leaves.
        """
        if back is None and self._back is not None:
            self._later = text
            return
        self.leave()
        self._back = back
        self.undo.setVisible(back is not None)
        self.words.setText(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(UNDO_MS if back else TOAST_MS)

    def leave(self) -> None:
        """Go away; what could be undone cannot any more."""
        self._timer.stop()
        self._back = None
        if not self.isHidden():
            self.hide()
            self.gone.emit()
            self._tell_later()

    def place(self) -> None:
        """Follow when the window changes its size."""
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        room = self._over()
        beside = 8 * SPACE  # margins, and as much of the picture at both sides
        if not self.undo.isHidden():
            beside += self.undo.sizeHint().width() + 2 * SPACE
        widest = max(80, room.width() - beside)
        self.words.ensurePolished()  # the size of its letters is in the style sheet
        self.words.setMinimumSize(0, 0)  # of the text before, which would limit this one
        self.words.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
        self.words.setWordWrap(False)
        size = self.words.sizeHint()
        if size.width() > widest:
            self.words.setWordWrap(True)
            size = QSize(widest, self.words.heightForWidth(widest))
        self.words.setFixedSize(size)
        self.adjustSize()
        self.move(room.center().x() - self.width() // 2, room.bottom() - self.height() - SPACE)

    def _undo(self) -> None:
        back, self._back = self._back, None
        self._timer.stop()
        self.hide()
        if back is not None:
            back()
        self._tell_later()

    def _tell_later(self) -> None:
        text, self._later = self._later, ""
        if text:
            self.tell(text)
