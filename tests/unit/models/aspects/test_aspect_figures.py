"""Figures of aspect terms, and what of a text is a unit of a term."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.evaluation.aspect_terms import NO_POLARITY, Tally, gold_terms
from models.evaluation.by_aspect_set import document
from schemas.errors import InputError

TEXT = "The battery life is great but it is heavy."


def aspects(*spans: tuple[int, int, str]) -> str:
    keys = ("start", "end", "polarity")
    return json.dumps([dict(zip(keys, span, strict=True)) for span in spans])


def test_terms_are_distinct_spans_and_those_that_are_judged_both_ways_have_no_polarity() -> None:
    marked = aspects(
        (4, 16, "positive"), (4, 16, "negative"), (-1, -1, "positive"), (36, 41, "neutral")
    )
    first, second = gold_terms(TEXT, marked)
    assert (first.span, first.polarity) == ((4, 16), NO_POLARITY)
    assert (second.span, second.polarity) == ((36, 41), 1)


@pytest.mark.parametrize("cell", ["{", '[{"start": 1}]', "[3]"])
def test_aspects_that_are_no_list_of_spans_are_refused(cell: str) -> None:
    with pytest.raises(InputError, match="aspects are no JSON list"):
        gold_terms(TEXT, cell)


def test_exact_terms_and_overlapping_ones_count_apart_and_pronouns_not_at_all() -> None:
    gold = gold_terms(TEXT, aspects((4, 16, "positive"), (30, 32, "negative")))
    tally = Tally()
    tally.add(gold, [(4, 11), (30, 32)], [2, 2])
    figures = tally.figures()
    assert (figures.terms, figures.exact.f1, figures.overlap.f1) == (1, 0.0, 1.0)
    assert (figures.judged, figures.accuracy) == (2, 0.5)
    assert figures.macro_f1 == pytest.approx((0 + 2 / 3) / 2)


def test_a_document_has_means_of_sets_and_of_languages() -> None:
    one, other = Tally(), Tally()
    gold = gold_terms(TEXT, aspects((4, 16, "positive")))
    one.add(gold, [(4, 16)], [2])
    other.add(gold, [], [0])
    told = document("model", {"a": one, "b": other}, {"a": "en", "b": "en"})
    assert told["mean"]["exact"] == 0.5
    assert told["by"]["language"][0]["accuracy"] == 0.5
    assert np.isfinite(told["mean"]["macro_f1"])
