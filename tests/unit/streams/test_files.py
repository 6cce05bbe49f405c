"""Records from files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from schemas.errors import InputError
from streams.files import read


def records(path: Path) -> list[tuple[str, dict[str, object]]]:
    with path.open("rb") as file:
        return [(record_id, json.loads(value)) for record_id, value in read(path, file)]


def test_csv_rows_get_ids_of_file_and_number_and_keep_their_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv.gz"
    path.write_bytes(gzip.compress(b'text,review_id,rating\n"two\nlines",,4.5\nb,r2,\n'))
    assert records(path) == [
        ("mine-1", {"text": "two\nlines", "rating": 4.5, "review_id": "mine-1"}),
        ("r2", {"text": "b", "review_id": "r2"}),
    ]


def test_json_lines_are_sent_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "a", "extra": [1]}\n\n{"review_id": "x", "label": "positive", "feedback_id": "f"}\n')
    assert records(path) == [
        ("mine-1", {"text": "a", "extra": [1], "review_id": "mine-1"}),
        ("f", {"review_id": "x", "label": "positive", "feedback_id": "f"}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.jsonl", b'{"text": "a"}\nnot json\n', "line 2"),
        ("x.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("x.csv", b"text,rating\na,five\n", "line 2: rating is not a number"),
        ("x.csv", b"text,label\na\n", "line 2: not as many fields"),
        ("x.csv.gz", b"not gzip", "x.csv.gz, line 0"),
        ("x.csv", b"text\n\xff\xfe\n", "x.csv"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        records(path)
    assert complaint in str(caught.value)
