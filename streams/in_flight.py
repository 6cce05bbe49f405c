"""Batches in flight: processed off the event loop, completed in order, bounded in number
(backpressure).

While one batch is being delivered the next is already in the CPU stages; a third has to wait, and
with it the reading from the broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
Result = TypeVar("Result")


class InFlight(Generic[T, Result]):
    """``process`` and ``deliver`` block and run in a thread each; ``complete`` runs on the event
    loop after delivery.

    ``complete`` answers whether the batch is done whole: ``process`` may end early when it is asked
    to. After a batch that is not, or that failed, no other is completed. ``failed`` is called with
    the error, and whoever owns this is expected to end the process, so that the broker gives the
    records to another worker.
    """

    def __init__(
        self,
        *,
        process: Callable[[Sequence[T]], Result],
        deliver: Callable[[Result], None],
        complete: Callable[[Sequence[T], Result], bool],
        failed: Callable[[BaseException], None],
        limit: int,
    ) -> None:
        self._process = process
        self._deliver = deliver
        self._complete = complete
        self._failed = failed
        self._slots = asyncio.Semaphore(limit)
        self._processing = ThreadPoolExecutor(1, "stages")
        self._delivering = ThreadPoolExecutor(1, "delivery")
        self._last: asyncio.Task[bool] | None = None
        self._closed = False

    async def submit(self, items: Sequence[T]) -> None:
        """Take a batch, as soon as there is room; returns when the stages are free for the next.
        Does nothing after ``close``.
        """
        await self._slots.acquire()
        if not self._closed:
            processed = asyncio.Event()
            self._last = asyncio.create_task(self._run(items, self._last, processed))
            await processed.wait()

    async def close(self) -> None:
        """Take no more, and wait until nothing is in flight. Errors from now on leave a batch
        undone, and that is all.
        """
        self._closed = True
        if self._last is not None:
            await asyncio.wait([self._last])

    async def _run(
        self, items: Sequence[T], previous: asyncio.Task[bool] | None, processed: asyncio.Event
    ) -> bool:
        """True if this batch and all before it are complete."""
        loop = asyncio.get_running_loop()
        try:
            try:
                result = await loop.run_in_executor(self._processing, self._process, items)
            finally:
                processed.set()
            if previous is not None and not await previous:
                return False
            await loop.run_in_executor(self._delivering, self._deliver, result)
            return self._complete(items, result)
        except Exception as error:
            if not self._closed:
                self._failed(error)
            return False
        finally:
            self._slots.release()
