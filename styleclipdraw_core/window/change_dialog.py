"""The form for a new job from an old one: the same, but for what is changed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from styleclipdraw_core import style_pictures
from styleclipdraw_core.errors import StyleClipDrawError
from styleclipdraw_core.job import LARGEST_SEED, MOST_ITERATIONS, MOST_STROKES, PRESETS
from styleclipdraw_core.window.new_job import PICTURE_ENDINGS, Changes
from styleclipdraw_core.window.notices import plain_label
from styleclipdraw_core.window.picture_view import read_picture
from styleclipdraw_core.window.text import preset_names, tr
from styleclipdraw_core.window.theme import SPACE

_STYLE_SIDE = 44  # px


class ChangeDialog(QDialog):
    """Calls `draw` with the changes; stays open, saying why, when that is refused."""

    def __init__(
        self, start: Changes, draw: Callable[[Changes], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Change and draw"))
        self.setModal(True)
        self._start = start
        self._draw = draw
        self.words = _text_field(start.prompts, 3)
        self.words.setPlaceholderText(tr("What to draw"))
        self.words.setToolTip(tr("Each line is a wish of its own"))
        self.negative = _text_field(start.negative_prompts, 2)
        self.negative.setPlaceholderText(tr("What to keep away from"))
        self._picture = start.style_picture
        self.picture_label = QLabel()
        self.picture_name = plain_label()
        self.choose = QPushButton(tr("C&hoose"))
        self.choose.setMenu(self._style_menu())
        self.strength = QDoubleSpinBox()
        self.strength.setRange(0.05, 20)
        self.strength.setSingleStep(0.1)
        self.strength.setValue(start.style_strength)
        self.strokes = QSpinBox()
        self.strokes.setRange(0, MOST_STROKES)
        self.strokes.setValue(start.strokes)
        self.seed = QLineEdit(str(start.seed))
        self.seed.setValidator(
            QRegularExpressionValidator(QRegularExpression(r"\d{1,19}"), self.seed)
        )
        self.iterations = QSpinBox()
        self.iterations.setRange(0, MOST_ITERATIONS)
        self.iterations.setSpecialValueText(tr("As the preset says"))
        self.iterations.setValue(start.iterations or 0)
        self.preset = QComboBox()
        for name in PRESETS:
            self.preset.addItem(preset_names().get(name, name), name)
        self.preset.setCurrentIndex(max(0, self.preset.findData(start.preset)))
        self.problem = plain_label(rank="bad", wrap=True)
        self.problem.hide()
        self.draw_button = QPushButton(tr("&Draw"))
        self.draw_button.setProperty("kind", "primary")
        self.draw_button.setDefault(True)
        self.draw_button.clicked.connect(self.accept)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.cancel.setAutoDefault(False)
        self.choose.setAutoDefault(False)
        self._lay_out()
        self.take_picture(start.style_picture)
        self._before = self.changes()
        self.words.setFocus()
        self.words.selectAll()

    def _lay_out(self) -> None:
        picture = QHBoxLayout()
        picture.setSpacing(SPACE)
        picture.addWidget(self.picture_label)
        picture.addWidget(self.picture_name, 1)
        picture.addWidget(self.choose)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACE)
        form.setVerticalSpacing(SPACE + 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(tr("&Words"), self.words)
        form.addRow(tr("Wi&thout"), self.negative)
        form.addRow(tr("Style"), picture)
        numbers = _pair(self.strength, tr("New st&rokes"), self.strokes)
        form.addRow(_label(tr("Style stren&gth"), self.strength), numbers)
        form.addRow(_label(tr("&Seed"), self.seed), _pair(self.seed, tr("St&eps"), self.iterations))
        form.addRow(tr("&Preset"), self.preset)
        for field in (self.strength, self.strokes, self.iterations, self.seed, self.preset):
            field.setMinimumHeight(self.seed.sizeHint().height())
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.draw_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE + 4, 2 * SPACE + 4, 2 * SPACE + 4, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)
        self.setMinimumWidth(520)

    def take_picture(self, picture: Path | None) -> None:
        """Use this style picture, or none."""
        self._picture = picture
        image = read_picture(picture, 4 * _STYLE_SIDE) if picture else None
        self.picture_label.setVisible(image is not None)
        if image is not None:
            ratio = self.devicePixelRatioF()
            side = round(_STYLE_SIDE * ratio)
            pixmap = QPixmap.fromImage(image).scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
            pixmap.setDevicePixelRatio(ratio)
            self.picture_label.setFixedSize(_STYLE_SIDE, _STYLE_SIDE)
            self.picture_label.setPixmap(pixmap)
        if picture is None:
            name = tr("No style picture")
        elif picture == self._start.style_picture:
            name = tr("The one it had")  # the job's own copy is always called style.png
        else:
            name = style_name(picture)
        metrics = self.picture_name.fontMetrics()
        self.picture_name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 180))
        self.strength.setEnabled(picture is not None)

    def changes(self) -> Changes:
        """What the form says now."""
        return Changes(
            prompts=_lines(self.words),
            negative_prompts=_lines(self.negative),
            style_picture=self._picture,
            style_strength=self.strength.value()
            if abs(self.strength.value() - self._start.style_strength) > 0.005
            else self._start.style_strength,
            strokes=self.strokes.value(),
            seed=min(int(self.seed.text() or 0), LARGEST_SEED),
            iterations=self.iterations.value() or None,
            preset=self.preset.currentData(),
        )

    def accept(self) -> None:
        try:
            self._draw(self.changes())
        except StyleClipDrawError as error:
            self.problem.setText(error.for_person())
            self.problem.show()
            return
        super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.changes() != self._before:
            return  # what was typed is not thrown away by a stray key; Cancel does that
        super().keyPressEvent(event)

    def _style_menu(self) -> QMenu:
        menu = QMenu(self)
        for name in style_pictures.NAMES:
            file = style_pictures.picture_file(name)
            entry = menu.addAction(QIcon(str(file)), style_name(file))
            entry.triggered.connect(lambda _=False, file=file: self.take_picture(file))
        menu.addSeparator()
        menu.addAction(tr("Picture &file…"), self._choose_picture)
        menu.addAction(tr("&No style"), lambda: self.take_picture(None))
        return menu

    def _choose_picture(self) -> None:
        kinds = " ".join(f"*.{ending}" for ending in PICTURE_ENDINGS)
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Choose a style picture"), "", tr("Pictures ({kinds})").format(kinds=kinds)
        )
        if name:
            self.take_picture(Path(name))


def style_name(picture: Path) -> str:
    """What a style picture is called: those that come with the program have names of their own."""
    names = {
        "brush-strokes": tr("Brush strokes"),
        "ink-hatching": tr("Ink hatching"),
        "cut-paper": tr("Cut paper"),
        "dusk-dots": tr("Dusk dots"),
    }
    if picture.parent == style_pictures.FOLDER:
        return names.get(picture.stem, picture.stem)
    return picture.name


def _pair(first: QWidget, name: str, second: QWidget) -> QHBoxLayout:
    """Two short fields in one row; the first one's name is the row's."""
    label = _label(name, second)
    row = QHBoxLayout()
    row.setSpacing(2 * SPACE)
    row.addWidget(first, 1)
    row.addWidget(label)
    row.addWidget(second, 1)
    return row


def _label(name: str, field: QWidget) -> QLabel:
    label = QLabel(name)
    label.setBuddy(field)
    return label


def _text_field(lines: tuple[str, ...], rows: int) -> QPlainTextEdit:
    field = QPlainTextEdit("\n".join(line.replace("\n", " ") for line in lines))
    field.setTabChangesFocus(True)
    field.setFixedHeight(field.fontMetrics().lineSpacing() * rows + 20)
    return field


def _lines(field: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in field.toPlainText().splitlines() if line.strip())
