"""Apache Kafka as three KRaft nodes, each broker and controller, that can be killed, paused and
restarted one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import AlterPartitionReassignmentsRequest
from confluent_kafka import ElectionType, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ClusterMetadata, TopicMetadata

from infra.local.ports import free_port
from tests.servers import kafka_apache
from tests.servers.process import Server

NODES = (1, 2, 3)
OFFSETS = "__consumer_offsets"
HEAP_MB = 320
PATIENCE_S = 120.0

# Time-outs are Kafka's own defaults, because what a broker's loss costs its clients is what these
# tests are about.
TOGETHER = """
controller.quorum.voters={voters}
default.replication.factor=3
min.insync.replicas=2
unclean.leader.election.enable=false
log.message.timestamp.after.max.ms=9223372036854775807
offsets.topic.replication.factor=3
offsets.topic.num.partitions=6
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One broker and controller. ``logs`` is the folder of its partitions."""

    number: int
    port: int
    logs: Path
    server: Server

    @property
    def address(self) -> str:
        """``host:port`` for clients."""
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Replication factor 3 and two in-sync replicas at least, so one node at a time may fail
    without loss.
    """

    nodes: Mapping[int, Node]

    @property
    def bootstrap(self) -> str:
        """All nodes, comma-separated."""
        return ",".join(node.address for node in self.nodes.values())

    def start(self) -> None:
        """Start all nodes at once, because none of them serves alone; return when all do."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            for started in [pool.submit(node.server.start) for node in self.nodes.values()]:
                started.result()

    def stop(self) -> None:
        """Kill all nodes: without a quorum none of them stops gracefully."""
        for node in self.nodes.values():
            node.server.stop(signal.SIGKILL)

    def start_node(self, number: int) -> None:
        """Start a node that does not run; return when it is an unfenced broker."""
        self.nodes[number].server.start()

    def stop_node(self, number: int) -> int:
        """Stop a node gracefully, which moves its leaderships away first; its exit status."""
        return self.nodes[number].server.stop(signal.SIGTERM, patience_s=60)

    def kill(self, number: int) -> None:
        """End a node without warning."""
        self.nodes[number].server.stop(signal.SIGKILL)

    def pause(self, number: int) -> None:
        """Let a node hang: its connections stay open, nothing is answered."""
        self.nodes[number].server.send(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """Let a node that hangs go on."""
        self.nodes[number].server.send(signal.SIGCONT)

    def rolling_restart(self) -> None:
        """Stop and start one node after the other, gracefully, each once all replicas are in sync
        again.
        """
        for number in self.nodes:
            self.stop_node(number)
            self.start_node(number)
            self.wait_in_sync(number)

    def leader(self, topic: str, partition: int) -> int:
        """The node that leads a partition; -1 where none does."""
        return self._topic(topic).partitions[partition].leader

    def coordinator(self, group: str) -> int:
        """The node that coordinates a consumer group: the leader of its partition of the offsets
        topic.
        """
        return self.leader(
            OFFSETS, coordinating_partition(group, len(self._topic(OFFSETS).partitions))
        )

    def move_coordinator(self, group: str, to: int) -> None:
        """Make a node the coordinator of a group, without stopping any."""
        self.move_leader(
            OFFSETS, coordinating_partition(group, len(self._topic(OFFSETS).partitions)), to
        )

    def move_leader(self, topic: str, partition: int, to: int) -> None:
        """Make a node the preferred replica of a partition and elect it; return when it leads."""
        self.reassign(topic, {partition: [to, *(number for number in self.nodes if number != to)]})

        def elected() -> bool:
            admin = _admin(self.bootstrap)  # kept here: a client that nobody holds answers nothing
            with contextlib.suppress(KafkaException, TimeoutError):
                admin.elect_leaders(
                    ElectionType.PREFERRED, [TopicPartition(topic, partition)]
                ).result(15)
            return self.leader(topic, partition) == to

        _until(f"node {to} leads {topic} {partition}", elected)

    def reassign(self, topic: str, replicas: Mapping[int, Sequence[int]]) -> None:
        """Give partitions other replicas, the preferred leader first; return when they are in
        sync."""
        asyncio.run(_alter_reassignments(self.bootstrap, topic, replicas))

        def done() -> bool:
            partitions = self._topic(topic).partitions
            return all(
                partitions[number].replicas == list(wanted)
                and set(partitions[number].isrs) == set(wanted)
                for number, wanted in replicas.items()
            )

        _until(f"{topic} is reassigned", done)

    def in_sync(self, number: int | None = None) -> bool:
        """Whether every replica of every partition is in sync, as a node (or any) sees it."""
        address = self.bootstrap if number is None else self.nodes[number].address
        metadata = _metadata(address)
        return metadata is not None and all(
            partition.leader >= 0 and len(partition.isrs) == len(partition.replicas)
            for topic in metadata.topics.values()
            for partition in topic.partitions.values()
        )

    def wait_in_sync(self, number: int | None = None) -> None:
        """Return when it is so."""
        _until("all replicas are in sync", lambda: self.in_sync(number))

    def _topic(self, topic: str) -> TopicMetadata:
        found: list[TopicMetadata] = []

        def ask() -> bool:
            metadata = _metadata(self.bootstrap)
            if (
                metadata is not None
                and topic in metadata.topics
                and metadata.topics[topic].partitions
            ):
                found.append(metadata.topics[topic])
            return bool(found)

        _until(f"the metadata of {topic}", ask)
        return found[0]


def coordinating_partition(group: str, partitions: int) -> int:
    """The partition of the offsets topic that a group belongs to: Java's hash of its name.

    https://github.com/apache/kafka/blob/4.1/group-coordinator/src/main/java/org/apache/kafka/coordinator/group/GroupCoordinatorService.java
    """
    value = 0
    for unit in group.encode("ascii"):
        value = (value * 31 + unit) & 0xFFFFFFFF
    signed = value - (1 << 32) if value >> 31 else value
    return (0 if signed == -(1 << 31) else abs(signed)) % partitions


def cluster(folder: Path, logs: Mapping[int, Path] | None = None) -> Cluster:
    """Three formatted nodes, not yet started. ``logs``: the folders of partitions that are not
    under ``folder``.

    Raises ``Unavailable``.
    """
    identity = kafka_apache.new_cluster_id()
    controllers = {number: free_port() for number in NODES}
    voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in controllers.items())
    nodes = {}
    for number in NODES:
        home = folder / f"node-{number}"
        home.mkdir(parents=True)
        where = (logs or {}).get(number, home / "logs")
        port = free_port()
        properties = (kafka_apache.NODE + TOGETHER).format(
            number=number, port=port, controller_port=controllers[number], voters=voters, logs=where
        )
        server = kafka_apache.node(
            home,
            f"Apache Kafka node {number}",
            properties,
            _serving(number, f"127.0.0.1:{port}"),
            cluster_id=identity,
            heap_mb=HEAP_MB,
            patience_s=PATIENCE_S,
        )
        nodes[number] = Node(number, port, where, server)
    return Cluster(nodes)


@contextmanager
def running(folder: Path, logs: Mapping[int, Path] | None = None) -> Iterator[Cluster]:
    """Three nodes that serve, until the block ends. Raises ``Unavailable``."""
    kafka = cluster(folder, logs)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()


def _serving(number: int, address: str) -> Callable[[], bool]:
    def ready() -> bool:
        metadata = _metadata(address, timeout_s=1)
        return metadata is not None and number in metadata.brokers

    return ready


def _admin(address: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": address, "log_level": 0, "socket.timeout.ms": 5000})


def _metadata(address: str, timeout_s: float = 5) -> ClusterMetadata | None:
    # A client learns of all nodes from the first that answers: only a new one asks this address and
    # no other.
    try:
        return _admin(address).list_topics(timeout=timeout_s)
    except KafkaException:
        return None


async def _alter_reassignments(
    bootstrap: str, topic: str, replicas: Mapping[int, Sequence[int]]
) -> None:
    # librdkafka has no such request.
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        partitions: list[tuple[int, list[int], dict[int, bytes]]] = [
            (number, list(nodes), {}) for number, nodes in replicas.items()
        ]
        reply = await client.send(
            client.get_random_node(),
            AlterPartitionReassignmentsRequest(30_000, [(topic, partitions, {})], {}),
        )
    finally:
        await client.close()
    failures = [part for _, parts, _ in reply.responses for part in parts if part[1]]
    if reply.error_code or failures:
        raise RuntimeError(
            f"{topic} cannot be reassigned: {reply.error_code} {reply.error_message} {failures}"
        )


def _until(what: str, ask: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ask():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S:g} s in vain: {what}")
        time.sleep(0.2)
