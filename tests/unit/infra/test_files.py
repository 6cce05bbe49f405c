"""Tables in files: whatever program wrote them, the same rows come back, and what is no table is
refused with the way out.
"""

from __future__ import annotations

import csv
import io
import itertools
import string
import tempfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from infra.files import FileOptions, open_table
from schemas.errors import InputError
from tests.tables import COMPRESSIONS, NOISE, delimited, parquet_of

TABLE = [
    {"text": 'Großartig; "sehr" gut, | wirklich', "rating": "5"},
    {"text": "two\nlines\tand a tab", "rating": ""},
    {"text": "C:\\temp and 'quotes'", "rating": "1"},
]


FORMATS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    "reviews.csv": delimited,
    "semicolons.csv": lambda table: delimited(table, delimiter=";"),
    "quoted.csv": lambda table: delimited(table, quoting=csv.QUOTE_ALL, lineterminator="\n"),
    "escaped.csv": lambda table: delimited(table, escapechar="\\", doublequote=False),
    "reviews.tsv": lambda table: delimited(table, delimiter="\t"),
    "reviews.psv": lambda table: delimited(table, delimiter="|"),
    "reviews.txt": delimited,
    "reviews.jsonl": lambda table: b"\n".join(map(orjson.dumps, table)),
    "reviews.ndjson": lambda table: b"\r\n\r\n".join(map(orjson.dumps, table)) + b"\r\n",
    "reviews.json": orjson.dumps,
    "pretty.json": lambda table: orjson.dumps(table, option=orjson.OPT_INDENT_2),
    "lines.json": lambda table: b"\n".join(map(orjson.dumps, table)),
    "around.json": lambda table: orjson.dumps({"page": 1, "reviews": table}),
    "around_pretty.json": lambda table: orjson.dumps(
        {"reviews": table}, option=orjson.OPT_INDENT_2
    ),
    "reviews.parquet": parquet_of,
    "without-an-ending": parquet_of,
}


def read(path: Path, **options: Any) -> list[dict[str, Any]]:
    rows = list(open_table(path, FileOptions(**options)).rows())
    assert not [row.problem for row in rows if row.problem]
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    return [dict(row.cells) for row in rows]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_table_comes_back_from_every_format_and_compression(
    tmp_path: Path, name: str, compression: str
) -> None:
    path = tmp_path / f"{name}{compression}"
    path.write_bytes(COMPRESSIONS[compression](name, FORMATS[name](TABLE)))
    table = open_table(path)
    assert read(path) == TABLE
    assert table.columns == ("text", "rating")
    assert [row.number for row in table.rows()] in (
        [1, 2, 3],
        [1, 3, 5],
    )  # JSON lines count blank ones
    assert table.share() == 1.0


def test_a_file_that_was_unpacked_under_its_old_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv.gz"
    path.write_bytes(delimited(TABLE))
    assert read(path) == TABLE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_line_ends_and_delimiters_are_found_out(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    path = tmp_path / "export.csv"
    content = (
        f'"text"{delimiter}rating{end}"Großartig, '
        f'ja"{delimiter}5{end}{end}schlecht{delimiter}1{end}'
    )
    path.write_bytes(content.encode(encoding))
    assert read(path) == [
        {"text": "Großartig, ja", "rating": "5"},
        {"text": "schlecht", "rating": "1"},
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"sep=;\r\ntext;rating\r\na,b;1\r\n", [{"text": "a,b", "rating": "1"}]),
        (b"text\nGood, but slow; and dear\tand ugly\n", [{"text": ("Good, but slow; and dear\tand "
                                                                  "ugly")}]),
        (b"text,rating,,\nfine,5,,\nbad,1,,\n",
        [{"text": "fine", "rating": "5"}, {"text": "bad", "rating": "1"}]),
        (b"text,rating\nfine,5,,\n", [{"text": "fine", "rating": "5"}]),
        (b'text, rating\n"fine, really", 5\n', [{"text": "fine, really", "rating": " 5"}]),
        (b'text\tliked\n"Great" food\t1\nthe "best\t1\n"no end\t0\n',
         [{"text": '"Great" food', "liked": "1"}, {"text": 'the "best', "liked": "1"},
         {"text": '"no end', "liked": "0"}]),
        (b'text,rating\n"He said \\"hi\\", twice",5\n',
        [{"text": 'He said "hi", twice', "rating": "5"}]),
        (b"text,rating\n", []),
    ],
)  # fmt: skip
def test_what_programs_write_into_csv_is_read_as_they_mean_it(
    tmp_path: Path, content: bytes, expected: list[dict[str, str]]
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    found = [{name: cell for name, cell in row.items() if name} for row in read(path)]
    assert found == expected


def test_objects_in_objects_are_columns_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "api.jsonl"
    path.write_text('{"id": 1, "consumer": {"id": "c", "name": {"first": "A"}}, "tags": [1]}\n')
    assert read(path) == [{"id": 1, "consumer.id": "c", "consumer.name.first": "A", "tags": [1]}]


def test_times_and_decimals_of_parquet_are_as_json_has_them(tmp_path: Path) -> None:
    path = tmp_path / "types.parquet"
    at = datetime(2024, 2, 29, 12, 30)
    columns = {
        "ns": pyarrow.array([1709208000123456789], pyarrow.timestamp("ns", "UTC")),
        "naive": pyarrow.array([at], pyarrow.timestamp("ms")),
        "day": pyarrow.array([at.date()]),
        "price": pyarrow.array([Decimal("4.50")]),
        "id": pyarrow.array([Decimal("42")]),
        "who": pyarrow.array([{"id": 7}]),
    }
    parquet.write_table(pyarrow.table(columns), path)
    assert open_table(path).columns == ("ns", "naive", "day", "price", "id", "who.id")
    [row] = read(path)
    assert (row["price"], row["id"], row["who.id"], row["day"]) == (4.5, 42, 7, "2024-02-29")
    assert (row["ns"], row["naive"]) == (
        "2024-02-29T12:00:00.123456+00:00",
        "2024-02-29T12:30:00+00:00",
    )


NAMES = st.lists(
    st.text(string.ascii_lowercase + "_", min_size=1, max_size=8),
    min_size=1,
    max_size=4,
    unique=True,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    ",;\t|\"'\\ ab\r\n", max_size=12
)
JSON_VALUES = (
    TEXT
    | st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@st.composite
def tables(
    draw: st.DrawFn, cells: st.SearchStrategy[Any], fewest: int = 0
) -> tuple[list[str], list[dict[str, Any]]]:
    names = draw(NAMES)
    return names, draw(
        st.lists(st.fixed_dictionaries(dict.fromkeys(names, cells)), min_size=fewest, max_size=6)
    )


def comes_back(name: str, content: bytes, expected: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        assert read(path) == expected


@given(
    tables(TEXT),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["", ".gz", ".zst", ".zip"]),
)
def test_any_table_in_any_dialect_of_csv_comes_back(
    table: tuple[list[str], list[dict[str, str]]],
    delimiter: str,
    end: str,
    quoting: int,
    encoding: str,
    compression: str,
) -> None:
    names, rows = table
    if any(set(cell) & set("\r\n") for row in rows for cell in row.values()):
        quoting = csv.QUOTE_ALL  # Python's writer leaves a line end bare that is not its own
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, names, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    name = "any.tsv" if delimiter == "\t" else "any.csv"
    comes_back(
        name + compression,
        COMPRESSIONS[compression](name, buffer.getvalue().encode(encoding)),
        rows,
    )


@given(tables(JSON_VALUES, fewest=1))
def test_any_table_in_json_comes_back(table: tuple[list[str], list[dict[str, Any]]]) -> None:
    _, rows = table
    comes_back("any.json", orjson.dumps(rows), rows)
    comes_back("any.jsonl", b"\n".join(map(orjson.dumps, rows)), rows)


@given(tables(TEXT, fewest=1))
def test_any_table_in_parquet_comes_back(table: tuple[list[str], list[dict[str, str]]]) -> None:
    _, rows = table
    comes_back("any.parquet", parquet_of(rows), rows)


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        ("Großartig und schnell", "cp1252", "cp1252"),
        ("C’est très bien, déjà commandé à nouveau", "cp1252", "cp1252"),
        ("Źle działa, nie polecam nikomu wśród znajomych", "cp1250", "cp1250"),
        ("Очень хороший фильм, всем советую", "cp1251", "cp1251"),
        ("Очень хороший фильм, всем советую", "koi8-r", "koi8-r"),
        ("房间很脏、服务太差、再也不会来了", "gb18030", "gb18030"),
        (
            "とても良い映画でした。また見たいです。部屋が汚くてサービスも悪い。二度と行きません",
            "shift_jis",
            "cp932",
        ),
        (
            "정말 좋은 영화입니다 추천합니다. 별로예요 다시는 안 갑니다. "
            "배송이 빠르고 포장도 좋아요",
            "cp949",
            "cp949",
        ),
        ("Nothing beyond ASCII in this line", "utf-16-le", "utf-16-le"),
        ("Großartig und schnell", "utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("name", ["export.csv", "export.jsonl", "export.csv.gz"])
def test_another_encoding_is_named_and_then_taken(
    tmp_path: Path, name: str, text: str, encoding: str, guess: str
) -> None:
    path = tmp_path / name
    content = (
        f"text,rating\n{text},5\n" if ".csv" in name else f'{{"text": "{text}", "rating": "5"}}\n'
    )
    content = content if ".csv" not in name else content.replace(f"{text},", f'"{text}",')
    packed = COMPRESSIONS[".gz" if name.endswith(".gz") else ""](name, content.encode(encoding))
    path.write_bytes(packed)
    with pytest.raises(
        InputError, match=f"not in UTF-8; it looks like {guess}: --encoding {guess}$"
    ):
        open_table(path)
    assert read(path, encoding=guess) == [{"text": text, "rating": "5"}]


@pytest.mark.parametrize("given_as", ["\t", "\\t", "tab"])
def test_a_tab_can_be_given_in_three_ways(tmp_path: Path, given_as: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text\trating, of five\nfine, really\t5\n")
    assert read(path, delimiter=given_as) == [{"text": "fine, really", "rating, of five": "5"}]


def test_rows_say_where_they_stand_and_never_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('text\n"two\nlines"\nsecret\n')
    first, second = open_table(path).rows()
    assert (first.place, second.place) == ("row 1 (line 3)", "row 2 (line 4)")
    assert "secret" not in repr(second)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_the_share_that_was_read_grows_to_one_also_where_the_file_is_compressed(
    tmp_path: Path, compression: str
) -> None:
    path = tmp_path / f"many.csv{compression}"
    path.write_bytes(COMPRESSIONS[compression]("many.csv", delimited(NOISE)))
    table = open_table(path)
    shares = [table.share() for _ in itertools.islice(table.rows(), 0, None, 2500)]
    assert shares == sorted(shares)
    assert 0 < shares[1] < 0.5
    assert table.share() == 1.0
