"""Style sheets inside an SVG (CSS 2.2 with level 3 attribute selectors); hides selector matching.

Understood: type, universal, id, class and attribute selectors, ``:first-child``, and all four
combinators. At-rules and selectors with anything else are left out, as Inkscape leaves them out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from styleclipdraw_core.errors import SvgError

Element = Any  # lxml has no types

# Matching steps in one document: a drawing of 10,000 elements with 100 rules stays far below, and
# a file made to waste time is refused after seconds.
LARGEST_EFFORT = 3_000_000


class Declaration(NamedTuple):
    name: str
    value: str
    important: bool


class Compound(NamedTuple):
    """Everything that one element has to be."""

    tag: str | None
    conditions: tuple[tuple[str, str, str], ...]  # attribute, operator, value
    first_child: bool


class Selector(NamedTuple):
    """Compounds from right to left, each with the combinator that stands left of it."""

    parts: tuple[tuple[Compound, str], ...]
    specificity: tuple[int, int, int]


_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_DECLARATION = re.compile(r"""(?:[^;"'(]|"[^"]*"|'[^']*'|\([^()]*\)|["'(])+""")
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.I)
_COMBINATOR = re.compile(r"\s*([>+~])\s*|\s+")
_SIMPLE = re.compile(
    r"""(?P<tag>\*|[A-Za-z_][\w-]*)"""
    r"""|\#(?P<id>[\w-]+)"""
    r"""|\.(?P<class>-?[A-Za-z_][\w-]*)"""
    r"""|\[\s*(?P<name>[\w:-]+)\s*(?:(?P<operator>[~|^$*]?=)\s*"""
    r"""(?P<value>"[^"]*"|'[^']*'|[\w-]+)\s*)?\]"""
    r"""|(?P<first>:first-child)(?![\w-])"""
)


def parse_declarations(text: str) -> list[Declaration]:
    """The declarations of a style attribute or of a rule, names in lower case."""
    declarations = []
    for match in _DECLARATION.finditer(_COMMENT.sub("", text)):
        name, colon, value = match.group().partition(":")
        if not colon:
            continue
        plain = _IMPORTANT.sub("", value)
        declarations.append(Declaration(name.strip().lower(), plain.strip(), plain != value))
    return declarations


class StyleSheet:
    """All rules of a document's style elements, in order."""

    def __init__(self, texts: list[str]) -> None:
        self._rules: list[tuple[Selector, list[Declaration]]] = []
        # Rules by something that the rightmost compound asks for, so that few are tried.
        self._by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._effort = 0
        for text in texts:
            for prelude, body in _blocks(_COMMENT.sub("", text)):
                declarations = parse_declarations(body)
                for piece in prelude.split(","):
                    selector = _parse_selector(piece.strip())
                    if selector is not None and declarations:
                        self._by_key[_key(selector.parts[0][0])].append(len(self._rules))
                        self._rules.append((selector, declarations))

    def __bool__(self) -> bool:
        return bool(self._rules)

    def declarations(self, element: Element) -> list[Declaration]:
        """What the rules say of this element, the weakest first, importance not considered."""
        if not self._rules:
            return []
        keys = [("tag", _local(element)), ("", "")]
        keys += [("class", name) for name in dict.fromkeys((element.get("class") or "").split())]
        if element.get("id"):
            keys.append(("id", element.get("id")))
        found = []
        for key in keys:
            for index in self._by_key.get(key, ()):
                if self._matches(self._rules[index][0].parts, 0, element):
                    found.append((self._rules[index][0].specificity, index))
        return [d for _, index in sorted(found) for d in self._rules[index][1]]

    def _matches(
        self, parts: tuple[tuple[Compound, str], ...], position: int, element: Element
    ) -> bool:
        self._effort += 1
        if self._effort > LARGEST_EFFORT:
            raise SvgError(
                "The style sheets of this SVG are too entangled to be read.",
                "Open it in Inkscape and save it as a plain SVG.",
                code="svg.too-large",
            )
        compound, combinator = parts[position]
        if not _fits(compound, element):
            return False
        if position + 1 == len(parts):
            return True
        return any(
            self._matches(parts, position + 1, other) for other in _related(element, combinator)
        )


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Selector list and body of each rule; at-rules are skipped whole."""
    position = 0
    while position < len(text):
        rest = re.compile(r"\s*(?:<!--|-->)?\s*").match(text, position)
        position = rest.end() if rest else position
        opening = text.find("{", position)
        if text.startswith("@", position):
            semicolon = text.find(";", position)
            if 0 <= semicolon < opening or opening < 0:
                position = semicolon + 1 if semicolon >= 0 else len(text)
                continue
            position = _after_block(text, opening)
            continue
        if opening < 0:
            return
        end = _after_block(text, opening)
        yield text[position:opening], text[opening + 1 : end - 1]
        position = end


def _after_block(text: str, opening: int) -> int:
    depth = 0
    for match in re.compile("[{}]").finditer(text, opening):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.end()
    return len(text) + 1  # closed by the end of the text, CSS Syntax 3, section 5.4.7


def _parse_selector(text: str) -> Selector | None:
    """The selector, or None when it is broken or asks for something that is never so here."""
    parts: list[tuple[Compound, str]] = []
    ids = classes = tags = position = 0
    combinator = ""
    while position < len(text):
        tag, conditions, first_child, start = None, [], False, position
        while (match := _SIMPLE.match(text, position)) is not None:
            position = match.end()
            if match["tag"]:
                if match.start() != start:
                    return None
                tag = None if match["tag"] == "*" else match["tag"]
                tags += tag is not None
            elif match["id"]:
                conditions.append(("id", "=", match["id"]))
                ids += 1
            else:
                classes += 1
                if match["class"]:
                    conditions.append(("class", "~=", match["class"]))
                elif match["first"]:
                    first_child = True
                else:
                    value = (match["value"] or "").strip("\"'")
                    conditions.append((match["name"], match["operator"] or "", value))
        if position == start:
            return None
        parts.append((Compound(tag, tuple(conditions), first_child), combinator))
        if position < len(text):
            between = _COMBINATOR.match(text, position)
            if between is None or between.end() == len(text):
                return None
            position, combinator = between.end(), between[1] or " "
    return Selector(tuple(reversed(parts)), (ids, classes, tags)) if parts else None


def _key(compound: Compound) -> tuple[str, str]:
    for name, operator, value in compound.conditions:
        if name == "id" and operator == "=":
            return "id", value
    for name, operator, value in compound.conditions:
        if name == "class" and operator == "~=":
            return "class", value
    return ("tag", compound.tag) if compound.tag else ("", "")


def _fits(compound: Compound, element: Element) -> bool:
    if compound.tag is not None and compound.tag != _local(element):
        return False
    if compound.first_child and next(_related(element, "+"), None) is not None:
        return False
    return all(_holds(element.get(name), op, value) for name, op, value in compound.conditions)


def _holds(actual: str | None, operator: str, value: str) -> bool:
    """Selectors 3, section 6.3."""
    if actual is None:
        return False
    if operator in ("", "="):
        return not operator or actual == value
    if operator == "|=":
        return actual == value or actual.startswith(value + "-")
    if operator == "~=":
        return value in actual.split()
    if not value:
        return False
    if operator == "^=":
        return actual.startswith(value)
    return actual.endswith(value) if operator == "$=" else value in actual


def _related(element: Element, combinator: str) -> Iterator[Element]:
    """The elements that may stand left of a combinator."""
    if combinator in (">", " "):
        for ancestor in element.iterancestors():
            yield ancestor
            if combinator == ">":
                return
        return
    for sibling in element.itersiblings("{*}*", preceding=True):
        yield sibling
        if combinator == "+":
            return


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
