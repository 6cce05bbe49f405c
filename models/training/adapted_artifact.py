"""Artifacts of adapted models: what was fitted, beside the arrays of the model that it adapts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.artifact import artifact
from models.artifact.array_storage import Array, Storage, stored
from models.artifact.artifact import (
    ADAPTED,
    ADAPTER_BIAS,
    ADAPTER_KNOWN,
    ADAPTER_SHIFT,
    STUDENT,
    Artifact,
    Part,
)
from models.inference import encoders
from models.text.feature_index import bitmap
from models.text.ngrams import EncoderSettings

TABLES: Mapping[str, tuple[str, ...]] = {
    "wide_and_deep": ("wide/table",),
    "ngram_bag": ("sum/weights",),
    STUDENT: (),
}
"""By kind of network, which of its arrays have a row for each id of the adapter's n-grams."""


def over_network(
    base: Artifact,
    hashing: EncoderSettings,
    tables: Mapping[str, tuple[Array, Array]],
    biases: Array,
    training: dict[str, Any],
) -> Artifact:
    """``tables``: by name the weights and the ids that they are of. Ids that ``base`` knows nothing
    of become known to it.
    """
    width = 2**hashing.bits
    arrays = _stored(base)
    config = dict(base.network.config)
    spread = _spread(tables, width)
    if encoders.KNOWN in base.arrays:
        known_before = np.flatnonzero(np.unpackbits(base.arrays[encoders.KNOWN], bitorder="little"))
        before = np.zeros(width, np.bool_)
        # Rows of zeros are those that an adapter before this one asked for.
        tables_before = [
            base.arrays[key][1:].reshape(len(known_before), -1) for key in TABLES[base.network.kind]
        ]
        kept = np.any([table.any(axis=1) for table in tables_before], axis=0)
        before[known_before[kept]] = True
        # What storing in 8 bits rounds away needs no id.
        used = np.any([stored(table, "root8") != 0 for table in spread.values()], axis=0)
        known = before | used
        rows = np.cumsum(known)
        for key in TABLES[base.network.kind]:
            old = base.arrays[key]
            grown = np.zeros((int(known.sum()) + 1, *old.shape[1:]), old.dtype)
            grown[rows[before]] = old[1:][kept]
            arrays[key] = (grown, base.storage[key])
        arrays[encoders.KNOWN] = (bitmap(known), "exact")
        spread = {
            name: np.concatenate([[np.float32(0)], table[known]]) for name, table in spread.items()
        }
    size = len(spread[ADAPTER_SHIFT])
    arrays |= {name: (table, "root8") for name, table in spread.items()}
    arrays[ADAPTER_BIAS] = (biases, "float32")
    config["size"] = size
    network = Part(ADAPTED, {"size": size, "base": asdict(Part(base.network.kind, config))})
    return artifact.make(
        base.name, network, base.encoder, arrays, base.calibration, training, base.languages
    )


def over_student(
    base: Artifact,
    hashing: EncoderSettings,
    tables: Mapping[str, tuple[Array, Array]],
    biases: Array,
    training: dict[str, Any],
    languages: Sequence[str],
) -> Artifact:
    """The student reads other features, so the adapter has an encoder of its own."""
    spread = _spread(tables, 2**hashing.bits)
    known = np.any([stored(table, "root8") != 0 for table in spread.values()], axis=0)
    arrays = _stored(base)
    arrays |= {
        name: (np.concatenate([[np.float32(0)], table[known]]), "root8")
        for name, table in spread.items()
    }
    arrays[ADAPTER_KNOWN] = (bitmap(known), "exact")
    arrays[ADAPTER_BIAS] = (biases, "float32")
    config = {"encoder": asdict(hashing), "base": asdict(base.network)}
    network = Part(ADAPTED, config | ({"languages": list(languages)} if languages else {}))
    return artifact.make(
        base.name, network, base.encoder, arrays, base.calibration, training, base.languages
    )


def _stored(base: Artifact) -> dict[str, tuple[Array, Storage]]:
    """Its arrays, and how each is kept."""
    return {key: (array, base.storage[key]) for key, array in base.arrays.items()}


def _spread(tables: Mapping[str, tuple[Array, Array]], width: int) -> dict[str, Array]:
    """By name the weights of all ids."""
    spread = {}
    for name, (weights, ids) in tables.items():
        spread[name] = np.zeros(width, np.float32)
        spread[name][ids] = weights
    return spread
