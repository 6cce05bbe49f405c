"""Output of a teacher for its students: texts with soft labels, and word vectors."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from schemas.errors import InputError

SOFT_LABELS, VECTORS = "soft_labels.csv.gz", "vectors.npz"
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """Cleaned texts, P(positive) of each by a teacher, float [texts], and the ``review_key`` of the
    review that each is from.
    """

    texts: list[str] = field(repr=False)
    scores: npt.NDArray[np.float64] = field(repr=False)
    reviews: list[str]

    def without(self, reviews: Collection[str]) -> SoftLabels:
        """Those that are not from any of these reviews, given by key."""
        kept = [at for at, review in enumerate(self.reviews) if review not in reviews]
        return SoftLabels(
            [self.texts[at] for at in kept], self.scores[kept], [self.reviews[at] for at in kept]
        )


def review_key(text: str) -> str:
    """Tells reviews apart by their cleaned text."""
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()[:16]


def save_soft_labels(labels: SoftLabels, folder: Path) -> None:
    """Write them, a text a line; the same labels give the same bytes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(["text", "score", "review"])
    for text, score, review in zip(labels.texts, labels.scores, labels.reviews, strict=True):
        writer.writerow([text, f"{score:.4f}", review])
    (folder / SOFT_LABELS).write_bytes(gzip.compress(lines.getvalue().encode(), mtime=0))


def load_soft_labels(folder: Path) -> SoftLabels:
    """Read them again. Raises ``InputError`` naming the file."""
    path = folder / SOFT_LABELS
    try:
        rows = list(
            csv.DictReader(
                io.StringIO(gzip.decompress(path.read_bytes()).decode("utf8"), newline="")
            )
        )
        scores = np.array([float(row["score"]) for row in rows])
        return SoftLabels([row["text"] for row in rows], scores, [row["review"] for row in rows])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: {error if isinstance(error, FileNotFoundError) else type(error).__name__}"
        ) from error


def save_vectors(words: Sequence[str], vectors: Vectors, folder: Path) -> None:
    """``vectors``: [words, dimensions], the dimension that tells words apart best first."""
    np.savez_compressed(folder / VECTORS, words=np.array(words), vectors=vectors.astype(np.float16))


def load_vectors(folder: Path) -> tuple[dict[str, int], Vectors]:
    """Word → row, and the rows. Raises ``InputError`` naming the file."""
    path = folder / VECTORS
    try:
        with np.load(path, allow_pickle=False) as arrays:
            words, vectors = arrays["words"].tolist(), arrays["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: {error if isinstance(error, FileNotFoundError) else type(error).__name__}"
        ) from error
    return {word: row for row, word in enumerate(words)}, vectors
