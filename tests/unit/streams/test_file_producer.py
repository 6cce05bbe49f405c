"""A file's rows as messages: stable ids, values as JSON has them, and an account of what was
refused.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.files import FileOptions
from infra.files.documents import REVIEW
from schemas import json_input
from schemas.errors import InputError
from streams.file_producer import Account, Source

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def sent(
    path: Path, topic: str = "reviews.raw", **columns: str
) -> tuple[list[tuple[str, dict[str, Any]]], Account]:
    account = Account()
    messages = list(Source.of(path, topic, FileOptions(columns)).messages(topic, account))
    return [
        ((message.key or b"").decode(), json.loads(message.value)) for message in messages
    ], account


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_rows_get_ids_of_the_file_and_their_number_and_keep_their_own(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.csv.gz",
        gzip.compress(b'text,review_id,rating\n"two\nlines",,4.5\nb,r2,\n'),
    )
    records, account = sent(path)
    assert records == [
        ("mine.csv.gz-1", {"text": "two\nlines", "rating": 4.5, "review_id": "mine.csv.gz-1"}),
        ("r2", {"text": "b", "review_id": "r2"}),
    ]
    assert not account.refused


def test_files_whose_names_differ_anywhere_never_share_an_id(tmp_path: Path) -> None:
    names = ["my.reviews.2024.csv", "my.reviews.2025.csv", "my.reviews.2024.tsv", "my.csv", "my"]
    ids = [key for name in names for key, _ in sent(write(tmp_path / name, "text\na\nb\n"))[0]]
    assert len(set(ids)) == 2 * len(names)


def test_a_file_that_is_read_again_gives_the_same_ids_whatever_is_refused_before(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "x.csv", "text,rating\na,1\n,2\nc\nd,4\n")
    first, second = sent(path)[0], sent(path)[0]
    assert first == second
    assert [key for key, _ in first] == ["x.csv-1", "x.csv-4"]


def test_a_file_whose_name_is_no_utf8_is_read(tmp_path: Path) -> None:
    path = Path(str(tmp_path / "caf") + "\udce9.csv")
    [(key, _)], _ = sent(write(path, "text\na\n"))
    assert key == "caf\ufffd.csv-1"


def test_what_no_field_needs_is_not_sent(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.jsonl",
        '{"text": "a", "email": "jane@example.org", "extra": [1], "rating": null}\n',
    )
    source = Source.of(path, "reviews.raw", FileOptions())
    assert sent(path)[0] == [("x.jsonl-1", {"text": "a", "review_id": "x.jsonl-1"})]
    assert "not sent: email, extra" in list(source.notes())


def test_feedback_is_keyed_by_its_review(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.csv", "review_id,label,text\nr1,positive,a\nr2,so-so,b\nr3,NEGATIVE,c\n"
    )
    records, account = sent(path, "feedback")
    assert records[0] == (
        "r1",
        {"review_id": "r1", "label": "positive", "feedback_id": "labels.csv-1"},
    )
    assert account.refusals == 3 - len(records)


@pytest.mark.parametrize(
    ("cells", "field", "expected"),
    [
        ({"rating": "4"}, "rating", 4.0),
        ({"rating": " 4.5 "}, "rating", 4.5),
        ({"rating": "4,5"}, "rating", 4.5),
        ({"created_at": "1709208000000"}, "created_at", 1709208000000),
        ({"created_at": "2001010112345"}, "created_at", 2001010112345),
        ({"created_at": "2024-02-29"}, "created_at", "2024-02-29"),
        ({"product_id": "0042"}, "product_id", "0042"),
        ({"author_id": " 7 "}, "author_id", "7"),
        ({"text": " a "}, "text", " a "),
        ({"rating": ""}, "rating", None),
    ],
)
def test_a_cell_of_text_becomes_what_json_would_have(
    cells: dict[str, str], field: str, expected: object
) -> None:
    columns = {name: name for name in ("text", *cells)}
    document = REVIEW.document({"text": "a"} | cells, columns, "x-1", text_only=True)
    assert document.get(field) == expected


@given(st.integers(0, 2**42) | st.floats(0, 2**42))
def test_a_number_as_a_time_means_in_csv_what_it_means_in_json(number: float) -> None:
    columns = {"text": "text", "created_at": "created_at"}
    as_text = REVIEW.document(
        {"text": "a", "created_at": repr(number)}, columns, "x", text_only=True
    )
    times = [
        json_input.review(
            {"text": "a", "created_at": value}, default_id="x", default_time=NOW
        ).created_at
        for value in (as_text["created_at"], number)
    ]
    assert times[0] == times[1]


def test_ids_that_are_numbers_in_json_or_parquet_are_written_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.jsonl",
        '{"review_id": 12, "text": "a", "product_id": 7.0, "author_id": 9007199254740993}\n',
    )
    [(key, document)], _ = sent(path)
    assert (key, document["product_id"], document["author_id"]) == ("12", "7", "9007199254740993")


def test_what_the_stream_would_refuse_is_refused_with_the_row_and_without_the_text(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "x.csv",
        'text,rating,created_at\ngood,5,\n,5,\n" ",5,\nsecret one,five,\nsecret two,5,yesterday\n'
        f"{'a' * 100_001},5,\nshort,5\nlast,1,2024-01-01\n",
    )
    records, account = sent(path)
    assert [document["text"] for _, document in records] == ["good", "last"]
    said = "\n".join(account.lines("reviews.raw"))
    assert account.refusals == 6
    assert "text is empty: row 2 (line 3), row 3 (line 4)" in said
    assert "text has more than 100,000 characters: row 6 (line 7)" in said
    assert "not as many fields as columns: row 7 (line 8)" in said
    assert "rating is not a number" in said
    assert "created_at is" in said
    assert not {"secret", "five", "yesterday"} & set(said.split())


def test_of_many_refusals_the_first_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"text": "a"}\n' + "nonsense\n" * 1200)
    _, account = sent(path)
    account.sent = 1
    assert list(account.lines("reviews.raw")) == [
        "1 record sent to reviews.raw, 1,200 rows refused",
        "  not JSON: row 2, row 3, row 4, row 5, row 6 and 1,195 more",
    ]


def test_a_record_too_large_for_a_message_is_refused(tmp_path: Path) -> None:
    document = {"text": "a", "product_id": "b" * 1_100_000}
    records, account = sent(write(tmp_path / "x.jsonl", json.dumps(document)))
    assert (records, account.refusals) == ([], 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "id,reviewText,stars\n1,Great film,5\n"),
        ("x.json", '[{"reviewText": "Great film"}]'),
        ("x.jsonl", '{"a": 1}\n'),
    ],
)
def test_a_file_without_a_text_column_is_refused_before_its_first_record(
    tmp_path: Path, name: str, content: str
) -> None:
    with pytest.raises(InputError, match="no column is text"):
        Source.of(write(tmp_path / name, content), "reviews.raw", FileOptions())
