"""Corpus of labelled texts in many languages and domains, read from one folder in a fixed order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.lab.judgement import sources
from models.lab.judgement.subsequence import aligned
from models.lab.judgement.text_keys import normalised
from models.training import datasets
from schemas.errors import InputError

LABELS = ("negative", "neutral", "positive")
REVIEWS = "reviews"
"""The folder, inside the corpus', of the sets whose rows name their language and domain."""
TRANSLATED, ORIGINAL = "mabsa_", "mabsa_en"
"""M-ABSA: the English set and its machine translations, in the same order but for rows that some of
them lack.
"""
NUSAX, NUSAX_SOURCE = "multi_nusax", "id"
"""The languages are in the same order, except the one they were translated from, whose rows are
other ones.
"""
SUREST = 0.5
"""Share of annotators' confidence below which a label is not used."""
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """``label``: position in ``LABELS``; ``stars``: None where the set has none; ``group``: see
    ``split``, None if unknown.
    """

    set: str
    language: str
    domain: str
    label: int
    stars: float | None
    text: str = field(repr=False)
    group: str | None = field(repr=False)


def read(folder: Path) -> list[LabelledText]:
    """All labelled texts: the five sets of ``sources.BASE``, then those in ``reviews/`` by name.
    Raises ``InputError``.
    """
    texts = [text for name in sources.BASE for text in _base(folder / f"{name}.csv.gz", name)]
    paths = sorted((folder / REVIEWS).glob("*.csv.gz"))
    original = (
        _rows(folder / REVIEWS / f"{ORIGINAL}.csv.gz")
        if any(TRANSLATED in path.name for path in paths)
        else []
    )
    for path in paths:
        name = path.name.removesuffix(".csv.gz")
        if name not in sources.SOURCES:
            raise InputError(f"{path}: the licence of this set is unknown")
        rows = _rows(path)
        groups = _groups(name, rows, original)
        texts += _texts(name, ((row, row["lang"], row["domain"] or "") for row in rows), groups)
    return texts


def grouped(folder: Path, name: str) -> Iterator[tuple[Row, str | None]]:
    """Rows of a set in the folder ``REVIEWS``, also those without a label, each with its group (see
    ``split``). Raises ``InputError``.
    """
    rows = _rows(folder / f"{name}.csv.gz")
    original = _rows(folder / f"{ORIGINAL}.csv.gz") if name.startswith(TRANSLATED) else []
    return zip(rows, _groups(name, rows, original), strict=True)


def _rows(path: Path) -> list[Row]:
    return [row for _, row in datasets.cells(path)]


def _base(path: Path, name: str) -> Iterator[LabelledText]:
    language, domain = sources.BASE[name]
    rows = [row for row in _rows(path) if float(row.get("confidence") or 1) >= SUREST]
    return _texts(name, ((row, language, domain) for row in rows), [_own(row) for row in rows])


def _texts(
    name: str, rows: Iterator[tuple[Row, str, str]], groups: Sequence[str | None]
) -> Iterator[LabelledText]:
    for (row, language, domain), group in zip(rows, groups, strict=True):
        text = row["text"].strip()
        if text and row["label"] in LABELS:
            yield LabelledText(
                name, language, domain, LABELS.index(row["label"]), _stars(row), text, group
            )


def _stars(row: Row) -> float | None:
    try:
        return float(row.get("stars") or "")
    except ValueError:
        return None


def _own(row: Row) -> str:
    return normalised(row["text"].strip())


def _groups(name: str, rows: Sequence[Row], original: Sequence[Row]) -> list[str | None]:
    if name.startswith(TRANSLATED):
        return _groups_of_translations(rows, original)
    if name == NUSAX:
        return _groups_of_nusax(rows)
    return [_own(row) for row in rows]


def _groups_of_translations(rows: Sequence[Row], original: Sequence[Row]) -> list[str | None]:
    """The original sentence of each row; None where the alignment finds none."""
    groups: list[str | None] = [None] * len(rows)
    for domain in {row["domain"] for row in rows}:
        theirs = [row for row in original if row["domain"] == domain]
        mine = [at for at, row in enumerate(rows) if row["domain"] == domain]
        for first, second in aligned(
            [_judged(row) for row in theirs], [_judged(rows[at]) for at in mine]
        ):
            groups[mine[second]] = _own(theirs[first])
    return groups


def _judged(row: Row) -> Hashable:
    """What a translation leaves as it is: the aspects that are judged, and how."""
    return tuple(
        (aspect["category"], aspect["polarity"]) for aspect in json.loads(row["aspects"] or "[]")
    )


def _groups_of_nusax(rows: Sequence[Row]) -> list[str | None]:
    seen: Counter[str] = Counter()
    groups: list[str | None] = []
    for row in rows:
        groups.append(_own(row) if row["lang"] == NUSAX_SOURCE else f"nusax-{seen[row['lang']]}")
        seen[row["lang"]] += 1
    return groups
