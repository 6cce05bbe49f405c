"""Publisher of alerts."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kafka.topic_publisher import TopicPublisher
from infra.settings import Settings
from schemas.records import Alert
from schemas.topics import ALERTS


class Announcer:
    """A publisher of alerts. Connects when it is made: raises ``RegistryUnavailable``."""

    def __init__(self, settings: Settings) -> None:
        self._publisher = TopicPublisher(settings, ALERTS)

    def tell(self, alerts: Sequence[Alert]) -> None:
        """Returns when the broker has confirmed all. Raises ``BrokerUnavailable``: then telling all
        again does no harm.
        """
        self._publisher.publish(ALERTS, *alerts)

    def close(self) -> None:
        """Let go of the connection."""
        self._publisher.close()
