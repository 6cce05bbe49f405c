"""Idempotency keys: a repeated request gets the answer to the first one.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

What is remembered is this process's own. A repeat that comes to another one is done again, with the
same ids (see ``derived_id``): the views count it once.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from streams.gateway.core.problems import Problem

LONGEST: Final = 255
PERSON: Final = b"undertone-idem"


@dataclass(frozen=True, slots=True)
class Answer:
    """Stored response to a request that was accepted with 202."""

    content: bytes = field(repr=False)
    headers: dict[str, str]


@dataclass(slots=True)
class _Entry:
    body: bytes
    since: float
    answer: Answer | None = None


@dataclass(slots=True)
class Answers:
    """The latest ``size`` keys, each for ``seconds``. Time is an argument: seconds on any monotonic
    clock.
    """

    seconds: float
    size: int
    _entries: OrderedDict[tuple[str, ...], _Entry] = field(default_factory=OrderedDict, repr=False)

    async def once(
        self, key: tuple[str, ...], body: bytes, now: float, answer: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer under ``key``, and whether it is a repetition. One that fails is forgotten, so
        that it can be tried again.

        Raises ``Problem`` where the same key came with another body, or its first request is still
        in work.
        """
        digest = hashlib.sha256(body).digest()
        self._forget(now)
        entry = self._entries.get(key)
        if entry is not None:
            if entry.body != digest:
                raise Problem("key_reused", "use another key for another request")
            if entry.answer is None:
                raise Problem(
                    "key_in_use",
                    "the first request with this key has not been answered yet",
                    headers={"Retry-After": "1"},
                )
            return entry.answer, True
        entry = self._entries[key] = _Entry(digest, now)
        try:
            entry.answer = await answer()
        finally:
            if entry.answer is None and self._entries.get(key) is entry:
                del self._entries[key]
        return entry.answer, False

    def _forget(self, now: float) -> None:
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            if len(self._entries) < self.size and now - oldest.since < self.seconds:
                break
            del self._entries[key]


def derived_id(key: tuple[str, ...], position: int) -> str:
    """The id of the review or feedback at ``position`` of the request with that key: always the
    same one.
    """
    content = "\0".join((*key, str(position))).encode()
    return hashlib.blake2b(content, digest_size=16, person=PERSON).hexdigest()
