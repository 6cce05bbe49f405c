"""Idempotency keys: what a repetition is answered, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from streams.gateway.core.idempotency import Answer, Answers, derived_id
from streams.gateway.core.problems import Problem

KEY = ("shop", "/reviews", "k1")


class Counting:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> Answer:
        self.asked += 1
        return Answer(str(self.asked).encode(), {})


async def test_a_repetition_is_answered_as_before_and_not_done_again() -> None:
    answers, work = Answers(60, 10), Counting()
    assert await answers.once(KEY, b"body", 0.0, work) == (Answer(b"1", {}), False)
    assert await answers.once(KEY, b"body", 59.0, work) == (Answer(b"1", {}), True)
    assert work.asked == 1


@pytest.mark.parametrize(
    "other", [("other", "/reviews", "k1"), ("shop", "/feedback", "k1"), ("shop", "/reviews", "k2")]
)
async def test_keys_of_others_other_paths_and_other_keys_are_other_requests(
    other: tuple[str, ...],
) -> None:
    answers, work = Answers(60, 10), Counting()
    await answers.once(KEY, b"body", 0.0, work)
    assert (await answers.once(other, b"body", 0.0, work))[1] is False


async def test_another_body_under_the_same_key_is_refused() -> None:
    answers, work = Answers(60, 10), Counting()
    await answers.once(KEY, b"body", 0.0, work)
    with pytest.raises(Problem) as caught:
        await answers.once(KEY, b"other", 0.0, work)
    assert (caught.value.status, caught.value.code, work.asked) == (422, "key_reused", 1)


async def test_a_repetition_while_the_first_is_in_work_is_refused() -> None:
    answers, done = Answers(60, 10), asyncio.Event()

    async def slow() -> Answer:
        await done.wait()
        return Answer(b"slow", {})

    first = asyncio.create_task(answers.once(KEY, b"body", 0.0, slow))
    await asyncio.sleep(0)
    with pytest.raises(Problem) as caught:
        await answers.once(KEY, b"body", 0.0, slow)
    assert (caught.value.status, caught.value.code) == (409, "key_in_use")
    done.set()
    assert (await first)[0].content == b"slow"


async def test_what_failed_can_be_tried_again_with_the_same_key() -> None:
    answers, work = Answers(60, 10), Counting()

    async def fail() -> Answer:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await answers.once(KEY, b"body", 0.0, fail)
    assert await answers.once(KEY, b"body", 0.0, work) == (Answer(b"1", {}), False)


async def test_keys_are_forgotten_after_their_time_and_when_there_are_too_many() -> None:
    answers, work = Answers(60, 2), Counting()
    await answers.once(KEY, b"body", 0.0, work)
    assert (await answers.once(KEY, b"body", 60.0, work))[1] is False
    for other in ("k2", "k3"):
        await answers.once((other,), b"body", 61.0, work)
    assert (await answers.once(KEY, b"body", 61.0, work))[1] is False


def test_ids_are_derived_from_client_key_and_position_alone() -> None:
    assert derived_id(KEY, 0) == derived_id(KEY, 0) == "4bd2e636d87cf9a04369731195377758"
    assert (
        len(
            {
                derived_id(KEY, 0),
                derived_id(KEY, 1),
                derived_id(("other", *KEY[1:]), 0),
                derived_id(("shop", "/reviewsk1"), 0),
            }
        )
        == 4
    )


def test_an_answer_does_not_show_what_it_holds() -> None:
    assert "secret" not in repr(Answer(b"secret", {}))
