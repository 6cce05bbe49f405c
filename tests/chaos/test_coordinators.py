"""A group's coordinator that moves, stops, dies or hangs: lag is known again, and the stream goes
on.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from infra.kafka.admin import Admin
from infra.settings import KafkaSettings
from schemas.topics import REVIEWS_RAW
from streams.demo.sample import load
from tests.harness import Stack, wait_for
from tests.servers import local_stack
from tests.servers.kafka_cluster import Cluster
from tests.servers.process import Server

GROUP = "undertone-worker"
REVIEWS = load()
PATIENT_S = 50.0
"""Less than a hang lasts, which ends when the test does."""
AGAIN = 20


@pytest.fixture(scope="module")
def cluster(kafka_cluster: Cluster) -> Cluster:
    """The cluster with Undertone's topics and the group's coordinator in place."""
    settings = KafkaSettings(bootstrap_servers=kafka_cluster.bootstrap, replication_factor=3)
    admin = Admin(settings)
    wait_for("topics", lambda: admin.create_topics((REVIEWS_RAW,)) is not None)
    wait_for("a lag", lambda: admin.lag("worker", REVIEWS_RAW.name) is not None)
    admin.close()
    return kafka_cluster


def moved(cluster: Cluster) -> None:
    cluster.move_coordinator(GROUP, cluster.coordinator(GROUP) % 3 + 1)


def stopped(cluster: Cluster) -> None:
    node = cluster.coordinator(GROUP)
    cluster.stop_node(node)
    cluster.start_node(node)


def killed(cluster: Cluster) -> None:
    node = cluster.coordinator(GROUP)
    cluster.kill(node)
    wait_for("another coordinator", lambda: cluster.coordinator(GROUP) not in {node, -1})
    cluster.start_node(node)


def hung(cluster: Cluster) -> None:
    with hanging(cluster) as node:
        wait_for("another coordinator", lambda: cluster.coordinator(GROUP) not in {node, -1})


@contextmanager
def hanging(cluster: Cluster) -> Iterator[int]:
    """The coordinator hangs meanwhile; its number."""
    node = cluster.coordinator(GROUP)
    cluster.pause(node)
    try:
        yield node
    finally:
        cluster.resume(node)
        cluster.wait_in_sync()


@pytest.mark.parametrize("becomes", [moved, stopped, killed, hung])
def test_lag_is_known_again_whatever_becomes_of_the_coordinator(
    cluster: Cluster, tmp_path: Path, becomes: Callable[[Cluster], None]
) -> None:
    log = tmp_path / "lag.log"

    def known() -> int:
        return log.read_text().splitlines().count("0")

    command = [
        sys.executable,
        "-m",
        "tests.chaos.lag_in_a_loop",
        cluster.bootstrap,
        REVIEWS_RAW.name,
    ]
    asking = Server("lag in a loop", command, log, ready=lambda: known() > 0)
    asking.start()
    try:
        becomes(cluster)
        before = known()
        wait_for("lag after it", lambda: known() > before + AGAIN)
        assert {line for line in log.read_text().splitlines() if line.isdigit()} == {"0"}
        cluster.wait_in_sync()
    finally:
        assert asking.stop(signal.SIGKILL) == -signal.SIGKILL  # it had not ended by itself


@pytest.fixture
def stack(cluster: Cluster, tmp_path: Path) -> Iterator[Stack]:
    """Two workers and a sink on three brokers."""
    with local_stack.running(tmp_path, cluster.bootstrap) as stack:
        stack.env.update(
            {"UNDERTONE_PRIVACY__LEVEL": "patterns", "UNDERTONE_KAFKA__REPLICATION_FACTOR": "3"}
        )
        for role in ("sink", "worker", "worker"):
            stack.start(role)
        try:
            yield stack
        finally:
            stack.stop()


def test_the_stream_goes_on_while_a_broker_hangs(cluster: Cluster, stack: Stack) -> None:
    def produce(prefix: str) -> None:
        """As a producer that gives up on the broker that hangs."""
        producer = Producer(
            {
                "bootstrap.servers": cluster.bootstrap,
                "socket.timeout.ms": 3000,
                "request.timeout.ms": 3000,
            }
        )
        for number in range(200):
            document = {
                "review_id": f"{prefix}-{number}",
                "text": REVIEWS[number % len(REVIEWS)].text,
            }
            producer.produce("reviews.raw", key=document["review_id"], value=orjson.dumps(document))
        wait_for("the producer", lambda: producer.flush(1) == 0)

    def stored(prefix: str) -> int:
        return int(
            stack.sql(f"SELECT count() FROM reviews WHERE startsWith(review_id, '{prefix}-')")[0][0]
        )

    produce("before")
    wait_for("all before", lambda: stored("before") == 200)
    processes = list(stack.processes)
    with hanging(cluster):
        produce("meanwhile")
        wait_for("all that came meanwhile", lambda: stored("meanwhile") == 200, PATIENT_S)
    produce("after")
    wait_for("all after", lambda: stored("after") == 200)
    assert [process.stop() for process in processes] == [0, 0, 0]
    stack.processes.clear()
