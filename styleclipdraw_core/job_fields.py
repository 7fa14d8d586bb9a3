"""Reads JSON that came from a stranger, field by field; hides how an error names the bad field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from styleclipdraw_core.errors import JobError

# A request with 10,000 strokes is about 5 MB; anything far beyond is not one of ours.
LARGEST_TEXT = 64 * 1024 * 1024  # bytes

_MISSING: Any = object()


def parse(text: str | bytes, name: str) -> Field:
    """The JSON document ``text``; ``name`` is what an error calls it, e.g. ``job.json``."""
    if len(text) > LARGEST_TEXT:
        raise JobError(
            f"{name} has {len(text):,} bytes, more than the {LARGEST_TEXT:,} that are read.",
            "Draw with fewer paths.",
            code="job.too-large",
        )
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    # RecursionError: brackets nested a thousand deep; UnicodeDecodeError is a ValueError.
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise JobError(
            f"{name} is not JSON: {_short(reason)}.",
            "Make the request again.",
            code="job.not-json",
        ) from None
    return Field(value, "", name)


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a number that JSON knows")


def _short(text: str, longest: int = 80) -> str:
    """One line of at most ``longest`` characters, for quoting in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


class Field:
    """One value of a JSON document, with the name by which an error speaks of it."""

    def __init__(self, value: Any, name: str, document: str = "") -> None:
        self._value = value
        self._name = name
        self._document = document

    def get(self, key: str, default: Any = _MISSING) -> Field:
        """A member of this object; ``default`` stands in where it is missing."""
        name = f"{self._name}.{key}" if self._name else key
        value = self.object().get(key, default)
        if value is _MISSING:
            raise JobError(
                f"The field {name} is missing.",
                f"Give {name} a value.",
                code=f"job.field.{name}",
            )
        return Field(value, name, self._document)

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_null(self) -> bool:
        return self._value is None

    def object(self) -> dict[str, Any]:
        if not isinstance(self._value, dict):
            raise self.error("it must be an object")
        return self._value

    def items(self, most: int) -> Iterator[Field]:
        """The members of this list, of which there may be ``most``."""
        if not isinstance(self._value, list):
            raise self.error("it must be a list")
        if len(self._value) > most:
            raise JobError(
                f"The field {self._name} has {len(self._value):,} entries; at most {most:,} are "
                "possible.",
                f"Give {self._name} fewer entries.",
                code=f"job.field.{self._name}",
            )
        for index, value in enumerate(self._value):
            yield Field(value, f"{self._name}[{index}]", self._document)

    def number(self, low: float, high: float) -> float:
        value = self._value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error("it must be a number")
        # Compared before it is made a float: an integer of 400 digits would not fit into one.
        if not (low <= value <= high) or not math.isfinite(value):
            raise self.error(f"it must be from {low:,g} to {high:,g}")
        return float(value)

    def integer(self, low: int, high: int) -> int:
        value = self._value
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error("it must be a whole number")
        if not low <= value <= high:
            raise self.error(f"it must be from {low:,} to {high:,}")
        return int(value)

    def flag(self) -> bool:
        if not isinstance(self._value, bool):
            raise self.error("it must be true or false")
        return self._value

    def text(self, longest: int, *, empty: bool = False) -> str:
        value = self._value
        if not isinstance(value, str):
            raise self.error("it must be a text")
        if not empty and not value.strip():
            raise self.error("it must not be empty")
        if len(value) > longest:
            raise self.error(f"it must have at most {longest:,} characters")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise self.error("it must be made of characters that can be written")
        return value

    def matching(self, pattern: str, meaning: str) -> str:
        value = self.text(1000, empty=True)
        if not re.fullmatch(pattern, value, re.ASCII):
            raise self.error(f"it must be {meaning}")
        return value

    def choice(self, options: tuple[str, ...]) -> str:
        if self._value not in options or not isinstance(self._value, str):
            raise self.error(f"it must be one of {', '.join(options)}")
        return self._value

    def numbers(self, count: int, low: float, high: float) -> tuple[float, ...]:
        """A list of exactly ``count`` numbers."""
        value = self._value
        if not isinstance(value, list) or len(value) != count:
            raise self.error(f"it must be a list of {count} numbers")
        return tuple(item.number(low, high) for item in self.items(count))

    def error(self, demand: str) -> JobError:
        """What to raise when the value breaks ``demand``."""
        shown = _short(json.dumps(self._value, default=str), 60)
        name = self._name or self._document
        return JobError(
            f"The field {name} is {shown}; {demand}.",
            f"Correct {name} and try again.",
            code=f"job.field.{name}",
        )
