"""One poison record leaves its batch; the rest go on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from schemas import reasons
from schemas.errors import EngineUnavailable, Origin, Rejected, Rejection
from streams.batch import Batch

ORIGINS = [Origin("t", 0, offset) for offset in range(4)]


def batch() -> Batch[int]:
    return Batch.of([10, 11, 12, 13], ORIGINS, lambda _: nullcontext())


def refuse_twelve(item: int) -> int:
    if item == 12:
        raise Rejection("odd", "because")
    return item + 1


def test_a_rejected_item_leaves_and_the_others_keep_their_position() -> None:
    after = batch().each("s", refuse_twelve)
    assert after.items == {0: 11, 1: 12, 3: 14}
    assert after.rejections == {2: Rejected("odd", stage="s", origin=ORIGINS[2], detail="because")}


def test_who_left_stays_out_of_later_stages() -> None:
    after = (
        batch()
        .each("s", refuse_twelve)
        .each("s", str)
        .together("s", lambda items: [len(item) for item in items])
    )
    assert after.items == {0: 2, 1: 2, 3: 2}
    assert after.rejections.keys() == {2}


def test_an_unforeseen_error_rejects_the_item_and_names_only_the_kind_of_error() -> None:
    def stumble(item: int) -> float:
        return 1 / (item - 11)

    rejection = batch().each("score", stumble).rejections[1]
    assert (rejection.reason, rejection.stage, rejection.detail) == (
        reasons.PROCESSING_ERROR,
        "score",
        "ZeroDivisionError",
    )
    assert rejection.origin == ORIGINS[1]


def test_when_a_stage_fails_on_the_batch_only_the_item_it_fails_on_is_rejected() -> None:
    def stumble(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise ValueError("the text was: secret")
        return list(items)

    after = batch().together("mask", stumble)
    assert after.items == {0: 10, 1: 11, 2: 12}
    assert "secret" not in str(after.rejections[3])


def test_a_transient_error_rejects_nobody() -> None:
    def away(_: object) -> int:
        raise EngineUnavailable("away")

    with pytest.raises(EngineUnavailable):
        batch().each("s", away)
    with pytest.raises(EngineUnavailable):
        batch().together("s", lambda items: [away(items)])


def test_a_stage_that_answers_with_too_few_is_not_believed() -> None:
    after = batch().together("s", lambda items: list(items)[:2])
    assert after.items == {0: 10, 1: 11, 2: 12, 3: 13}, "asked one by one it answers"


def test_an_empty_batch_never_reaches_a_stage() -> None:
    empty: Batch[int] = Batch.of([], [], lambda _: nullcontext())
    assert empty.together("s", lambda items: [1 // len(items)]).items == {}
