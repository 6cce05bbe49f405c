"""Numba engine: compiled loops in process, for the shipped networks and their adapters.

The engine wherever it can be: measured beside TensorFlow it takes 60% of the processor time for a
review, tokenisation included, 30% of the time to start and 37% of the memory. TensorFlow trains
these networks, and its answers are what this is held to.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.artifact.array_storage import Array
from models.artifact.artifact import ADAPTER_BIAS, ADAPTER_GATE, ADAPTER_SHIFT, Artifact, Part
from models.inference.engines import numba_kernels as kernels
from models.inference.engines.numba_deep import Deep, same_shape
from models.inference.engines.port import Floats
from models.labels import BINARY, both
from models.text.hash_kernels import Places
from models.text.ngrams import PADDING, Ids
from schemas.errors import ModelIntegrityError


def runs(network: Part) -> bool:
    """Whether this engine can run such a network."""
    match network.kind:
        case "ngram_bag":
            return True
        case "wide_and_deep":
            return bool(network.config.get("width") == kernels.SPAN)
        case "adapted":
            return runs(_base(network))
    return False


class NumbaEngine:
    """Holds all tables of n-grams side by side, so that each id is looked up once, and the deep
    side if there is one.
    """

    def __init__(self, artifact: Artifact) -> None:
        """Raises ``ModelIntegrityError`` where it cannot run the network, or the arrays are not the
        network's weights.
        """
        self._artifact = artifact
        base = _base(artifact.network)
        if not runs(artifact.network):
            raise ModelIntegrityError(
                f"{artifact.name}: Numba does not run a {artifact.network.kind}"
            )
        try:
            columns = np.column_stack(_tables(artifact.network, artifact.arrays))
            self._columns, self._table = columns.shape[1], _aligned(columns)
            self._deep = (
                Deep.of(base.config, artifact.arrays) if base.kind == "wide_and_deep" else None
            )
            self.warm_up()
        except (TypeError, ValueError, KeyError) as error:
            raise ModelIntegrityError(
                f"{artifact.name}: its weights are not those of a {artifact.network.kind}"
            ) from error

    def probabilities(self, inputs: Mapping[str, Ids]) -> Floats:
        """See ``Engine``. Raises ``ModelIntegrityError`` for ids that are beyond the tables:
        compiled loops do not look.
        """
        if not all(map(len, inputs.values())):
            return np.zeros((0, BINARY), np.float32)
        ids, lengths = self._read(inputs["ids"], len(self._table))
        sums = kernels.sums(ids, lengths, self._table)[:, : self._columns]
        deep, counts = None, lengths
        if self._deep:
            words, counts = self._read(inputs["words"], len(self._deep.tables))
            deep = self._deep.logits(words, counts)
        logits = _logits(self._artifact.network, self._artifact.arrays, sums, deep, counts)
        calibration = self._artifact.calibration
        return both(
            _sigmoid(np.float32(calibration.scale) * logits + np.float32(calibration.offset))
        )

    def warm_up(self) -> None:
        """Compile, or load what was compiled before."""
        self.probabilities(
            {name: np.full((1, 1), PADDING + 1, np.int32) for name in ("ids", "words")}
        )

    def _read(self, ids: Ids, size: int) -> tuple[Ids, Places]:
        ids = np.ascontiguousarray(ids)
        if ids.view(np.uint32).max(initial=0) >= size:
            raise ModelIntegrityError(
                f"{self._artifact.name}: its encoder is not that of its network"
            )
        return ids, kernels.counts(ids)


def _logits(
    network: Part, arrays: Mapping[str, Array], sums: Floats, deep: Floats | None, words: Places
) -> Floats:
    """[batch], of the ``sums`` over its tables and, for a wide and deep one, the deep side's logits
    and the count of words.
    """
    if network.kind == "adapted":
        shift, gate = (sums[:, -2:] + arrays[ADAPTER_BIAS]).T
        adapted: Floats = (
            _logits(_base(network), arrays, sums[:, :-2], deep, words) + _sigmoid(gate) * shift
        )
        return adapted
    if deep is None:
        bag: Floats = sums[:, 0] + arrays["sum/bias"]
        return bag
    middle, step = network.config["middle"], network.config["step"]
    shortness = _sigmoid(((np.log(middle) - np.log(words + 1)) / step).astype(np.float32))
    weights = np.column_stack([1 - shortness, shortness]) @ arrays["mixture/weights"]
    experts = np.column_stack([sums + arrays["wide/bias"], deep])
    mixed: Floats = (weights[:, :-1] * experts).sum(axis=1) + weights[:, -1]
    return mixed


def _base(network: Part) -> Part:
    return Part(**network.config["base"]) if network.kind == "adapted" else network


def _tables(network: Part, arrays: Mapping[str, Array]) -> list[Array]:
    """What is summed over n-grams, in the order in which ``_logits`` reads it. Raises ``KeyError``
    or ``ValueError``.
    """
    size = network.config["size"]
    match network.kind:
        case "adapted":
            tables = [
                *_tables(_base(network), arrays),
                arrays[ADAPTER_SHIFT],
                arrays[ADAPTER_GATE],
            ]
        case "wide_and_deep":
            same_shape(arrays["wide/table"], size, network.config["experts"])
            tables = [arrays["wide/table"]]
        case _:
            tables = [arrays["sum/weights"]]
    for table in tables:
        same_shape(table, size, *table.shape[1:])
    return tables


def _aligned(table: Array) -> Floats:
    """Columns of zeros behind it up to a power of two: a row never straddles two lines of the
    processor's cache.
    """
    width = 1 << (table.shape[1] - 1).bit_length()
    return np.ascontiguousarray(np.pad(table, [(0, 0), (0, width - table.shape[1])]), np.float32)


def _sigmoid(logits: Floats) -> Floats:
    """Without overflow, however large they are."""
    result: Floats = 0.5 * (1 + np.tanh(0.5 * logits))
    return result
