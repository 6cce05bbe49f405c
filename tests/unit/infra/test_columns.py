"""Columns of files from the wild: what is missing is said before anything is read, with the options
that help.
"""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from infra.files import FileOptions, open_table
from infra.files.columns import Columns, choose
from infra.files.documents import FEEDBACK, REVIEW, Contract
from schemas.errors import InputError
from streams.cli.table_options import options

LONG = "The food was lovely and we shall be back, though the waiter took his time with the bill."
SHAPES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "Amazon, JSON lines": (
        {"reviewerID": "A2", "asin": "0528881469", "reviewerName": "amy", "helpful": [0, 0],
        "reviewText": LONG,
         "overall": 5.0, "summary": "Gotta have GPS!", "unixReviewTime": 1370131200,
         "reviewTime": "06 2, 2013"},
        {"text": "reviewText", "rating": "overall", "product_id": "asin", "author_id": "reviewerID",
         "created_at": "unixReviewTime"},
    ),
    "Amazon 2023, JSON lines": (
        {"rating": 5.0, "title": "Such a lovely scent", "text": LONG, "images": [],
        "asin": "B00YQ6X8EO", "parent_asin": "B00YQ",
         "user_id": "AG", "timestamp": 1588687728923, "helpful_vote": 0, "verified_purchase": True},
        {"text": "text", "rating": "rating", "product_id": "asin", "author_id": "user_id",
        "created_at": "timestamp"},
    ),
    "Amazon, TSV": (
        {"marketplace": "US", "customer_id": "1797882", "review_id": "R3I2", "product_id": "B001",
        "product_parent": "2",
         "product_title": "A ring", "star_rating": "5", "helpful_votes": "0",
         "review_headline": "Great ring for the price",
         "review_body": LONG, "review_date": "2015-08-31"},
        {"text": "review_body", "review_id": "review_id", "rating": "star_rating",
        "product_id": "product_id",
         "author_id": "customer_id", "created_at": "review_date"},
    ),
    "Amazon fine foods": (
        {"Id": "1", "ProductId": "B001E", "UserId": "A3S", "ProfileName": "delmar",
        "HelpfulnessNumerator": "1", "Score": "5",
         "Time": "1303862400", "Summary": "Good quality", "Text": LONG},
        {"text": "Text", "review_id": "Id", "rating": "Score", "product_id": "ProductId",
        "author_id": "UserId",
         "created_at": "Time"},
    ),
    "Yelp": (
        {"review_id": "KU_O5", "user_id": "mh_-e", "business_id": "XQfw", "stars": 3.0, "useful": 0,
        "funny": 0, "cool": 0,
         "text": LONG, "date": "2018-07-07 22:09:11"},
        {"text": "text", "review_id": "review_id", "rating": "stars", "product_id": "business_id",
        "author_id": "user_id",
         "created_at": "date"},
    ),
    "Google Play, scraped": (
        {"reviewId": "gp:1", "userName": "Eric", "userImage": "a.png", "content": LONG,
        "score": "1", "thumbsUpCount": "0",
         "reviewCreatedVersion": "5.1", "at": "2020-10-27 21:24:41", "replyContent": LONG + LONG,
         "appId": "com.anydo"},
        {"text": "content", "review_id": "reviewId", "rating": "score", "product_id": "appId",
        "author_id": "userName",
         "created_at": "at"},
    ),
    "Google Play, console": (
        {"Package Name": "com.shop", "Reviewer Language": "en", "Device": "x",
         "Review Submit Date and Time": "2024-05-01T10:00:00Z",
         "Review Submit Millis Since Epoch": "1714557600000", "Star Rating": "2",
         "Review Title": "", "Review Text": LONG,
         "Developer Reply Text": LONG + LONG, "Review Link": "a"},
        {"text": "Review Text", "rating": "Star Rating", "product_id": "Package Name",
        "language_hint": "Reviewer Language",
         "created_at": "Review Submit Millis Since Epoch"},
    ),
    "App Store": (
        {"id": "9", "title": "Crashes all the time", "review": LONG, "rating": "1",
        "userName": "someone", "isEdited": "False",
         "date": "2021-03-04 05:06:07", "developerResponse": LONG},
        {"text": "review", "review_id": "id", "rating": "rating", "author_id": "userName",
        "created_at": "date"},
    ),
    "TripAdvisor": ({"Review": LONG, "Rating": "4"}, {"text": "Review", "rating": "Rating"}),
    "Trustpilot": (
        {"reviewId": "t1", "consumer.displayName": "Jo", "stars": 1,
        "title": "Never again, they lost it", "reviewBody": LONG,
         "experienceDate": "2024-01-02T00:00:00.000Z", "company": "shop.example"},
        {"text": "reviewBody", "review_id": "reviewId", "rating": "stars",
        "author_id": "consumer.displayName",
         "created_at": "experienceDate", "product_id": "company"},
    ),
    "airlines": (
        {"airline": "Some Air", "overall": "7", "author": "C D", "review_date": "8th May 2019",
        "customer_review": LONG,
         "aircraft": "", "traveller_type": "Business", "cabin": "Economy Class", "route": "A to B",
         "recommended": "yes"},
        {"text": "customer_review", "rating": "overall", "product_id": "airline",
        "author_id": "author"},
    ),
    "Datafiniti": (
        {"id": "AV1", "name": "A hotel", "reviews.date": "2015-10-27T00:00:00.000Z",
        "reviews.rating": "5", "reviews.text": LONG,
         "reviews.title": "Best romantic vacation ever!!!!", "reviews.username": "Paula"},
        {"text": "reviews.text", "review_id": "id", "rating": "reviews.rating",
        "author_id": "reviews.username",
         "created_at": "reviews.date"},
    ),
    "no name says anything": ({"q1": "7", "q2": LONG, "q3": "yes"}, {"text": "q2"}),
}  # fmt: skip


def table_of(path: Path, *records: dict[str, Any]) -> Any:
    """Of JSON lines; of CSV where all cells are text."""
    if all(isinstance(cell, str) for record in records for cell in record.values()):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    else:
        path.write_text("\n".join(map(json.dumps, records)))
    return open_table(path)


def asked(advice: str, contract: Contract = REVIEW) -> FileOptions:
    """The options as the command line would take them."""
    words = shlex.split(advice)
    given = dict(zip(words[::2], words[1::2], strict=True))
    mapped = [
        value for option, value in zip(words[::2], words[1::2], strict=True) if option == "--map"
    ]
    return options(
        given.get("--text-column"),
        mapped,
        None,
        None,
        identity=(contract.identity, given.get("--id-column")),
    )


def chosen(path: Path, table: Any) -> Columns:
    """The columns, after doing what the refusal or the advice says."""
    try:
        found = choose(path, table, REVIEW, FileOptions())
    except InputError as error:
        return choose(path, table, REVIEW, asked(str(error).split("Likeliest: ")[1]))
    return choose(path, table, REVIEW, asked(found.advice)) if found.advice else found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_options_proposed_for_a_file_from_the_wild_read_it(tmp_path: Path, shape: str) -> None:
    record, expected = SHAPES[shape]
    path = tmp_path / "wild"
    found = chosen(path, table_of(path, record))
    assert {
        field: column for field, column in found.by_field.items() if column in record
    } == expected
    assert set(found.unread) == record.keys() - set(expected.values())


@pytest.mark.parametrize(
    "shape",
    [shape for shape, (record, _) in SHAPES.items() if not {"text", "Text"} & record.keys()],
)
def test_without_a_text_column_nothing_is_read_and_the_columns_are_named(
    tmp_path: Path, shape: str
) -> None:
    record, expected = SHAPES[shape]
    path = tmp_path / "wild"
    table = table_of(path, record)
    with pytest.raises(InputError) as caught:
        choose(path, table, REVIEW, FileOptions())
    said = str(caught.value)
    assert said.startswith(
        f"{path}: needs the column text; no column is text. The columns are {', '.join(record)}. "
        "Likeliest: "
    )
    assert f"--text-column {shlex.quote(expected['text'])}" in said
    assert LONG not in said


def test_an_id_that_repeats_is_not_proposed_as_the_reviews_own(tmp_path: Path) -> None:
    path = tmp_path / "x"
    table = table_of(path, {"id": "hotel", "review": LONG}, {"id": "hotel", "review": LONG})
    with pytest.raises(InputError, match=r"Likeliest: --text-column review$"):
        choose(path, table, REVIEW, FileOptions())


def test_a_file_without_a_header_is_refused_without_showing_a_review(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f'"{LONG}",5\n"{LONG}",4\n')
    with pytest.raises(InputError, match=r"number 1: \d+ characters, no header\?") as caught:
        choose(path, open_table(path), REVIEW, FileOptions())
    assert "lovely" not in str(caught.value)


def test_what_is_asked_for_wins_over_the_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    table = table_of(path, {"text": "short", "body": LONG, "rating": "bad", "stars": 5})
    wanted = FileOptions({"text": "body", "rating": ""})
    found = choose(path, table, REVIEW, wanted).by_field
    assert (found["text"], "rating" in found) == ("body", False)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"text": "nowhere"}, "no column is nowhere; the columns are text, Text, stars"),
        ({"colour": "stars"}, "--map colour=stars: the fields are review_id, text, created_at"),
    ],
)
def test_a_column_or_a_field_that_is_not_there_is_refused(
    tmp_path: Path, columns: dict[str, str], complaint: str
) -> None:
    path = tmp_path / "x"
    table = table_of(path, {"text": "a", "Text": "b", "stars": 5})
    with pytest.raises(InputError, match=complaint):
        choose(path, table, REVIEW, FileOptions(columns))


def test_two_columns_of_one_name_are_refused_only_where_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text,a,a\nfine,1,2\n")
    assert choose(path, open_table(path), REVIEW, FileOptions()).by_field == {"text": "text"}
    with pytest.raises(InputError, match="2 columns are called a; rename them"):
        choose(path, open_table(path), REVIEW, FileOptions({"rating": "a"}))


def test_feedback_needs_the_review_and_its_label(tmp_path: Path) -> None:
    path = tmp_path / "x"
    table = table_of(path, {"reviewId": "r1", "sentiment": "positive"})
    with pytest.raises(InputError, match="no column is label") as caught:
        choose(path, table, FEEDBACK, FileOptions())
    found = choose(
        path, table, FEEDBACK, asked(str(caught.value).split("Likeliest: ")[1], FEEDBACK)
    )
    assert found.by_field == {"review_id": "reviewId", "label": "sentiment"}


def test_a_field_that_only_a_late_record_has_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a"}\n' * 1500 + '{"text": "b", "rating": 5}\n')
    table = open_table(path)
    columns = choose(path, table, REVIEW, FileOptions()).by_field
    *_, last = table.rows()
    assert REVIEW.document(last.cells, columns, "x", text_only=table.text_only)["rating"] == 5
