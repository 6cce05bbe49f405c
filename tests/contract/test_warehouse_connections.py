"""What any ``Warehouse`` makes of addresses, and of servers that are away and come back.

Each test has a server of its own, or none.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.warehouse import connect
from schemas.errors import ConfigurationError, WarehouseUnavailable
from tests.contract.warehouses import settings
from tests.servers import clickhouse_debian, clickhouse_local
from tests.servers.process import Server, Unavailable


def test_inserting_nothing_asks_nothing_of_the_server() -> None:
    for url in ("http://127.0.0.1:1", "clickhouse://127.0.0.1:1"):
        connect(settings(url)).insert("anything", ("id",), [], "t")


@pytest.fixture(params=["http", "native"])
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    port = free_port()
    try:
        if request.param == "http":
            server, url = clickhouse_local.server(tmp_path, port), f"http://127.0.0.1:{port}"
        else:
            server, url = clickhouse_debian.server(tmp_path, port), f"clickhouse://127.0.0.1:{port}"
    except Unavailable as reason:
        pytest.skip(str(reason))
    yield server, url
    server.stop()


def test_a_server_that_goes_away_and_comes_back(own_server: tuple[Server, str]) -> None:
    server, url = own_server
    with connect(settings(url, "kept", timeout_s=5)) as warehouse:
        with pytest.raises(WarehouseUnavailable):
            warehouse.ping()
        server.start()
        with connect(settings(url, "default", timeout_s=5)) as new:
            new.execute("CREATE DATABASE kept")
        warehouse.execute("CREATE TABLE t (id Int64) ENGINE = MergeTree ORDER BY id")
        warehouse.insert("t", ("id",), [(1,)], "a")
        server.stop()
        with pytest.raises(WarehouseUnavailable):
            warehouse.insert("t", ("id",), [(2,)], "b")
        with pytest.raises(WarehouseUnavailable):
            warehouse.query("SELECT 1")
        with pytest.raises(WarehouseUnavailable):
            "".join(warehouse.stream_text("SELECT 1", "TSV"))
        server.start()
        warehouse.insert("t", ("id",), [(2,)], "b")
        assert warehouse.query("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize(
    "url",
    ["http://", "clickhouse://host:port", "http://host/elsewhere", "clickhouse://host/elsewhere"],
)
def test_a_bad_address_is_refused_before_connecting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="UNDERTONE_CLICKHOUSE__"):
        connect(settings(url))


@pytest.mark.parametrize("scheme", ["http", "clickhouse"])
def test_an_address_nobody_answers_at_is_unavailable_and_hides_the_password(scheme: str) -> None:
    with (
        connect(
            settings(f"{scheme}://user:hunter2@127.0.0.1:{free_port()}", timeout_s=2)
        ) as warehouse,
        pytest.raises(WarehouseUnavailable, match=r"127\.0\.0\.1") as unavailable,
    ):
        warehouse.ping()
    assert "hunter2" not in "".join(traceback.format_exception(unavailable.value))
