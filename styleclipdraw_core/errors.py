"""Every error that a person can meet, with a code, one sentence, and what to do next.

    StyleClipDrawError
    ├── InputError            something that was handed in is missing, broken or absurd
    │   ├── DrawingError      a drawing that cannot be rendered; names the path
    │   ├── JobError          a request with a bad field; names the field
    │   ├── PictureError      a picture that cannot be read or fetched
    │   ├── PromptError       words that no model at hand understands
    │   └── SvgError          an SVG file that cannot be read
    ├── WeightsError          a model that is missing, damaged or cannot be fetched
    ├── BackendError          a renderer or device that is not available here
    └── StorageError          a folder or file that cannot be written

Programmer's errors are assertions; they are never one of these.
"""


class StyleClipDrawError(Exception):
    """Base: ``str(error)`` is one sentence for a person, ``next_step`` says what to do about it.

    Parameters
    ----------
    sentence: what is wrong, one sentence with its full stop.
    next_step: what the person can do, one sentence with its full stop.
    code: stable name for scripts and for translations, e.g. ``"drawing.not-finite"``.
    """

    code = "error"

    def __init__(self, sentence: str, next_step: str = "", *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        if code:
            self.code = code

    def for_person(self) -> str:
        """The sentence and the next step in one line."""
        return f"{self.sentence} {self.next_step}".strip()


class InputError(StyleClipDrawError):
    """Something that was handed in is missing, broken or absurd."""

    code = "input"


class DrawingError(InputError):
    """A drawing that cannot be rendered."""

    code = "drawing"


class JobError(InputError):
    """A request with a bad field."""

    code = "job"


class PictureError(InputError):
    """A picture that cannot be read or fetched."""

    code = "picture"


class PromptError(InputError):
    """Words that no model at hand understands."""

    code = "prompt"


class SvgError(InputError):
    """An SVG file that cannot be read."""

    code = "svg"


class WeightsError(StyleClipDrawError):
    """A model that is missing, damaged or cannot be fetched."""

    code = "weights"


class BackendError(StyleClipDrawError):
    """A renderer or device that is not available here."""

    code = "backend"


class StorageError(StyleClipDrawError):
    """A folder or file that cannot be written."""

    code = "storage"
