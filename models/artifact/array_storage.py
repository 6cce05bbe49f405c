"""Storage formats of weight arrays: 8, 16 or 32 bits, or exact.

What is evaluated must be what is shipped: ``stored`` gives an array as it will be after saving and
loading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Storage = Literal["root8", "linear8", "float16", "float32", "exact"]
"""``root8``: 8 bits, the signed square root of the share of the largest, for tables in which most
weights are tiny, and the few that are not need no more precision than that. ``linear8``: 8 bits,
the share of the largest of its column, of all in a vector. ``float16``, ``float32``: rounded to
that; all of these come back as float32. ``exact``: any type, such as ids or words, kept.
"""

LEVELS = 127


def stored(array: Array, how: Storage) -> Array:
    """The array as it will be when saved and loaded. Doing so again changes nothing."""
    return unpack("array", pack("array", array, how), how)


def pack(name: str, array: Array, how: Storage) -> dict[str, Array]:
    """Stored form of an array: under its name, and for 8 bits the largest weights under
    ``<name>.peak``.
    """
    if how in {"root8", "linear8"}:
        weights = np.asarray(array, np.float32)
        peak = _peak(
            weights,
            tuple(range(weights.ndim - 1)) if how == "linear8" and weights.ndim > 1 else None,
        )
        share = weights / peak
        if how == "root8":
            share = np.sign(share) * np.sqrt(np.abs(share))
        return {name: np.round(share * LEVELS).astype(np.int8), f"{name}.peak": peak}
    return {name: np.asarray(array) if how == "exact" else np.asarray(array, how)}


def unpack(name: str, packed: Mapping[str, Array], how: Storage) -> Array:
    """The array again. Raises ``KeyError`` where it is missing, ``ValueError`` where it is not
    stored in that way.
    """
    array = packed[name]
    if how == "exact":
        return array
    if how in {"float16", "float32"} and array.dtype == how:
        return np.asarray(array, np.float32)
    if how in {"root8", "linear8"} and array.dtype == np.int8:
        share = array.astype(np.float32) / LEVELS
        return np.asarray(
            (np.sign(share) * np.square(share) if how == "root8" else share)
            * packed[f"{name}.peak"],
            np.float32,
        )
    raise ValueError(f"{name} is not stored as {how}")


def _peak(
    weights: npt.NDArray[np.float32], axes: tuple[int, ...] | None
) -> npt.NDArray[np.float32]:
    """The largest magnitudes, 1 where there is nothing but zeros."""
    peak = np.abs(weights).max(axes, initial=0)
    return np.asarray(np.where(peak == 0, 1, peak), np.float32)
