"""The buttons under a drawing: which there are at each stage, and which is the obvious one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import tr
from styleclipdraw_core.window.theme import SPACE, scaled_font


class ActionRow(QWidget):
    """Emits the person's wish; `show_job` decides what can be wished for."""

    insert = Signal()
    stop = Signal()
    discard = Signal()
    again = Signal()
    change = Signal()
    open_folder = Signal()
    copy_report = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reachable, self._over = True, False
        self.insert_button = _button(tr("&Insert now"), self.insert)
        self.stop_button = _button(tr("&Stop and keep"), self.stop)
        self.again_button = _button(tr("Draw &again"), self.again)
        self.again_button.setToolTip(tr("The same wish with the next seed"))
        self.change_button = _button(tr("&Change and draw…"), self.change)
        self.discard_button = _button(tr("&Discard"), self.discard)
        self.discard_button.setProperty("kind", "plain")
        self.when_done = QCheckBox(tr("Insert &when done"))
        self.when_done.setToolTip(tr("Put the paths into the Inkscape document by themselves"))
        self.more = QToolButton()
        self.more.setText("⋯")
        self.more.setFont(scaled_font(1.3, bold=True))
        self.more.setAccessibleName(tr("More"))
        self.more.setToolTip(tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.menu = QMenu(self.more)
        self.change_action = self.menu.addAction(tr("&Change and draw…"), self.change.emit)
        self.menu.addAction(tr("&Open folder"), self.open_folder.emit)
        self.menu.addAction(tr("Copy &report"), self.copy_report.emit)
        self.more.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.insert_button)
        row.addWidget(self.stop_button)
        row.addWidget(self.again_button)
        row.addWidget(self.change_button)
        row.addSpacing(SPACE)
        row.addWidget(self.when_done)
        row.addStretch(1)
        row.addWidget(self.discard_button)
        row.addWidget(self.more)

    def offer_insert_when_done(self, possible: bool) -> None:
        """Whether a running Inkscape can be reached."""
        self._reachable = possible
        self.when_done.setVisible(possible and not self._over)

    def show_job(self, job: Snapshot) -> None:
        """Offer what fits this stage; the first button shown is the obvious thing to do."""
        over, failed = job.stage.over, job.stage is Stage.FAILED
        started = job.stage is Stage.DRAWING
        self.insert_button.setVisible(job.can_insert or not over)
        self.insert_button.setEnabled(job.can_insert)
        self.insert_button.setText(
            tr("&Insert again")
            if job.inserted and over
            else (tr("&Insert") if over else tr("&Insert now"))
        )
        self.stop_button.setVisible(not over)
        self.stop_button.setEnabled(started and not job.stopping)
        self.again_button.setVisible(over)
        self.again_button.setText(tr("Try &again") if failed else tr("Draw &again"))
        self.change_button.setVisible(over)
        self.change_action.setVisible(not over)
        self._over = over
        self.when_done.setVisible(self._reachable and not over)
        self.discard_button.setText(tr("&Delete") if over else tr("&Discard"))
        primary: QPushButton | None
        if failed:
            primary = self.again_button
        elif over and not job.inserted:
            primary = self.insert_button
        elif over:
            primary = self.again_button
        else:
            primary = self.stop_button if started else None
        for button in (self.insert_button, self.stop_button, self.again_button):
            _set_kind(button, "primary" if button is primary else "")


def _button(text: str, wish: object) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda: wish.emit())  # type: ignore[attr-defined]
    return button


def _set_kind(button: QPushButton, kind: str) -> None:
    if (button.property("kind") or "") == kind:
        return
    button.setProperty("kind", kind)
    button.style().unpolish(button)
    button.style().polish(button)
    button.updateGeometry()  # bold words are wider
