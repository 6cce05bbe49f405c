"""The reviews that all contenders get."""

from __future__ import annotations

import json

from bench.reviews import of_length, records, with_personal_data

TEXTS = ["short one", "a somewhat longer text", "the third"]


def test_texts_are_cut_or_continued_to_exactly_the_length() -> None:
    assert of_length(TEXTS, 5) == ["short", "a som", "the t"]
    longer = of_length(TEXTS, 40)
    assert [len(text) for text in longer] == [40, 40, 40]
    assert longer[0].startswith("short one a somewhat longer text the thi")


def test_a_text_that_is_longer_than_all_together_begins_anew() -> None:
    assert [len(text) for text in of_length(TEXTS, 10_000)] == [10_000] * 3


def test_personal_data_is_in_as_many_texts_as_asked_for() -> None:
    planted = with_personal_data(["a text"] * 100, every=33)
    assert [number for number, text in enumerate(planted) if text != "a text"] == [0, 33, 66, 99]
    assert all(
        text.startswith("a text Oh, and ") for text in with_personal_data(["a text"] * 100, every=1)
    )


def test_each_record_has_an_id_of_its_own_also_where_texts_come_again() -> None:
    made = records(TEXTS, "run", 7)
    assert [key for key, _ in made] == [f"run-{number}".encode() for number in range(7)]
    assert json.loads(made[4][1]) == {"review_id": "run-4", "text": TEXTS[1]}
