"""Reviews so simple that everything learns them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from models.artifact import save
from models.calibration import Calibration, Labels
from models.encoding import EncoderSettings
from models.training import ngram_artifact

GOOD = ("wonderful", "great", "loved", "moving", "best")
BAD = ("terrible", "dull", "hated", "boring", "worst")
NEUTRAL = ("the", "film", "was", "with", "some", "actors", "and", "a", "story", "it")


def reviews(count: int = 200, seed: int = 0) -> tuple[list[str], Labels]:
    """Texts of 3 to 12 words, one of which tells the label."""
    rng = np.random.default_rng(seed)
    positive = np.arange(count) % 2 == 0
    texts = []
    for label in positive:
        words = [str(word) for word in rng.choice(NEUTRAL, rng.integers(2, 12))]
        words.insert(int(rng.integers(len(words))), str(rng.choice(GOOD if label else BAD)))
        texts.append(" ".join(words))
    return texts, positive


def write(path: Path, count: int = 200) -> Path:
    """They as a CSV file."""
    texts, positive = reviews(count)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((text, "positive" if label else "negative") for text, label in zip(texts, positive, strict=True))
    return path


def bag(folder: Path, seed: int) -> Path:
    """A model of n-grams whose weights are chance: another version for every seed."""
    weights = np.random.default_rng(seed).normal(size=2**12).astype(np.float32)
    save(ngram_artifact("toy", EncoderSettings(bits=12), weights, 0.0, Calibration(), {}), folder, "A toy.")
    return folder
