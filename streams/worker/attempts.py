"""Poison-record isolation: a record that crashes its worker is found and dead-lettered, whichever
worker gets it next.

The broker keeps a mark for each partition (``infra.kafka.marks``): where a worker began to work on
it. It costs two requests when a partition is assigned and none afterwards. A worker that gets a
partition with a mark at the very offset where it begins knows that the one before died without
having finished anything, and goes on carefully: in slices, each marked before it is worked on and
delivered before the next. A worker that dies there leaves the mark of the slice; the next one takes
the records of that slice one at a time, each marked. A mark of a single record that is found again
condemns that record. What is before a mark has been delivered, so it is not worked on again.

A worker that gives a partition back takes its mark away: only a death leaves one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from schemas.errors import ConfigurationError, TransientError
from schemas.inputs import RawRecord

SLICE: Final = 32
"""Records that are suspected together: few enough to be worked on one at a time afterwards."""
RELEASED, BEGUN, TOGETHER, ALONE = range(4)
"""What a mark says of its offset. Two bits of the number; Kafka's offsets stay far below the other
61.
"""
log = logging.getLogger("undertone.worker")


class Marks(Protocol):
    """See ``infra.kafka.marks.Marks``."""

    def read(self, partitions: Collection[int]) -> dict[int, int]: ...

    def write(self, numbers: dict[int, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """Records of one partition that are worked on together. ``delivered``: they were before;
    ``condemned``: a deadly one.
    """

    records: Sequence[RawRecord]
    delivered: bool = False
    condemned: bool = False


@dataclass(slots=True)
class _Care:
    """Care until ``end``: offsets below ``delivered`` are done, ``condemned`` is deadly, those
    below ``alone`` go singly.
    """

    end: int
    delivered: int = 0
    condemned: int = -1
    alone: int = 0


@dataclass(slots=True)
class Attempts:
    """The marks of the partitions that this worker has. Used by the thread of the stages, but for
    ``release``.

    ``span``: how many offsets care lasts for. At least as many as may be worked on between two
    commits, or the deadly one may lie beyond.
    """

    marks: Marks
    span: int
    _mine: set[int] = field(default_factory=set)
    _careful: dict[int, _Care] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, records: Sequence[RawRecord]) -> bool:
        """Note where work begins on partitions that are new; whether any of these records needs
        care.

        ``records`` are those of a batch: of each partition in order. Raises a ``TransientError``.
        """
        first: dict[int, int] = {}
        for record in records:
            if record.origin.partition not in first:
                first[record.origin.partition] = record.origin.offset
        new = first.keys() - self._mine
        if new:
            self._claim({partition: first[partition] for partition in new})
        return bool(self._careful) and not self._careful.keys().isdisjoint(first)

    def _claim(self, first: dict[int, int]) -> None:
        with self._lock:
            found = self.marks.read(first)
            for partition, offset in first.items():
                care = _care(found.get(partition, 0), offset, self.span)
                if care is not None:
                    log.warning(
                        (
                            "a worker crashed at partition %d, offset %d: retrying from there in "
                            "small slices"
                        ),
                        partition,
                        offset,
                    )
                    self._careful[partition] = care
            plain = {
                partition: _number(offset, BEGUN)
                for partition, offset in first.items()
                if partition not in self._careful
            }
            if plain:
                self.marks.write(plain)
            self._mine |= first.keys()

    def pieces(self, records: Sequence[RawRecord]) -> Iterator[Piece]:
        """The records in order, cut into what is worked on at a time."""
        start = 0
        while start < len(records):
            piece = self._next(records, start)
            start += len(piece.records)
            yield piece

    def _next(self, records: Sequence[RawRecord], start: int) -> Piece:
        _, partition, offset = records[start].origin
        care = self._careful.get(partition)
        if care is None or offset >= care.end:
            self._done(partition)
            return Piece(_run(records, start, SLICE, lambda _: True))
        if offset < care.delivered:
            return Piece(
                _run(records, start, len(records), lambda each: each < care.delivered),
                delivered=True,
            )
        if offset == care.condemned:
            return Piece(records[start : start + 1], condemned=True)
        if offset < care.alone:
            return Piece(records[start : start + 1])
        return Piece(_run(records, start, SLICE, lambda _: True))

    def working_on(self, piece: Piece) -> None:
        """Mark a piece before its stages. Raises a ``TransientError``."""
        self._mark(piece, ALONE if len(piece.records) == 1 and self._is_alone(piece) else TOGETHER)

    def paused(self, piece: Piece) -> None:
        """Take back that a single record is worked on: a worker that is stopped while it waits must
        not condemn it.
        """
        if self._is_alone(piece):
            try:
                self._mark(piece, TOGETHER)
            except (TransientError, ConfigurationError):
                log.warning("the marker of a record could not be removed")

    def release(self, partitions: Collection[int] | None = None) -> None:
        """Remove the markers of partitions, or of all, when they are given back. Raises a
        ``TransientError``. From any thread.
        """
        with self._lock:
            given = self._mine if partitions is None else self._mine & set(partitions)
            self._mine = self._mine - given
            for partition in given:
                self._careful.pop(partition, None)
            if given:
                self.marks.write(dict.fromkeys(given, _number(0, RELEASED)))

    def _is_alone(self, piece: Piece) -> bool:
        origin = piece.records[0].origin
        care = self._careful.get(origin.partition)
        return care is not None and origin.offset < care.alone

    def _mark(self, piece: Piece, state: int) -> None:
        origin = piece.records[0].origin
        with self._lock:
            if origin.partition in self._careful:  # else it has been given back meanwhile
                self.marks.write({origin.partition: _number(origin.offset, state)})

    def _done(self, partition: int) -> None:
        with self._lock:
            if self._careful.pop(partition, None) is not None:
                self.marks.write({partition: _number(0, RELEASED)})


def _number(offset: int, state: int) -> int:
    return offset << 2 | state


def _care(mark: int, first: int, span: int) -> _Care | None:
    """What a mark, found where work begins at offset ``first``, asks for."""
    offset, state = mark >> 2, mark & 3
    if state == BEGUN and offset == first:
        return _Care(end=first + span)
    if not first <= offset <= first + 2 * span:  # overtaken, or of a topic that has begun anew
        return None
    if state == TOGETHER:
        return _Care(end=offset + span, delivered=offset, alone=offset + SLICE)
    if state == ALONE:
        return _Care(end=offset + span, delivered=offset, condemned=offset, alone=offset + SLICE)
    return None


def _run(
    records: Sequence[RawRecord], start: int, most: int, take: Callable[[int], bool]
) -> Sequence[RawRecord]:
    """Records of one partition from ``start`` on, at most so many, while ``take`` says so of their
    offsets.
    """
    partition, end = records[start].origin.partition, start
    for record in records[start : start + most]:
        if record.origin.partition != partition or not take(record.origin.offset):
            break
        end += 1
    return records[start:end]
