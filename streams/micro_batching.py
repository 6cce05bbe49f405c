"""Micro-batcher: batches grow while earlier ones are processed, so they are small at low load and
full at high load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class MicroBatcher(Generic[T]):
    """Queue of runs of records that forms micro-batches. One task adds, another takes."""

    def __init__(self, *, size: Callable[[T], int], limit: int, wait_s: float) -> None:
        """``size``: records in a run; ``limit``: in a batch; ``wait_s``: how long one that is
        smaller waits for more.
        """
        self._size, self._limit, self._wait_s = size, limit, wait_s
        self._changed = asyncio.Condition()
        self._runs: list[T] = []
        self._records = 0
        self._full = False

    async def add(self, run: T) -> None:
        """Add a run; waits until it fits in, or is alone. That is the back-pressure."""
        size = self._size(run)
        async with self._changed:
            while self._runs and self._records + size > self._limit:
                self._full = True
                self._changed.notify_all()
                await self._changed.wait()
            self._runs.append(run)
            self._records += size
            self._full = self._records >= self._limit
            self._changed.notify_all()

    async def take(self) -> list[T]:
        """All that is there, in the order of its coming: a run at least, for which it waits, and a
        little longer for more.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._runs)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await self._changed.wait_for(lambda: self._full)
            taken, self._runs, self._records, self._full = self._runs, [], 0, False
            self._changed.notify_all()
        return taken
