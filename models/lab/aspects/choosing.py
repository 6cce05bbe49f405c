"""Thresholds of the tagger, chosen on development texts: how readily it finds a term, and how sure
it says to be of polarities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.aspects.terms import TermTagger
from models.evaluation.aspect_terms import NO_POLARITY, Span, Tally
from models.lab.aspects import measuring
from models.lab.aspects.corpus import AspectText, Say
from models.lab.aspects.prepared import DEVELOPMENT, Prepared

LEANS: Final = (-0.5, 0.0, 0.5, 1.0, 1.5)
WARMTHS: Final = (0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5)
CHUNK: Final = 256
TINY: Final = 1e-6


def chosen(
    tagger: TermTagger, texts: Sequence[AspectText], rows: Prepared, say: Say
) -> dict[str, float]:
    """The best ``lean`` by the mean F1 of sets, and the likeliest ``warmth``."""
    development = measuring.part(texts, rows, DEVELOPMENT)
    leans = f1_by_lean(tagger, development)
    say(f"F1 by lean: {leans}")
    likely, labels = [], []
    for text, judged in zip(development, measuring.judged(tagger, development), strict=True):
        for term, one in zip(text.terms, judged, strict=True):
            if term.polarity != NO_POLARITY:
                likely.append(one)
                labels.append(term.polarity)
    logits = np.log(np.maximum(np.array(likely), TINY))
    losses = {}
    for warmth in WARMTHS:
        cooled = logits / warmth
        cooled -= np.log(np.exp(cooled).sum(1, keepdims=True))
        losses[warmth] = float(-cooled[np.arange(len(labels)), labels].mean())
    say(f"warmth: {losses}")
    return {
        "lean": max(leans, key=lambda lean: leans[lean]),
        "warmth": min(losses, key=lambda warmth: losses[warmth]),
    }


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
    return float(np.mean([one.exact.f1 + one.overlap.f1 for one in figures]) / 2)
