"""Choice, on development texts, of the style in which the tagger marks terms and of how readily it
finds one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.aspects.network import Floats
from models.aspects.terms import TermTagger
from models.evaluation.aspect_terms import Span, Tally
from models.lab.aspects.corpus import AspectText, Say

LEANS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST: Final = 150
"""Texts of a set that are read to choose by."""
CHUNK: Final = 256


def chosen(
    tagger: TermTagger, styles: Mapping[str, Floats], texts: Sequence[AspectText], say: Say
) -> tuple[str, float]:
    """The style and the ``lean`` of the best mean F1 of sets. ``styles``: vectors by name."""
    scores: dict[tuple[str, float], float] = {}
    few = sampled(texts)
    for name, vector in styles.items():
        found = f1_by_lean(replace(tagger, styles={"": vector}), few)
        say(f"F1 by lean in the style {name}: {found}")
        scores |= {(name, lean): value for lean, value in found.items()}
    return max(scores, key=lambda each: scores[each])


def sampled(texts: Sequence[AspectText]) -> list[AspectText]:
    """So many of each set at most, evenly over its order: sets are sorted by domain."""
    by_set: dict[str, list[AspectText]] = {}
    for text in texts:
        by_set.setdefault(text.set, []).append(text)
    return [
        its[at]
        for its in by_set.values()
        for at in np.linspace(0, len(its) - 1, min(MOST, len(its))).astype(int).tolist()
    ]


def f1_by_lean(tagger: TermTagger, texts: Sequence[AspectText]) -> dict[float, float]:
    """Half exact, half overlapping, in the mean of sets."""
    taggers = {lean: replace(tagger, lean=lean) for lean in LEANS}
    tallies: dict[float, dict[str, Tally]] = {lean: {} for lean in LEANS}
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        read = tagger.read([text.text for text in chunk])
        logits, _ = tagger.logits(read, [text.language for text in chunk])
        for lean, one in taggers.items():
            spans: list[list[Span]] = [[] for _ in chunk]
            for text, first, last in one.spans(read, logits).tolist():
                spans[text].append((int(read.starts[first]), int(read.stops[last])))
            for text, its in zip(chunk, spans, strict=True):
                tally = tallies[lean].setdefault(text.set, Tally())
                tally.add(text.terms, its, [0] * len(text.terms))
    return {lean: _mean(its) for lean, its in tallies.items()}


def _mean(tallies: Mapping[str, Tally]) -> float:
    figures = [tally.figures() for tally in tallies.values()]
    return round(float(np.mean([one.exact.f1 + one.overlap.f1 for one in figures]) / 2), 4)
