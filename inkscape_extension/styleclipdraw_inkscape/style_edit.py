"""Changing single declarations of a style attribute, the rest staying as it is written.

Hides its text.
"""

from __future__ import annotations

from typing import Any, Dict

from .css_rules import parse_declarations


def set_style(element: Any, changes: Dict[str, str], important: Any = lambda name: False) -> None:
    """Declare `changes` on the element; `important(name)`: only `!important` would win."""
    declared: Dict[str, str] = {}
    for declaration in parse_declarations(element.attrib.get("style")):
        declared[declaration.name] = declaration.value + (
            " !important" if declaration.important else ""
        )
    for name, value in changes.items():
        declared[name] = value + (" !important" if important(name) else "")
    element.attrib["style"] = ";".join("{}:{}".format(*pair) for pair in declared.items())
    for name in changes:
        element.attrib.pop(name, None)  # the same as an attribute would only mislead a reader
