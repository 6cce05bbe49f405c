"""Figures of a tagger on a part of the split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.aspects.terms import Probabilities, TermTagger
from models.evaluation.aspect_terms import Tally
from models.evaluation.by_aspect_set import document
from models.lab.aspects.corpus import AspectText, Say
from models.lab.aspects.prepared import Prepared


def part(texts: Sequence[AspectText], rows: Prepared, which: int) -> list[AspectText]:
    """The texts of a part."""
    return [texts[at] for at in np.flatnonzero(rows.parts[: len(texts)] == which).tolist()]


def judged(tagger: TermTagger, texts: Sequence[AspectText]) -> list[list[Probabilities]]:
    """The polarities of all marked terms."""
    return tagger.judge(
        [text.text for text in texts],
        [text.language for text in texts],
        [[term.span for term in text.terms] for text in texts],
    )


def figures(
    tagger: TermTagger, texts: Sequence[AspectText], rows: Prepared, which: int, say: Say
) -> dict[str, Any]:
    """By set and language."""
    chosen = part(texts, rows, which)
    tallies: dict[str, Tally] = {}
    languages = {}
    for name in sorted({text.set for text in chosen}):
        of_set = [text for text in chosen if text.set == name]
        found = tagger([text.text for text in of_set], [text.language for text in of_set])
        tally = tallies[name] = Tally()
        languages[name] = of_set[0].language
        for text, terms, said in zip(of_set, found, judged(tagger, of_set), strict=True):
            spans = [(term.start, term.end) for term in terms]
            tally.add(text.terms, spans, [int(np.argmax(one)) for one in said])
        one = tally.figures()
        say(f"{name}: F1 {one.exact.f1:.3f}, overlap {one.overlap.f1:.3f}, "
            f"accuracy {one.accuracy or 0:.3f}")  # fmt: skip
    return document(f"{tagger.name} {tagger.version}", tallies, languages)
