"""Teacher labels for the tagger: spans of people and places on which all teachers agree, and spans
on which they do not.

A teacher is slow, and what it says does not change: it is written to a file and read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from models.training.training_settings import Progress

Span = tuple[str, int, int]
Teacher = Callable[[Sequence[str]], list[list[Span]]]
"""Texts → (PERSON or LOCATION, start, end) of each."""
BATCH: Final = 64
UNSURE: Final = "UNSURE"
"""The type of a span of which nothing is learnt."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its spans, in order, which do not overlap."""

    text: str = field(repr=False)
    spans: list[Span]


def share(text: str) -> float:
    """From 0 to 1, by the text's digest: what chooses and divides texts, whatever order they come
    in.
    """
    return (
        int.from_bytes(hashlib.sha256(text.encode("utf8", "surrogatepass")).digest()[:6], "big")
        / 2**48
    )


def label(
    texts: Sequence[str], teachers: Sequence[Teacher], progress: Progress
) -> Iterator[Labelled]:
    """Each text with what the teachers agree on."""
    for first in range(0, len(texts), BATCH):
        progress("labels", first / len(texts))
        batch = texts[first : first + BATCH]
        for text, *said in zip(batch, *(teacher(batch) for teacher in teachers), strict=True):
            yield Labelled(text, agreed(said))


def agreed(said: Sequence[Sequence[Span]]) -> list[Span]:
    """Spans that all have exactly; those that some have otherwise, or not at all, are unsure.
    Unsure ones that touch are one.
    """
    common = set(said[0]).intersection(*said[1:])
    merged: list[Span] = []
    for kind, start, end in sorted(
        {span for spans in said for span in spans}, key=lambda span: span[1:]
    ):
        kind = kind if (kind, start, end) in common else UNSURE
        if merged and start < merged[-1][2]:
            merged[-1] = (UNSURE, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((kind, start, end))
    return merged


def save(labelled: Iterable[Labelled], file: Path) -> None:
    """A line of JSON for each."""
    with file.open("w", encoding="utf8") as lines:
        lines.writelines(json.dumps(asdict(one)) + "\n" for one in labelled)


def load(file: Path) -> list[Labelled]:
    """Load the labels that ``save`` wrote."""
    with file.open(encoding="utf8") as lines:
        return [
            Labelled(line["text"], [tuple(span) for span in line["spans"]])
            for line in map(json.loads, lines)
        ]
