"""Local stack of the benchmark: broker, its proxy and the Schema Registry, on cores that no
contender uses.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

from bench.processes import Cores, Pinned, python
from infra.local.broker import broker_argv, front_argv
from infra.local.ports import free_port
from infra.settings import KafkaSettings
from schemas.topics import CATALOGUE

CREATE_S = 30.0


@dataclass(frozen=True, slots=True)
class Stack:
    """Servers that run. ``folder`` is where logs go."""

    bootstrap: str
    registry: str
    folder: Path

    def create(self, topics: Sequence[str]) -> None:
        """Topics with as many partitions as Undertone gives its own."""
        # What librdkafka says of a client that goes, and of a broker that does, is nothing to worry
        # about here.
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        partitions = KafkaSettings().partitions
        for created in admin.create_topics(
            [NewTopic(name, partitions, 1) for name in topics]
        ).values():
            created.result(CREATE_S)


def registry_argv(port: int, folder: Path) -> tuple[str, ...]:
    """The command line of a Schema Registry that keeps its schemas under ``folder``."""
    data = str(folder / "registry")
    return python("infra.local.registry", "--port", str(port), "--data", data)


@contextmanager
def running(folder: Path, cores: Cores) -> Iterator[Stack]:
    """A stack on free ports with Undertone's topics; stopped at the end."""
    port, behind, registry = free_port(), free_port(), free_port()
    folder.mkdir()
    commands = {
        "broker": (broker_argv(behind, port), behind),
        "front": (front_argv(port, behind), port),
        "registry": (registry_argv(registry, folder), registry),
    }
    with ExitStack() as started:
        for name, (argv, listens) in commands.items():
            server = Pinned(name, argv, cores, folder / f"{name}.log")
            started.callback(server.stop)
            server.wait_until(lambda listens=listens: _accepts(listens))  # type: ignore[misc]
        stack = Stack(f"127.0.0.1:{port}", f"http://127.0.0.1:{registry}", folder)
        stack.create([topic.name for topic in CATALOGUE])
        yield stack


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
