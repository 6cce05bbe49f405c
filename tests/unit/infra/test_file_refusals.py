"""Files that are no table, or not wholly: what can be read is read, and what cannot is named by its
place.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from infra.files import FileOptions, open_table
from infra.files import rows as file_rows
from schemas.errors import InputError
from tests.tables import COMPRESSIONS, NOISE, delimited, parquet_of, zipped


def damaged(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


MANY = [{"text": f"Review number {number**5}", "rating": "5"} for number in range(5000)]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.csv", b"", "is empty"),
        ("x.csv", b"\n\n", "no header"),
        ("x.json", b'{"a": 1,\n"b": [{}], "c": [{}]}', "with 2 such arrays"),
        ("x.json", b'[{"text": "a"},\n{"text": \n', "line 3: not JSON"),
        ("x.json", b"text,rating\na,1\n", "not JSON"),
        ("x.csv", bytes(range(256)) * 40, "neither text in UTF-8 nor"),
        ("x.parquet", b"PAR1 is what it begins with", "no Parquet file"),
        ("x.parquet", damaged(parquet_of(MANY)), "no Parquet file"),
        ("x.csv.gz", b"\x1f\x8b\x08", "damaged or cut off"),
        ("x.csv.zip", damaged(zipped("x.csv", delimited(MANY))), "damaged zip"),
        ("x.json.gz", damaged(gzip.compress(orjson.dumps(MANY))), "damaged or cut off"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "save the sheet as CSV UTF-8"),
        (
            "x.xlsx",
            zipped("[Content_Types].xml", b"").replace(b"export/[Content", b"[Content"),
            "damaged|Office|looks",
        ),
    ],
)
def test_what_is_no_table_is_refused_at_once(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint) as caught:
        open_table(path)
    assert name in str(caught.value)


def archive(names: Sequence[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name in names:
            opened.writestr(name, "text\na\n")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ((), "holds 0 files"),
        (("a.csv", "b.csv"), "holds 2 files"),
        (("[Content_Types].xml", "xl/sheet.xml"), "save the sheet"),
    ],
)
def test_a_zip_that_holds_not_one_table_is_refused(
    tmp_path: Path, names: tuple[str, ...], complaint: str
) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archive(names))
    with pytest.raises(InputError, match=complaint):
        open_table(path)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"encoding": "nonsense"}, "--encoding nonsense: no encoding"),
        ({"encoding": "base64"}, "--encoding base64: no encoding"),
        ({"delimiter": "ab"}, "--delimiter ab: needs one character"),
        ({"delimiter": '"'}, "needs one character"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    tmp_path: Path, options: dict[str, str], complaint: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text\na\n")
    with pytest.raises(InputError, match=complaint):
        open_table(path, FileOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.csv", b"text,rating\na,1\nb\nc,3\n", ["", "not as many fields as columns", ""]),
        ("x.csv", b'text,rating\n"a, b",1\n"b, c",2\n"b,2\nc,3\n',
        ["", "", "a quotation mark is opened and never closed"]),
        ("x.csv", b'text,rating\n"a, b",1\n"b" x,2\n"c, d",3\n',
         ["", "a quotation mark within a field is neither doubled nor at its end", ""]),
        ("x.csv", "text\nüüü\nüü".encode() + b"\xff\nc\n", ["", ("not in utf-8; is there another "
                                                                "--encoding?"), ""]),
        ("x.jsonl", b'{"text": "a"}\nnot json\n[1]\n{"text": "b"}\n',
        ["", "not JSON", "not a JSON object", ""]),
        ("x.jsonl", '{"text": "üüüüü"}\n{"text": "'.encode() + b'\xff"}\n',
        ["", "not in utf-8; is there another --encoding?"]),
        ("x.json", b'[{"text": "a"}, 1]', ["", "not a JSON object"]),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_spoils_no_other(
    tmp_path: Path, name: str, content: bytes, expected: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert [row.problem for row in open_table(path).rows()] == expected


@pytest.mark.parametrize("compression", [".gz", ".zst", ".bz2", ".xz"])
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_file_that_is_cut_off_gives_the_rows_before_and_says_where_it_ends(
    tmp_path: Path, name: str, compression: str
) -> None:
    path = tmp_path / (name + compression)
    content = delimited(NOISE) if name == "x.csv" else b"\n".join(map(orjson.dumps, NOISE))
    path.write_bytes(damaged(COMPRESSIONS[compression](name, content)))
    *before, last = open_table(path).rows()
    assert len(before) > 100
    assert not any(row.problem for row in before)
    assert "damaged or cut off here" in last.problem


def test_a_line_without_an_end_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_rows, "LONGEST_LINE", 1000)
    path = tmp_path / "x.csv"
    path.write_text("text\nfine\n" + "a" * 3000)
    assert [row.problem for row in open_table(path).rows()] == [
        "",
        "a line of more than 1,000 characters: nothing after it was read",
    ]
