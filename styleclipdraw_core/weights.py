"""The models beside the built-in ones: fetched when asked for, checked, kept, removed.

Hides where they lie and how they get there. `ensure` hands out a folder or file that is ready to
load; nothing in it is a pickle. Two environment variables: ``STYLECLIPDRAW_MODELS`` is a folder
that holds the models instead of ``<user data>/models``, ``STYLECLIPDRAW_MODELS_MIRROR`` an address
or folder with ``<model>/<file>`` to fetch from instead of the publishers.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from styleclipdraw_core import vgg_weights
from styleclipdraw_core.atomic import storage_error, write_atomically
from styleclipdraw_core.download import (
    PATIENCE,
    Patience,
    Piece,
    Progress,
    fetch,
    file_sha256,
    in_words,
)
from styleclipdraw_core.errors import StorageError, WeightsError
from styleclipdraw_core.job_folder import data_folder
from styleclipdraw_core.model_table import MODELS, Model, ModelFile

__all__ = [
    "MODELS",
    "Model",
    "Status",
    "ensure",
    "find",
    "model_folder",
    "remove",
    "status",
    "verify",
]

State = Literal["ready", "missing", "incomplete"]
_RECEIPT = "ready.json"


@dataclass(frozen=True)
class Status:
    """What is on the disk of one model; a quick look, by names and sizes."""

    model: Model
    state: State
    path: Path  # what `ensure` would hand out
    bytes_on_disk: int


def find(name: str) -> Model:
    """The model of that name, or of a name that people know it by."""
    wanted = name.strip().lower()
    for model in MODELS.values():
        if wanted == model.name or wanted in model.also:
            return model
    if wanted == "built-in":
        raise WeightsError(
            "The built-in models come with the program.",
            f"Nothing has to be done. What can be fetched is: {', '.join(MODELS)}.",
            code="weights.built-in",
        )
    close = difflib.get_close_matches(wanted, MODELS, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise WeightsError(
        f"There is no model called {name[:60]!r}.",
        f"{guess}The models are: {', '.join(MODELS)}.",
        code="weights.unknown",
    )


def models_folder() -> Path:
    chosen = os.environ.get("STYLECLIPDRAW_MODELS", "")
    return Path(chosen).expanduser().absolute() if chosen else data_folder() / "models"


def model_folder(name: str) -> Path:
    """Where the model lies, or will."""
    return models_folder() / find(name).name


def status(name: str) -> Status:
    """Whether the model is there, without reading it."""
    model = find(name)
    folder = model_folder(name)
    receipt = _read_receipt(folder)
    there = all((folder / file).is_file() for file in receipt) and all(
        (folder / file).stat().st_size == entry["size"] for file, entry in receipt.items()
    )
    size = _bytes_in(folder)
    state: State = "ready" if receipt and there else "incomplete" if size else "missing"
    return Status(model, state, folder / model.loads if model.loads else folder, size)


def ensure(
    name: str,
    progress: Progress | None = None,
    *,
    whole: bool = False,
    patience: Patience = PATIENCE,
) -> Path:
    """The folder or file to load, fetched first when it is not there.

    ``whole`` fetches even what is not kept, so that the published SHA-256 can be checked. Raises
    `WeightsError`, `StorageError`; what has arrived is kept for the next try.
    """
    model, now = find(name), status(name)
    if now.state == "ready":
        return now.path
    folder = model_folder(name)
    try:
        if model.loads:
            _fetch_part(model, folder, progress, whole, patience)
            names = [model.loads]
        else:
            _fetch_files(model, folder, progress, patience)
            names = [file.name for file in model.files]
    except WeightsError as error:
        if error.code != "weights.offline":
            raise
        raise WeightsError(
            error.sentence, _offline_advice(model, folder), code=error.code
        ) from None
    try:
        _write_receipt(model, folder, names)
    except StorageError as error:
        # A folder that many people share may be read-only; what is in it was checked all the same.
        if error.code != "storage.denied":
            raise
    return now.path


def verify(name: str) -> None:
    """Read all of the model and compare it with what is known of it; raises `WeightsError`."""
    model, now = find(name), status(name)
    if now.state == "missing":
        raise WeightsError(
            f"{model.title} is not on this computer.",
            f"Fetch it with `styleclipdraw models fetch {model.name}` "
            f"({in_words(model.fetched_bytes)}).",
            code="weights.missing",
        )
    folder = model_folder(name)
    known = {file: entry["sha256"] for file, entry in _read_receipt(folder).items()}
    known.update({file.name: file.sha256 for file in model.files if not model.loads})
    try:
        wrong = [file for file in known if file_sha256(folder / file) != known[file]]
    except FileNotFoundError as error:
        wrong = [Path(str(error.filename)).name]
    except OSError as error:
        raise storage_error(error, folder / _RECEIPT) from error
    if wrong or now.state != "ready":
        _forget_receipt(folder)
        raise WeightsError(
            f"{model.title} is damaged or incomplete" + (f": {wrong[0]}." if wrong else "."),
            f"Fetch it again with `styleclipdraw models fetch {model.name}`; "
            "what is right of it is kept.",
            code="weights.damaged",
        )


def remove(name: str) -> int:
    """Delete the model; the number of bytes that are free again."""
    folder = model_folder(name)
    freed = _bytes_in(folder)
    try:
        if folder.is_dir():
            _forget_receipt(folder)
            shutil.rmtree(folder)
    except OSError as error:
        raise storage_error(error, folder / _RECEIPT) from error
    return freed


def _fetch_files(model: Model, folder: Path, progress: Progress | None, patience: Patience) -> None:
    """All files of the model, those that are there already only checked."""
    done = 0
    for file in model.files:
        place = folder / file.name
        if not _is_right(place, file):
            fetch(
                _piece(model, file),
                place,
                _running_total(progress, done, model.fetched_bytes),
                patience=patience,
            )
        done += file.size
        if progress:
            progress(done, model.fetched_bytes)


def _fetch_part(
    model: Model, folder: Path, progress: Progress | None, whole: bool, patience: Patience
) -> None:
    file = model.files[0]
    piece = _piece(model, file)
    if (folder / file.name).is_file():  # put there by hand
        piece = Piece(str(folder / file.name), file.size, file.sha256)
    # The published SHA-256 is of the whole file. Without it only https vouches for every byte.
    parts = not whole and piece.address.startswith("https:")
    vgg_weights.fetch_convolutions(
        piece, folder / model.loads, progress, patience=patience, parts=parts
    )


def _piece(model: Model, file: ModelFile) -> Piece:
    mirror = os.environ.get("STYLECLIPDRAW_MODELS_MIRROR", "").rstrip("/")
    address = f"{mirror}/{model.name}/{file.name}" if mirror else file.address
    return Piece(address, file.size, file.sha256)


def _is_right(place: Path, file: ModelFile) -> bool:
    try:
        return place.stat().st_size == file.size and file_sha256(place) == file.sha256
    except FileNotFoundError:
        return False
    except OSError as error:
        raise storage_error(error, place) from error


def _offline_advice(model: Model, folder: Path) -> str:
    names = ", ".join(file.name for file in model.files)
    return (
        "Check the connection and try again: what has arrived is kept. Without one, copy "
        f"{names} into {folder} from another computer, or draw with the built-in models."
    )


def _running_total(progress: Progress | None, before: int, total: int) -> Progress | None:
    return (lambda done, _: progress(before + done, total)) if progress else None


# The receipt says that everything was fetched and checked, and what it was.


def _write_receipt(model: Model, folder: Path, names: list[str]) -> None:
    known = {file.name: file.sha256 for file in model.files}
    files = {
        name: {
            "size": (folder / name).stat().st_size,
            "sha256": known.get(name) or file_sha256(folder / name),
        }
        for name in names
    }
    receipt = {"schema": 1, "model": model.name, "licence": model.licence, "files": files}
    write_atomically(folder / _RECEIPT, json.dumps(receipt, indent=1), durable=True)


def _read_receipt(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of each file; empty when there is no receipt, or no readable one."""
    try:
        files = json.loads((folder / _RECEIPT).read_text("utf-8"))["files"]
        return {
            str(name): {"size": int(entry["size"]), "sha256": str(entry["sha256"])}
            for name, entry in files.items()
            if Path(name).name == name
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _forget_receipt(folder: Path) -> None:
    try:
        (folder / _RECEIPT).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, folder / _RECEIPT) from error


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
