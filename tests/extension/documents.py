"""Small documents for the tests of the extension."""

from lxml import etree

NAMESPACES = (
    'xmlns="http://www.w3.org/2000/svg" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    'xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"'
)
PAGE = 'id="svg1" width="200mm" height="100mm" viewBox="0 0 200 100"'


def document(inside, page=PAGE):
    return etree.fromstring(f"<svg {NAMESPACES} {page}>{inside}</svg>")


def by_id(root, name):
    found = root.xpath("//*[@id=$name]", name=name)
    return found[0] if found else None


def style_of(element):
    return dict(part.split(":", 1) for part in element.get("style", "").split(";") if part)
