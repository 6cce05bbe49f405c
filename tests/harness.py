"""Undertone's processes against any broker, for tests: started, fed, killed and asked, through the
public doors only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from pydantic import SecretStr

from infra.local.ports import free_port
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from models.artifact.artifact import LIGHT
from tests.servers.process import Server

T = TypeVar("T")
PATIENCE_S = 120.0


def wait_for(what: str, ask: Callable[[], T | None], patience_s: float = PATIENCE_S) -> T:
    """Ask until there is an answer that is neither None nor False; fail naming ``what`` where there
    never is.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {patience_s:g} s in vain: {what}")


@contextmanager
def meanwhile(step: Callable[[], object], every_s: float) -> Iterator[None]:
    """Take a step every so often while the block runs; what it raises, the end of the block
    raises."""
    stop = threading.Event()

    def walk() -> None:
        while not stop.wait(every_s):
            step()

    with ThreadPoolExecutor(1) as pool:
        walking = pool.submit(walk)
        try:
            yield
        finally:
            stop.set()
            walking.result()


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class Stack:
    """A broker, registry and ClickHouse that run, and Undertone's own processes beside them."""

    bootstrap: str
    registry: str
    clickhouse: str
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    servers: dict[str, Server] = field(default_factory=dict)
    processes: list[Server] = field(default_factory=list)
    _started: int = 0

    def settings(self) -> dict[str, str]:
        """The environment of Undertone's processes. The lighter model starts sooner, and most of
        these tests start many.
        """
        return {
            "UNDERTONE_MODELS__URI": str(LIGHT),
            "UNDERTONE_LANGUAGE__UNSERVED": "reject",
            "UNDERTONE_KAFKA__BOOTSTRAP_SERVERS": self.bootstrap,
            "UNDERTONE_SCHEMA_REGISTRY__URL": self.registry,
            "UNDERTONE_CLICKHOUSE__URL": self.clickhouse,
        } | self.env

    def start(self, role: str, *arguments: str, **settings: str) -> Server:
        """Start a worker, a sink or the loop."""
        port = free_port()
        env = self.settings() | {"UNDERTONE_METRICS__PORT": str(port)} | settings
        self._started += 1
        process = Server(
            name=role,
            command=[sys.executable, "-m", "streams", role, *arguments],
            log=self.folder / f"{role}-{self._started}.log",
            ready=lambda: answers(f"http://127.0.0.1:{port}/health/ready"),
            environment=env,
            patience_s=PATIENCE_S,
        )
        process.start()
        self.processes.append(process)
        return process

    def undertone(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        argv = [sys.executable, "-m", "streams", *arguments]
        return subprocess.run(
            argv,
            env=os.environ | self.settings(),
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def produce(
        self,
        topic: str,
        records: Sequence[tuple[str | None, bytes]],
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Send (key, value) pairs and wait until all are confirmed."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5})
        failures: list[Any] = []
        for key, value in records:
            producer.produce(
                topic,
                key=key,
                value=value,
                headers=list(headers),
                on_delivery=lambda error, _: failures.append(error) if error else None,
            )
            producer.poll(0)
        assert producer.flush(30) == 0
        assert not failures

    @contextmanager
    def consumer(self, topic: str) -> Iterator[TopicReader]:
        """Reads a topic from its beginning as Confluent's documentation tells."""
        config = {
            "bootstrap.servers": self.bootstrap,
            "group.id": f"test-{os.getpid()}-{time.monotonic_ns()}",
            "auto.offset.reset": "earliest",
            # Tansu lets a new group wait for half of it.
            "session.timeout.ms": 2000,
        }
        consumer = Consumer(config)
        consumer.subscribe([topic])
        with SchemaRegistryClient({"url": self.registry}) as client:
            try:
                yield TopicReader(topic, consumer, AvroDeserializer(client))
            finally:
                consumer.close()

    @contextmanager
    def raw(self, topic: str) -> Iterator[Callable[[bytes], bool]]:
        """Whether, from now on, a record came whose key begins with some bytes."""
        config = {
            "bootstrap.servers": self.bootstrap,
            "group.id": f"raw-{time.monotonic_ns()}",
            "enable.auto.commit": False,
        }
        consumer = Consumer(config)
        partitions = consumer.list_topics(topic, 10).topics[topic].partitions
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic, number), 10)[1]
            for number in partitions
        ]
        consumer.assign(
            [
                TopicPartition(topic, number, end)
                for number, end in zip(partitions, ends, strict=True)
            ]
        )
        try:
            yield lambda start: any(
                (message.key() or b"").startswith(start) for message in consumer.consume(500, 0.2)
            )
        finally:
            consumer.close()

    def warehouse(self) -> Warehouse:
        """A connection to ClickHouse."""
        return connect(ClickHouseSettings(url=SecretStr(self.clickhouse)))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.warehouse() as warehouse:
            return warehouse.query(statement)

    def logs(self) -> str:
        """Everything that Undertone's processes wrote."""
        return "".join(
            path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log"))
        )

    def stop(self) -> None:
        """Stop Undertone's processes."""
        for process in self.processes:
            process.stop()
        self.processes.clear()


@dataclass
class TopicReader:
    """Collects the decoded records of a topic."""

    topic: str
    consumer: Consumer
    decode: AvroDeserializer
    messages: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)

    def until(self, done: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Read until the records so far satisfy ``done``; all of them."""

        def read() -> bool:
            for message in self.consumer.consume(500, 0.2):
                assert not message.error(), message.error()
                record: Any = self.decode(
                    message.value(), SerializationContext(self.topic, MessageField.VALUE)
                )
                self.messages.append((message, record))
            return done([record for _, record in self.messages])

        wait_for(f"{self.topic} to hold what is expected, {len(self.messages)} read", read)
        return [record for _, record in self.messages]
