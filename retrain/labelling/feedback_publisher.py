"""Publisher of labels to the topic ``feedback``, each as soon as it is given."""

from __future__ import annotations

import hashlib
from typing import Any

from infra.kafka.admin import Admin
from infra.kafka.reachable import check_reachable
from infra.kafka.topic_publisher import TopicPublisher
from infra.settings import Settings
from infra.warehouse import Warehouse
from retrain.labelling.core.labelling_session import Answer, Waiting
from schemas.records import Feedback, FeedbackSource
from schemas.topics import FEEDBACK

QUEUE = """
SELECT request_id, review_id, text_masked, toString(language), product_id, toString(sentiment),
    score, toString(reason)
FROM labelling_queue
WHERE language = %(language)s OR %(language)s = ''
ORDER BY priority DESC, review_id
LIMIT %(limit)s
"""


def queue(warehouse: Warehouse, language: str, limit: int) -> list[Waiting]:
    """Labelling queue, the most useful first; an empty ``language`` means all."""
    rows: list[Any] = warehouse.query(QUEUE, {"language": language, "limit": limit})
    return [Waiting(*row) for row in rows]


class Sender:
    """Publisher of labels, created before the first review is shown, so that no label is lost to a
    server that is down.
    """

    def __init__(self, settings: Settings, source: FeedbackSource) -> None:
        """Raises ``BrokerUnavailable`` or ``RegistryUnavailable``."""
        check_reachable(settings.kafka)
        Admin(settings.kafka).create_topics((FEEDBACK,))
        self._publisher = TopicPublisher(settings, FEEDBACK)
        self._source = source

    def send(self, answer: Answer) -> None:
        """Returns when the broker has confirmed it; sent twice, it is the same feedback. Raises
        ``BrokerUnavailable``.
        """
        if answer.label is None:
            return
        key = f"{answer.waiting.request_id} {self._source} {answer.label} {answer.at.isoformat()}"
        feedback = Feedback(
            feedback_id=hashlib.blake2b(key.encode(), digest_size=16).hexdigest(),
            review_id=answer.waiting.review_id,
            label=answer.label,
            source=self._source,
            created_at=answer.at,
        )
        self._publisher.publish(FEEDBACK, feedback)

    def close(self) -> None:
        """Let go of the connections."""
        self._publisher.close()
