"""The question when the window is closed while something is being drawn."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from styleclipdraw_core.window.text import tr


class Closing(Enum):
    """What becomes of the drawing."""

    GO_ON = "go-on"
    STOP = "stop"
    STAY = "stay"


def ask_whether_to_close(parent: QWidget, settings: QSettings) -> Closing:
    """Ask, unless the person wanted not to be asked again."""
    if settings.value("close-silently", False, type=bool):
        return Closing.GO_ON
    box = QMessageBox(parent)
    box.setWindowTitle(tr("Close the window"))
    box.setText(tr("A drawing is still growing."))
    box.setInformativeText(
        tr(
            "It can go on without the window. Extensions > StyleCLIPDraw > Drawings… in Inkscape "
            "brings the window back."
        )
    )
    go_on = box.addButton(tr("&Keep drawing"), QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(tr("&Stop and keep"), QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(tr("Do not close"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go_on)
    box.setEscapeButton(stay)
    silent = QCheckBox(tr("Always keep drawing, do not ask again"))
    box.setCheckBox(silent)
    box.exec()
    if box.clickedButton() is stop:
        return Closing.STOP
    if box.clickedButton() is go_on:
        if silent.isChecked():
            settings.setValue("close-silently", True)
        return Closing.GO_ON
    return Closing.STAY
