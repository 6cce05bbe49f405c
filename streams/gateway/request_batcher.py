"""Request batcher: concurrent requests share batches on one thread, by fair round-robin.

A request is any number of items. Each batch takes one item of each waiting request, round after
round, until it is full: a single review does not wait for the 256 that another caller sent before
it. A batch is also bounded by the size of its items, and long items have a thread of their own
(``Lanes``): what is short never waits until something long is done.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from streams.gateway.core.problems import Problem

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(eq=False, slots=True)
class _Job(Generic[In, Out]):
    items: deque[tuple[int, In]] = field(repr=False)
    since: float
    left: int
    done: Callable[[dict[int, Out] | Exception], None]
    answers: dict[int, Out] = field(default_factory=dict, repr=False)


class Batcher(Generic[In, Out]):
    """``await batcher(items)`` gives one answer for each, in order.

    ``work`` gets at most ``max_batch`` items at once, always in the same thread; what it raises,
    every request of that batch gets. The first item of a batch waits up to ``max_wait_s`` for
    others. At most ``max_waiting`` items wait. Beyond ``max_size`` in all, as ``size`` has it, a
    batch takes no further item; the first it takes whatever its size.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[In]], Sequence[Out]],
        *,
        max_batch: int,
        max_wait_s: float,
        max_waiting: int,
        size: Callable[[In], int] = lambda item: 1,
        max_size: float = math.inf,
        watch: Callable[[int], None] = lambda waiting: None,
    ) -> None:
        """``watch`` is told how many items wait, after each change; from any thread."""
        self._work, self._watch = work, watch
        self._size, self._max_size = size, max_size
        self._max_batch, self._max_wait_s, self._max_waiting = max_batch, max_wait_s, max_waiting
        self._jobs: deque[_Job[In, Out]] = deque()
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self) -> None:
        """Finish the batch that is in work, and nothing after it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    async def __call__(self, items: Sequence[In]) -> list[Out]:
        """Raises ``Problem`` (overloaded) where too many wait already; a call that is cancelled
        leaves the queue.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[dict[int, Out]] = loop.create_future()
        job = _Job[In, Out](
            deque(enumerate(items)), time.monotonic(), len(items),
            lambda result: _tell(loop, future, result)
        )  # fmt: skip
        self._put(job)
        try:
            answers = await future
        finally:
            self._drop(job)
        return [answers[position] for position in range(len(items))]

    def _put(self, job: _Job[In, Out]) -> None:
        with self._changed:
            if self._closed or self._waiting + len(job.items) > self._max_waiting:
                raise Problem("overloaded", f"{self._waiting} reviews are already waiting")
            self._jobs.append(job)
            self._waiting += len(job.items)
            self._watch(self._waiting)
            self._changed.notify_all()

    def _drop(self, job: _Job[In, Out]) -> None:
        with self._changed:
            if job.items:
                self._jobs.remove(job)
                self._waiting -= len(job.items)
                job.items.clear()
                self._watch(self._waiting)

    def _run(self) -> None:
        while batch := self._next():
            try:
                answers = self._work([item for _, _, item in batch])
            except Exception as error:  # what it is, those who asked decide
                for failed in {id(job): job for job, _, _ in batch}.values():
                    self._drop(failed)
                    failed.done(error)
                continue
            for (job, position, _), answer in zip(batch, answers, strict=True):
                job.answers[position] = answer
                job.left -= 1
                if not job.left:
                    job.done(job.answers)

    def _next(self) -> list[tuple[_Job[In, Out], int, In]]:
        """The next batch; none when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            if not self._closed:
                patience = self._jobs[0].since + self._max_wait_s - time.monotonic()
                if patience > 0:
                    self._changed.wait_for(
                        lambda: self._waiting >= self._max_batch or self._closed, patience
                    )
            batch: list[tuple[_Job[In, Out], int, In]] = []
            size = 0
            while self._jobs and len(batch) < self._max_batch and not self._closed:
                size += self._size(self._jobs[0].items[0][1])
                if batch and size > self._max_size:
                    break
                job = self._jobs.popleft()
                batch.append((job, *job.items.popleft()))
                if job.items:
                    self._jobs.append(job)
            self._waiting -= len(batch)
            self._watch(self._waiting)
            return batch


@dataclass(frozen=True, slots=True)
class Lanes(Generic[In, Out]):
    """One batcher for what is short and one for what is not, each with a thread of its own:
    ``await lanes(items)`` as of one.
    """

    short: Batcher[In, Out]
    long: Batcher[In, Out]
    is_long: Callable[[In], bool]

    def start(self) -> None:
        """Begin to work."""
        self.short.start()
        self.long.start()

    def close(self) -> None:
        """Finish the batches that are in work, and nothing after them."""
        self.short.close()
        self.long.close()

    async def __call__(self, items: Sequence[In]) -> list[Out]:
        """Raises what either raises; then the other's items leave the queue."""
        lanes = {self.short: [i for i, item in enumerate(items) if not self.is_long(item)]}
        lanes[self.long] = [i for i, item in enumerate(items) if self.is_long(item)]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    (positions, group.create_task(lane([items[i] for i in positions])))
                    for lane, positions in lanes.items()
                    if positions
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        answers = {
            i: answer
            for positions, task in tasks
            for i, answer in zip(positions, task.result(), strict=True)
        }
        return [answers[i] for i in range(len(items))]


def _tell(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[dict[int, Out]],
    result: dict[int, Out] | Exception,
) -> None:
    def tell() -> None:
        if future.done():  # whoever asked has gone
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    loop.call_soon_threadsafe(tell)
