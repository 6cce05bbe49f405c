"""Cost and gain of quantization and pruning, measured on labelled reviews."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from infra.settings import ScoringSettings
from models import labels
from models.artifact import array_storage
from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Artifact
from models.artifact.calibration import Labels
from models.inference import encoders, engines
from models.inference.engines.onnx_graph import Precision, graph
from models.inference.engines.port import Engine
from models.inference.network_reader import probabilities
from models.text.ngrams import Ids

STORAGES: tuple[Storage, ...] = ("float32", "float16", "root8", "linear8")
PRUNED = (0.5, 0.8, 0.9, 0.95, 0.98)
TURNS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """``changed``: reviews judged otherwise than by the model as it is. ``microseconds``: a review,
    in the engine alone.
    """

    variant: str
    megabytes: float
    accuracy: float
    changed: int
    microseconds: float


def costs(
    artifact: Artifact, texts: Sequence[str], positive: Labels, scoring: ScoringSettings
) -> Iterator[Cost]:
    """The model as it is first, then its variants. ``texts``: cleaned; at least one."""
    inputs = encoders.build(artifact)(texts)
    judged = None
    for name, size, start in _variants(artifact, scoring):
        scores, seconds = _timed(start(), inputs)
        judged = scores >= 0.5 if judged is None else judged
        changed = int(np.sum((scores >= 0.5) != judged))
        accuracy = float(np.mean((scores >= 0.5) == positive))
        yield Cost(name, size / 1e6, accuracy, changed, seconds / len(texts) * 1e6)


def pruned(array: Array, share: float) -> Array:
    """The array with that share of its weights, the smallest, set to zero; zeros that were there
    count.
    """
    least = np.partition(np.abs(array), int(share * array.size), axis=None)[int(share * array.size)]
    kept: Array = np.where(np.abs(array) < least, 0, array).astype(array.dtype)
    return kept


def _variants(
    artifact: Artifact, scoring: ScoringSettings
) -> Iterator[tuple[str, int, Callable[[], Engine]]]:
    """Name, bytes on disk, and how to start it."""

    def on(variant: Artifact, engine: str = "tensorflow") -> Callable[[], Engine]:
        return lambda: engines.start(variant, scoring.model_copy(update={"engine": engine}))

    yield "as it is", _size(artifact), on(artifact)
    precisions: dict[str, Precision] = {"onnx": "float32", "onnx-int8": "int8"}
    for engine, precision in precisions.items():
        yield f"engine {engine}", graph(artifact, precision).ByteSize(), on(artifact, engine)
    for how in STORAGES:
        variant = _stored(artifact, how)
        yield f"stored as {how}", _size(variant), on(variant)
    largest = max(artifact.arrays, key=lambda name: artifact.arrays[name].size)
    for share in PRUNED:
        variant = replace(
            artifact, arrays={**artifact.arrays, largest: pruned(artifact.arrays[largest], share)}
        )
        yield f"{share:.0%} of {largest} pruned", _size(variant), on(variant)


def _stored(artifact: Artifact, how: Storage) -> Artifact:
    """The artifact with all its weights stored in that way."""
    kinds: dict[str, Storage] = {
        name: before if before == "exact" else how for name, before in artifact.storage.items()
    }
    arrays = {
        name: array_storage.stored(array, kinds[name]) for name, array in artifact.arrays.items()
    }
    return replace(artifact, arrays=arrays, storage=kinds)


def _size(artifact: Artifact) -> int:
    file = io.BytesIO()
    np.savez_compressed(file, **artifacts.packed(artifact))
    return file.tell()


def _timed(engine: Engine, inputs: Mapping[str, list[Ids]]) -> tuple[Array, float]:
    """Scores, and the seconds of processor time of the fastest of some turns: the machine
    may be busy.
    """
    seconds = []
    for _ in range(TURNS):
        began = time.process_time()
        scores = labels.scores(probabilities(engine, inputs))
        seconds.append(time.process_time() - began)
    return scores, min(seconds)
