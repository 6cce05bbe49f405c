"""What a statement over HTTP may do to the machine that the local ClickHouse runs on: nothing."""

from __future__ import annotations

import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.clickhouse_access import objection
from tests.servers import clickhouse_local

SECRET = "a line that no statement may read"


@dataclass(frozen=True)
class Machine:
    """The server; a file and a folder beside it; and an address that nobody may ask."""

    url: str
    secret: Path
    folder: Path
    address: socket.socket

    def send(self, statement: str, **query: str) -> tuple[int, str]:
        """Status and answer."""
        try:
            with urllib.request.urlopen(
                f"{self.url}/?{urllib.parse.urlencode(query)}", statement.encode(), timeout=60
            ) as reply:
                return reply.status, reply.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")

    def filled(self, statement: str) -> str:
        """The statement with the paths and the address put in."""
        names = {
            "\\n": "\n",
            "$SECRET": self.secret,
            "$OUT": self.folder,
            "$HOST": f"127.0.0.1:{self.address.getsockname()[1]}",
        }
        for name, value in names.items():
            statement = statement.replace(name, str(value))
        return statement

    def asked(self) -> bool:
        """Whether somebody connected to the address."""
        try:
            self.address.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder, secret = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("in") / "secret.tsv"
    secret.write_text(SECRET + "\n")
    with (
        socket.create_server(("127.0.0.1", 0)) as address,
        clickhouse_local.running(tmp_path_factory.mktemp("clickhouse")) as url,
    ):
        address.setblocking(False)
        machine = Machine(url, secret, folder, address)
        for statement in (
            "CREATE DATABASE shop",
            "CREATE TABLE shop.t (a String) ENGINE = MergeTree ORDER BY a",
        ):
            assert machine.send(statement)[0] == 200
        yield machine


ATTACKS = Path(__file__).with_name("attacks.sql").read_text(encoding="utf8").splitlines()[1:]


@pytest.mark.parametrize("attack", ATTACKS)
def test_statements_reach_no_file_and_no_address(machine: Machine, attack: str) -> None:
    status, answer = machine.send(machine.filled(attack), database="shop")
    assert status != 200, answer
    assert SECRET not in answer
    assert list(machine.folder.iterdir()) == []
    assert not machine.asked()
    assert machine.send("SELECT * FROM shop.t") == (200, "")


@pytest.mark.parametrize(
    "setting",
    ["format_template_row", "allow_python_table_function", "dialect", "output_format_schema"],
)
def test_what_a_statement_may_not_set_an_address_may_not_set_either(
    machine: Machine, setting: str
) -> None:
    status, answer = machine.send("SELECT 1", **{setting: "1"})
    assert status != 200
    assert "Code: " in answer


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (
            "SELECT 'SELECT * FROM file(1) INTO OUTFILE ''x'''",
            "SELECT * FROM file(1) INTO OUTFILE \\'x\\'",
        ),
        ("SELECT 'it''s a \\\\' AS `url(`, 'file'", "it\\'s a \\\\\tfile"),
        (
            (
                "SELECT t.file FROM (SELECT 1 AS `x.file`, tuple(2) AS q) AS p, (SELECT * FROM "
                "values('file UInt8', 3)) AS t"
            ),
            "3",
        ),
        (
            "SELECT domain('http://example.org/x'), file_name FROM (SELECT 1 AS file_name)",
            "example.org\t1",
        ),
        ("SELECT\r\n\t1 -- a comment", "1"),
        ("SELECT sum(number) FROM numbers(3);", "3"),
    ],
)
def test_words_in_quotes_and_names_are_no_calls(
    machine: Machine, statement: str, answer: str
) -> None:
    assert machine.send(statement) == (200, answer + "\n")


def test_a_function_that_a_later_version_brings_is_refused_until_it_is_listed() -> None:
    assert objection("SELECT * FROM telepathy('x')", frozenset({"telepathy"})) is not None
    assert objection("CREATE TABLE x (`a` String) ENGINE = Telepathy", frozenset()) is not None


def test_a_statement_as_long_as_a_query_may_be_is_run(machine: Machine) -> None:
    numbers = ",".join(str(100_000 + number) for number in range(37_000))
    assert machine.send(f"SELECT 1 IN ({numbers})") == (200, "0\n")
