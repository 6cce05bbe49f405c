"""The local stack's ClickHouse (chDB behind ClickHouse's HTTP interface) as a process of its
own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from infra.local.ports import free_port
from tests.servers.process import Server


def server(folder: Path, port: int) -> Server:
    """The server, not yet started, with its data under ``folder``, and the password that is there,
    if one was made.
    """
    password = ("--password-file", str(folder / "password"))
    return Server(
        name="local ClickHouse",
        command=[
            sys.executable,
            "-m",
            "infra.local.clickhouse",
            "--port",
            str(port),
            "--data",
            str(folder / "data"),
            *password,
        ],
        log=folder / "server.log",
        ready=lambda: _answers(port),
    )


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start it, yield its ``http://`` address, stop it."""
    port = free_port()
    clickhouse = server(folder, port)
    clickhouse.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        clickhouse.stop()
