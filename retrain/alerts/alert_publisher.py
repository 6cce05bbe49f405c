"""Publisher of alerts, keyed by fingerprint so that the messages of a condition stay in order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from infra.kafka.publisher import Outgoing, Publisher
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas import wire
from schemas.records import Alert
from schemas.topics import ALERTS


class Announcer:
    """A publisher of alerts. Connects when it is made: raises ``RegistryUnavailable``."""

    def __init__(self, settings: Settings) -> None:
        with closing(SchemaRegistry(settings.schema_registry)) as registry:
            self._schema_id = registry.register(ALERTS)
        self._publisher = Publisher(settings.kafka)

    def tell(self, alerts: Sequence[Alert]) -> None:
        """Returns when the broker has confirmed all. Raises ``BrokerUnavailable``: then telling all
        again does no harm.
        """
        if not alerts:
            return
        encoded = [
            (alert.fingerprint.encode(), wire.encode(alert, self._schema_id)) for alert in alerts
        ]
        self._publisher.publish([Outgoing(ALERTS.name, key, value) for key, value in encoded])

    def close(self) -> None:
        """Let go of the connection."""
        self._publisher.close()
