"""Short-lived cache of answers: concurrent requests for the same answer share one computation."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

T = TypeVar("T")
FRESH_S: Final = 0.4
IDLE: Final = 1
"""An answer that took long is kept for so many times as long: a slow server has time for others ...
"""
LONGEST_S: Final = 15.0
"""... but seen again soon after it has recovered."""
SIZE: Final = 64


@dataclass(slots=True)
class _Held:
    task: asyncio.Task[Any]
    until: float = math.inf


@dataclass(slots=True)
class Cache:
    """Of at most ``size`` questions, those asked last. Failures are kept like answers."""

    size: int = SIZE
    _held: OrderedDict[Hashable, _Held] = field(default_factory=OrderedDict, repr=False)

    async def __call__(
        self, question: Hashable, answer: Callable[[], Awaitable[T]], fresh_s: float = FRESH_S
    ) -> T:
        """What ``answer`` gives or raises, or gave or raised less than ``fresh_s`` ago. Goes on
        when who asked has gone.
        """
        held = self._held.get(question)
        if held is None or held.until <= asyncio.get_running_loop().time():
            held = self._held[question] = self._begin(answer, fresh_s)
        self._held.move_to_end(question)
        if len(self._held) > self.size:
            self._held.popitem(last=False)
        result: T = await asyncio.shield(held.task)
        return result

    @staticmethod
    def _begin(answer: Callable[[], Awaitable[T]], fresh_s: float) -> _Held:
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def work() -> T:
            return await answer()

        def done(task: asyncio.Task[T]) -> None:
            now = loop.time()
            held.until = now + min(max(fresh_s, IDLE * (now - began)), max(fresh_s, LONGEST_S))
            if not task.cancelled():
                task.exception()  # whoever asked may have gone: then nobody else looks at it

        held = _Held(loop.create_task(work()))
        held.task.add_done_callback(done)
        return held
