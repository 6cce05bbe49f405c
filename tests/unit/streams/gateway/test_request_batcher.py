"""The batcher: who is worked on with whom, in which order, and what becomes of those who leave or
are too many.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from streams.gateway.core.problems import Problem
from streams.gateway.request_batcher import Batcher, Lanes


class Doubling:
    """Doubles numbers, once ``go`` is set; keeps what each batch had, and in which thread."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.begun.release()
        assert self.go.wait(30)
        self.batches.append(list(items))
        self.threads.add(threading.get_ident())
        if 13 in items:
            raise RuntimeError("thirteen")
        return [2 * item for item in items]


@asynccontextmanager
async def running(
    work: Doubling, max_batch: int = 4, max_waiting: int = 100
) -> AsyncIterator[Batcher[int, int]]:
    batcher = Batcher(
        "doubling", work, max_batch=max_batch, max_wait_s=0.0, max_waiting=max_waiting
    )
    batcher.start()
    try:
        yield batcher
    finally:
        work.go.set()
        await asyncio.to_thread(batcher.close)


async def busy(batcher: Batcher[int, int], work: Doubling) -> asyncio.Task[list[int]]:
    """A request that is in work, so that those that follow wait."""
    task = asyncio.create_task(batcher([0]))
    await asyncio.to_thread(work.begun.acquire)
    return task


async def waiting(
    batcher: Batcher[int, int], *requests: list[int]
) -> list[asyncio.Task[list[int]]]:
    """Requests that have been put into the queue, in this order."""
    tasks = [asyncio.create_task(batcher(items)) for items in requests]
    await asyncio.sleep(0)
    return tasks


async def test_each_request_gets_its_own_answers_in_order() -> None:
    work = Doubling()
    work.go.set()
    async with running(work) as batcher:
        answers = await asyncio.gather(*(batcher([n, n + 1, n + 2]) for n in range(20, 40)))
    assert answers == [[2 * n, 2 * n + 2, 2 * n + 4] for n in range(20, 40)]
    assert len(work.threads) == 1


async def test_requests_that_wait_together_are_worked_on_together() -> None:
    work = Doubling()
    async with running(work) as batcher:
        first = await busy(batcher, work)
        rest = await waiting(batcher, [1], [2], [3])
        work.go.set()
        await asyncio.gather(first, *rest)
    assert work.batches == [[0], [1, 2, 3]]


async def test_a_single_review_does_not_wait_for_the_many_of_another() -> None:
    work = Doubling()
    async with running(work) as batcher:
        first = await busy(batcher, work)
        many, one = await waiting(batcher, list(range(10, 30, 2)), [1])
        work.go.set()
        assert await one == [2]
        assert await many == [2 * n for n in range(10, 30, 2)]
        await first
    assert 1 in work.batches[1]


async def test_more_than_may_wait_are_refused_and_those_who_wait_are_answered() -> None:
    work = Doubling()
    async with running(work, max_waiting=3) as batcher:
        first = await busy(batcher, work)
        [admitted] = await waiting(batcher, [1, 2])
        with pytest.raises(Problem, match="overloaded"):
            await batcher([3, 4])
        [last] = await waiting(batcher, [5])
        work.go.set()
        assert (await first, await admitted, await last) == ([0], [2, 4], [10])
        assert await batcher([6, 7, 8]) == [12, 14, 16], "there is room again"


async def test_who_gives_up_leaves_the_queue() -> None:
    work = Doubling()
    async with running(work, max_waiting=2) as batcher:
        first = await busy(batcher, work)
        [left] = await waiting(batcher, [1, 2])
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        [other] = await waiting(batcher, [3, 4])
        work.go.set()
        assert (await first, await other) == ([0], [6, 8])
    assert work.batches == [[0], [3, 4]]


async def test_an_error_is_that_of_its_batch_alone() -> None:
    work = Doubling()
    async with running(work, max_batch=2) as batcher:
        first = await busy(batcher, work)
        one, two, long, late = await waiting(batcher, [13], [1], [2, 3, 4, 5], [6])
        work.go.set()
        for failed in (one, two):
            with pytest.raises(RuntimeError):
                await failed
        assert await long == [4, 6, 8, 10]
        assert await late == [12]
        await first


async def test_an_error_ends_what_is_left_of_a_request() -> None:
    work = Doubling()
    work.go.set()
    async with running(work, max_batch=2) as batcher:
        with pytest.raises(RuntimeError):
            await batcher([13, 1, 2, 3, 4])
        assert await batcher([5]) == [10]
    assert work.batches == [[13, 1], [5]]


async def test_how_many_wait_is_told() -> None:
    work, told = Doubling(), list[int]()
    work.go.set()
    batcher = Batcher(
        "doubling", work, max_batch=2, max_wait_s=0.0, max_waiting=9, watch=told.append
    )
    batcher.start()
    await batcher([1, 2, 3])
    await asyncio.to_thread(batcher.close)
    assert told[:3] == [3, 1, 0]


async def test_a_batcher_that_is_closed_refuses() -> None:
    work = Doubling()
    async with running(work) as batcher:
        pass
    with pytest.raises(Problem, match="overloaded"):
        await batcher([1])


async def test_a_batch_is_bounded_by_the_size_of_its_items() -> None:
    work = Doubling()
    batcher = Batcher(
        "doubling",
        work,
        max_batch=9,
        max_wait_s=0.0,
        max_waiting=100,
        size=lambda item: item,
        max_size=10,
    )
    batcher.start()
    try:
        first = await busy(batcher, work)
        rest = await waiting(batcher, [4], [5], [2], [50], [1])
        work.go.set()
        await asyncio.gather(first, *rest)
    finally:
        await asyncio.to_thread(batcher.close)
    assert work.batches == [[0], [4, 5], [2], [50], [1]]


async def test_what_is_short_is_answered_while_something_long_is_in_work() -> None:
    slow, quick = Doubling(), Doubling()
    quick.go.set()
    async with running(slow, max_batch=1) as long, running(quick) as short:
        lanes = Lanes(short, long, lambda item: item >= 100)
        hard = asyncio.create_task(lanes([100, 1, 200]))
        await asyncio.to_thread(slow.begun.acquire)
        assert await lanes([2, 3]) == [4, 6]
        assert not hard.done()
        slow.go.set()
        assert await hard == [200, 2, 400]


async def test_what_one_lane_raises_the_request_gets() -> None:
    work = Doubling()
    work.go.set()
    async with running(work) as long, running(work) as short:
        with pytest.raises(RuntimeError, match="thirteen"):
            await Lanes(short, long, lambda item: item > 9)([1, 13])
