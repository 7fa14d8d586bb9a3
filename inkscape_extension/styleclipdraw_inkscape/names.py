"""The XML names that Inkscape's documents use; hides their namespaces."""

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
SODIPODI = "{http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd}"
OURS_URI = "urn:styleclipdraw:1"
OURS = "{" + OURS_URI + "}"

LABEL = INKSCAPE + "label"
GROUP_MODE = INKSCAPE + "groupmode"
PATH_EFFECT = INKSCAPE + "path-effect"
INSENSITIVE = SODIPODI + "insensitive"


def local_name(element: object) -> str:
    """The tag without its namespace; empty for comments and for other vocabularies than SVG."""
    tag = getattr(element, "tag", None)
    if isinstance(tag, str) and tag.startswith(SVG):
        return tag[len(SVG) :]
    return ""


def href(element: object) -> str:
    attributes = element.attrib  # type: ignore[attr-defined]
    return (attributes.get("href") or attributes.get(XLINK + "href") or "").strip()
