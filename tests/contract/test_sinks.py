"""What any target of the sink does: ClickHouse over both protocols, and files in both formats.

The table uses types that both ClickHouse servers know: Debian's is from 2018.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra.settings import ClickHouseSettings, SinkSettings
from infra.sinks import TARGETS
from infra.sinks.files import FileSink
from infra.sinks.port import BatchToken, Sink
from infra.warehouse import connect
from schemas.errors import Origin, QueryError, RowMisfit, TargetRefused
from schemas.inputs import RawRecord
from schemas.table_shapes import TableShape
from streams.sink.row_isolation import Isolation
from tests.written_files import rows_below

SECRET = "4111 1111 1111 1111"
TABLE = """
CREATE TABLE things
(
    day Date DEFAULT toDate('2024-01-01'), id Int64, name String, share Float64,
    at DateTime('UTC'), note Nullable(String)
)
ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(day) ORDER BY id
"""
COLUMNS = ("id", "name", "share", "at", "note")
THINGS = TableShape(
    {"id": "integer", "name": "text", "share": "number", "at": "time", "note": "text"}, day="at"
)
NOON = datetime(2024, 5, 6, 12, 30, 15, tzinfo=UTC)
FORMATS = ("jsonl", "parquet")


@dataclass
class Target:
    """A sink with an empty table ``things``, and what stands in that."""

    sink: Sink
    read: Callable[[], list[dict[str, Any]]]


@contextmanager
def clickhouse(url: str) -> Iterator[Target]:
    database = f"sink_{uuid4().hex}"
    with connect(ClickHouseSettings(url=SecretStr(url), database=database)) as warehouse:
        warehouse.create_database()
        known = warehouse.query(
            "SELECT count() FROM system.settings WHERE name = 'insert_deduplication_token'"
        ) == [(1,)]
        warehouse.execute(
            TABLE + (" SETTINGS non_replicated_deduplication_window = 100" if known else "")
        )
        # The server without tokens recognises repeats by the table's engine.
        select = f"SELECT {', '.join(COLUMNS)} FROM things {'' if known else 'FINAL'} ORDER BY id"
        yield Target(
            warehouse,
            lambda: [dict(zip(COLUMNS, row, strict=True)) for row in warehouse.query(select)],
        )
        warehouse.execute(f"DROP DATABASE {database}")


@contextmanager
def files(folder: Path, form: str) -> Iterator[Target]:
    sink = FileSink(
        SinkSettings.model_validate({"folder": folder, "format": form}), {"things": THINGS}
    )
    sink.prepare()
    yield Target(
        sink, lambda: sorted(rows_below(folder / "things"), key=lambda row: int(row["id"]))
    )


@pytest.fixture(params=["http", "native", *FORMATS])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    servers = {"http": "local_clickhouse", "native": "debian_clickhouse"}
    name = servers.get(request.param)
    opened = (
        files(tmp_path / "out", request.param)
        if name is None
        else clickhouse(request.getfixturevalue(name))
    )
    with opened as target:
        yield target


def row(number: int, name: str = "x", note: str | None = None) -> tuple[object, ...]:
    return (number, name, 0.25, NOON + timedelta(days=number % 3), note)


def records(numbers: Sequence[int]) -> list[RawRecord]:
    return [RawRecord(Origin("things", number % 2, number), None, b"", NOON) for number in numbers]


def token(name: str, numbers: Sequence[int]) -> BatchToken:
    return BatchToken(name, records(numbers), records(numbers))


def as_read(rows: Sequence[Sequence[object]]) -> list[dict[str, object]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def test_the_targets_of_the_settings_are_those_of_the_contract() -> None:
    assert set(TARGETS) == {"clickhouse", "files"}


def test_rows_come_back_as_they_went_in(target: Target) -> None:
    texts = [
        "",
        "naïve café 👩‍👩‍👧 中文",
        "it's `quoted` \\escaped\\",
        'a\nb\tc\rd\0e "f"',
        "../../etc/passwd",
    ]
    rows = [row(number, text, text) for number, text in enumerate(texts)] + [
        row(len(texts), note=None)
    ]
    target.sink.insert("things", COLUMNS, rows, token("t", range(len(rows))))
    assert target.read() == as_read(rows)


def test_a_time_of_another_zone_is_the_same_moment(target: Target) -> None:
    at = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    target.sink.insert("things", COLUMNS, [(1, "x", 0.5, at, None)], token("t", [1]))
    assert [stored["at"] for stored in target.read()] == [at]


def test_the_same_rows_under_the_same_token_are_stored_once(target: Target) -> None:
    rows = [row(number) for number in range(6)]
    for _ in range(3):
        target.sink.insert("things", COLUMNS, rows, token("first", range(6)))
    more = [row(number) for number in range(6, 9)]
    target.sink.insert("things", COLUMNS, more, token("second", range(6, 9)))
    assert target.read() == as_read([*rows, *more])


def test_a_token_may_be_any_text(target: Target) -> None:
    for number, name in enumerate(["", "../up", "a/b", "nul\0", "é" * 300]):
        target.sink.insert("things", COLUMNS, [row(number)], token(name or "empty", [number]))
    assert target.read() == as_read([row(number) for number in range(5)])


def test_inserting_nothing_does_nothing(target: Target) -> None:
    target.sink.insert("things", COLUMNS, [], token("t", []))
    assert target.read() == []


@pytest.mark.parametrize(
    "bad",
    [(7, "x", SECRET, NOON, None), (7, "x", 0.5, SECRET, None), (SECRET, "x", 0.5, NOON, None)],
)
def test_a_row_that_does_not_fit_is_set_aside_and_the_others_are_stored_once(
    target: Target, bad: tuple[object, ...]
) -> None:
    numbers = range(20)
    rows = [bad if number == 7 else row(number) for number in numbers]
    for _ in range(2):
        isolation = Isolation(partial(target.sink.insert, "things", COLUMNS))
        isolation.store(list(zip(records(numbers), rows, strict=True)), records(numbers))
        [(refused, error)] = isolation.refused
        assert (refused.origin.offset, isolation.stored) == (7, 19)
        assert isinstance(error, RowMisfit)
        assert SECRET not in "".join(traceback.format_exception(error))
    assert target.read() == as_read([each for each in rows if each is not bad])


@pytest.mark.parametrize("cells", [(1, "x"), (1, "x", 0.5, NOON, None, "more")])
def test_a_row_of_another_length_is_refused(target: Target, cells: tuple[object, ...]) -> None:
    with pytest.raises(QueryError):
        target.sink.insert("things", COLUMNS, [cells], token("t", [1]))
    assert target.read() == []


def test_an_unknown_table_or_column_is_never_taken_for_a_fault_of_the_rows(target: Target) -> None:
    batch = list(zip(records(range(20)), [row(number) for number in range(20)], strict=True))
    for table, columns in (("nowhere", COLUMNS), ("things", (*COLUMNS[:-1], "nothing"))):
        isolation = Isolation(partial(target.sink.insert, table, columns))
        with pytest.raises(TargetRefused):
            isolation.store(batch, records(range(20)))
        assert isolation.refused == []
    assert target.read() == []
