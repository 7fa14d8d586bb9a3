"""What the dialog asks, as one value; hides argparse and how Inkscape passes parameters."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, Dict, NamedTuple, Optional

# Steps; None leaves the number to the method.
QUALITIES: Dict[str, Optional[int]] = {"quick": 100, "normal": None, "fine": 600}
NEGATIVE_WEIGHT = 0.3


class Options(NamedTuple):
    """Everything that is asked, under the names of the dialog's parameters."""

    prompt: str = ""
    negative: str = ""
    style: str = ""  # a file
    strength: float = 1.0
    work_on: str = "auto"  # auto, new, refine, refine-add
    strokes: int = 64
    quality: str = "normal"
    seed: int = 0
    preset: str = "default"
    kind: str = "stroke"
    clip: str = "built-in"
    style_judge: str = "built-in"
    iterations: int = 0  # 0: as many as the quality says
    put: str = "copy"  # copy, in-place
    area: str = "selection"  # selection, page
    background: bool = False
    group_by_size: bool = False
    inside: bool = True  # new strokes are clipped to their frame
    device: str = "auto"
    wait: bool = False

    @property
    def steps(self) -> Optional[int]:
        return self.iterations if self.iterations > 0 else QUALITIES.get(self.quality)


def Boolean(text: str) -> bool:
    """Named as inkex names it: its checker of .inx files goes by that."""
    return text.strip().lower() in ("true", "1", "yes")


def add_arguments(parser: ArgumentParser) -> None:
    """Inkscape leaves out empty strings; `tab` is which page was open."""
    parser.add_argument("--tab", default="")
    for name, default in Options()._asdict().items():
        kind: Any = Boolean if isinstance(default, bool) else type(default)
        parser.add_argument("--" + name, type=kind, default=default)


def from_namespace(namespace: Namespace) -> Options:
    values = {name: getattr(namespace, name) for name in Options._fields}
    for name in ("prompt", "negative", "style"):
        values[name] = values[name].replace("\\n", " ").strip()
    return Options(**values)


def fitting(said: Dict[str, Any]) -> Options:
    """Options from anywhere: what has another type than asked for is left out."""
    defaults = Options()._asdict()
    return Options(
        **{name: value for name, value in said.items() if type(value) is type(defaults[name])}
    )
