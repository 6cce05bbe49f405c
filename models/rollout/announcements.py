"""Model announcements on ``models.lifecycle``: reading the current traffic, and publishing a change
to all workers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache

from infra import metrics
from infra.kafka.reachable import check_reachable
from infra.kafka.topic_publisher import publish
from infra.kafka.topic_reader import TopicReader
from infra.settings import Settings
from models.registry import references
from models.rollout import resolve, traffic
from models.rollout.serving import Serving, by_language
from models.rollout.traffic import Variants
from models.rollout.trial import defect
from schemas.errors import Rejection
from schemas.inputs import RawRecord
from schemas.records import ModelEvent, Variant
from schemas.topics import MODELS_LIFECYCLE

log = logging.getLogger("undertone.rollout")


def serving(settings: Settings) -> dict[str, Serving]:
    """By language. Raises ``InputError`` where there is no such topic, ``BrokerUnavailable``, and
    as ``configured`` does.
    """
    return by_language(configured(settings), current(settings))


def champions(settings: Settings) -> dict[str, Variant]:
    """The champion of each language that has one. Raises as ``serving`` does."""
    found = {language: served.champion for language, served in serving(settings).items()}
    return {language: champion for language, champion in found.items() if champion is not None}


def current(settings: Settings) -> dict[str, ModelEvent]:
    """The last valid event of each language. Raises ``InputError`` where there is no such topic,
    ``BrokerUnavailable``.
    """
    check_reachable(settings.kafka)
    reader = TopicReader(settings, MODELS_LIFECYCLE, skipped=malformed)
    return resolve.latest(history(reader.messages()))


def malformed(record: RawRecord, rejection: Rejection) -> None:
    """Log and count what is no model event, once."""
    _report(str(record.origin), str(rejection))


def history(
    messages: Iterable[tuple[RawRecord, ModelEvent | None]],
) -> Iterator[tuple[str, ModelEvent | None]]:
    """(key, event) of each message; None for a deletion. What is wrong with an event is logged and
    counted once.
    """
    for record, event in messages:
        language = (record.key or b"").decode("utf8", "replace")
        if event is None:
            yield language, None
            continue
        if wrong := resolve.problem(language, event):
            _report(str(record.origin), f"{wrong}; the event before it stays in force")
        elif wrong := defect(event):
            _report(str(record.origin), f"{wrong}; the trial does not go on")
        yield language, event


@lru_cache(maxsize=1024)
def _report(origin: str, wrong: str) -> None:
    """Log and count a malformed event, once in a process: the topic is compacted and read again and
    again.
    """
    metrics.UNREADABLE.labels(MODELS_LIFECYCLE.name).inc()
    log.error("malformed model event %s: %s", origin, wrong)


def announce(settings: Settings, event: ModelEvent) -> None:
    """Publish to every worker. Raises ``BrokerUnavailable`` or ``RegistryUnavailable``; then no
    worker has received it.
    """
    publish(settings, MODELS_LIFECYCLE, event)


def configured(settings: Settings) -> dict[str, Variants]:
    """The traffic that the settings alone would have serve, from the manifests of their models.

    Raises ``ConfigurationError`` where two models declare the same language; ``InputError``,
    ``ModelNotFound``, ``ModelIntegrityError``, ``RegistryUnavailable`` where one cannot be had.
    """
    unserved = settings.language.unserved == "score"
    declared = references.serving(settings.models, unserved=unserved)
    return traffic.configured(((each.reference, each) for each in declared), unserved=unserved)
