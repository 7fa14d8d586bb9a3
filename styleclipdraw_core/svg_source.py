"""An SVG as bytes that a stranger wrote: decoding, refusing what is dangerous, and where each
element stands, so that one can be rewritten and every other byte stays as it was.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lxml import etree

from styleclipdraw_core.errors import SvgError

LARGEST_BYTES = 64 * 1024 * 1024
LARGEST_ELEMENT_COUNT = 300_000

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(r"""\s+encoding\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_START_TAG = re.compile(rb"""<(?P<name>[^\s/>]+)(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(r"""(\s+)([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.S)
_NAME = r"[A-Za-z_][\w.-]*"
_ENTITY = re.compile(rf"""<!ENTITY\s+({_NAME})\s+("[^"&%<]*"|'[^'&%<]*')\s*>""")
_ONLY_ENTITIES = re.compile(
    rf"(?P<before><!DOCTYPE[^\[<>]*)\[(?P<entities>(?:\s*{_ENTITY.pattern})+)\s*\](?P<after>\s*>)"
)
_PREDEFINED = ("amp", "lt", "gt", "quot", "apos")  # XML 1.0, section 4.6
_REFERENCE = re.compile(rf"&({_NAME});")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def normalise(source: str | bytes) -> bytes:
    """The document in UTF-8, an encoding declaration in it made to say so, plain entities expanded."""
    return _expand(_declare_utf8(_decode(source))).encode("utf-8")


def _decode(source: str | bytes) -> str:
    if len(source) > LARGEST_BYTES:
        raise _too_large()
    if isinstance(source, bytes):
        return _decode_bytes(source)
    try:
        source.encode("utf-8")
    except UnicodeEncodeError:
        raise _broken("it holds half a character") from None
    return source.removeprefix("\ufeff")


def _declare_utf8(text: str) -> str:
    declaration = _DECLARATION.match(text)
    if declaration is None:
        return text
    head = declaration.group()
    encoding = _ENCODING.search(head)
    if encoding is not None and (encoding[1] or encoding[2]).lower() not in ("utf-8", "utf8"):
        head = _ENCODING.sub(' encoding="UTF-8"', head)
    return head + text[declaration.end() :]


def _expand(text: str) -> str:
    """The document without entities that stand for plain text, as Illustrator writes for namespaces.

    Only where all that its document type defines are such ones: one that holds another, a tag or a
    file is left to be refused, and so are more references than a document may be large.
    """
    prolog = _PROLOG.match(text)
    found = _ONLY_ENTITIES.match(text, prolog.end() if prolog else 0)
    if found is None:
        return text
    values = {
        entity[1]: entity[2][1:-1].replace('"', "&quot;").replace("'", "&apos;")
        for entity in _ENTITY.finditer(found["entities"])
    }
    rest = text[found.end() :]
    size = sum(len(values.get(reference[1], "")) for reference in _REFERENCE.finditer(rest))
    if len(rest) + size > LARGEST_BYTES or not values.keys().isdisjoint(_PREDEFINED):
        return text
    expanded = _REFERENCE.sub(lambda reference: values.get(reference[1], reference[0]), rest)
    return text[: found.start()] + found["before"] + found["after"] + expanded


def _decode_bytes(source: bytes) -> str:
    if source.startswith(b"\x1f\x8b"):
        source = _unzip(source)
    marked = [mark for mark in _BYTE_ORDER_MARKS if source.startswith(mark)]
    if marked:
        encoding = _BYTE_ORDER_MARKS[marked[0]]
        source = source[len(marked[0]) :]
    else:
        head = source[:200].decode("latin-1")
        declared = _DECLARATION.match(head) and _ENCODING.search(head)
        encoding = (declared[1] or declared[2]) if declared else "utf-8"
    try:
        # A known text encoding only: Python's other codecs do more than decode.
        if not getattr(codecs.lookup(encoding), "_is_text_encoding", True):
            raise LookupError(encoding)
        return source.decode(encoding)
    except (LookupError, UnicodeDecodeError, ValueError):
        raise _broken(f"its characters are not {encoding[:20]!r} text") from None


def _unzip(source: bytes) -> bytes:
    """The contents of an .svgz, up to the size limit."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = unpack.decompress(source, LARGEST_BYTES + 1)
    except zlib.error:
        raise _broken("its compression is damaged") from None
    if len(text) > LARGEST_BYTES:
        raise _too_large()
    return text


@dataclass(frozen=True)
class Span:
    """Where one element stands among the bytes: source[start:inside] is its start tag."""

    name: str  # as written, with its prefix
    start: int
    inside: int
    end_tag: int  # start of the end tag; == inside for <name/>
    end: int

    @property
    def empty_tag(self) -> bool:
        return self.inside == self.end


def parse(source: bytes) -> tuple[Any, list[Any], list[Span]]:
    """The root, every element in document order, and the span of each.

    Entities are refused, nothing is fetched, nothing is expanded.
    """
    spans = _find_elements(source)
    # Recovering: what expat took is well-formed, and a prefix that is not declared is no reason to
    # refuse a drawing that Inkscape shows.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True
    )
    root = etree.fromstring(source, parser)
    elements = [] if root is None else list(root.iter("{*}*"))
    if len(elements) != len(spans):
        raise _broken("its elements are nested too deeply")
    name = str(root.tag).rpartition("}")[2]
    if name != "svg":
        raise _broken(f"its outermost element is {name[:40]!r}")
    return root, elements, spans


def _find_elements(source: bytes) -> list[Span]:
    """A span for every element, in document order; refuses what is no XML or defines entities."""
    spans: list[Span | None] = []
    open_elements: list[tuple[int, str, int]] = []  # index, name, start
    parser = expat.ParserCreate("utf-8")

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(spans) >= LARGEST_ELEMENT_COUNT:
            raise _too_large()
        open_elements.append((len(spans), name, parser.CurrentByteIndex))
        spans.append(None)

    def end(name: str) -> None:
        index, name, start = open_elements.pop()
        at = parser.CurrentByteIndex
        match = _START_TAG.match(source, start)
        assert match is not None, "expat found a start tag here"
        if source[match.end() - 2 : match.end()] == b"/>":
            spans[index] = Span(name, start, match.end(), match.end(), match.end())
        else:
            spans[index] = Span(name, start, match.end(), at, source.index(b">", at) + 1)

    def refuse_entity(*declared: object) -> None:
        raise SvgError(
            "The SVG defines entities of its own, which is a way to attack programs.",
            "If you trust it, open it in Inkscape and save it as a plain SVG.",
            code="svg.entities",
        )

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise _broken(f"{expat.ErrorString(error.code)} in line {error.lineno}") from None
    return [span for span in spans if span is not None]


def rewrite_tag(tag: str, *, name: str | None, attributes: dict[str, str | None]) -> str:
    """A start tag with another name and some attributes set, or removed where the value is None.

    Attributes that are not mentioned stay as they are written, in their order.
    """
    opening = re.match(r"<[^\s/>]+", tag)
    assert opening is not None, "a start tag begins with < and a name"
    ending = "/>" if tag.endswith("/>") else ">"
    left = dict(attributes)
    pieces = ["<" + name if name else opening.group()]
    position = opening.end()
    for match in _ATTRIBUTE.finditer(tag, position):
        position = match.end()
        if match[2] not in left:
            pieces.append(match.group())
            continue
        value = left.pop(match[2])
        if value is not None:
            pieces.append(f"{match[1]}{match[2]}={quote(value)}")
    pieces += [f" {key}={quote(value)}" for key, value in left.items() if value is not None]
    return "".join(pieces) + tag[position : len(tag) - len(ending)] + ending


def quote(value: str) -> str:
    """An attribute's value with its quotes; what no XML may hold becomes U+FFFD."""
    return quoteattr(_NOT_XML.sub("\ufffd", value))


def _broken(reason: str) -> SvgError:
    return SvgError(
        f"This is not an SVG that can be read: {reason}.",
        "Open it in Inkscape and save it again, or choose another file.",
        code="svg.broken",
    )


def _too_large() -> SvgError:
    return SvgError(
        f"The SVG is larger than {LARGEST_BYTES // 1024 // 1024} MB "
        f"or has more than {LARGEST_ELEMENT_COUNT} elements.",
        "Put the paths to work on into a file of their own.",
        code="svg.too-large",
    )
