"""Topics created at start, and consumer lag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from infra.kafka.config import client_config
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable
from schemas.topics import Topic

TIMEOUT_S = 10.0
EARLIEST: OffsetSpec = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]


class Admin:
    """Administration of one cluster. Raises ``BrokerUnavailable`` where it does not answer in time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client = AdminClient(client_config(settings) | {"socket.timeout.ms": int(TIMEOUT_S * 1000)})

    def create_topics(self, catalogue: Sequence[Topic]) -> list[str]:
        """Create the topics that are not there yet; several processes may do so at once. Returns the names created."""
        try:
            existing = set(self._client.list_topics(timeout=TIMEOUT_S).topics)
        except KafkaException as error:
            raise _unavailable(error) from error
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
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise _unavailable(error) from error
        return created

    def lag(self, group: str, topic: str) -> dict[int, int]:
        """Partition → records in the topic that the group (without prefix) has not committed yet."""
        try:
            numbers = self._client.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
            name = f"{self._settings.group_prefix}-{group}"
            wanted = [TopicPartition(topic, number) for number in numbers]
            committed = self._client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name, wanted)])[name]
            offsets = {p.partition: p.offset for p in committed.result(TIMEOUT_S).topic_partitions}
            starts, ends = (
                self._offsets(topic, numbers, EARLIEST),
                self._offsets(topic, numbers, LATEST),
            )
            # A partition without a commit has a negative offset. An end below the commit is Tansu's: it answers with the
            # beginning of the last batch, where Kafka answers with its end.
            return {number: max(0, ends[number] - max(offsets.get(number, -1), starts[number])) for number in numbers}
        except KafkaException as error:
            raise _unavailable(error) from error

    def _offsets(self, topic: str, numbers: Iterable[int], spec: OffsetSpec) -> dict[int, int]:
        futures = self._client.list_offsets({TopicPartition(topic, number): spec for number in numbers})
        return {partition.partition: future.result(TIMEOUT_S).offset for partition, future in futures.items()}


def _unavailable(error: KafkaException) -> BrokerUnavailable:
    return BrokerUnavailable(f"Kafka: {error.args[0].str()}")
