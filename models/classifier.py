"""A model ready for use: texts → probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import artifact as artifacts
from models.encoding import Encoder, pad
from models.engines.port import Engine

# Cells of one padded batch: what bounds memory when one review in it is very long.
MAX_CELLS = 1 << 20


@dataclass(frozen=True, slots=True)
class Classifier:
    """One version of one model, and the engine that runs it."""

    name: str
    version: str
    encoder: Encoder
    engine: Engine

    @classmethod
    def load(cls, folder: str | None = None, *, threads: int = 1) -> Classifier:
        """The model in ``folder``, by default the one shipped, checked and warmed up.

        Raises ``ModelNotFound`` or ``ModelIntegrityError``.
        """
        from models.engines.tensorflow import TensorFlowEngine  # seconds to import: only for who scores

        artifact = artifacts.load(Path(folder) if folder else artifacts.PRETRAINED)
        engine = TensorFlowEngine(artifact, threads=threads)
        engine.warm_up()
        return cls(artifact.name, artifact.version, Encoder(artifact.encoder), engine)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive) of each cleaned and masked text, float32 [len(texts)]. Raises ``EngineUnavailable``."""
        rows = self.encoder(texts)
        scores = np.zeros(len(rows), np.float32)
        for group in groups([len(row) for row in rows], MAX_CELLS):
            length = max(1, len(rows[group[-1]]))
            scores[group] = self.engine.probabilities(pad([rows[i] for i in group], length))
        return scores


def groups(lengths: Sequence[int], max_cells: int) -> Iterator[list[int]]:
    """Positions 0 … n-1 in groups of rising length that, padded to their longest, stay within ``max_cells`` (or are single)."""
    group: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[position] > max_cells:
            yield group
            group = []
        group.append(position)
    if group:
        yield group
