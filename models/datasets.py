"""Labelled reviews from files."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.calibration import Labels
from schemas.errors import InputError

FIELD_LIMIT = 10_000_000
LABELS = {"positive": True, "negative": False}


@dataclass(frozen=True, slots=True)
class LabelledReviews:
    """Texts and whether each is positive; ``sha256`` is of the file's bytes."""

    texts: list[str] = field(repr=False)
    positive: Labels = field(repr=False)
    sha256: str


def read(path: Path) -> LabelledReviews:
    """Read a CSV or CSV.gz with the columns text and label (positive, negative; neutral rows are left out).

    Raises ``InputError`` naming the file, and the line where there is one.
    """
    data = _bytes(path)
    texts, labels = [], []
    for line, row in _rows(path, data):
        if row["label"] == "neutral":
            continue
        if row["label"] not in LABELS or row["text"] is None:
            raise InputError(f"{path}, line {line}: label is not one of positive, neutral, negative")
        texts.append(row["text"])
        labels.append(LABELS[row["label"]])
    if not texts:
        raise InputError(f"{path}: no labelled reviews")
    return LabelledReviews(texts, np.array(labels), hashlib.sha256(data).hexdigest())


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row's last line, and the row by column, of a CSV or CSV.gz with text and label. Raises as ``read``."""
    return _rows(path, _bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error if isinstance(error, FileNotFoundError) else type(error).__name__}") from error


def _rows(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error if isinstance(error, zlib.error) else type(error).__name__}") from error
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if not {"text", "label"} <= set(reader.fieldnames or ()):
            raise InputError(f"{path}: needs the columns text and label")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}, after line {reader.line_num}: {error}") from error


def write(path: Path, texts: Sequence[str], positive: Labels) -> None:
    """Write a CSV.gz that ``read`` reads; the same reviews give the same bytes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(["text", "label"])
    writer.writerows([text, "positive" if label else "negative"] for text, label in zip(texts, positive, strict=True))
    path.write_bytes(gzip.compress(lines.getvalue().encode(), mtime=0))
