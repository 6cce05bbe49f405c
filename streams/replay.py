"""Dead letters back to where they came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas.errors import Origin, Rejection
from schemas.outputs import decode_output
from schemas.records import DeadLetter
from schemas.topics import DEAD_LETTERS
from streams.outputs import original_headers

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters: of any of ``reasons`` (none means all), failed at or after ``since``, at most ``maximum``."""

    reasons: frozenset[str]
    since: datetime | None
    maximum: int | None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this letter is one of them; ``maximum`` is not its business."""
        since = self.since.replace(tzinfo=UTC) if self.since and self.since.tzinfo is None else self.since
        return (not self.reasons or letter.reason in self.reasons) and (since is None or letter.failed_at >= since)


def replay_dead_letters(settings: Settings, selection: Selection, *, dry_run: bool) -> Iterator[tuple[str, str, int]]:
    """Send the chosen dead letters to their topics; (topic, reason, count) of what was sent.

    A letter that stands twice on the topic, because a worker died before it could commit, is sent once.
    """
    find_schema = SchemaRegistry(settings.schema_registry).find
    publisher = Publisher(settings.kafka)
    seen: set[Origin] = set()
    counts: Counter[tuple[str, str]] = Counter()
    chunk: list[Outgoing] = []
    for record in read_topic(settings.kafka, DEAD_LETTERS.name, follow=False):
        try:
            letter = decode_output(DeadLetter, record, find_schema)
        except Rejection:
            continue  # not written by Undertone
        origin = Origin(letter.topic, letter.partition, letter.offset)
        if origin in seen or not selection.takes(letter):
            continue
        if selection.maximum is not None and len(seen) >= selection.maximum:
            break
        seen.add(origin)
        counts[letter.topic, letter.reason] += 1
        if not dry_run:
            chunk.append(Outgoing(letter.topic, letter.key, letter.value, original_headers(record.headers)))
        if len(chunk) == CHUNK:
            publisher.publish(chunk)
            chunk = []
    publisher.publish(chunk)
    publisher.close()
    for (topic, reason), count in sorted(counts.items()):
        yield topic, reason, count
