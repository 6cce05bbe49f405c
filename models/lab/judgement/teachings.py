"""Soft labels for students: out-of-fold probabilities of the fine-tuned encoders on training texts.

Stored without texts, by the 64-bit key of each. A student that leaves out a domain is taught by
encoders that left it out.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.lab.judgement import corpus_split
from models.lab.judgement.text_keys import text_key
from schemas.errors import InputError

FILE = Path(__file__).parent / "teachings.npz"
LEVELS = 255
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Teaching:
    """``keys``: of texts, rising; ``levels``: P(negative) and P(positive) of each in 255ths,
    [texts, 2].
    """

    keys: Keys = field(repr=False)
    levels: Levels = field(repr=False)

    def of(self, texts: Sequence[str]) -> tuple[Floats, Chosen]:
        """Probabilities [texts, 3], and which of the texts are known: the others' are zeros."""
        asked = np.array([text_key(text) for text in texts], np.uint64)
        at = np.minimum(np.searchsorted(self.keys, asked), max(len(self.keys) - 1, 0))
        known = self.keys[at] == asked if len(self.keys) else np.zeros(len(asked), bool)
        probabilities = np.zeros((len(asked), 3), np.float32)
        probabilities[known] = _probabilities(self.levels[at[known]])
        return probabilities, known


@dataclass(frozen=True, slots=True)
class Teachings:
    """``all_domains``: of texts of every language; ``left_out``: by domain, of English texts of the
    other domains.

    ``own``: which keys of ``all_domains`` have the bucket that the text was split by; others are
    translations, split by their original.
    """

    all_domains: Teaching
    own: Chosen = field(repr=False)
    left_out: Mapping[str, Teaching]


def averaged(keys: Keys, probabilities: Floats) -> Teaching:
    """Soft labels with one entry per key: the mean over texts with the same key."""
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    total = np.zeros((len(distinct), 3))
    np.add.at(total, inverse, probabilities)
    mean = total / counts[:, None]
    return Teaching(distinct, np.round(mean[:, [0, 2]] * LEVELS).astype(np.uint8))


def save(teachings: Teachings, path: Path) -> None:
    """Write them; a domain's keys as positions among those of all. The same teachings give the same
    bytes.
    """
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "split": np.array(corpus_split.VERSION),
        "keys": teachings.all_domains.keys,
        "levels": teachings.all_domains.levels,
        "own": np.packbits(teachings.own),
    }
    for domain, teaching in teachings.left_out.items():
        arrays[f"left_out/{domain}/known"] = np.packbits(
            np.isin(teachings.all_domains.keys, teaching.keys)
        )
        arrays[f"left_out/{domain}/levels"] = teaching.levels
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # its other options are not given


def load(path: Path = FILE) -> Teachings:
    """Read them. Raises ``InputError`` naming the file: also where they are of another split than
    ``split.VERSION``.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file.items())
        version, keys = int(arrays["split"]), arrays["keys"]
        teaching = Teaching(keys, arrays["levels"])
        left_out = {}
        for name in arrays:
            if name.startswith("left_out/") and name.endswith("/levels"):
                domain = name.split("/")[1]
                known = _bits(arrays[f"left_out/{domain}/known"], len(keys))
                left_out[domain] = Teaching(keys[known], arrays[name])
        own = _bits(arrays["own"], len(keys))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: {error if isinstance(error, FileNotFoundError) else type(error).__name__}"
        ) from error
    if version != corpus_split.VERSION:
        raise InputError(
            f"{path} was made for version {version} of the split, not {corpus_split.VERSION}"
        )
    return Teachings(teaching, own, left_out)


def _bits(packed: npt.NDArray[np.uint8], count: int) -> Chosen:
    return np.unpackbits(packed, count=count).astype(bool)


def _probabilities(levels: Levels) -> Floats:
    sides = levels.astype(np.float32) / LEVELS
    neutral = np.maximum(0, 1 - sides.sum(1))
    whole = np.column_stack([sides[:, 0], neutral, sides[:, 1]])
    return np.asarray(whole / whole.sum(1, keepdims=True))
