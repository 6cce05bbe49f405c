"""Training checkpoints, written atomically, so that a killed training can resume."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.whole_files import replaced_file
from schemas.errors import InputError

Arrays = list[npt.NDArray[Any]]

_META = "meta"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """After some epochs: all ``state`` (weights, optimizer, chance), the ``best`` weights so far,
    and notes that JSON can say.

    ``setup`` tells trainings apart: one goes on only from a checkpoint of the same setup.
    """

    setup: str
    notes: dict[str, Any]
    state: Arrays = field(repr=False)
    best: Arrays = field(repr=False)


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Replace the file at ``path``, which is at every moment the old one or the new."""
    meta = {"setup": checkpoint.setup, "notes": checkpoint.notes}
    arrays: dict[str, Any] = {_META: np.array(json.dumps(meta))}
    for part, of_part in (("state", checkpoint.state), ("best", checkpoint.best)):
        arrays |= {f"{part}.{at}": array for at, array in enumerate(of_part)}
    with replaced_file(path) as file:
        np.savez(file, **arrays)


def load(path: Path, setup: str) -> Checkpoint | None:
    """The checkpoint, or None where there is none. Raises ``InputError`` where it is damaged or of
    another setup.
    """
    if not path.is_file():
        return None
    try:
        # Opened here: NumPy would leave a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            meta = json.loads(str(arrays[_META]))
            parts = {
                part: [arrays[name] for name in _numbered(arrays.files, part)]
                for part in ("state", "best")
            }
        found, notes = meta["setup"], meta["notes"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is damaged ({type(error).__name__}): delete it to start again"
        ) from error
    if found != setup:
        raise InputError(
            f"{path} belongs to a training with other data or settings: delete it, or train into "
            "another folder"
        )
    return Checkpoint(setup, notes, parts["state"], parts["best"])


def _numbered(names: list[str], part: str) -> list[str]:
    return [f"{part}.{at}" for at in range(sum(name.startswith(f"{part}.") for name in names))]
