"""Model artifact: a folder with weights, a model card and ``manifest.json``, which holds the
SHA-256 of every other file.

The manifest names the kind of network and of encoder, each with its settings; ``models.networks``
and ``models.inference.encoders`` build them. ``weights.npz`` holds their arrays, each stored as
``models.artifact.array_storage`` can. ``manifest.sig`` may sign the manifest.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import array_storage
from models.artifact.array_storage import Array, Storage
from models.artifact.calibration import Calibration
from models.artifact.revision import source_digest
from schemas.errors import ModelIntegrityError, ModelNotFound

FORMAT = 2
MANIFEST, WEIGHTS, CARD, SIGNATURE = "manifest.json", "weights.npz", "README.md", "manifest.sig"
FOLDER = Path(__file__).parents[1] / "pretrained"
PRETRAINED, LIGHT = FOLDER / "reviews-en", FOLDER / "imdb-ngram"
"""The binary model for English, and a smaller, faster one."""
CHINESE, JUDGE = FOLDER / "reviews-zh", FOLDER / "judge"
"""The binary model for Chinese, and the multilingual one of three classes."""
SHIPPED: tuple[Path, ...] = (JUDGE,)
"""The models that are used where none are named, each for languages of its own."""
STUDENT, ENCODER = "student", "multilingual_encoder"
"""Kinds of multilingual networks, of three classes: the one that is shipped, which no engine but
its own runs, and the slower, more accurate one.
"""
ADAPTED, ADAPTER = "adapted", "adapter/"
"""Kind of any network with an adapter, whose arrays are named so."""
ADAPTER_KNOWN, ADAPTER_SHIFT, ADAPTER_GATE, ADAPTER_BIAS = (
    f"{ADAPTER}{name}" for name in ("known", "shift", "gate", "bias")
)
ENGLISH = ("en",)


@dataclass(frozen=True, slots=True)
class Part:
    """A network or an encoder: what kind it is, and what else must be known to build it (anything
    that JSON can say).
    """

    kind: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Artifact:
    """``arrays``: by name, as they are after loading (see ``stored``), and ``storage``, how each is
    kept on disk.

    ``training``: how it was made and how good it was, for the manifest and the card. ``languages``:
    ISO 639-1 codes it serves.
    """

    name: str
    version: str
    network: Part
    encoder: Part
    arrays: Mapping[str, Array]
    storage: Mapping[str, Storage]
    calibration: Calibration
    training: dict[str, Any]
    languages: tuple[str, ...] = ENGLISH

    @property
    def multilingual(self) -> bool:
        """See ``is_multilingual``."""
        return is_multilingual(asdict(self.network))

    @property
    def is_student(self) -> bool:
        """Whether it is a student, with an adapter or without."""
        return base_kind(asdict(self.network)) == STUDENT


def base_kind(network: Mapping[str, Any]) -> str:
    """Kind of the network in a manifest, or of the one that it adapts."""
    kind: str = network["kind"]
    return base_kind(network["config"]["base"]) if kind == ADAPTED else kind


def is_multilingual(network: Mapping[str, Any]) -> bool:
    """Whether the network in a manifest judges texts of any language, whatever it declares."""
    return base_kind(network) in {STUDENT, ENCODER}


def without_adapter(artifact: Artifact) -> Artifact:
    """The model without its adapter, if it has one."""
    if artifact.network.kind != ADAPTED:
        return artifact
    arrays = {key: each for key, each in artifact.arrays.items() if not key.startswith(ADAPTER)}
    return replace(
        artifact,
        network=Part(**artifact.network.config["base"]),
        arrays=arrays,
        storage={key: artifact.storage[key] for key in arrays},
    )


def make(
    name: str,
    network: Part,
    encoder: Part,
    arrays: Mapping[str, tuple[Array, Storage]],
    calibration: Calibration,
    training: dict[str, Any],
    languages: tuple[str, ...] = ENGLISH,
) -> Artifact:
    """An artifact with its version, of arrays as they were trained. Its ``training`` also tells of
    the code that made it.
    """
    kept = {key: array_storage.stored(array, how) for key, (array, how) in arrays.items()}
    how = {key: how for key, (_, how) in arrays.items()}
    version = fingerprint(network, encoder, kept, calibration, languages)
    made = {**training, "code_sha256": source_digest()}
    return Artifact(name, version, network, encoder, kept, how, calibration, made, languages)


def save(artifact: Artifact, folder: Path, card: str) -> None:
    """Write the folder. The same artifact gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / WEIGHTS, **packed(artifact))
    (folder / CARD).write_text(card, encoding="utf8")
    manifest = {
        "format": FORMAT,
        "name": artifact.name,
        "version": artifact.version,
        "languages": list(artifact.languages),
        "network": asdict(artifact.network),
        "encoder": asdict(artifact.encoder),
        "arrays": dict(sorted(artifact.storage.items())),
        "calibration": asdict(artifact.calibration),
        "training": artifact.training,
        "sha256": {name: _digest(folder / name) for name in (CARD, WEIGHTS)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf8")


def packed(artifact: Artifact) -> dict[str, Any]:
    """Contents of ``weights.npz``."""
    parts = (
        array_storage.pack(key, array, artifact.storage[key])
        for key, array in sorted(artifact.arrays.items())
    )
    return {name: array for part in parts for name, array in part.items()}


def load(folder: Path = PRETRAINED) -> Artifact:
    """Read and check a model.

    Raises ``ModelNotFound``, or ``ModelIntegrityError`` naming the file that is not as it should
    be.
    """
    manifest = read_manifest(folder)
    for name, digest in manifest["sha256"].items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise ModelIntegrityError(f"{path} does not match its digest in {MANIFEST}")
    if manifest["sha256"].keys() != {path.name for path in folder.iterdir()} - {
        MANIFEST,
        SIGNATURE,
    }:
        raise ModelIntegrityError(f"{folder} holds files that {MANIFEST} does not name")
    try:
        how: dict[str, Storage] = manifest["arrays"]
        with np.load(folder / WEIGHTS, allow_pickle=False) as file:
            arrays = {key: array_storage.unpack(key, file, how[key]) for key in how}
        artifact = Artifact(
            name=manifest["name"],
            version=manifest["version"],
            network=Part(**manifest["network"]),
            encoder=Part(**manifest["encoder"]),
            arrays=arrays,
            storage=how,
            calibration=Calibration(**manifest["calibration"]),
            training=manifest["training"],
            languages=tuple(manifest["languages"]),
        )
        version = fingerprint(
            artifact.network, artifact.encoder, arrays, artifact.calibration, artifact.languages
        )
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelIntegrityError(
            f"{folder / MANIFEST} does not describe a model: {type(error).__name__}"
        ) from error
    # No digest covers the manifest itself, but the version is made of everything in it that changes
    # a score.
    if artifact.version != version:
        raise ModelIntegrityError(f"{folder / MANIFEST} and {WEIGHTS} are not of one version")
    return artifact


def fingerprint(
    network: Part,
    encoder: Part,
    arrays: Mapping[str, Array],
    calibration: Calibration,
    languages: tuple[str, ...],
) -> str:
    """A version names the model that came out: the same one trained again is not a new one.
    ``arrays`` as after loading.
    """
    parts = [asdict(network), asdict(encoder), asdict(calibration), list(languages)]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for key, array in sorted(arrays.items()):
        digest.update(f"{key} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:12]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of a model; no other file is read. Raises as ``load`` does."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelNotFound(f"no model in {folder}: there is no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        found, digests = manifest["format"], dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelIntegrityError(f"{path} is damaged: {type(error).__name__}") from error
    if found != FORMAT or digests.keys() != {WEIGHTS, CARD}:
        raise ModelIntegrityError(f"{path} is not of format {FORMAT}")
    return manifest


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
