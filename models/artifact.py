"""A model on disk: a folder with weights, a model card and ``manifest.json``, which holds the SHA-256 of every other file.

Weights of the linear network are stored in 8 bits each, as the signed square root of their share of the largest: most are
tiny, and the few that are not need no more precision than that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.calibration import Calibration
from models.encoding import EncoderSettings
from schemas.errors import ModelIntegrityError, ModelNotFound

FORMAT, NETWORK = 1, "ngram_bag"
MANIFEST, WEIGHTS, CARD = "manifest.json", "weights.npz", "README.md"
LEVELS = 127
PRETRAINED = Path(__file__).parent / "pretrained" / "imdb-ngram"


@dataclass(frozen=True, slots=True)
class Artifact:
    """``weights``: float32 [2**bits]; ``training``: how it was made and how good it was, for the manifest and the card."""

    name: str
    version: str
    encoder: EncoderSettings
    weights: npt.NDArray[np.float32]
    bias: float
    calibration: Calibration
    training: dict[str, Any]


def save(artifact: Artifact, folder: Path, card: str) -> None:
    """Write the folder. The same artifact gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    peak = float(np.abs(artifact.weights).max()) or 1.0
    np.savez_compressed(folder / WEIGHTS, levels=_compress(artifact.weights, peak), peak=np.float64(peak))
    (folder / CARD).write_text(card, encoding="utf8")
    manifest = {
        "format": FORMAT,
        "name": artifact.name,
        "version": artifact.version,
        "network": NETWORK,
        "encoder": asdict(artifact.encoder),
        "bias": artifact.bias,
        "calibration": asdict(artifact.calibration),
        "training": artifact.training,
        "sha256": {name: _digest(folder / name) for name in (CARD, WEIGHTS)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf8")


def load(folder: Path = PRETRAINED) -> Artifact:
    """Read and check a model.

    Raises ``ModelNotFound``, or ``ModelIntegrityError`` naming the file that is not as it should be.
    """
    manifest = _manifest(folder)
    for name, digest in manifest["sha256"].items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise ModelIntegrityError(f"{path} does not match its digest in {MANIFEST}")
    if manifest["sha256"].keys() != {path.name for path in folder.iterdir()} - {MANIFEST}:
        raise ModelIntegrityError(f"{folder} holds files that {MANIFEST} does not name")
    try:
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            weights = _expand(arrays["levels"], float(arrays["peak"]))
        artifact = Artifact(
            name=manifest["name"],
            version=manifest["version"],
            encoder=EncoderSettings(**manifest["encoder"]),
            weights=weights,
            bias=manifest["bias"],
            calibration=Calibration(**manifest["calibration"]),
            training=manifest["training"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelIntegrityError(f"{folder / MANIFEST} does not describe a model: {type(error).__name__}") from error
    # No digest covers the manifest itself, but the version is made of every number in it that changes a score.
    if artifact.version != fingerprint(weights, artifact.bias, artifact.calibration, artifact.encoder):
        raise ModelIntegrityError(f"{folder / MANIFEST} and {WEIGHTS} are not of one version")
    return artifact


def fingerprint(weights: npt.NDArray[np.float32], bias: float, calibration: Calibration, encoder: EncoderSettings) -> str:
    """A version names the model that came out: the same one trained again is not a new one. ``weights`` as quantised."""
    return hashlib.sha256(weights.tobytes() + repr((bias, calibration, encoder)).encode()).hexdigest()[:12]


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelNotFound(f"no model in {folder}: there is no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        found, network, digests = manifest["format"], manifest["network"], dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelIntegrityError(f"{path} is damaged: {type(error).__name__}") from error
    if (found, network) != (FORMAT, NETWORK) or digests.keys() != {WEIGHTS, CARD}:
        raise ModelIntegrityError(f"{path} is not of format {FORMAT} with a {NETWORK}")
    return manifest


def quantised(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The weights as they will be when saved and loaded: what is evaluated must be what is shipped."""
    peak = float(np.abs(weights).max()) or 1.0
    return _expand(_compress(weights, peak), peak)


def _compress(weights: npt.NDArray[np.float32], peak: float) -> npt.NDArray[np.int8]:
    return np.round(np.sign(weights) * np.sqrt(np.abs(weights) / peak) * LEVELS).astype(np.int8)


def _expand(levels: npt.NDArray[np.int8], peak: float) -> npt.NDArray[np.float32]:
    shares = levels.astype(np.float32) / LEVELS
    expanded: npt.NDArray[np.float32] = np.sign(shares) * np.square(shares) * np.float32(peak)
    return expanded


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
