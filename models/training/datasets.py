"""Labelled reviews, read from files."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from infra.files import FileOptions, open_table
from infra.files.columns import choose
from infra.files.documents import Contract
from models.artifact.calibration import Labels
from schemas.errors import InputError
from schemas.json_input import BadField

LABELS = {"positive": True, "negative": False}
NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class LabelledReviews:
    """Texts and whether each is positive; ``sha256`` is of the file's bytes. ``neutral_texts``: of
    the rows that say neutral, which are not among the others.
    """

    texts: list[str] = field(repr=False)
    positive: Labels = field(repr=False)
    sha256: str
    neutral_texts: list[str] = field(default_factory=list, repr=False)

    @property
    def neutral(self) -> int:
        """Number of rows that say neutral."""
        return len(self.neutral_texts)


def read(path: Path, options: FileOptions | None = None) -> LabelledReviews:
    """Read a table with the columns text and label; rows that say neutral are kept apart.

    ``options`` None: the command has none to propose. Raises ``InputError`` naming the file, and
    the row where there is one.
    """
    texts, labels, neutral = [], [], []
    for _, row in rows(path, options):
        if row["label"] == NEUTRAL:
            neutral.append(row["text"])
            continue
        texts.append(row["text"])
        labels.append(LABELS[row["label"]])
    if not texts:
        raise InputError(f"{path}: no labelled reviews")
    with path.open("rb") as file:
        return LabelledReviews(
            texts, np.array(labels), hashlib.file_digest(file, "sha256").hexdigest(), neutral
        )


def rows(
    path: Path, options: FileOptions | None = None, *, unlabelled: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row and its cells by column, text and label by these names.
    ``unlabelled``: a row may have no label, which is then empty. Raises as ``read``.
    """
    table = open_table(path, options)
    by_field = choose(path, table, CONTRACT, options).by_field
    for row in table.rows():
        if row.problem:
            raise InputError(f"{path}, {row.place}: {row.problem}")
        found = dict(row.cells) | {
            field: row.cells.get(column) for field, column in by_field.items()
        }
        if unlabelled:
            found["label"] = found["label"] or ""
        try:
            _check(found, unlabelled=unlabelled)
        except BadField as error:
            raise InputError(f"{path}, {row.place}: {error}") from None
        yield row.number, found


def cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row and its cells by column, as they stand in a table of labelled texts.
    Raises as ``read``.
    """
    for row in open_table(path).rows():
        if row.problem:
            raise InputError(f"{path}, {row.place}: {row.problem}")
        yield row.number, {column: str(value or "") for column, value in row.cells.items()}


def texts(path: Path) -> list[str]:
    """The texts of a table with a column text, "" where a row has none. Raises as ``read``."""
    table = open_table(path)
    column = choose(path, table, TEXTS, None).by_field["text"]
    found = []
    for row in table.rows():
        if row.problem:
            raise InputError(f"{path}, {row.place}: {row.problem}")
        found.append(str(row.cells.get(column) or ""))
    return found


def _check(document: Mapping[str, Any], *, unlabelled: bool = False, **_: object) -> None:
    if document.get("label") not in (*LABELS, NEUTRAL, *([""] if unlabelled else [])):
        raise BadField("label is not one of positive, neutral, negative")
    if not isinstance(document.get("text"), str):
        raise BadField("text is not a string")


CONTRACT = Contract(("text", "label"), "", ("text", "label"), _check)
TEXTS = Contract(("text",), "", ("text",), lambda document, **_: None)


def write(path: Path, texts: Sequence[str], positive: Labels) -> None:
    """Write a CSV.gz that ``read`` reads; the same reviews give the same bytes."""
    write_table(
        path,
        ("text", "label"),
        (
            (text, "positive" if label else "negative")
            for text, label in zip(texts, positive, strict=True)
        ),
    )


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV.gz; the same rows give the same bytes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(lines.getvalue().encode(), mtime=0))
