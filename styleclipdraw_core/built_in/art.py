"""The art the built-in CLIP learns from; hides fonts, icon sets and CLDR behind one array of named
pictures.

Everything here can be installed by name: an emoji font and CLDR from the system's packages, icon
sets in Iconify's JSON form or folders of SVG files from npm. Nothing in this module runs when a
drawing is made.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.built_in.words import tokens

# Px; glyphs are sampled at 64 px canvases and smaller, so this is enough and stays in the cache.
PICTURE_SIDE = 72
# Px of transparency around a glyph, so that a rotated glyph keeps its corners and edges stay soft.
MARGIN = 4

DEFAULT_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
DEFAULT_CLDR = Path("/usr/share/unicode/cldr/common/annotations/en.xml")
BITMAP_STRIKE = 109  # the only size NotoColorEmoji's bitmaps come in
WIDEST_GLYPH = 145  # px at that size; wider ones are sequences the font has no single glyph for

Pictures = npt.NDArray[np.uint8]  # [P, PICTURE_SIDE, PICTURE_SIDE, 4] straight RGBA
Index = npt.NDArray[np.int64]  # [P]


@dataclass(frozen=True)
class Thing:
    """One thing with a name: its character sequence, CLDR's English name and keywords."""

    characters: str
    name: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """Pictures [P, S, S, 4], the thing each shows [P], and the things."""

    things: tuple[Thing, ...]
    pictures: Pictures
    shows: Index


class MissingSource(SystemExit):
    """A source of art is not installed; the message says what to install."""


def read_cldr(path: Path) -> dict[str, Thing]:
    """Names and keywords by character sequence, variation selectors removed."""
    from lxml import etree

    if not path.is_file():
        raise MissingSource(
            f"{path} is missing: install the package unicode-cldr-core, or give --cldr."
        )
    names: dict[str, str] = {}
    keywords: dict[str, tuple[str, ...]] = {}
    for entry in etree.parse(str(path)).iter("annotation"):
        characters = bare(entry.get("cp"))
        if entry.get("type") == "tts":
            names[characters] = entry.text.strip().lower()
        else:
            keywords[characters] = tuple(word.strip().lower() for word in entry.text.split("|"))
    return {
        characters: Thing(characters, name, keywords.get(characters, ()))
        for characters, name in names.items()
        if tokens(name)
    }


def bare(characters: str) -> str:
    """A character sequence without variation selectors, which sources disagree about."""
    return characters.replace("\ufe0f", "")


def letters(name: str) -> str:
    """A name without what sources write differently: spaces, hyphens, punctuation, case."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def framed(rgba: Pictures) -> Pictures:
    """A glyph cropped to its ink, centred in a square with a margin, [S, S, 4]."""
    from PIL import Image

    rows, columns = np.nonzero(rgba[..., 3] > 8)
    ink = Image.fromarray(rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    side = max(ink.size)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(ink, ((side - ink.width) // 2, (side - ink.height) // 2))
    inner = PICTURE_SIDE - 2 * MARGIN
    small = square.convert("RGBa").resize((inner, inner), Image.Resampling.LANCZOS).convert("RGBA")
    out = np.zeros((PICTURE_SIDE, PICTURE_SIDE, 4), np.uint8)
    out[MARGIN:-MARGIN, MARGIN:-MARGIN] = np.asarray(small)
    return out


def font_glyphs(path: Path, wanted: dict[str, Thing]) -> dict[str, Pictures]:
    """The font's colour glyph of each wanted character sequence that it has one glyph for."""
    from PIL import Image, ImageDraw, ImageFont, features

    if not path.is_file():
        raise MissingSource(
            f"{path} is missing: install the package fonts-noto-color-emoji, or give --font."
        )
    font = ImageFont.truetype(str(path), BITMAP_STRIKE)
    layout: dict[str, Any] = {} if features.check("raqm") else {"features": None}
    glyphs: dict[str, Pictures] = {}
    for characters in wanted:
        canvas = Image.new("RGBA", (320, 160), (0, 0, 0, 0))
        ImageDraw.Draw(canvas).text((12, 16), characters, font=font, embedded_color=True, **layout)
        rgba = np.asarray(canvas)
        inked = np.nonzero((rgba[..., 3] > 8).any(0))[0]
        if len(inked) and inked[-1] - inked[0] < WIDEST_GLYPH:
            glyphs[characters] = framed(rgba)
    return glyphs


def rasterised(svg: str, side: int = 160) -> Pictures | None:
    """An SVG drawn on transparency [side, side, 4] straight RGBA, or None when it draws nothing."""
    from PIL import Image

    try:
        import resvg_py  # type: ignore[import-not-found, unused-ignore]
    except ImportError as missing:
        raise MissingSource(
            "Icon sets need the Python package resvg-py: pip install resvg-py."
        ) from missing
    png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)
    rgba = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))
    return rgba if (rgba[..., 3] > 8).any() else None


def icon_set_glyphs(folder: Path, wanted: dict[str, Thing]) -> dict[str, Pictures]:
    """Pictures from an unpacked Iconify package (chars.json and icons.json).

    Sets that list no characters are matched by name: an icon "face-with-open-mouth" is CLDR's "face
    with open mouth".
    """
    if not (folder / "icons.json").is_file():
        raise MissingSource(
            f"{folder} is not an icon set: unpack npm's @iconify-json/{folder.name} there."
        )
    icons: dict[str, Any] = json.loads((folder / "icons.json").read_text())
    listed: dict[str, str] = json.loads((folder / "chars.json").read_text())
    icon_of = {
        bare("".join(chr(int(part, 16)) for part in code.split("-"))): name
        for code, name in listed.items()
    }
    if not icon_of:
        by_letters = {letters(name): name for name in icons["icons"]}
        icon_of = {
            c: by_letters[letters(t.name)]
            for c, t in wanted.items()
            if letters(t.name) in by_letters
        }
    glyphs: dict[str, Pictures] = {}
    for characters in wanted:
        icon = icons["icons"].get(icon_of.get(characters, ""))
        if icon is None:
            continue
        width, height = (
            icon.get("width", icons.get("width", 16)),
            icon.get("height", icons.get("height", 16)),
        )
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}">'
            f"{icon['body']}</svg>"
        )
        rgba = rasterised(svg)
        if rgba is not None:
            glyphs[characters] = framed(rgba)
    return glyphs


def svg_folder_glyphs(folder: Path, wanted: dict[str, Thing]) -> dict[str, Pictures]:
    """Pictures from a folder of SVG files named by code points, as @twemoji/svg has them."""
    glyphs: dict[str, Pictures] = {}
    for file in sorted(folder.glob("*.svg")):
        try:
            characters = bare("".join(chr(int(part, 16)) for part in file.stem.split("-")))
        except ValueError:
            continue
        if characters in wanted and characters not in glyphs:
            rgba = rasterised(file.read_text())
            if rgba is not None:
                glyphs[characters] = framed(rgba)
    return glyphs


def gather(font: Path, cldr: Path, icon_sets: list[Path], cache: Path | None = None) -> Gallery:
    """Every thing the font has a glyph for, with its pictures from font and icon sets."""
    if cache is not None and cache.is_file():
        with np.load(cache) as kept:
            things = tuple(Thing(c, n, tuple(k)) for c, n, k in json.loads(str(kept["things"])))
            return Gallery(things, kept["pictures"], kept["shows"])
    named = read_cldr(cldr)
    own = font_glyphs(font, named)
    things = tuple(named[characters] for characters in own)
    number = {thing.characters: i for i, thing in enumerate(things)}
    pictures, shows = list(own.values()), list(range(len(own)))
    for folder in icon_sets:
        for characters, picture in icon_set_glyphs(
            folder, {t.characters: t for t in things}
        ).items():
            pictures.append(picture)
            shows.append(number[characters])
    gallery = Gallery(things, np.stack(pictures), np.asarray(shows, np.int64))
    if cache is not None:
        listed = json.dumps([(t.characters, t.name, t.keywords) for t in things])
        np.savez(cache, pictures=gallery.pictures, shows=gallery.shows, things=np.asarray(listed))
    return gallery
