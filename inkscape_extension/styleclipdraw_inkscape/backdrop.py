"""The rest of the drawing as the picture behind the paths, rendered by Inkscape itself.

Hides that this takes a second: it runs beside Inkscape, after Draw has returned, and only then does
the request become a job. Without a rendering the job is drawn on the plain page, and says so.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from typing import Any, Dict, List, Sequence

from .affine import Affine
from .canvas import Canvas
from .colours import format_colour
from .document_mark import document_path
from .job_folder import JobFolder, read_json, write_private
from .messages import _
from .names import XLINK, local_name
from .style_edit import set_style
from .svg_scene import Item

DOCUMENT, REQUEST, PICTURE = "backdrop.svg", "request.json", "backdrop.png"
SECONDS = 60


def without(root: Any, items: Sequence[Item], canvas: Canvas, root_to_page: Affine) -> bytes:
    """The document, without the items, whose page is the canvas."""
    from lxml import etree

    places = {item.element: number for number, item in enumerate(items)}
    hidden = [number for number, element in enumerate(root.iter()) if element in places]
    page = copy.deepcopy(root)
    elements = list(page.iter())
    for number in hidden:
        set_style(elements[number], {"display": "none"}, lambda name: True)
    to_root = (canvas.from_page @ root_to_page).inverse()
    (left, top), (right, bottom) = to_root((0.0, 0.0)), to_root((canvas.width, canvas.height))
    page.attrib.update(
        {
            "width": str(canvas.width),
            "height": str(canvas.height),
            "viewBox": " ".join(map(repr, (left, top, right - left, bottom - top))),
            "preserveAspectRatio": "none",
        }
    )
    folder = os.path.dirname(document_path())
    for element in elements:
        if local_name(element) == "image":
            _make_absolute(element, folder)
    return bytes(etree.tostring(page))


def _make_absolute(image: Any, folder: str) -> None:
    for name in ("href", XLINK + "href"):
        address = image.attrib.get(name, "")
        if (
            folder
            and address
            and not address.startswith(("data:", "#", "/"))
            and ":" not in address
        ):
            image.attrib[name] = os.path.join(folder, address)


def put_aside(
    folder: JobFolder, document: bytes, body: Dict[str, Any], warnings: List[Dict[str, str]]
) -> None:
    """Keep a request until its background is there."""
    import json

    write_private(folder.file(DOCUMENT), document)
    text = json.dumps({"body": body, "warnings": warnings}, allow_nan=False)
    write_private(folder.file(REQUEST), text.encode("utf-8"))


def finish(folder: JobFolder) -> None:
    """Render the background and make the request a job."""
    kept = read_json(folder.file(REQUEST))
    if kept is None:
        return
    body, warnings = kept["body"], kept["warnings"]
    if _render(folder, body["canvas"]["background"]):
        body["canvas"]["backdrop"] = PICTURE
    else:
        warnings.append(
            {
                "code": "inkscape.no-background",
                "sentence": _("Inkscape could not render the rest of the drawing as background."),
                "next_step": _("The paths are drawn on the plain page."),
            }
        )
    folder.write_request(body, warnings)
    for name in (DOCUMENT, REQUEST):
        folder.unmark(name)


def _render(folder: JobFolder, colour: Sequence[float]) -> bool:
    program = os.environ.get("INKSCAPE_COMMAND") or shutil.which("inkscape")
    if not program:
        return False
    environment = dict(os.environ, SELF_CALL="true")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        environment.pop(name, None)  # it must not become a window of the one that is running
    partial = folder.file("backdrop.part.png")
    command = [
        program,
        "--export-type=png",
        "--export-area-page",
        "--export-filename=" + partial,
        "--export-background=" + format_colour(tuple(colour)),
        "--export-background-opacity=1",
        folder.file(DOCUMENT),
    ]
    try:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        with open(partial, "rb") as file:
            picture = file.read()
        os.unlink(partial)
    except (OSError, subprocess.SubprocessError):
        return False
    if not picture.startswith(b"\x89PNG"):
        return False
    folder.add_picture(PICTURE, picture)
    return True


if __name__ == "__main__":
    finish(JobFolder(sys.argv[1]))
