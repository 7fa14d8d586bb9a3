"""Clones are taken as what Inkscape shows of them: unlinked here, they are the same picture."""

import pytest

pytestmark = pytest.mark.inkscape

NAMESPACES = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
    ' xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"'
)
LEAF = '<path id="leaf" d="M10 10 C30 5 40 30 20 40 Z" {}/>'

CLONES = {
    # the usual one: moved, turned, with zeros that Inkscape writes
    "plain": LEAF.format('fill="red" stroke="#024" stroke-width="3"')
    + '<use id="u" x="0" y="0" xlink:href="#leaf" transform="rotate(20 50 50) translate(60,9)"/>',
    "x and y after the transform": LEAF.format("")
    + '<use id="u" x="30" y="5%" xlink:href="#leaf" transform="scale(1.5,1) skewX(10)"/>',
    # the clone's style reaches what its original leaves open, and the original's group does not
    "inherited": '<g fill="lime" stroke="red" stroke-width="4">' + LEAF.format("") + "</g>"
    '<use id="u" xlink:href="#leaf" x="60" style="fill:blue;stroke-linejoin:round"/>'
    '<g stroke="orange" stroke-width="2"><use id="v" xlink:href="#leaf" y="60"/></g>',
    # rules hold for the original, wherever it is shown; the clone's own type and id count too
    "style sheets": "<style>.deep path {fill: teal} use {stroke: red} #v {stroke-width: 5}"
    " #leaf {stroke-linejoin: bevel} .top > path {fill: pink} path {opacity: 0.7}</style>"
    '<g class="deep">' + LEAF.format('class="x"') + '</g><g class="top">'
    '<use id="u" xlink:href="#leaf" x="50"/></g><use id="v" xlink:href="#leaf" y="50"/>',
    "opacity, clip, mask and filter of the clone": "<defs>"
    '<clipPath id="k"><circle cx="90" cy="30" r="15"/></clipPath>'
    '<mask id="m"><rect x="0" y="60" width="60" height="30" fill="white"/></mask>'
    '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>'
    + LEAF.format('fill="purple"')
    + '<use id="u" xlink:href="#leaf" x="65" clip-path="url(#k)" opacity="0.5"/>'
    '<use id="v" xlink:href="#leaf" y="45" mask="url(#m)"/>'
    '<use id="w" xlink:href="#leaf" x="60" y="50" filter="url(#f)"/>',
    # a gradient in the units of the box, and a clip of the original's own
    "paint servers": '<defs><linearGradient id="a"><stop stop-color="red"/><stop offset="1"'
    ' stop-color="blue"/></linearGradient><clipPath id="k"><rect width="30" height="30"/>'
    "</clipPath></defs>"
    + LEAF.format('fill="url(#a)" clip-path="url(#k)"')
    + '<use id="u" xlink:href="#leaf" transform="translate(50,0) rotate(30)"/>',
    "a group, and a clone in it": '<g id="pair" transform="rotate(5)" opacity="0.8">'
    + LEAF.format("fill='green'")
    + '<use id="in" xlink:href="#leaf" x="30" fill="red"/><circle cx="20" cy="60" r="9"/></g>'
    '<use id="u" xlink:href="#pair" x="70" y="10" fill="navy"/>',
    "a clone of a clone": LEAF.format("stroke='black' fill='none'")
    + '<use id="u" xlink:href="#leaf" x="40" transform="rotate(10)" stroke-width="3"/>'
    '<use id="v" xlink:href="#u" y="40" transform="scale(1.2)"/>'
    '<use id="w" xlink:href="#v" x="20"/>',
    "an original that is not shown itself": "<defs>" + LEAF.format("") + "</defs>"
    '<use id="u" xlink:href="#leaf"/>'
    '<g display="none"><rect id="r" width="20" height="20"/></g><use id="v" xlink:href="#r" x="60"/>'
    '<rect id="s" width="20" height="20" display="none"/><use id="w" xlink:href="#s" x="60" y="60"/>',
    "a symbol": '<symbol id="s"><path d="M0 0h40v30z"/><circle cx="5" cy="40" r="9"/></symbol>'
    '<use id="u" xlink:href="#s" x="20" y="30" fill="maroon"/>',
    "a symbol that is fitted": '<symbol id="s" viewBox="0 0 20 10" fill="olive">'
    '<path d="M0 0h20v10z"/><circle cx="10" cy="5" r="4" fill="red"/></symbol>'
    '<use id="u" xlink:href="#s" x="5" y="5" width="60" height="60"/>'
    '<use id="v" xlink:href="#s" x="70" y="5" width="40" height="20" transform="rotate(20)"/>'
    '<symbol id="n" viewBox="0 0 20 10" preserveAspectRatio="none"><path d="M0 0h20v10z"/></symbol>'
    '<use id="w" xlink:href="#n" x="5" y="60" width="90" height="20"/>',
    "a symbol that sticks out": '<symbol id="s" viewBox="5 5 10 10"><path d="M0 0h30v30z"/>'
    '</symbol><use id="u" xlink:href="#s" x="20" y="20" width="40" height="40"/>',
    "shapes": '<rect id="r" x="5" y="5" width="20" height="10" rx="3"/><ellipse id="e" cx="20"'
    ' cy="40" rx="12" ry="5"/><use id="u" xlink:href="#r" x="30" width="3" height="4"/>'
    '<use id="v" xlink:href="#e" x="30" style="stroke:red"/>',
    "inside a nested picture": '<svg x="10" y="10" width="100" height="80" viewBox="0 0 50 50">'
    '<rect id="r" width="10%" height="10"/><use id="u" xlink:href="#r" x="50%" y="25%"/></svg>',
    # shown again elsewhere by Inkscape, though each is a clone of what it lies in, or of nothing
    "of itself or of nothing": '<g id="g">'
    + LEAF.format("")
    + '<use id="u" xlink:href="#g" x="9"/></g>'
    '<use id="v" xlink:href="#nowhere"/><use id="w" xlink:href="other.svg#x"/><use id="z"/>'
    '<use id="t" xlink:href="#g" x="60"/>',
    "of a tiling": LEAF.format('stroke="blue" fill="none"')
    + "".join(
        f'<use id="u{i}" x="0" y="0" inkscape:tiled-clone-of="#leaf" xlink:href="#leaf"'
        f' transform="rotate({10 * i},50,20)" style="stroke-width:{i}"/>'
        for i in range(5)
    ),
}


def pictures(documents, folder):
    from inkscape_shell import Export, export_all

    exports = []
    for name, text in documents.items():
        source = folder / f"{name.replace(' ', '-').replace(',', '')}.svg"
        source.write_bytes(text)
        exports.append(Export(source, source.with_suffix(".png")))
    assert export_all(exports, folder / "profile") == []
    return [export.targets[0] for export in exports]


def test_what_clones_show(inkscape, tmp_path):
    from lxml import etree
    from styleclipdraw_inkscape.clones import view_of
    from svg_suite import difference

    before, after, left = {}, {}, {}
    for name, inside in CLONES.items():
        text = f'<svg {NAMESPACES} id="page" width="120" height="100">{inside}</svg>'
        root = etree.fromstring(text)
        view = view_of(root, ["page"])
        before[name], after[name + " after"] = text.encode(), etree.tostring(view.root)
        left[name] = len(list(view.root.iter("{*}use")))
    shown = pictures({**before, **after}, tmp_path)
    count = len(CLONES)
    pairs = zip(CLONES, shown[:count], shown[count:], strict=True)
    assert {name: difference(one, other) for name, one, other in pairs} == dict.fromkeys(CLONES, 0)
    assert {name: count for name, count in left.items() if count} == {"of itself or of nothing": 4}
