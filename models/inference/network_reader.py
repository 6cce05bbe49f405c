"""Networks of models as readers of texts: batches of similar length, within a bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference import encoders, engines
from models.inference.encoders import TextEncoder
from models.inference.engines.port import Engine
from models.labels import BINARY, Floats, Judgement
from models.text.ngrams import Ids, pad

# Cells of one padded input: what bounds memory when one review in it is very long.
MAX_CELLS = 1 << 18
# Of networks of which a library holds much for each cell: larger batches leave the processor's
# cache, and take half as long again for each review; MiniLM's would take gigabytes besides. Numba's
# loops go text by text.
HEAVY = {
    "minilm": 1 << 12,
    artifacts.ENCODER: 1 << 12,
    "wide_and_deep": 1 << 14,
    "adapted": 1 << 14,
}
# Cells of padding that one more call of an engine is worth: measured, and not sharply, on batches
# of 32 and of 256 reviews.
WORTH_A_CALL = 16_384


@dataclass(frozen=True, slots=True)
class Network:
    """``Reader`` of a network that an ``encoder`` feeds, whatever the language. ``max_cells``: of
    one padded input.
    """

    encoder: TextEncoder
    engine: Engine
    max_cells: int = MAX_CELLS

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Classifier.judge``."""
        inputs = self.encoder(texts)
        return Judgement(
            probabilities(self.engine, inputs, self.max_cells), self.encoder.known(inputs)
        )


def network(artifact: Artifact, scoring: ScoringSettings) -> Network:
    """The network of an artifact and its encoder, warmed up. Raises as ``Classifier.start``."""
    encoder = encoders.build(artifact)
    light = engines.chosen(artifact, scoring) == "numba"
    cells = MAX_CELLS if light else HEAVY.get(artifact.network.kind, MAX_CELLS)
    encoder([""])  # which loads what it compiled, or compiles it
    return Network(encoder, engines.start(artifact, scoring), cells)


def probabilities(
    engine: Engine, inputs: Mapping[str, list[Ids]], max_cells: int = MAX_CELLS
) -> Floats:
    """Of texts as an encoder gives them, float32 [texts, classes], in as few calls as memory and
    padding allow.
    """
    lengths = [max(map(len, rows)) for rows in zip(*inputs.values(), strict=True)]
    found = np.zeros((0, BINARY), np.float32)
    for group in groups(lengths, max_cells):
        batch = {name: [rows[i] for i in group] for name, rows in inputs.items()}
        part = engine.probabilities(
            {name: pad(rows, max(map(len, rows))) for name, rows in batch.items()}
        )
        if not len(found):
            found = np.zeros((len(lengths), part.shape[1]), np.float32)
        found[group] = part
    return found


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
