"""The basic shapes of SVG (SVG 2, chapter 10) as subpaths of cubic segments, in user units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from styleclipdraw_core.drawing import Subpath
from styleclipdraw_core.svg_path import (
    COMMA_SPACE,
    LARGEST_COORDINATE,
    NUMBER,
    SPACE,
    Outline,
    Point,
    parse_path,
    skip,
)

# length("x", "width") is that attribute in user units, percentages taken of the viewport's width,
# height or diagonal; None when it is missing, "auto" or not a length.
LengthReader = Callable[[str, str], float | None]
TextReader = Callable[[str], str]

SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon")


def outline(tag: str, text: TextReader, length: LengthReader) -> list[Subpath]:
    """The subpaths of a shape; none when it is disabled by a size of zero or an error."""
    if tag == "path":
        return parse_path(text("d"))
    if tag == "line":
        start = (length("x1", "width") or 0.0, length("y1", "height") or 0.0)
        end = (length("x2", "width") or 0.0, length("y2", "height") or 0.0)
        return polyline([start, end], closed=False)
    if tag in ("polyline", "polygon"):
        return polyline(parse_points(text("points")), closed=tag == "polygon")
    if tag == "rect":
        return _rectangle(length)
    centre_x, centre_y = length("cx", "width") or 0.0, length("cy", "height") or 0.0
    if tag == "circle":
        rx = ry = length("r", "diagonal") or 0.0
    else:
        given_x, given_y = _radii(length)
        rx, ry = given_x or 0.0, given_y or 0.0
    if rx <= 0 or ry <= 0:
        return []
    return parse_path(
        f"M{centre_x + rx!r} {centre_y!r}"
        f"A{rx!r} {ry!r} 0 0 1 {centre_x!r} {centre_y + ry!r}"
        f"A{rx!r} {ry!r} 0 0 1 {centre_x - rx!r} {centre_y!r}"
        f"A{rx!r} {ry!r} 0 0 1 {centre_x!r} {centre_y - ry!r}"
        f"A{rx!r} {ry!r} 0 0 1 {centre_x + rx!r} {centre_y!r}Z"
    )


def _radii(length: LengthReader) -> tuple[float | None, float | None]:
    """rx and ry, each standing in for the other where that is missing or negative."""
    rx, ry = length("rx", "width"), length("ry", "height")
    rx = rx if rx is not None and rx >= 0 else None
    ry = ry if ry is not None and ry >= 0 else None
    return (ry if rx is None else rx), (rx if ry is None else ry)


def _rectangle(length: LengthReader) -> list[Subpath]:
    x, y = length("x", "width") or 0.0, length("y", "height") or 0.0
    width, height = length("width", "width") or 0.0, length("height", "height") or 0.0
    if width <= 0 or height <= 0:
        return []
    right, bottom = x + width, y + height
    given_x, given_y = _radii(length)
    rx, ry = min(given_x or 0.0, width / 2), min(given_y or 0.0, height / 2)
    if rx <= 0 or ry <= 0:
        return polyline([(x, y), (right, y), (right, bottom), (x, bottom)], closed=True)
    # Where the corners meet there is no straight side between them, not one of no length.
    horizontal, vertical = width > 2 * rx, height > 2 * ry
    top, bottom_side = (f"H{right - rx!r}", f"H{x + rx!r}") if horizontal else ("", "")
    right_side, left_side = (f"V{bottom - ry!r}", f"V{y + ry!r}") if vertical else ("", "")
    corner = f"A{rx!r} {ry!r} 0 0 1 "
    return parse_path(
        f"M{x + rx!r} {y!r}{top}{corner}{right!r} {y + ry!r}"
        f"{right_side}{corner}{right - rx!r} {bottom!r}"
        f"{bottom_side}{corner}{x!r} {bottom - ry!r}"
        f"{left_side}{corner}{x + rx!r} {y!r}Z"
    )


def parse_points(data: str) -> list[Point]:
    """The points of a polyline or polygon, up to the first error; half a pair is dropped."""
    values: list[float] = []
    position = skip(SPACE, data, 0)
    while (match := NUMBER.match(data, position)) is not None:
        value = float(match.group())
        if not abs(value) <= LARGEST_COORDINATE:
            break
        values.append(value)
        position = skip(COMMA_SPACE, data, match.end())
    return list(zip(values[::2], values[1::2], strict=False))


def polyline(points: Sequence[Point], *, closed: bool) -> list[Subpath]:
    """Straight lines through the points; none when there is no line to draw."""
    outline = Outline()
    if not points:
        return []
    outline.move(points[0])
    for point in points[1:]:
        outline.line(point)
    if closed:
        outline.close()
    return outline.finished()
