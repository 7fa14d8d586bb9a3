"""Declarations and style sheets: which rule says what of an element.

Hides CSS's grammar and selectors.

Only what an SVG's own sheets use (type, class, id, attribute, descendant, child, :first-child);
a rule with anything else is passed over, and so are all at-rules.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_QUOTED_OR_NESTED = re.compile(r"""("[^"]*"|'[^']*'|\([^()]*\)|[^;"'(])+""")
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SIMPLE = re.compile(
    r"""(?P<type>\*|[A-Za-z][\w-]*)|\#(?P<id>[\w.:-]+)|\.(?P<class>[\w-]+)"""
    r"""|\[\s*(?P<name>[\w:-]+)\s*(?:(?P<op>[~|^$*]?=)\s*["']?(?P<value>[^"'\]]*)["']?\s*)?\]"""
    r"""|(?P<first>:first-child)"""
)


class Declaration(NamedTuple):
    name: str
    value: str
    important: bool


def parse_declarations(text: Optional[str]) -> List[Declaration]:
    """What a style attribute, or the inside of a rule, declares, in order."""
    found = []
    for match in _QUOTED_OR_NESTED.finditer(_COMMENT.sub("", text or "")):
        name, colon, value = match.group(0).partition(":")
        if not colon:
            continue
        value, important = value.strip(), False
        if value.lower().endswith("important") and "!" in value:
            value, _, word = value.rpartition("!")
            value, important = value.strip(), word.strip().lower() == "important"
        name = name.strip()
        if name and value:
            found.append(
                Declaration(name if name.startswith("--") else name.lower(), value, important)
            )
    return found


class _Compound(NamedTuple):
    """One step of a selector, and how it hangs on the one to its left (" ", ">" or "")."""

    tests: Tuple[Tuple[str, str, str, str], ...]  # kind, name, operator, value
    combinator: str


class Rule(NamedTuple):
    compounds: Tuple[_Compound, ...]
    specificity: Tuple[int, int, int]
    declarations: List[Declaration]


class StyleSheet:
    """All rules of a document's style elements, in order."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.rules: List[Rule] = []
        for text in texts:
            text = _COMMENT.sub("", text).replace("<!--", "").replace("-->", "")
            text = re.sub(r"@[^{};]*;", "", text)
            text = re.sub(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)
            for selectors, body in _RULE.findall(text):
                declarations = parse_declarations(body)
                for selector in selectors.split(","):
                    rule = _parse_selector(selector.strip(), declarations)
                    if rule:
                        self.rules.append(rule)

    def declarations(self, element: Any) -> List[Declaration]:
        """What the sheets say of an element, the weakest first."""
        matching = [
            (rule.specificity, order, rule)
            for order, rule in enumerate(self.rules)
            if _matches(rule.compounds, len(rule.compounds) - 1, element)
        ]
        return [
            declaration
            for _, _, rule in sorted(matching, key=lambda found: found[:2])
            for declaration in rule.declarations
        ]


def _parse_selector(text: str, declarations: List[Declaration]) -> Optional[Rule]:
    compounds: List[_Compound] = []
    ids = classes = types = 0
    for combinator, part in re.findall(r"(\s*>\s*|\s+|^)([^\s>]+)", text):
        tests, position = [], 0
        while position < len(part):
            match = _SIMPLE.match(part, position)
            if not match:
                return None
            position = match.end()
            kind = str(match.lastgroup) if not match.group("name") else "name"
            value = match.group("value") or ""
            tests.append((kind, match.group(kind), match.group("op") or "", value))
            ids += kind == "id"
            classes += kind in ("class", "name", "first")
            types += kind == "type" and match.group(kind) != "*"
        compounds.append(_Compound(tuple(tests), combinator.strip() or (" " if compounds else "")))
    return Rule(tuple(compounds), (ids, classes, types), declarations) if compounds else None


def _matches(compounds: Tuple[_Compound, ...], index: int, element: Any) -> bool:
    if element is None or not isinstance(element.tag, str):
        return False
    if not all(_passes(element, *test) for test in compounds[index].tests):
        return False
    if index == 0:
        return True
    parent = element.getparent()
    if compounds[index].combinator == ">":
        return _matches(compounds, index - 1, parent)
    while parent is not None:
        if _matches(compounds, index - 1, parent):
            return True
        parent = parent.getparent()
    return False


def _passes(element: Any, kind: str, name: str, operator: str, value: str) -> bool:
    attributes: Dict[str, str] = element.attrib
    if kind == "type":
        return name == "*" or element.tag.rpartition("}")[2] == name
    if kind == "id":
        return attributes.get("id") == name
    if kind == "class":
        return name in attributes.get("class", "").split()
    if kind == "first":
        return element.getprevious() is None
    actual = attributes.get(name)
    if actual is None or not operator:
        return actual is not None
    return {
        "=": actual == value,
        "~=": value in actual.split(),
        "|=": actual == value or actual.startswith(value + "-"),
        "^=": bool(value) and actual.startswith(value),
        "$=": bool(value) and actual.endswith(value),
        "*=": bool(value) and value in actual,
    }[operator]
