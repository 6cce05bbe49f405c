"""Topic creation at start, and consumer lag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.config import client_config
from infra.kafka.errors import error_of, translated
from infra.kafka.lag import GroupLag
from infra.settings import KafkaSettings
from schemas.topics import Topic

TIMEOUT_S = 10.0


class Admin:
    """Administration of one cluster. Raises ``BrokerUnavailable`` where it does not answer in
    time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client = AdminClient(client_config(settings))
        self._groups: dict[str, GroupLag] = {}

    def create_topics(self, catalogue: Sequence[Topic[Any]]) -> list[str]:
        """Create the topics that are not there yet; several processes may do so at once. Returns
        the names created.

        Raises ``ConfigurationError`` where the cluster refuses one, naming it.
        """
        try:
            existing = set(self._client.list_topics(timeout=TIMEOUT_S).topics)
        except KafkaException as error:
            raise translated(error, "topics") from error
        missing = [
            NewTopic(
                topic.name,
                num_partitions=self._settings.partitions,
                replication_factor=self._settings.replication_factor,
                config=topic.config,
            )
            for topic in catalogue
            if topic.name not in existing
        ]
        created = []
        for name, future in self._client.create_topics(missing).items() if missing else ():
            try:
                future.result(TIMEOUT_S)
                created.append(name)
            except TimeoutError as error:
                raise translated(error, f"creating {name}") from error
            except KafkaException as error:
                if error_of(error).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise translated(error, f"creating {name}") from error
        return created

    def lag(self, group: str, topic: str) -> dict[int, int]:
        """Partition → records in the topic that the group (without prefix) has not committed yet;
        see ``GroupLag``.
        """
        if group not in self._groups:
            self._groups[group] = GroupLag(self._settings, group)
        return self._groups[group](topic)

    def close(self) -> None:
        """Let go of the connections."""
        for lag in self._groups.values():
            lag.close()
        self._groups.clear()
