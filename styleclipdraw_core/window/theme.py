"""Colours, spacing and the style sheet, derived from the system's palette, light or dark.

Hides how shades are mixed: everything else asks for a colour by what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

SPACE = 8  # px, the unit of every margin and gap
RADIUS = 6  # px


@dataclass(frozen=True)
class Theme:
    """Colours by purpose."""

    dark: bool
    window: QColor
    sidebar: QColor
    desk: QColor  # what the paper lies on
    field: QColor
    text: QColor
    quiet: QColor  # second-rank text, at least 4.5:1 on `window`
    line: QColor
    hover: QColor
    accent: QColor
    on_accent: QColor
    good: QColor
    warn: QColor
    bad: QColor


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """`one` with this share of `other` in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return QColor.fromRgbF(*(a + (b - a) * share for a, b in pairs))


def _channels(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.1."""
    linear: list[float] = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio, WCAG 2.1: 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: QColor, ground: QColor, ratio: float = 4.5) -> QColor:
    """`colour`, moved toward black or white until it can be read on `ground`."""
    goal = QColor("black") if luminance(ground) > 0.18 else QColor("white")
    for share in range(0, 11):
        candidate = mix(colour, goal, share / 10)
        if contrast(candidate, ground) >= ratio:
            return candidate
    return goal


def theme_from(palette: QPalette) -> Theme:
    """The theme that goes with a system palette."""
    window = palette.color(QPalette.ColorRole.Window)
    text = palette.color(QPalette.ColorRole.WindowText)
    base = palette.color(QPalette.ColorRole.Base)
    dark = luminance(window) < luminance(text)
    # A filled button needs 3:1 against the window (WCAG 1.4.11) and readable words on itself.
    accent = readable(palette.color(QPalette.ColorRole.Highlight), window, 3.0)
    white, black = QColor("white"), QColor("#111111")
    return Theme(
        dark=dark,
        window=window,
        sidebar=mix(window, text, 0.03) if dark else mix(window, text, 0.035),
        desk=mix(window, QColor("black"), 0.22) if dark else mix(window, text, 0.085),
        field=base,
        text=text,
        quiet=readable(mix(text, window, 0.38), mix(window, text, 0.085)),
        line=mix(window, text, 0.16 if dark else 0.17),
        hover=mix(window, text, 0.075),
        accent=accent,
        on_accent=white if contrast(white, accent) >= 3.6 else black,
        good=readable(QColor("#2e9e5b"), window),
        warn=readable(QColor("#c98a00"), window),
        bad=readable(QColor("#d23f3f"), window),
    )


def current_theme() -> Theme:
    """The theme of the running application."""
    return theme_from(QApplication.palette())


def style_sheet(theme: Theme) -> str:
    """The window's style sheet."""
    c = {name: value.name() for name, value in vars(theme).items() if isinstance(value, QColor)}
    pressed = mix(theme.window, theme.text, 0.14).name()
    scroll = mix(theme.window, theme.text, 0.3).name()
    faint = mix(theme.text, theme.window, 0.55).name()
    accent_hover = mix(theme.accent, theme.text, 0.10).name()
    return f"""
    QWidget#page, QWidget#empty {{ background: {c["window"]}; }}
    QWidget#sidebar {{ background: {c["sidebar"]}; border-right: 1px solid {c["line"]}; }}
    QLabel {{ background: transparent; }}
    QLabel[rank="quiet"] {{ color: {c["quiet"]}; }}
    QLabel[rank="bad"] {{ color: {c["bad"]}; }}
    QFrame#notice {{ background: {c["field"]}; border: 1px solid {c["line"]};
        border-radius: {RADIUS}px; }}
    QLabel#sign {{ color: {c["window"]}; border-radius: 10px; font-weight: 700; }}
    QLabel#sign[kind="error"] {{ background: {c["bad"]}; }}
    QLabel#sign[kind="warning"] {{ background: {c["warn"]}; }}
    QFrame#toast {{ background: {c["text"]}; border-radius: {RADIUS}px; }}
    QFrame#toast QLabel {{ color: {c["window"]}; }}
    QFrame#toast QPushButton {{ color: {c["window"]}; background: transparent; font-weight: 600;
        border: 1px solid transparent; padding: 3px 10px; }}
    QFrame#toast QPushButton:hover, QFrame#toast QPushButton:focus {{
        border-color: {c["window"]}; }}
    QPushButton, QToolButton {{ color: {c["text"]}; background: {c["field"]};
        border: 1px solid {c["line"]}; border-radius: {RADIUS}px; padding: 6px 12px; }}
    QPushButton:hover, QToolButton:hover {{ background: {c["hover"]}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {pressed}; }}
    QPushButton:focus, QToolButton:focus {{ border: 1px solid {c["accent"]}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {faint}; background: {c["window"]}; }}
    QPushButton[kind="primary"] {{ background: {c["accent"]}; color: {c["on_accent"]};
        border-color: {c["accent"]}; font-weight: 600; }}
    QPushButton[kind="primary"]:hover {{ background: {accent_hover}; }}
    QPushButton[kind="primary"]:focus {{ border: 2px solid {c["text"]}; padding: 5px 11px; }}
    QPushButton[kind="primary"]:disabled {{ background: {c["hover"]}; border-color: {c["line"]};
        color: {faint}; }}
    QPushButton[kind="plain"], QToolButton {{ background: transparent; border-color: transparent; }}
    QPushButton[kind="plain"]:hover, QToolButton:hover {{ background: {c["hover"]}; }}
    QPushButton[kind="plain"]:focus, QToolButton:focus {{ border-color: {c["accent"]}; }}
    QToolButton {{ padding: 6px 8px; }}
    QToolButton::menu-indicator {{ image: none; }}
    QLineEdit, QPlainTextEdit {{ background: {c["field"]};
        color: {c["text"]}; border: 1px solid {c["line"]}; border-radius: {RADIUS}px;
        padding: 5px 8px; selection-background-color: {c["accent"]};
        selection-color: {c["on_accent"]}; }}
    QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {c["accent"]}; }}
    QProgressBar {{ background: {c["line"]}; border: none; border-radius: 3px; max-height: 6px;
        min-height: 6px; }}
    QProgressBar::chunk {{ background: {c["accent"]}; border-radius: 3px; }}
    QListView {{ background: transparent; border: none; outline: none; }}
    QListView QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QListView QScrollBar::handle:vertical {{ background: {scroll}; border-radius: 3px;
        min-height: 32px; margin: 0 1px 0 3px; }}
    QListView QScrollBar::handle:vertical:hover {{ background: {c["quiet"]}; }}
    QListView QScrollBar::add-line, QListView QScrollBar::sub-line {{ height: 0; }}
    QListView QScrollBar::add-page, QListView QScrollBar::sub-page {{ background: none; }}
    """


def scaled_font(factor: float, *, bold: bool = False) -> QFont:
    """The system's font, larger or smaller."""
    font = QFont(QApplication.font())
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * factor)
    else:
        font.setPixelSize(round(font.pixelSize() * factor))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font
