"""The servers of the local stack, each a process of its own, on free ports."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.local.broker import broker_argv, front_argv
from infra.local.ports import free_port
from tests.harness import Stack, answers
from tests.servers import clickhouse_local
from tests.servers.process import Server


def broker(folder: Path, port: int, advertised_port: int) -> Server:
    """Tansu, not yet started."""
    return Server(
        "Tansu", broker_argv(port, advertised_port), folder / "broker.log", lambda: accepts(port)
    )


def front(folder: Path, port: int, broker_port: int) -> Server:
    """The door before it, not yet started."""
    return Server(
        "broker front", front_argv(port, broker_port), folder / "front.log", lambda: speaks(port)
    )


@contextmanager
def broker_alone(folder: Path) -> Iterator[str]:
    """Tansu behind its door and nothing else; ``host:port``."""
    port, behind = free_port(), free_port()
    with ExitStack() as stack:
        for server in (broker(folder, behind, port), front(folder, port, behind)):
            stack.callback(server.stop)
            server.start()
        yield f"127.0.0.1:{port}"


def registry(folder: Path, port: int) -> Server:
    """The local Schema Registry, not yet started, its state under ``folder``, and the password that
    is there, if one was made.
    """
    command = [
        sys.executable,
        "-m",
        "infra.local.registry",
        "--port",
        str(port),
        "--data",
        str(folder / "registry"),
    ]
    command += ["--password-file", str(folder / "password")]
    return Server(
        "schema registry",
        command,
        folder / "registry.log",
        lambda: answers(f"http://127.0.0.1:{port}/"),
    )


def accepts(port: int) -> bool:
    """Whether somebody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def speaks(port: int) -> bool:
    """Whether a Kafka broker answers there."""
    try:
        AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}).list_topics(
            timeout=1
        )
    except KafkaException:
        return False
    return True


@contextmanager
def running(folder: Path, bootstrap: str | None = None) -> Iterator[Stack]:
    """Registry, ClickHouse and, unless ``bootstrap`` names one, a broker; no workers yet. Topics
    are the caller's own then.
    """
    kafka, registry_port, clickhouse_port = free_port(), free_port(), free_port()
    servers = {
        "registry": registry(folder, registry_port),
        "clickhouse": clickhouse_local.server(folder, clickhouse_port),
    }
    if bootstrap is None:
        behind = free_port()
        servers |= {"broker": broker(folder, behind, kafka), "front": front(folder, kafka, behind)}
    with ExitStack() as stack:
        for server in servers.values():
            stack.callback(server.stop)
            server.start()
        yield Stack(
            bootstrap=bootstrap or f"127.0.0.1:{kafka}",
            registry=f"http://127.0.0.1:{registry_port}",
            clickhouse=f"http://127.0.0.1:{clickhouse_port}",
            folder=folder,
            servers=servers,
        )
