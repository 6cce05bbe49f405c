"""Throughput of the student in texts per second of processor time, beside the English model on the
same texts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.artifact.artifact import PRETRAINED
from models.inference.classifier import Classifier
from models.lab.judgement.student.prepared import Prepared
from models.student.model import Student

TEXTS, BATCH, ROUNDS = 1024, 256, 9
FILMS = "imdb_test_a"
LENGTHS = (200, 1250)


@dataclass(frozen=True, slots=True)
class Rate:
    """Texts a second on one core, of ``characters`` each."""

    characters: int
    student: float
    english: float


def rates(student: Student, rows: Prepared, texts: Sequence[str]) -> list[Rate]:
    """Of film reviews cut to each length; the medians of ``ROUNDS`` that take turns."""
    english = Classifier.load(str(PRETRAINED))
    films = [
        texts[at] for at in np.flatnonzero(rows.sets == rows.names["sets"].index(FILMS)).tolist()
    ]
    found = []
    for length in LENGTHS:
        chosen = [text[:length] for text in films if len(text) >= length][:TEXTS]
        both = [
            (
                rate(lambda batch: student.judge(batch, ["en"] * len(batch)), chosen),
                rate(english.score, chosen),
            )
            for _ in range(ROUNDS)
        ]
        ours, theirs = np.median(both, axis=0)
        found.append(Rate(length, float(ours), float(theirs)))
    return found


def rate(judge: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Texts a second of processor time."""
    began = time.process_time()
    for at in range(0, len(texts), BATCH):
        judge(texts[at : at + BATCH])
    return len(texts) / (time.process_time() - began)


def section(found: Sequence[Rate]) -> list[str]:
    """Its part of the page."""
    lines = [
        "## Throughput",
        "",
        "Texts a second of processor time on one core (`OMP_NUM_THREADS=1`), English, batches of "
        f"{BATCH}, medians of {ROUNDS} rounds in turn with `reviews-en`.",
        "",
        "| characters | student | reviews-en | share |",
        "|---|---|---|---|",
    ]
    rows = [
        (
            f"| {one.characters:,} | {one.student:,.0f} | {one.english:,.0f} | "
            f"{one.student / one.english:.2f} |"
        )
        for one in found
    ]
    return [*lines, *rows, ""]
