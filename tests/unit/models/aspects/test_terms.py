"""The shipped tagger of aspect terms: what it finds, and what it promises whatever it is given."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.artifact import artifact
from models.aspects.clauses import phrase
from models.aspects.second_opinion import features
from models.aspects.terms import SHIPPED, TermTagger
from models.aspects.units import MOST
from models.student.model import Student
from schemas.errors import ModelIntegrityError, ModelNotFound

PIECES = [
    "The battery life is great", "but the screen", "is terrible", "<PERSON>", "e\u0301", "ﬁ", "İ",
    "👩\u200d🚀", "مرحبا الغرفة", "\ud800", "电池很好", "屏幕 不好", "배터리가",
    "แบตเตอรี่", "\0", "'", "don't",
    "staff's", "!!!!", "1000", "\u200d", "\ufe0f", "<", ">", "\n",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map(" ".join)


@cache
def tagger() -> TermTagger:
    return TermTagger.load()


def found(text: str, language: str = "en") -> dict[str, int]:
    terms = tagger()([text], [language])[0]
    return {
        text[term.start : term.end]: max(range(3), key=term.probabilities.__getitem__)
        for term in terms
    }


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        ("The battery life is great but the screen is terrible.", "en",
         {"battery life": 2, "screen": 0}),
        ("The food was delicious, but the service was slow and rude.", "en",
         {"food": 2, "service": 0}),
        ("La comida estaba deliciosa pero el servicio fue horrible.", "es",
         {"comida": 2, "servicio": 0}),
    ],
)  # fmt: skip
def test_terms_are_found_each_with_its_own_polarity(
    text: str, language: str, terms: dict[str, int]
) -> None:
    assert found(text, language) == terms


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=6))
def test_offsets_are_valid_in_order_and_apart_and_no_text_depends_on_its_company(
    batch: list[str],
) -> None:
    together = tagger()(batch, ["en"] * len(batch))
    assert together == [tagger()([text], ["en"])[0] for text in batch]
    for text, terms in zip(batch, together, strict=True):
        last = 0
        for term in terms:
            assert last <= term.start < term.end <= len(text)
            assert text[term.start : term.end].strip() == text[term.start : term.end]
            assert sum(term.probabilities) == pytest.approx(1, abs=1e-4)
            last = term.end


@settings(max_examples=60, deadline=None)
@given(texts)
def test_no_term_holds_a_placeholder(text: str) -> None:
    for term in tagger()([text], ["en"])[0]:
        assert "<PERSON>" not in text[term.start : term.end]


@settings(max_examples=60, deadline=None)
@given(texts, st.data())
def test_any_span_is_judged_and_found_ones_as_they_were_found(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    [judged] = tagger().judge([text], ["en"], [[(start, end)]])
    assert sum(judged[0]) == pytest.approx(1, abs=1e-4)
    terms = tagger()([text], ["en"])[0]
    [again] = tagger().judge([text], ["en"], [[(term.start, term.end) for term in terms]])
    assert again == [term.probabilities for term in terms]


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("Great screen, but the battery dies fast. Bad.", "battery", " the battery dies fast"),
        ("la comida pero el servicio lento", "servicio", "el servicio lento"),
        ("屏幕好\uff0c电池不好。", "电池", "电池不好"),
        ("food", "food", "food"),
    ],
)  # fmt: skip
def test_a_phrase_ends_at_signs_and_at_words_that_part_phrases(
    text: str, term: str, expected: str
) -> None:
    start = text.index(term)
    assert phrase(text, start, start + len(term)).strip() == expected.strip()


def test_in_languages_that_the_judge_does_not_know_the_own_answer_stands_for_its() -> None:
    texts = ["The battery is bad.", "The battery is bad."]
    own = np.array([[0, 0, 3], [0, 0, 3]], np.float32)
    judge = Student.load()
    seen = features(judge, own, texts, ["en", "xx"], np.arange(2), [(4, 11), (4, 11)])
    assert (seen[1] == np.tile([-1, -1, 2], 3)).all()
    assert seen[0, 3] > seen[0, 5]
    assert seen[0, 6] > seen[0, 8]


def test_of_a_long_text_a_bounded_number_of_units_is_read() -> None:
    text = "great battery " * 7000
    read = tagger().read([text])
    assert len(read.starts) == MOST
    assert all(term.end <= read.stops[-1] for term in tagger()([text], ["en"])[0])


def test_white_space_in_chinese_changes_no_term() -> None:
    plain, spaced = "这个手机的电池很好", "这个手机的 电池 很好"
    assert {term.replace(" ", "") for term in found(plain, "zh")} == {
        term.replace(" ", "") for term in found(spaced, "zh")
    }


def test_nothing_is_found_in_nothing() -> None:
    assert tagger()([], []) == []
    assert tagger()(["", " \n"], ["en", "zh"]) == [[], []]


def test_models_of_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelIntegrityError, match="tags no aspect terms"):
        TermTagger.load(artifact.FOLDER / "names-en")
    with pytest.raises(ModelNotFound):
        TermTagger.load(tmp_path)


def test_the_shipped_model_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 8 << 20
