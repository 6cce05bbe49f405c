"""Replay of dead letters to the topics they came from."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.kafka.publisher import Outgoing, Publisher, check
from infra.kafka.topic_reader import TopicReader
from infra.settings import Settings
from schemas.errors import Origin
from schemas.records import DeadLetter
from schemas.topics import DEAD_LETTERS
from streams.output_messages import is_without_value, original_headers

CHUNK = 500
log = logging.getLogger("undertone.replay")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selection of dead letters: any of ``reasons`` (none means all), failed at or after ``since``,
    at most ``maximum``.
    """

    reasons: frozenset[str]
    since: datetime | None
    maximum: int | None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this letter is one of them; ``maximum`` is not its business."""
        since = (
            self.since.replace(tzinfo=UTC)
            if self.since and self.since.tzinfo is None
            else self.since
        )
        return (not self.reasons or letter.reason in self.reasons) and (
            since is None or letter.failed_at >= since
        )


def replay_dead_letters(
    settings: Settings, selection: Selection, *, dry_run: bool
) -> Iterator[tuple[str, str, int]]:
    """Send the chosen dead letters to their topics; (topic, reason, count) of what was sent.

    A letter that stands twice on the topic, because a worker died before it could commit, is sent
    once. One whose record was too large to be kept is left out, and so is one that Kafka does not
    take back.
    """
    publisher = Publisher(settings.kafka)
    seen: set[Origin] = set()
    counts: Counter[tuple[str, str]] = Counter()
    chunk: list[Outgoing] = []
    sent: list[tuple[str, str]] = []
    # Others may write to the topic, too: what is no dead letter is passed over.
    letters = TopicReader(settings, DEAD_LETTERS, skipped=lambda *_: None)
    for record, letter in letters.messages():
        assert letter is not None  # the topic is not compacted
        origin = Origin(letter.topic, letter.partition, letter.offset)
        if origin in seen or not selection.takes(letter) or is_without_value(letter):
            continue
        if selection.maximum is not None and len(seen) >= selection.maximum:
            break
        seen.add(origin)
        counts[letter.topic, letter.reason] += 1
        if not dry_run:
            chunk.append(
                Outgoing(letter.topic, letter.key, letter.value, original_headers(record.headers))
            )
            sent.append((letter.topic, letter.reason))
        if len(chunk) == CHUNK:
            counts.subtract(_publish(publisher, chunk, sent))
            chunk, sent = [], []
    counts.subtract(_publish(publisher, chunk, sent))
    publisher.close()
    for (topic, reason), count in sorted(counts.items()):
        if count:
            yield topic, reason, count


def _publish(
    publisher: Publisher, chunk: list[Outgoing], sent: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Send a chunk; of those that Kafka takes from nobody, what ``sent`` says. Raises as ``check``
    does.
    """
    failures = publisher.send(chunk)
    check(failures)
    for failure in failures:
        log.warning("not sent to %s: %s", failure.topic, failure.reason)
    return [sent[failure.position] for failure in failures]
