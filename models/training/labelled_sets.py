"""Sets of texts labelled in three classes, each in a file of its own, with what is known of every
text: language, domain, and whether its label stands for stars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from infra.files import FileOptions, compression
from infra.files.json_rows import LINES
from infra.files.opening import DELIMITED
from models.labels import LABELS
from models.training import datasets
from schemas.errors import InputError

LabelSource = Literal["people", "stars"]
SUFFIXES: Final = frozenset({*DELIMITED, *LINES, ".json", ".parquet", ".pq"})
POSITIONS: Final[Mapping[str, int]] = {label: at for at, label in enumerate(LABELS)}
LANGUAGE, DOMAIN, STARS = ("language", "lang"), ("domain",), ("stars",)
"""Columns, of which a file may have any."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A value for each text that has a label, a position in ``LABELS``; ``unlabelled``: how many
    have none. ``name``: the whole name of the file, so that no two sets share it. ``languages``:
    ISO 639-1 codes, "" where the file does not say.
    """

    name: str
    texts: list[str] = field(repr=False)
    labels: list[int] = field(repr=False)
    languages: list[str] = field(repr=False)
    domains: list[str] = field(repr=False)
    sources: list[LabelSource] = field(repr=False)
    unlabelled: int


def files(folder: Path) -> list[Path]:
    """The tables in a folder, by name. Raises ``InputError`` where there is none."""
    found = [path for path in sorted(folder.iterdir()) if _suffix(path) in SUFFIXES]
    if not found:
        raise InputError(f"{folder}: holds no table ({', '.join(sorted(SUFFIXES))})")
    return found


def read(path: Path, options: FileOptions | None = None) -> LabelledSet:
    """A set from a table with the columns text and label; an empty label is none. Raises
    ``InputError`` naming the file, and the row where there is one.
    """
    made = LabelledSet(path.name, [], [], [], [], [], 0)
    unlabelled = 0
    for _, row in datasets.rows(path, options, unlabelled=True):
        if not row["label"]:
            unlabelled += 1
            continue
        made.texts.append(row["text"])
        made.labels.append(POSITIONS[row["label"]])
        made.languages.append(first(row, LANGUAGE))
        made.domains.append(first(row, DOMAIN))
        made.sources.append("stars" if first(row, STARS) else "people")
    if not made.texts:
        raise InputError(f"{path}: no labelled reviews")
    return LabelledSet(
        made.name, made.texts, made.labels, made.languages, made.domains, made.sources, unlabelled
    )


def _suffix(path: Path) -> str:
    """That of the table, inside whatever compression."""
    inner = path.with_suffix("") if path.suffix.lower() in compression.SUFFIXES else path
    return inner.suffix.lower()


def first(cells: Mapping[str, object], columns: tuple[str, ...]) -> str:
    """The cell in the first of the columns that has one, as a string; empty where none has."""
    return next((str(cells[name]) for name in columns if cells.get(name) not in (None, "")), "")
