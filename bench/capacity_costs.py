"""Measured costs of a review as lines over its characters, read from ``costs.json``, and measured
rates of one and two workers, read from what ``make bench`` wrote.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from schemas.errors import InputError

COSTS = Path(__file__).with_name("costs.json")
LATEST = Path(__file__).with_name("latest.json")
PROCESSOR_S = ("worker", "sink", "broker", "load", "insert", "merge")
QUIET = 0.1
BYTES = ("raw_bytes", "scored_bytes", "row_bytes")


@dataclass(frozen=True, slots=True)
class Line:
    """``fixed + per_character * characters``, neither below 0. ``error``: the largest relative
    deviation from what it was fitted to.
    """

    fixed: float
    per_character: float
    error: float = 0.0

    def at(self, characters: float) -> float:
        """The cost of a review of so many characters."""
        return self.fixed + self.per_character * characters


@dataclass(frozen=True, slots=True)
class Workers:
    """Measured reviews a second of ``one`` worker and of ``two``, on two cores with broker and load
    beside them; ``computation``: two processes of pure computation, times one. ``others``: the
    share of the machine that other processes used meanwhile.
    """

    source: str
    measured: str
    characters: float
    one: float
    two: float
    computation: float
    others: float = 0.0

    @property
    def quiet(self) -> bool:
        """Whether the rates say something about the workers rather than about the others."""
        return self.others <= QUIET


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds for a million reviews of worker, sink, broker, load generator, ClickHouse's
    ``insert`` and one ``merge`` of all rows; bytes of a record on ``reviews.raw`` and
    ``reviews.scored`` and of a row, compressed.

    ``aspects_worker`` and ``aspects_scored``: times as much with aspects. ``memory``: bytes.
    ``second_worker``: a worker's processor seconds beside another one, times those of one alone.
    """

    measured: str
    processor: str
    lines: Mapping[str, Line]
    aspects_worker: float
    aspects_scored: float
    memory: float
    second_worker: float
    workers: Workers

    def at(self, what: str, characters: float, *, aspects: bool = False) -> float:
        """A cost by the name of its line."""
        times = {"worker": self.aspects_worker, "scored_bytes": self.aspects_scored}
        cost = self.lines[what].at(characters)
        return cost * times.get(what, 1.0) if aspects else cost


COMMITTED = Workers(
    "docs/measurements.md, with `reviews-en`", "2026-11-25", 1317, 1399, 1399 * 1.36, 1.53
)
"""What `make bench` found when its figures were last recorded."""


def fit(characters: Sequence[float], costs: Sequence[float]) -> Line:
    """The line with the smallest sum of squared relative deviations, neither part below 0."""
    x, y = np.asarray(characters, np.float64), np.asarray(costs, np.float64)
    design = np.column_stack([1 / y, x / y])
    (fixed, per_character), _ = nnls(design, np.ones(len(y)))
    error = np.abs((fixed + per_character * x) / y - 1).max()
    return Line(float(fixed), float(per_character), float(error))


def load_costs(path: Path = COSTS) -> Costs:
    """Read what ``bench.costs`` measured. Raises ``InputError`` that names what is missing."""
    document = _document(path)
    lengths = document.get("lengths")
    if not isinstance(lengths, dict) or len(lengths) < 2:
        raise InputError(f"{path.name}: lengths must hold two lengths at least")
    characters = [float(length) for length in lengths]
    lines = {
        name: fit(characters, [_number(document, path, "lengths", each, name) for each in lengths])
        for name in (*PROCESSOR_S, *BYTES)
    }
    pair = {
        name: _number(document, path, "pair", name)
        for name in ("characters", "one", "two", "computation")
    }
    measured = str(document.get("measured", "an unknown day"))[:10]
    return Costs(
        measured,
        str(document.get("machine", {}).get("processor", "unknown")),
        lines,
        _number(document, path, "aspects", "worker"),
        _number(document, path, "aspects", "scored_bytes"),
        _number(document, path, "worker_memory"),
        _number(document, path, "pair", "worker")
        / _number(document, path, "lengths", f"{pair['characters']:g}", "worker"),
        Workers("`python -m bench.costs`", measured, **pair, others=_others(document, path)),
    )


def load_workers(path: Path = LATEST) -> Workers:
    """What `make bench` wrote if it measured one worker and two, else the recorded figures. Raises
    ``InputError`` where the file is no JSON.
    """
    document = _document(path) if path.exists() else {}
    try:
        one = document["contenders"]["undertone"]["rate"]["median"]
        return Workers(
            f"`make bench` ({path.name})",
            str(document["measured"])[:10],
            document["reviews"]["mean_characters"],
            one,
            one * document["ratios"]["two-workers"]["median"],
            document["second_core"]["median"],
        )
    except (KeyError, TypeError):
        return COMMITTED


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path.name} is no JSON") from error
    if not isinstance(document, dict):
        raise InputError(f"{path.name} is no JSON object")
    return document


def _others(document: Mapping[str, Any], path: Path) -> float:
    """The larger of the shares beside one and beside two workers."""
    found = document["pair"].get("others")
    if not (isinstance(found, list) and found and all(isinstance(one, float) for one in found)):
        raise InputError(f"{path.name}: pair.others must be a list of numbers")
    return float(max(found))


def _number(document: Mapping[str, Any], path: Path, *keys: str) -> float:
    found: Any = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InputError(f"{path.name}: {'.'.join(keys)} is not there or is no number")
    if not (math.isfinite(found) and found > 0):
        raise InputError(f"{path.name}: {'.'.join(keys)} must be above 0")
    return float(found)
