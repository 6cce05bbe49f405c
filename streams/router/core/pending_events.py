"""Pending model events: the latest of each language that is not applied yet, and when to try it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Waiting(Generic[T]):
    event: T
    due: float = 0.0
    attempts: int = 0


@dataclass(slots=True)
class Pending(Generic[T]):
    """What waits to be tried again, by language: events to follow, or records to decode.

    Waits double from ``first_s`` up to ``max_s``. Time is an argument: seconds on any monotonic
    clock."""

    first_s: float
    max_s: float
    _waiting: dict[str, _Waiting[T]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Languages whose latest event is not followed yet."""
        return len(self._waiting)

    def put(self, language: str, event: T) -> None:
        """The latest of a language. One that still waits is overtaken."""
        self._waiting[language] = _Waiting(event)

    def drop(self, language: str) -> None:
        """Nothing of this language waits any longer, if anything did."""
        self._waiting.pop(language, None)

    def due(self, now: float) -> Iterator[tuple[str, T]]:
        """Events that are due; report each as ``done`` or ``failed`` afterwards."""
        for language, waiting in list(self._waiting.items()):
            if waiting.due <= now:
                yield language, waiting.event

    def done(self, language: str) -> None:
        """It was followed, or refused for good."""
        del self._waiting[language]

    def failed(self, language: str, now: float) -> int:
        """Something transient was in the way; how often so far."""
        waiting = self._waiting[language]
        waiting.due = now + min(self.max_s, self.first_s * 2**waiting.attempts)
        waiting.attempts += 1
        return waiting.attempts
