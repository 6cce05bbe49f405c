"""Rehearsal data of the trainer: ``python -m bench.base_data imdb_train.csv.gz sentences.csv.gz``
writes it.

Both files must be of what the shipped model was trained on. Texts are cleaned and masked as the
stream does it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from infra.settings import PrivacySettings
from models.text.cleaning import clean
from models.training import datasets
from retrain.base import GOLDEN, REHEARSAL
from retrain.shared.core.text_identity import key
from streams.composition import build_masker

SIZES = {REHEARSAL: (3000, 1500), GOLDEN: (1500, 500)}
"""Of each file, how many of the first and of the second kind."""
AT_ONCE = 64


def main(sources: list[Path]) -> None:
    """Choose by hash, so that neither the order of a source nor chance decides."""
    masker = build_masker(PrivacySettings())
    chosen: dict[Path, list[tuple[str, bool]]] = {path: [] for path in SIZES}
    for number, source in enumerate(sources):
        data = datasets.read(source)
        cleaned = {
            key(text): (text, bool(label))
            for text, label in zip(map(clean, data.texts), data.positive, strict=True)
        }
        ordered = iter(sorted(cleaned))
        for path, sizes in SIZES.items():
            part = [cleaned[next(ordered)] for _ in range(sizes[number])]
            for start in range(0, len(part), AT_ONCE):
                texts = [
                    masked.text
                    for masked in masker([text for text, _ in part[start : start + AT_ONCE]])
                ]
                chosen[path] += zip(
                    texts, [label for _, label in part[start : start + AT_ONCE]], strict=True
                )
    for path, rows in chosen.items():
        datasets.write(path, [text for text, _ in rows], np.array([label for _, label in rows]))


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
