"""What ``undertone aspects`` answers to lines, with a tagger of a few words."""

from __future__ import annotations

import io

import orjson
import pytest
from rich.console import Console

from infra.settings import LanguageSettings, PrivacySettings
from models.aspects.extractor import AspectExtractor
from streams.cli.aspects import Aspects, table
from streams.composition import build_languages, build_masker
from tests.unit.models.aspects.fakes import Categories, tagger

EXTRACT = AspectExtractor(tagger, Categories())
TEXT = "I wrote to jane@example.org about the bad battery, although I like the screen."


@pytest.fixture(scope="module")
def stages() -> Aspects:
    return Aspects(
        build_languages(LanguageSettings()),
        {"en", "de"},
        build_masker(PrivacySettings(level="patterns")),
        lambda texts, codes: EXTRACT(texts, codes, level="full"),
    )


def test_a_line_is_a_text_or_an_object_with_one(stages: Aspects) -> None:
    batch = [(1, TEXT.encode()), (2, orjson.dumps({"review_id": "r", "text": TEXT})), (3, b"Nice")]
    plain, whole, without = [orjson.loads(orjson.dumps(each)) for each in stages(batch)]
    assert whole == {"review_id": "r"} | plain
    masked = TEXT.replace("jane@example.org", "<EMAIL_ADDRESS>")
    assert (plain["text_masked"], plain["language"]) == (masked, "en")
    assert [
        (masked[each["start"] : each["end"]], each["category"], each["sentiment"])
        for each in plain["aspects"]
    ] == [("battery", "battery", "negative"), ("screen", "screen", "positive")]
    assert without["aspects"] == []


@pytest.mark.parametrize("line", [b'{"text": 7}', b'{"text', b"\xff\xfe", b'{"review_id": "r"}'])
def test_a_line_that_is_neither_is_named_and_the_others_are_answered(
    stages: Aspects, line: bytes
) -> None:
    wrong, fine = stages([(4, line), (5, b"A bad battery")])
    assert wrong["line"] == 4
    assert wrong["rejected"]
    assert len(fine["aspects"]) == 1


def test_the_table_has_a_row_for_each_aspect_and_shows_markup_as_it_is(stages: Aspects) -> None:
    answers = list(stages([(1, b"A [bold] bad battery and a screen"), (2, b"Nice"), (3, b"{")]))
    shown = io.StringIO()
    Console(width=120, file=shown).print(table(answers))
    rows = [
        [cell.strip() for cell in line.strip()[1:-1].split("│")]
        for line in shown.getvalue().splitlines()
        if "│" in line
    ]
    assert [row[1:4] for row in rows] == [
        ["battery", "battery", "negative"],
        ["screen", "screen", "positive"],
        ["", "", ""],
        ["", "", ""],
    ]
    assert [row[0] for row in rows[:3]] == ["A [bold] bad battery and a screen", "", "Nice"]
    assert rows[3][0].startswith("line 3: ")
