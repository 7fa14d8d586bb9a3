"""The page of one drawing: words, picture, progress, scores, what can be done now.

Knows how a job looks at each stage and emits what the person wants; does nothing itself.
"""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from styleclipdraw_core.window.action_row import ActionRow
from styleclipdraw_core.window.elided_label import ElidedLabel
from styleclipdraw_core.window.notices import ErrorBox, WarningBox, plain_label
from styleclipdraw_core.window.picture_view import PictureView, read_picture
from styleclipdraw_core.window.score_chart import ScoreChart
from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import amount, ntr, preset_names, time_left, took, tr
from styleclipdraw_core.window.theme import SPACE, scaled_font

STYLE_SIDE = 40  # px
PROGRESS_GRAIN = 1000


class DrawingPage(QWidget):
    """Shows one `Snapshot` at a time."""

    report_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._job: Snapshot | None = None
        self.title = ElidedLabel(lines=2)
        self.title.setFont(scaled_font(1.35, bold=True))
        self.details = ElidedLabel(rank="quiet")
        self.style_picture = QLabel()
        self.picture = PictureView()
        self.status = ElidedLabel()
        self.status.setFont(scaled_font(1.0, bold=True))
        self.remaining = plain_label(rank="quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.charts = {
            "clip": ScoreChart(
                tr("Match with the words"), tr("How well the picture fits the words: up is better")
            ),
            "style": ScoreChart(
                tr("Distance from the style"),
                tr("How far the picture is from the style: down is better"),
            ),
        }
        self.error = ErrorBox()
        self.error.report_wanted.connect(self.report_wanted)
        self.warnings = WarningBox()
        self.actions_row = ActionRow()
        self.hint = plain_label(rank="quiet", wrap=True)
        self._lay_out()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.details)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addLayout(words, 1)
        head.addWidget(self.style_picture, 0, Qt.AlignmentFlag.AlignTop)
        self._status_row = QWidget()
        status = QHBoxLayout(self._status_row)
        status.setContentsMargins(0, 0, 0, 0)
        status.addWidget(self.status, 1)
        status.addWidget(self.remaining)
        self._charts_row = QHBoxLayout()
        self._charts_row.setSpacing(3 * SPACE)
        for chart in self.charts.values():
            self._charts_row.addWidget(chart)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE + 4, 2 * SPACE, 2 * SPACE + 4, 2 * SPACE)
        layout.setSpacing(SPACE + 2)
        layout.addLayout(head)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self._status_row)
        layout.addWidget(self.bar)
        layout.addLayout(self._charts_row)
        layout.addWidget(self.error)
        layout.addWidget(self.warnings)
        layout.addWidget(self.hint)
        layout.addWidget(self.actions_row)

    @property
    def job(self) -> Snapshot | None:
        return self._job

    def show_job(self, job: Snapshot, *, before: int, worker_runs: bool) -> None:
        """Show `job`, which `before` others precede in the queue."""
        fresh = self._job is None or self._job.id != job.id
        if fresh or (self._job and self._job.request != job.request):
            self._show_request(job)
        self._job = job
        self.picture.show_job(job)
        self.error.show_notice(job.error)
        self.warnings.show_notices(job.warnings)
        self.status.setText(status_of(job, before=before, worker_runs=worker_runs))
        # When it failed the box below says it better.
        self._status_row.setVisible(job.stage is not Stage.FAILED)
        self.show_time()
        self._show_bar(job)
        self._show_charts(job)
        self.actions_row.show_job(job)

    def show_time(self) -> None:
        """The time left, which changes without news from the optimizer."""
        job = self._job
        text = ""
        if job is not None and not job.stage.over and job.ends_at is not None and not job.stopping:
            left = job.ends_at - time.time()
            # Long past its own estimate the optimizer has stalled: better no time than a wrong one.
            text = time_left(max(0.0, left)) if left > -20 else ""
        elif job is not None and job.stage.over and job.seconds > 0 and not job.error:
            text = took(job.seconds)
        self.remaining.setText(text)

    def tell(self, hint: str) -> None:
        """A line above the buttons, or none."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _show_request(self, job: Snapshot) -> None:
        self.title.setText(job.title)
        self.details.setText(details_of(job))
        self.details.setVisible(bool(self.details.whole()))
        style = job.request.style_picture
        image = read_picture(job.folder / style, 4 * STYLE_SIDE) if style else None
        self.style_picture.setVisible(image is not None)
        if image is not None:
            ratio = self.devicePixelRatioF()
            side = round(STYLE_SIDE * ratio)
            pixmap = QPixmap.fromImage(image).scaled(
                2 * side,
                side,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            pixmap.setDevicePixelRatio(ratio)
            self.style_picture.setPixmap(pixmap)
            self.style_picture.setToolTip(tr("The style picture"))
            self.style_picture.setAccessibleName(tr("The style picture"))

    def _show_bar(self, job: Snapshot) -> None:
        self.bar.setVisible(not job.stage.over)
        fraction = job.fraction
        moving = fraction is None and job.stage is Stage.STARTING
        if moving:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, PROGRESS_GRAIN)
            self.bar.setValue(round(PROGRESS_GRAIN * (fraction or 0.0)))

    def _show_charts(self, job: Snapshot) -> None:
        for name, chart in self.charts.items():
            points = job.scores.get(name, ())
            expected = job.stage is Stage.DRAWING and (
                bool(job.request.prompt) if name == "clip" else bool(job.request.style_picture)
            )
            chart.setVisible(len(points) > 1 or expected)
            chart.show_points(points, job.steps)


def details_of(job: Snapshot) -> str:
    """What was asked for beside the words, in one line."""
    request = job.request
    parts: list[str] = []
    if request.path_count:
        parts.append(ntr("{count} path refined", "{count} paths refined", request.path_count))
    if request.stroke_count:
        parts.append(ntr("{count} stroke", "{count} strokes", request.stroke_count))
    if not parts:
        return ""
    parts.append(tr("seed {n}").format(n=request.seed))
    if request.preset != "default":
        parts.append(preset_names().get(request.preset, request.preset))
    if request.negative:
        parts.append(tr("without {words}").format(words=request.negative))
    return " · ".join(parts)


def status_of(job: Snapshot, *, before: int, worker_runs: bool) -> str:
    """What is happening now, in one short sentence without a full stop."""
    if job.stage is Stage.FAILED:
        return tr("Failed")
    if job.stage.over:
        name = tr("Stopped") if job.stage is Stage.STOPPED else tr("Done")
        steps = tr("step {n} of {all}").format(n=job.step, all=job.steps)
        told = f"{name}, {steps}" if job.stage is Stage.STOPPED and job.steps else name
        return tr("{state}, in the document").format(state=told) if job.inserted else told
    if job.stopping:
        return tr("Stopping after this step")
    if job.stage is Stage.WAITING:
        if before:
            return ntr(
                "Waiting for {count} drawing before it",
                "Waiting for {count} drawings before it",
                before,
            )
        return tr("Getting ready") if worker_runs else tr("Starting the drawing program")
    if job.phase is not None:
        name = job.phase.name[:1].upper() + job.phase.name[1:]
        if job.phase.total > 0:
            return f"{name}, {amount(job.phase.done, job.phase.total)}"
        return name
    return tr("Drawing, step {n} of {all}").format(n=job.step, all=job.steps)
