"""What any ``Warehouse`` does. HTTP runs against the local stack's ClickHouse, native against
Debian's ClickHouse server.

The tables use types that both servers know: Debian's is from 2018.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest

from infra.warehouse import Warehouse, connect
from infra.warehouse.parameters import portions
from schemas.errors import InputError, QueryError
from tests.contract.warehouses import settings

SECRET = "4111 1111 1111 1111"
TABLE = """
CREATE TABLE things
(
    day Date DEFAULT toDate('2024-01-01'),
    id Int64,
    name String,
    share Float64,
    at DateTime('UTC'),
    note Nullable(String),
    tags Array(String),
    mood Enum8('bad' = -1, 'good' = 1)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY id
"""
COLUMNS = ("id", "name", "share", "at", "note", "tags", "mood")
NOON = datetime(2024, 5, 6, 12, 30, 15, tzinfo=UTC)


def row(number: int, name: str = "x", note: str | None = None) -> tuple[object, ...]:
    return (number, name, 0.25, NOON, note, ["a"], "good")


@pytest.fixture(params=["local_clickhouse", "debian_clickhouse"], ids=["http", "native"])
def url(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def warehouse(url: str) -> Iterator[Warehouse]:
    database = f"contract_{uuid4().hex}"
    with connect(settings(url, database)) as warehouse:
        warehouse.create_database()
        yield warehouse
        warehouse.execute(f"DROP DATABASE {database}")


@pytest.fixture
def things(warehouse: Warehouse) -> Warehouse:
    warehouse.execute(TABLE)
    return warehouse


def test_creates_its_database_and_then_works_in_it(url: str) -> None:
    database = f"contract_{uuid4().hex}"
    with connect(settings(url, database)) as warehouse:
        warehouse.ping()
        with pytest.raises(QueryError) as refused:
            warehouse.query("SELECT 1 FROM system.one")
        warehouse.create_database()
        warehouse.create_database()
        assert warehouse.query("SELECT currentDatabase()") == [(database,)]
        warehouse.execute(f"DROP DATABASE {database}")
    assert refused.value.code == 81


TEXTS = [
    "",
    "naïve café 👩‍👩‍👧 中文",
    "it's `quoted` \\escaped\\",
    "a\nb\tc\rd\0e",
    "%(name)s {name:String} %%",
    "SELECT 1; --",
]


@pytest.mark.parametrize(
    "text", TEXTS, ids=["empty", "unicode", "quotes", "control", "placeholders", "sql"]
)
def test_text_comes_back_as_it_went_in(things: Warehouse, text: str) -> None:
    things.insert("things", COLUMNS, [row(1, text, text)], "t")

    assert things.query("SELECT name, note FROM things") == [(text, text)]
    assert things.query("SELECT id FROM things WHERE name = %(text)s", {"text": text}) == [(1,)]


def test_values_of_every_type_come_back_as_they_went_in(things: Warehouse) -> None:
    rows = [
        (-(2**63), "a", 0.1, NOON, None, [], "bad"),
        (2**63 - 1, "b", -1e300, datetime(1970, 1, 1, tzinfo=UTC), "", ["x", "y'z"], "good"),
    ]
    things.insert("things", COLUMNS, rows, "t")

    assert things.query(f"SELECT {', '.join(COLUMNS)} FROM things ORDER BY id") == rows


def test_a_time_of_another_zone_is_the_same_moment(things: Warehouse) -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    things.insert(
        "things", COLUMNS, [(1, "x", 0.5, NOON.astimezone(kathmandu), None, [], "good")], "t"
    )

    assert things.query("SELECT at FROM things") == [(NOON,)]
    # Said in full because servers of 2018 read a bare text in their own time zone, not in the
    # column's.
    select = "SELECT id FROM things WHERE at = toDateTime(%(at)s, 'UTC')"
    assert things.query(select, {"at": NOON.astimezone(kathmandu)}) == [(1,)]


@pytest.mark.parametrize(
    "value",
    ["' OR 1 = 1 --", "\\' OR 1 = 1 --", "x'; DROP TABLE things; --", "{id:Int64}", "%(id)s"],
)
def test_a_parameter_is_data_whatever_it_holds(things: Warehouse, value: str) -> None:
    things.insert("things", COLUMNS, [row(1, "innocent")], "t")

    assert things.query("SELECT id FROM things WHERE name = %(name)s", {"name": value}) == []
    assert things.query("SELECT %(name)s", {"name": value}) == [(value,)]
    assert things.query("SELECT count() FROM things") == [(1,)]


def test_parameters_of_every_type(things: Warehouse) -> None:
    things.insert("things", COLUMNS, [row(number, f"name {number}") for number in range(5)], "t")

    def ids(condition: str, value: object) -> list[object]:
        return [
            id
            for (id,) in things.query(
                f"SELECT id FROM things WHERE {condition} ORDER BY id", {"value": value}
            )
        ]

    assert ids("id = %(value)s", 3) == [3]
    assert ids("share < %(value)s", 0.3) == [0, 1, 2, 3, 4]
    assert ids("at >= toDateTime(%(value)s, 'UTC')", NOON + timedelta(seconds=1)) == []
    assert ids("name IN %(value)s", ("name 1", "name 4")) == [1, 4]
    assert ids("has(%(value)s, name)", ["name 2"]) == [2]
    assert ids("note IS NOT %(value)s", None) == []
    with pytest.raises(ValueError, match="naive"):
        ids("at = %(value)s", NOON.replace(tzinfo=None))


def test_the_same_rows_twice_under_one_token_are_stored_once(things: Warehouse) -> None:
    """By the token where the server knows tokens, by ReplacingMergeTree where it does not."""
    tokens = things.query(
        "SELECT count() FROM system.settings WHERE name = 'insert_deduplication_token'"
    ) == [(1,)]
    window = " SETTINGS non_replicated_deduplication_window = 100" if tokens else ""
    things.execute(TABLE.replace("things", "windowed") + window)
    for _ in range(2):
        things.insert("windowed", COLUMNS, [row(1), row(2)], "batch 1")
    things.insert("windowed", COLUMNS, [row(1), row(2)], "batch 2")

    if tokens:
        assert things.query("SELECT count() FROM windowed") == [(4,)]
    things.execute("OPTIMIZE TABLE windowed FINAL")
    assert things.query("SELECT count(), uniqExact(id) FROM windowed") == [(2, 2)]


def test_fifty_thousand_rows_at_once(things: Warehouse) -> None:
    began = time.monotonic()
    things.insert(
        "things", COLUMNS, [row(number, f"name {number}") for number in range(50_000)], "t"
    )

    assert things.query("SELECT count(), sum(id), uniqExact(name) FROM things") == [
        (50_000, 1_249_975_000, 50_000)
    ]
    assert time.monotonic() - began < 30
    assert len(things.query("SELECT id, name FROM things")) == 50_000


def test_statements_that_are_wrong_say_what_is_wrong(things: Warehouse) -> None:
    with pytest.raises(QueryError, match="nowhere") as unknown_table:
        things.query("SELECT * FROM nowhere")
    with pytest.raises(QueryError, match="Syntax error") as bad_syntax:
        things.execute("SELEC 1")
    with pytest.raises(QueryError) as no_such_table:
        things.insert("nowhere", COLUMNS, [row(1)], "t")
    with pytest.raises(QueryError):
        things.insert("things", ("id", "nothing"), [(1, 2)], "t")

    assert (unknown_table.value.code, bad_syntax.value.code, no_such_table.value.code) == (
        60,
        62,
        60,
    )
    assert things.query("SELECT 1") == [(1,)]


def test_no_error_quotes_a_stored_or_inserted_value(
    things: Warehouse, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    things.insert("things", COLUMNS, [row(1, SECRET, SECRET)], "t")

    def refused(call: Callable[..., object], *arguments: object) -> None:
        with pytest.raises(QueryError) as refused:
            call(*arguments)
        assert SECRET not in "".join(traceback.format_exception(refused.value))

    with caplog.at_level("DEBUG"):
        refused(things.query, "SELECT toInt64(name) FROM things")
        refused(things.query, "SELECT toInt64(%(secret)s) FROM things", {"secret": SECRET})
        refused(things.query, "SELECT %(secret)s + nothing FROM things", {"secret": SECRET})
        refused(things.execute, "SELECT throwIf(name != '', name) FROM things")
        refused(things.insert, "things", COLUMNS, [(SECRET, "x", 0.5, NOON, None, [], "good")], "u")
        refused(
            things.insert,
            "things",
            COLUMNS,
            [row(2), (4, "x", SECRET, NOON, None, [], "good")],
            "u",
        )
        refused(
            things.insert,
            "things",
            COLUMNS,
            [row(2), (5, "x", 0.5, SECRET, None, SECRET, "good")],
            "u",
        )
        refused(things.insert, "things", COLUMNS, [(6, SECRET)], "u")

    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())
    assert things.query("SELECT count() FROM things") == [(1,)]


def test_text_in_the_formats_of_both(things: Warehouse) -> None:
    things.insert("things", COLUMNS, [row(1, "a\tb"), row(2, 'c"d', "n")], "t")
    select = "SELECT id, name, note, at FROM things ORDER BY id"

    def text(output_format: str) -> str:
        return "".join(things.stream_text(select, output_format))

    assert text("TSVWithNames") == (
        'id\tname\tnote\tat\n1\ta\\tb\t\\N\t2024-05-06 12:30:15\n2\tc"d\tn\t2024-05-06 12:30:15\n'
    )
    assert text("CSV") == '1,"a\tb",\\N,"2024-05-06 12:30:15"\n2,"c""d","n","2024-05-06 12:30:15"\n'
    assert '"name":"a\\tb","note":null' in text("JSONEachRow")
    assert "│" in text("PrettyCompactMonoBlock")
    assert "".join(things.stream_text(f"{select} LIMIT 0;", "TSV")) == ""
    with pytest.raises((InputError, QueryError)):
        text("NoSuchFormat")
    with pytest.raises(QueryError):
        "".join(things.stream_text("SELECT * FROM nowhere", "TSV"))


def test_more_values_than_fit_into_one_statement_are_asked_for_in_portions(
    things: Warehouse,
) -> None:
    names = [f"product {number:05d} 'quoted' \\" for number in range(20_000)]
    things.insert("things", COLUMNS, [row(number, name) for number, name in enumerate(names)], "t")
    with pytest.raises(QueryError):
        things.query(
            "SELECT id FROM things WHERE name IN %(names)s", {"names": (*names, "x" * 17_000_000)}
        )
    asked = portions(names)
    found = {
        name
        for part in asked
        for (name,) in things.query("SELECT name FROM things WHERE name IN %(p)s", {"p": part})
    }
    assert found == set(names)


@pytest.mark.parametrize("length", [300_000, 1_000_000])
def test_a_value_longer_than_a_statement_may_be_by_default_is_found(
    things: Warehouse, length: int
) -> None:
    name = "i'" * (length // 2)
    things.insert("things", COLUMNS, [row(1, name), row(2, "other")], "t")
    assert things.query("SELECT id FROM things WHERE name = %(name)s", {"name": name}) == [(1,)]
    assert things.query("SELECT id FROM things WHERE name IN %(names)s", {"names": (name,)}) == [
        (1,)
    ]
