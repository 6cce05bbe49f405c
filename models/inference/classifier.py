"""Classifier: a loaded model, texts → probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference import encoders, engines
from models.inference.encoders import TextEncoder
from models.inference.engines.port import Engine
from models.text.ngrams import Ids, pad

# Cells of one padded input: what bounds memory when one review in it is very long.
MAX_CELLS = 1 << 18
# Of networks of which a library holds much for each cell: larger batches leave the processor's
# cache, and take half as long again for each review; MiniLM's would take gigabytes besides. Numba's
# loops go text by text.
HEAVY = {"minilm": 1 << 12, "wide_and_deep": 1 << 14, "adapted": 1 << 14}
# Cells of padding that one more call of an engine is worth: measured, and not sharply, on batches
# of 32 and of 256 reviews.
WORTH_A_CALL = 16_384


@dataclass(frozen=True, slots=True)
class Classifier:
    """One version of one model, and the engine that runs it. ``languages``: ISO 639-1 codes of the
    texts it may be given.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    encoder: TextEncoder
    engine: Engine
    max_cells: int = MAX_CELLS

    @classmethod
    def load(cls, folder: str | None = None, scoring: ScoringSettings | None = None) -> Classifier:
        """The model in ``folder``, by default the one shipped, checked and warmed up.

        Raises ``ModelNotFound`` or ``ModelIntegrityError``.
        """
        return cls.start(
            artifacts.load(Path(folder) if folder else artifacts.PRETRAINED),
            scoring or ScoringSettings(),
        )

    @classmethod
    def start(cls, artifact: Artifact, scoring: ScoringSettings) -> Classifier:
        """An artifact on the engine that the settings name. Raises ``ModelIntegrityError`` for a
        kind there is not.
        """
        encoder = encoders.build(artifact)
        light = engines.chosen(artifact, scoring) == "numba"
        cells = MAX_CELLS if light else HEAVY.get(artifact.network.kind, MAX_CELLS)
        encoder([""])  # which loads what it compiled, or compiles it
        return cls(
            artifact.name,
            artifact.version,
            artifact.languages,
            encoder,
            engines.start(artifact, scoring),
            cells,
        )

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive) of each cleaned and masked text, float32 [len(texts)]. Raises
        ``EngineUnavailable``.
        """
        return judge(self.engine, self.encoder(texts), self.max_cells)


def judge(
    engine: Engine, inputs: Mapping[str, list[Ids]], max_cells: int = MAX_CELLS
) -> npt.NDArray[np.float32]:
    """P(positive) of texts as an encoder gives them, float32 [texts], in as few calls as memory and
    padding allow.
    """
    lengths = [max(map(len, rows)) for rows in zip(*inputs.values(), strict=True)]
    scores = np.zeros(len(lengths), np.float32)
    for group in groups(lengths, max_cells):
        batch = {name: [rows[i] for i in group] for name, rows in inputs.items()}
        scores[group] = engine.probabilities(
            {name: pad(rows, max(map(len, rows))) for name, rows in batch.items()}
        )
    return scores


def groups(lengths: Sequence[int], max_cells: int) -> Iterator[list[int]]:
    """Positions 0 … n-1 in groups of rising and similar length.

    Padded to its longest a group stays within ``max_cells``, or is single, and little of it is
    padding.
    """
    group: list[int] = []
    filled = 0
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[position]
        cells = (len(group) + 1) * length
        if group and (cells > max_cells or cells - length - filled > WORTH_A_CALL):
            yield group
            group, filled = [], 0
        group.append(position)
        filled += length
    if group:
        yield group
