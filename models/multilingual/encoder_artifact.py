"""The multilingual encoder as a model like any other: fine-tuned layers, the table of subword
vectors and the tokenizer in one artifact, which every engine runs.

multilingual-e5-small (Wang et al. 2024, https://arxiv.org/abs/2402.05672), fine-tuned to three
classes; see docs/encoder.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.artifact import artifact
from models.artifact.array_storage import LEVELS, Array, Storage
from models.artifact.artifact import ENCODER, Artifact, Part
from models.artifact.calibration import Calibration
from models.inference.encoders import PIECES, TOKENIZER
from models.inference.routing import Routing
from models.multilingual import encoder_weights, packages
from models.multilingual.e5_file import E5File
from models.multilingual.e5_tokenizer import HEAD, LENGTH, LONGEST
from schemas.errors import ModelIntegrityError

NAME: Final = "encoder"
SHIFT: Final = 1
"""Of the ids of pieces: the first piece of the tokenizer would be the padding of a batch."""
ROWS, SCALES = "table/rows", "table/scales"
CHUNK = 4096
FITTED: Final = Path(__file__).with_name("fitted.json")
"""What ``models.lab.judgement.cascade_fit`` found for the layers and the shipped student."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """``scale`` of the encoder's logits, which calibrates it, and the routing of a cascade."""

    scale: float
    routing: Routing

    @classmethod
    def read(cls, path: Path = FITTED) -> Fitted:
        """Of a file that ``write`` wrote."""
        found = json.loads(path.read_text(encoding="utf8"))
        weights, by_language, quantiles = (
            np.array(found[name], np.float64) for name in ("weights", "by_language", "quantiles")
        )
        languages = tuple(found["languages"])
        return cls(
            found["scale"], Routing(languages, weights, by_language, quantiles, found["own"])
        )

    def write(self, path: Path = FITTED) -> None:
        """As JSON."""
        routing = self.routing
        found = {
            "scale": self.scale,
            "own": routing.own,
            "languages": list(routing.languages),
            **{
                name: [round(float(value), 5) for value in getattr(routing, name)]
                for name in ("weights", "by_language", "quantiles")
            },
        }
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")


def build(
    layers: Path = encoder_weights.FOLDER,
    e5: Path | None = None,
    tokenizer: Path | None = None,
    fitted: Fitted | None = None,
) -> Artifact:
    """The layers in a folder with the table and the tokenizer given, by default those of the
    installed packages.

    Raises ``InputError`` saying what to install, ``ModelNotFound`` or ``ModelIntegrityError``.
    """
    weights, table = encoder_weights.load(layers), E5File.open(e5 or packages.e5_file())
    if table.shape != weights.shape:
        raise ModelIntegrityError(
            f"encoder {weights.version}: its subwords belong to another model"
        )
    rows, scales = quantized(table)
    kept: dict[str, tuple[Array, Storage]] = {
        name: (array, encoder_weights.how(array)) for name, array in weights.arrays.items()
    }
    fitted = fitted or Fitted.read()
    kept |= {name: (array, "float32") for name, array in fitted.routing.arrays().items()}
    kept[ROWS], kept[SCALES] = (rows, "exact"), (scales, "float32")
    file = (tokenizer or packages.tokenizer_file()).read_bytes()
    kept[TOKENIZER] = np.frombuffer(file, np.uint8), "exact"
    reading = {"length": LENGTH, "head": HEAD, "longest": LONGEST, "shift": SHIFT}
    return artifact.make(
        NAME,
        Part(ENCODER, asdict(replace(weights.shape, vocabulary=len(rows)))),
        Part(PIECES, reading),
        kept,
        Calibration(fitted.scale, 0.0),
        {"layers": weights.version, **weights.training},
        fitted.routing.languages,
    )


def quantized(table: E5File) -> tuple[Array, Array]:
    """The table with a row of zeros before it, int8 [pieces + 1, width], and the scale of each row,
    float32 [pieces + 1, 1].
    """
    count, width = table.shape.vocabulary, table.shape.width
    rows = np.zeros((count + SHIFT, width), np.int8)
    scales = np.ones((count + SHIFT, 1), np.float32)
    for start in range(0, count, CHUNK):
        vectors = table.vectors(np.arange(start, min(start + CHUNK, count), dtype=np.int32))
        part = slice(start + SHIFT, start + SHIFT + len(vectors))
        peak = np.abs(vectors).max(1, keepdims=True)
        scales[part] = np.where(peak == 0, 1, peak) / LEVELS
        rows[part] = np.round(vectors / scales[part])
    return rows, scales
