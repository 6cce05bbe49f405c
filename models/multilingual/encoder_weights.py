"""Fine-tuned layers on disk: 8-bit matrices with a scale per output, in files small enough for a
code host, with digests.

The table of word pieces is not among them: see ``packages``.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import array_storage, artifact
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import CARD, MANIFEST, Part
from models.artifact.calibration import Calibration
from models.multilingual import e5_tokenizer
from models.networks.bert_shape import EncoderShape
from schemas.errors import ModelIntegrityError, ModelNotFound

KIND, FORMAT = artifact.ENCODER, 1
FOLDER = Path(__file__).parent / "layers"
"""Not among ``models/pretrained``: ``encoder_artifact`` makes a model of them."""
PART_BYTES = 4_500_000
LARGE = 100_000
"""Weights of a matrix from which on it is kept in 8 bits."""


@dataclass(frozen=True, slots=True)
class EncoderWeights:
    """``arrays``: by the path that Keras gives them, as they are after loading; ``training``: for
    the manifest.
    """

    version: str
    shape: EncoderShape
    arrays: Mapping[str, Array] = field(repr=False)
    training: Mapping[str, Any] = field(repr=False)


def make(
    shape: EncoderShape, arrays: Mapping[str, Array], training: Mapping[str, Any]
) -> EncoderWeights:
    """Weights as they will be stored, with their version."""
    kept = {name: array_storage.stored(array, how(array)) for name, array in arrays.items()}
    return EncoderWeights(_version(shape, kept), shape, kept, training)


def how(array: Array) -> Storage:
    """The way an array is kept."""
    return "linear8" if array.ndim == 2 and array.size >= LARGE else "float16"


def save(weights: EncoderWeights, folder: Path, card: str) -> None:
    """Write the folder. The same weights give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    for number, part in enumerate(_parts(weights.arrays)):
        parts[f"weights-{number}.npz"] = part
        # Its other options are not given
        np.savez_compressed(folder / f"weights-{number}.npz", **part)  # type: ignore[arg-type]
    (folder / CARD).write_text(card, encoding="utf8")
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "version": weights.version,
        "shape": asdict(weights.shape),
        "arrays": {name: how(array) for name, array in weights.arrays.items()},
        "training": weights.training,
        "sha256": {name: _digest(folder / name) for name in (CARD, *parts)},
    }
    (folder / MANIFEST).write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf8"
    )


def load(folder: Path = FOLDER) -> EncoderWeights:
    """Read and check them. Raises ``ModelNotFound``, or ``ModelIntegrityError`` naming the file
    that is not as it should be.
    """
    manifest = _manifest(folder)
    for name, digest in manifest["sha256"].items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise ModelIntegrityError(f"{folder / name} does not match its digest in {MANIFEST}")
    try:
        packed: dict[str, Array] = {}
        for name in manifest["sha256"].keys() - {CARD}:
            with np.load(folder / name, allow_pickle=False) as file:
                packed |= dict(file.items())
        arrays = {
            name: array_storage.unpack(name, packed, kept)
            for name, kept in manifest["arrays"].items()
        }
        shape = EncoderShape(**manifest["shape"])
        version = _version(shape, arrays)
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelIntegrityError(
            f"{folder / MANIFEST} does not describe an encoder: {type(error).__name__}"
        ) from error
    if manifest.get("version") != version:
        raise ModelIntegrityError(f"{folder / MANIFEST} and the weights are not of one version")
    return EncoderWeights(version, shape, arrays, manifest.get("training", {}))


def _parts(arrays: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    part: dict[str, Array] = {}
    for name, array in sorted(arrays.items()):
        packed = array_storage.pack(name, array, how(array))
        if part and _bytes(part) + _bytes(packed) > PART_BYTES:
            yield part
            part = {}
        part |= packed
    yield part


def _bytes(arrays: Mapping[str, Array]) -> int:
    return sum(array.nbytes for array in arrays.values())


def _version(shape: EncoderShape, arrays: Mapping[str, Array]) -> str:
    encoder = Part("wordpieces", {"length": e5_tokenizer.LENGTH, "head": e5_tokenizer.HEAD})
    return artifact.fingerprint(
        Part(KIND, asdict(shape)), encoder, arrays, Calibration(1.0, 0.0), ()
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelNotFound(f"no encoder in {folder}: there is no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        known = (manifest["kind"], manifest["format"]) == (KIND, FORMAT) and isinstance(
            manifest["sha256"], dict
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelIntegrityError(f"{path} is damaged: {type(error).__name__}") from error
    if not known:
        raise ModelIntegrityError(f"{path} is not a {KIND} of format {FORMAT}")
    return manifest


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
