"""Ids that a document does not have yet.

Quick also for thousands (inkex collects all ids each time).
"""

from __future__ import annotations

import re
from typing import Any, Dict


class NewIds:
    """Call it with a prefix; no id is given twice."""

    def __init__(self, root: Any) -> None:
        self._taken = {
            element.attrib["id"]
            for element in root.iter()
            if isinstance(element.tag, str) and "id" in element.attrib
        }
        self._next: Dict[str, int] = {}

    def __call__(self, prefix: str) -> str:
        prefix = re.sub(r"-\d+$", "", prefix)
        number = self._next.get(prefix, 1)
        while "{}-{}".format(prefix, number) in self._taken:
            number += 1
        self._next[prefix] = number + 1
        name = "{}-{}".format(prefix, number)
        self._taken.add(name)
        return name
