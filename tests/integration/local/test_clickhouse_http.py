"""ClickHouse's HTTP interface as the local stack speaks it: to curl, and to clickhouse-connect."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import clickhouse_connect
import pytest

from infra.local.ports import free_port
from tests.harness import wait_for
from tests.servers import clickhouse_local
from tests.servers.process import Server


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Local:
    server: Server
    port: int

    def send(
        self, body: bytes | str = b"", headers: dict[str, str] | None = None, **query: str
    ) -> Answer:
        """POST, or GET where there is no body."""
        data = body.encode() if isinstance(body, str) else body
        url = f"http://127.0.0.1:{self.port}/?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data or None, headers or {}), timeout=60
            ) as reply:
                return Answer(reply.status, reply.read().decode(), dict(reply.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), dict(error.headers))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    port = free_port()
    server = clickhouse_local.server(tmp_path_factory.mktemp("clickhouse"), port)
    server.start()
    local = Local(server, port)
    assert local.send("CREATE DATABASE shop").status == 200
    yield local
    server.stop()


@pytest.fixture
def table(local: Local, request: pytest.FixtureRequest) -> str:
    name = request.node.name.split("[")[0][5:60]
    columns = (
        "(a UInt32, b String) ENGINE = MergeTree ORDER BY a SETTINGS "
        "non_replicated_deduplication_window = 100"
    )
    local.send(f"DROP TABLE IF EXISTS {name}", database="shop")
    assert local.send(f"CREATE TABLE {name} {columns}", database="shop").status == 200
    return str(name)


def test_queries_come_in_the_address_or_the_body(local: Local) -> None:
    assert local.send(query="SELECT 1").text == "1\n"
    assert local.send("SELECT 1").text == "1\n"
    assert local.send("+ 1", query="SELECT 1").text == "2\n"


def test_the_format_is_the_statements_or_the_clients_or_tab_separated(local: Local) -> None:
    assert local.send("SELECT 1 AS x FORMAT JSONEachRow", default_format="CSV").text == '{"x":1}\n'
    assert local.send("SELECT 'a' AS x", default_format="CSV").text == '"a"\n'
    assert local.send("SELECT 'a' AS x", headers={"X-ClickHouse-Format": "CSV"}).text == '"a"\n'


def test_parameters_are_values_never_sql(local: Local) -> None:
    answer = local.send(
        query="SELECT {x:String}, {n:UInt8}", param_x="'; DROP TABLE x; --", param_n="3"
    )
    assert answer.text == "\\'; DROP TABLE x; --\t3\n"


@pytest.mark.parametrize(
    ("insert", "data"),
    [
        ("FORMAT JSONEachRow", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "VALUES FORMAT"}'),
        ("FORMAT TSV", b"1\tx\n2\tVALUES FORMAT\n"),
        (
            "SETTINGS max_threads = 1, log_comment = 'FORMAT' FORMAT TSV",
            b"1\tx\n2\tVALUES FORMAT\n",
        ),
        ("VALUES", b"(1, 'x'), (2, 'VALUES FORMAT')"),
        ("(b, a) FORMAT CSV", b'"x",1\n"VALUES FORMAT",2\n'),
        ("SELECT 1, 'x' UNION ALL SELECT 2, 'VALUES FORMAT'", b""),
    ],
)
@pytest.mark.parametrize("place", ["address", "body"])
def test_inserts_take_their_data_from_the_body(
    local: Local, table: str, insert: str, data: bytes, place: str
) -> None:
    statement = f"INSERT INTO {table} {insert}"
    if place == "address" and data:
        answer = local.send(data, database="shop", query=statement)
    else:
        answer = local.send(statement.encode() + b"\n" + data, database="shop")
    assert answer.status == 200, answer.text
    assert (
        local.send(f"SELECT * FROM {table} ORDER BY a", database="shop").text
        == "1\tx\n2\tVALUES FORMAT\n"
    )


def test_compressed_bodies_are_read(local: Local, table: str) -> None:
    data = gzip.compress(b"1\tx\n")
    answer = local.send(
        data, {"Content-Encoding": "gzip"}, database="shop", query=f"INSERT INTO {table} FORMAT TSV"
    )
    assert answer.status == 200
    assert local.send(f"SELECT count() FROM {table}", database="shop").text == "1\n"


def test_the_same_token_is_inserted_once_and_settings_do_not_outlive_their_request(
    local: Local, table: str
) -> None:
    for token in ("one", "one", "two"):
        local.send(
            b"1\tx\n",
            database="shop",
            query=f"INSERT INTO {table} FORMAT TSV",
            insert_deduplication_token=token,
        )
    assert local.send(f"SELECT count() FROM {table}", database="shop").text == "2\n"
    assert {
        local.send("SELECT getSetting('insert_deduplication_token')").text for _ in range(10)
    } == {"\n"}


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECT * FROM nowhere", 404, 60),
        ("SELECT FROM WHERE", 400, 62),
        ("SELECT no_such_function(1)", 404, 46),
        ("SELECT throwIf(1)", 500, 395),
        ("INSERT INTO nowhere FORMAT TSV\n1\n", 404, 60),
        ("SELECT sleep(3) SETTINGS max_execution_time = 1", 500, 159),
    ],
)
def test_errors_have_clickhouses_status_and_code(
    local: Local, statement: str, status: int, code: int
) -> None:
    answer = local.send(statement, database="shop")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


@pytest.mark.parametrize("statement", ["SET readonly = 1", "SET max_threads = 77", "SELECT 1"])
def test_no_request_changes_what_the_next_may_do(local: Local, table: str, statement: str) -> None:
    assert local.send(statement, readonly="1" if statement == "SELECT 1" else "0").status == 200
    for _ in range(10):  # more than there are threads
        assert local.send(f"INSERT INTO {table} VALUES (1, 'x')", database="shop").status == 200
        assert local.send("SELECT getSetting('max_threads') = 77").text == "0\n"


def test_tokens_that_look_like_equal_numbers_differ(local: Local, table: str) -> None:
    for token in ("7", "007", "7.0"):
        answer = local.send(
            b"1\tx\n",
            database="shop",
            query=f"INSERT INTO {table} FORMAT TSV\n",
            insert_deduplication_token=token,
        )
        assert answer.status == 200, answer.text
    assert local.send(f"SELECT count() FROM {table}", database="shop").text == "3\n"


def test_an_insert_of_nothing_into_nowhere_is_an_error(local: Local) -> None:
    assert local.send("INSERT INTO nowhere FORMAT TSV", database="shop").status == 404


def test_a_body_that_is_not_what_its_header_says_is_the_clients_error(local: Local) -> None:
    assert (
        local.send(
            b"1\tx\n", {"Content-Encoding": "gzip"}, query="INSERT INTO nowhere FORMAT TSV"
        ).status
        == 400
    )


def test_the_answers_format_is_told(local: Local) -> None:
    assert local.send("SELECT 1 FORMAT JSONEachRow").headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert local.send("SELECT 1", default_format="CSV").headers["X-ClickHouse-Format"] == "CSV"


def test_an_unknown_database_and_an_unknown_setting_are_refused(local: Local) -> None:
    assert local.send("SELECT 1", database="nowhere").headers["X-ClickHouse-Exception-Code"] == "81"
    assert (
        local.send("SELECT 1", no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"
    )


def test_a_get_changes_nothing(local: Local) -> None:
    assert local.send(query="CREATE DATABASE other").headers["X-ClickHouse-Exception-Code"] == "164"
    assert "other" not in local.send("SHOW DATABASES").text


def test_a_long_query_does_not_hold_up_the_others(local: Local) -> None:
    long = threading.Thread(
        target=local.send, args=("SELECT sum(sipHash64(number)) FROM numbers(30000000)",)
    )
    long.start()
    while long.is_alive():
        if local.send("SELECT 1").text == "1\n" and long.is_alive():
            break
    else:
        pytest.fail("the short query was answered only after the long one")
    long.join()


ENDLESS = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"


def abandoned(local: Local, statement: str) -> socket.socket:
    """A connection that waits for an answer; whoever closes it has lost patience."""
    connection = socket.create_connection(("127.0.0.1", local.port))
    connection.sendall(
        (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(statement)}\r\n\r\n"
            f"{statement}"
        ).encode()
    )
    return connection


def test_queries_whose_clients_left_make_room_for_others(local: Local) -> None:
    connections = [abandoned(local, ENDLESS) for _ in range(20)]  # more than there are threads
    assert local.send("", query="").text == "Ok.\n"
    for connection in connections:
        connection.close()
    assert local.send("SELECT 1").text == "1\n"


def test_a_long_query_does_not_hold_up_the_end(local: Local) -> None:
    with abandoned(local, ENDLESS):
        wait_for(
            "it to run",
            lambda: (
                "sipHash64"
                in local.send("SELECT query FROM system.processes WHERE elapsed > 0.2").text
            ),
        )
        assert local.server.stop() == 0, "stopped by itself, not by force"
    local.server.start()


def test_clickhouse_connect_works_for_several_clients_at_once(local: Local, table: str) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            client = clickhouse_connect.get_client(
                host="127.0.0.1", port=local.port, database="shop", compress=number % 2 == 0
            )
            for batch in range(5):
                client.insert(table, [[number * 1000 + batch, "ä\n\t'"]], column_names=["a", "b"])
                assert client.query(f"SELECT b FROM {table} LIMIT 1").result_rows == [("ä\n\t'",)]
            client.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert local.send(f"SELECT count() FROM {table}", database="shop").text == "20\n"


def test_a_kill_loses_nothing_that_was_answered(local: Local, table: str) -> None:
    local.send(b"1\tx\n", database="shop", query=f"INSERT INTO {table} FORMAT TSV")
    local.server.stop(signal.SIGKILL)
    local.server.start()
    assert local.send(f"SELECT * FROM {table}", database="shop").text == "1\tx\n"


def test_the_summary_counts_what_was_read(local: Local) -> None:
    answer = local.send("SELECT count() FROM numbers(100)")
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"].isdigit()
    assert answer.headers["X-ClickHouse-Query-Id"]
