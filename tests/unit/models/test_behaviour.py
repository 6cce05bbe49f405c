"""The behaviour suite: its cases, what counts as right, and when a candidate behaves worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.behaviour.comparing import compare
from models.evaluation.behaviour.observing import Movement, Observed, observe
from models.evaluation.behaviour.suite import Case, Change, Frame, Suite, load
from models.evaluation.behaviour.tables import behaviour_tables, mistakes
from models.lab.judgement import teachings
from models.lab.judgement.student.templates import written
from models.lab.judgement.text_keys import text_key
from models.labels import NEGATIVE, NEUTRAL, POSITIVE, Judgement
from retrain import base
from retrain.shared.training_data import read

MAX_LOSS = 0.05
SMALL = Suite(
    (
        Case("negation", "en", "not good", NEGATIVE),
        Case("negation", "en", "not bad", POSITIVE),
        Case("neutral statements", "en", "a box", NEUTRAL),
    ),
    (Change("bad news added", "en", "good", "good, but it died", False),),
    (Frame("names", "en", ("Ann came", "Bob came", "Cid came")),),
)


def saying(*rows: Sequence[float]) -> Judgement:
    return Judgement(np.array(rows, np.float32), np.ones(len(rows), np.bool_))


def judged(*positive: float) -> Observed:
    """By a binary model that gives the texts of ``SMALL`` these scores."""
    return observe(lambda texts, languages: saying(*([1 - p, p] for p in positive)), SMALL)


def answering(right: Sequence[bool], movement: Movement | None = None) -> Observed:
    """So many cases of one capability, of which these are right."""
    cases = tuple(Case("negation", "en", f"case {at}", NEGATIVE) for at in range(len(right)))
    movements = {"names": movement} if movement else {}
    flags = np.array(right, np.bool_)
    return Observed(Suite(cases, (), ()), flags, np.ones(len(right), np.bool_), movements)


def test_no_text_of_the_suite_trains_a_model() -> None:
    keys = {text_key(text): text for text in load().texts[0]}
    taught = {text_key(each.text) for each in written(["en", "de", "es", "fr", "zh", "ar"])}
    taught |= set(teachings.load().all_domains.keys.tolist())
    taught |= {text_key(example.text) for example in read(base.REHEARSAL)}
    assert [text for key, text in keys.items() if key in taught] == []


def test_english_is_asked_in_full_and_five_languages_in_part() -> None:
    by_language = Counter(case.language for case in load().cases)
    assert by_language.pop("en") > 500
    assert by_language.keys() == {"ar", "de", "es", "fr", "zh"}
    assert min(by_language.values()) > 100
    asked = {(case.language, case.capability) for case in load().cases}
    assert len(asked & {(language, "negation") for language in by_language}) == 5


def test_no_case_is_asked_twice_and_no_slot_stays_empty() -> None:
    asked = [(case.language, case.text) for case in load().cases]
    assert [pair for pair, count in Counter(asked).items() if count > 1] == []
    assert [text for text in load().texts[0] if "{" in text] == []


def test_a_case_is_right_by_its_label_and_a_change_if_the_score_does_not_move_the_wrong_way() -> (
    None
):
    observed = judged(0.1, 0.4, 0.5, 0.7, 0.71, 0.5, 0.5, 0.5)
    assert observed.right.tolist() == [True, False, False, True]
    assert judged(0.1, 0.4, 0.5, 0.7, 0.75, 0.5, 0.5, 0.5).right[3] == np.False_
    [wrong] = mistakes(observed).rows
    assert wrong == ("negation", "en", "not bad")


def test_a_model_without_neutral_is_not_asked_for_it() -> None:
    assert judged(*[0.5] * 8).counts.tolist() == [True, True, False, True]
    rows = [[0.1, 0.8, 0.1]] * 8
    three = observe(lambda texts, languages: saying(*rows), SMALL)
    assert three.counts.tolist() == [True] * 4
    assert three.right.tolist() == [False, False, True, True]
    parts = compare(judged(*[0.5] * 8), three, MAX_LOSS).parts
    assert {part.name: part.cases for part in parts} == {
        "all cases (en)": 3, "negation (en)": 2, "news added (en)": 1,
    }  # fmt: skip


def test_words_are_told_to_move_a_model_by_their_distance_from_the_median_of_their_sentence() -> (
    None
):
    moved = judged(0.1, 0.9, 0.5, 0.7, 0.1, 0.4, 0.6, 0.8).movements["names"]
    assert moved.texts == 3
    assert moved.median == pytest.approx(0.2)
    assert moved.flips == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("lost", "won", "worse"), [(0, 0, False), (6, 0, False), (7, 0, True), (9, 3, False)]
)
def test_a_candidate_is_worse_where_it_loses_many_cases_and_wins_few(
    lost: int, won: int, worse: bool
) -> None:
    champion = [at < 60 for at in range(80)]
    candidate = [lost <= at < 60 + won for at in range(80)]
    reasons = compare(answering(champion), answering(candidate), MAX_LOSS).reasons
    assert bool(reasons) is worse
    if worse:
        assert reasons[-1] == "negation (en): 53 of 80 right, champion 60"


def test_what_is_significant_but_within_the_margin_is_no_reason() -> None:
    champion, candidate = [True] * 400, [at >= 8 for at in range(400)]
    assert not compare(answering(champion), answering(candidate), MAX_LOSS).reasons
    assert compare(answering(champion), answering(candidate), 0.01).reasons


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (Movement(100, 0.08, 0.12, 0.02), "0.080 (median), more than 0.05; champion 0.040"),
        (Movement(100, 0.04, 0.2, 0.02), "0.200 (95th percentile), more than 0.15; champion 0.120"),
        (Movement(100, 0.04, 0.12, 0.13), "0.130 (share of other labels), more than 0.05"),
    ],
)
def test_a_candidate_keeps_the_bounds_of_invariance_that_its_champion_keeps(
    broken: Movement, told: str
) -> None:
    within = Movement(100, 0.04, 0.12, 0.02)
    [reason] = compare(answering([], within), answering([], broken), MAX_LOSS).reasons
    assert reason.startswith(f"exchanged names move it by {told}")
    assert not compare(answering([], broken), answering([], broken), MAX_LOSS).reasons
    assert not compare(answering([], broken), answering([], within), MAX_LOSS).reasons
    by_chance = replace(within, median=0.052, most=0.16, flips=0.07)
    edge = replace(within, median=0.05, most=0.15)
    assert not compare(answering([], edge), answering([], by_chance), MAX_LOSS).reasons


def test_a_champion_that_leans_to_one_side_does_not_win_by_it() -> None:
    labels = [POSITIVE] * 40 + [NEGATIVE] * 40
    kinds = ["negated negatives"] * 40 + ["negation"] * 40
    cases = tuple(
        Case(kind, "en", f"case {at}", label)
        for at, (kind, label) in enumerate(zip(kinds, labels, strict=True))
    )
    leaning, other = (
        Observed(Suite(cases, (), ()), right, np.ones(80, np.bool_), {})
        for right in (np.arange(80) < 40, np.arange(80) >= 40)
    )
    assert not compare(leaning, other, MAX_LOSS).reasons


def test_where_all_may_be_lost_nothing_is_asked() -> None:
    one, other = Movement(100, 0.04, 0.12, 0.02), Movement(100, 0.4, 0.5, 0.5)
    compared = compare(answering([True] * 50, one), answering([False] * 50, other), 1.0)
    assert (compared.reasons, compared.parts[0].lost) == ((), 50)


def test_tables_show_models_side_by_side() -> None:
    cases, exchanged = behaviour_tables(
        {"one": judged(0.1, 0.9, 0.5, 0.7, 0.1, 0.5, 0.5, 0.5), "other": answering([True, False])}
    )
    assert ("negation", "en", "2 of 2", "1 of 2") in cases.rows
    assert ("bad news added", "en", "1 of 1", "-") in cases.rows
    assert exchanged.rows == (("names", "one", "3", "0.000", "0.000", "0.0%"),)
