"""Words of the window: translation, and numbers, times and sizes as a person says them."""

from __future__ import annotations

import gettext
import re
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path

# Longer prompts are kept whole in the job; the window only needs what a tooltip can show.
LONGEST_SHOWN = 2000

_SPACES = re.compile(r"\s+")
# A slash inside a long word, or thirty characters without a space.
_ENDLESS = re.compile(r"([/\\](?=\S{8})|\S{30}(?=\S))")


@cache
def _translation() -> gettext.NullTranslations:
    folder = Path(__file__).resolve().parents[1] / "locale"
    return gettext.translation("styleclipdraw", str(folder), fallback=True)


def tr(text: str) -> str:
    """`text` in the person's language, or as it is where no translation is installed."""
    return _translation().gettext(text)


def ntr(one: str, many: str, count: int) -> str:
    """The form for `count`, with ``{count}`` filled in."""
    return _translation().ngettext(one, many, count).format(count=count)


def one_line(text: object, limit: int = LONGEST_SHOWN) -> str:
    """Text from a stranger as one harmless line: no control or bidi characters, bounded."""
    if not isinstance(text, str):
        return ""
    flat = _SPACES.sub(" ", text[: 2 * limit])
    kept = "".join(
        c for c in flat if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c == "\u200d"
    ).strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def breakable(text: str) -> str:
    """`text` that a label can wrap: paths and other endless words get places to break."""
    return _ENDLESS.sub("\\1\u200b", text)


def amount(done: float, total: float) -> str:
    """``120 of 338 MB``, or ``3 of 7`` for small counts: the folder's format has no unit."""
    if total >= 1e9:
        return tr("{done:.1f} of {total:.1f} GB").format(done=done / 1e9, total=total / 1e9)
    if total >= 1e5:
        digits = 0 if total >= 1e7 else 1
        return tr("{done} of {total} MB").format(
            done=f"{done / 1e6:.{digits}f}", total=f"{total / 1e6:.{digits}f}"
        )
    return tr("{done} of {total}").format(done=round(done), total=round(total))


def time_left(seconds: float) -> str:
    """A rough remaining time; never more exact than an estimate deserves."""
    if seconds < 1.5:
        return tr("a moment left")
    if seconds < 60:
        # Below ten seconds every second counts; above, fives, so that the text stays calm.
        return tr("about {n} s left").format(
            n=round(seconds) if seconds < 10 else 5 * round(seconds / 5)
        )
    if seconds < 3600:
        return tr("about {n} min left").format(n=max(1, round(seconds / 60)))
    hours, minutes = divmod(round(seconds / 60), 60)
    return tr("about {h} h {m} min left").format(h=hours, m=minutes)


def took(seconds: float) -> str:
    """How long something took."""
    if seconds < 60:
        return tr("{n} s").format(n=round(seconds, 1) if seconds < 10 else round(seconds))
    return tr("{m} min {s} s").format(m=int(seconds // 60), s=int(seconds % 60))


def when(moment: datetime, now: datetime) -> str:
    """A date as a list shows it: the time today and yesterday, then the date."""
    days = (now.date() - moment.date()).days
    clock = f"{moment:%H:%M}"
    if days == 0:
        return tr("Today {time}").format(time=clock)
    if days == 1:
        return tr("Yesterday {time}").format(time=clock)
    return f"{moment:%Y-%m-%d}"


def score(value: float) -> str:
    """A judge's score with three digits after the point, with a real minus sign."""
    return f"{value:.3f}".replace("-", "\u2212")


def preset_names() -> dict[str, str]:
    """What the presets are called; one that is not here goes by its own name."""
    return {
        "default": tr("Default"),
        "clipdraw": tr("As CLIPDraw"),
        "styleclipdraw": tr("As StyleCLIPDraw"),
        "styleclipdraw-alternating": tr("As StyleCLIPDraw, words and style in turns"),
    }
