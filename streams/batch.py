"""Batch in the stages: a record that a stage rejects leaves it as a dead letter, the others go
on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from schemas import reasons
from schemas.errors import NOT_OF_ONE_RECORD, Origin, Rejected, Rejection

T = TypeVar("T")
U = TypeVar("U")

Timer = Callable[[str], AbstractContextManager[object]]
"""Stage name → a context manager around that stage's work on one batch."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """``items`` are the records still in the batch, by their position in it; ``rejections`` those
    that left.
    """

    origins: Sequence[Origin]
    items: dict[int, T]
    rejections: dict[int, Rejected]
    timer: Timer

    @classmethod
    def of(cls, records: Sequence[T], origins: Sequence[Origin], timer: Timer) -> Batch[T]:
        """A batch of which nothing has left yet."""
        return cls(origins, dict(enumerate(records)), {}, timer)

    def each(self, stage: str, function: Callable[[T], U]) -> Batch[U]:
        """Apply a stage to every item. ``Rejection`` and unforeseen errors reject the item, under
        the name of the stage and the origin of the record; transient errors pass through.
        """
        with self.timer(stage):
            return self._each(stage, function)

    def together(self, stage: str, function: Callable[[Sequence[T]], Sequence[U]]) -> Batch[U]:
        """Apply a stage that takes all items at once and answers with as many.

        If it fails, it is asked for each item alone, so that only the one that makes it fail is
        rejected.
        """
        with self.timer(stage):
            if not self.items:
                return self._next({}, self.rejections)
            try:
                items = dict(zip(self.items, function(list(self.items.values())), strict=True))
            except NOT_OF_ONE_RECORD:
                raise
            except Exception:
                return self._each(stage, lambda item: function([item])[0])
            return self._next(items, self.rejections)

    def _each(self, stage: str, function: Callable[[T], U]) -> Batch[U]:
        items: dict[int, U] = {}
        rejections = dict(self.rejections)
        for position, item in self.items.items():
            try:
                items[position] = function(item)
            except Rejection as rejection:
                rejections[position] = rejection.at(stage, self.origins[position])
            except NOT_OF_ONE_RECORD:
                raise
            except (
                Exception
            ) as error:  # whatever a library does on one text must not stop the stream
                rejections[position] = Rejected(
                    reasons.PROCESSING_ERROR,
                    stage=stage,
                    origin=self.origins[position],
                    detail=type(error).__name__,
                )
        return self._next(items, rejections)

    def _next(self, items: dict[int, U], rejections: dict[int, Rejected]) -> Batch[U]:
        return replace(self, items=items, rejections=rejections)  # type: ignore[arg-type, return-value]
