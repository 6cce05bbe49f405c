"""Batches take what came while nobody had time for it."""

from __future__ import annotations

import asyncio

from streams.micro_batching import MicroBatcher


def batcher(limit: int = 4, wait_s: float = 0.01) -> MicroBatcher[str]:
    """Runs are strings, records their letters."""
    return MicroBatcher(size=len, limit=limit, wait_s=wait_s)


async def test_what_came_since_the_last_batch_is_the_next_one_in_order() -> None:
    gathered = batcher()
    for run in ("a", "bc"):
        await gathered.add(run)
    assert await gathered.take() == ["a", "bc"]
    await gathered.add("d")
    assert await gathered.take() == ["d"]


async def test_a_batch_waits_for_its_first_run() -> None:
    gathered = batcher()
    taking = asyncio.create_task(gathered.take())
    await asyncio.sleep(0.05)
    assert not taking.done()
    await gathered.add("a")
    assert await taking == ["a"]


async def test_a_full_batch_waits_for_nothing_more() -> None:
    gathered = batcher(wait_s=3600)
    await gathered.add("abcd")
    assert await gathered.take() == ["abcd"]


async def test_one_that_is_not_full_waits_for_more() -> None:
    gathered = batcher(wait_s=3600)
    await gathered.add("ab")
    taking = asyncio.create_task(gathered.take())
    await asyncio.sleep(0.05)
    assert not taking.done()
    await gathered.add("cd")
    assert await taking == ["ab", "cd"]


async def test_a_run_that_does_not_fit_waits_and_the_batch_without_it_is_full() -> None:
    gathered = batcher(wait_s=3600)
    await gathered.add("abc")
    adding = asyncio.create_task(gathered.add("de"))
    await asyncio.sleep(0.05)
    assert not adding.done()
    assert await gathered.take() == ["abc"]
    await adding
    await gathered.add("fg")
    assert await gathered.take() == ["de", "fg"]


async def test_a_run_larger_than_a_batch_is_one_by_itself() -> None:
    gathered = batcher(wait_s=3600)
    await gathered.add("abcdef")
    assert await gathered.take() == ["abcdef"]
