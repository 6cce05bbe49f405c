"""Who scores a review: shares, stability, growth."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.rollout.assignment import champion_of, choose, emitting, without
from schemas.records import Variant

PINNED = [14, 27, 35, 36]
IDS = [f"review-{number}" for number in range(20_000)]


def variants(**weights: float) -> list[Variant]:
    return [Variant(name, "m", name, f"models/{name}", weight) for name, weight in weights.items()]


def chosen(*among: Variant) -> list[str]:
    return [choose(review_id, among).variant for review_id in IDS]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_shares_are_within_the_binomial_99_percent_interval(share: float) -> None:
    counts = Counter(chosen(*variants(champion=1 - share, challenger=share)))
    low, high = stats.binom.interval(0.99, len(IDS), share)
    assert low <= counts["challenger"] <= high
    assert counts.total() == len(IDS)


def test_weights_are_relative() -> None:
    assert chosen(*variants(champion=9, challenger=1)) == chosen(
        *variants(champion=0.9, challenger=0.1)
    )


def test_three_shares_are_as_weighted() -> None:
    counts = Counter(chosen(*variants(a=5, b=3, c=2)))
    assert (
        stats.chisquare([counts["a"], counts["b"], counts["c"]], [10_000, 6_000, 4_000]).pvalue
        > 0.01
    )


def test_a_review_gets_the_same_variant_in_any_order_process_and_release() -> None:
    split = variants(champion=9, challenger=1)
    assert chosen(*split) == chosen(*reversed(split))
    # Written down: a change of these means that all running experiments are dealt anew.
    assert [
        number for number in range(60) if choose(f"review-{number}", split).variant == "challenger"
    ] == PINNED
    script = (
        "from schemas.records import Variant; from models.rollout.assignment import choose\n"
        "split = [Variant(v, 'm', v, v, w) for v, w in (('champion', 9), ('challenger', 1))]\n"
        "print([n for n in range(60) if choose(f'review-{n}', split).variant == 'challenger'])"
    )
    assert subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip() == str(PINNED)


def test_a_canary_that_grows_keeps_the_reviews_it_had() -> None:
    small, large = (
        chosen(*variants(champion=95, canary=5)),
        chosen(*variants(champion=80, canary=20)),
    )
    had = {review_id for review_id, name in zip(IDS, small, strict=True) if name == "canary"}
    has = {review_id for review_id, name in zip(IDS, large, strict=True) if name == "canary"}
    assert had < has


def test_a_variant_that_leaves_gives_its_reviews_to_the_others_and_moves_no_other() -> None:
    before, after = chosen(*variants(a=1, b=1, c=1)), chosen(*variants(a=1, b=1))
    assert all(now == then for then, now in zip(before, after, strict=True) if then != "c")


def test_shadows_and_weights_of_nothing_get_no_review() -> None:
    among = [
        *variants(champion=1, retired=0),
        Variant("shadow", "m", "s", "models/s", 100, shadow=True),
    ]
    assert set(chosen(*among)) == {"champion"}


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), min_size=1, max_size=6), st.data())
def test_the_share_of_what_is_missing_goes_to_the_champion_and_all_other_shares_stay(
    traffic: list[tuple[float, bool]], data: st.DataObject
) -> None:
    names = ["champion", *(f"challenger-{number}" for number in range(1, len(traffic)))]
    among = [
        Variant(name, "m", name, name, *rest) for name, rest in zip(names, traffic, strict=True)
    ]
    champion = champion_of(among)
    if champion is None:
        assert not emitting(among)
        return
    missing = (
        data.draw(st.sets(st.sampled_from([each for each in among if each != champion])))
        if len(among) > 1
        else set()
    )
    left = without(among, missing)
    assert [each.variant for each in left] == [
        each.variant for each in among if each not in missing
    ]
    assert sum(each.weight for each in emitting(left)) == pytest.approx(
        sum(each.weight for each in emitting(among))
    )
    kept = {each for each in left if each.variant != champion.variant}
    assert kept == {each for each in among if each not in missing and each != champion}
