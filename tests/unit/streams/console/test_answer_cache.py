"""Many pages are one question."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from streams.console.answer_cache import IDLE, Cache

LONG, SHORT = 60.0, 0.0


@dataclass
class Server:
    """Counts how often it is asked; answers when told to."""

    asked: int = 0
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def at_once(self) -> int:
        self.asked += 1
        return self.asked

    async def when_told(self) -> int:
        self.asked += 1
        await self.answer.wait()
        return self.asked

    async def broken(self) -> int:
        self.asked += 1
        raise ConnectionError


async def test_those_who_ask_meanwhile_get_the_same_answer() -> None:
    cache, server = Cache(), Server()
    asking = [asyncio.create_task(cache("q", server.when_told, LONG)) for _ in range(50)]
    await asyncio.sleep(0)
    server.answer.set()
    assert await asyncio.gather(*asking) == [1] * 50


async def test_an_answer_is_kept_as_long_as_it_is_fresh() -> None:
    cache, server = Cache(), Server()
    assert [await cache("q", server.at_once, LONG) for _ in range(3)] == [1, 1, 1]
    assert await cache("another", server.at_once, LONG) == 2


async def test_an_answer_that_is_not_fresh_is_asked_for_again() -> None:
    cache, server = Cache(), Server()
    first = await cache("q", server.at_once, SHORT)
    await asyncio.sleep(0.05)
    assert [first, await cache("q", server.at_once, SHORT)] == [1, 2]


async def test_a_slow_server_is_left_alone_for_several_times_as_long_as_it_took() -> None:
    cache, server = Cache(), Server()
    loop = asyncio.get_running_loop()
    loop.call_later(0.2, server.answer.set)
    began = loop.time()
    await cache("q", server.when_told, SHORT)
    took = loop.time() - began
    held = cache._held["q"]
    assert held.until - began >= (1 + IDLE) * 0.9 * min(took, 0.2)
    assert await cache("q", server.when_told, SHORT) == 1


async def test_a_failure_is_kept_like_an_answer() -> None:
    cache, server = Cache(), Server()
    for _ in range(3):
        with pytest.raises(ConnectionError):
            await cache("q", server.broken, LONG)
    assert server.asked == 1


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    cache, server = Cache(), Server()
    gone = asyncio.create_task(cache("q", server.when_told, LONG))
    stays = asyncio.create_task(cache("q", server.when_told, LONG))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    server.answer.set()
    assert await stays == 1


async def test_only_the_questions_asked_last_are_remembered() -> None:
    cache, server = Cache(size=2), Server()
    for question in ("a", "b", "a", "c"):
        await cache(question, server.at_once, LONG)
    assert server.asked == 3
    await cache("a", server.at_once, LONG)
    assert server.asked == 3
    await cache("b", server.at_once, LONG)
    assert server.asked == 4
