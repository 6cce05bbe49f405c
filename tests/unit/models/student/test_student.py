"""The student: what it reads of a text, and what it says of it."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import DOUBT
from models.student import normalising, scanning
from models.student.languages import salts
from models.student.model import Student, worth
from models.student.normalising import encoded, normalised
from models.student.segmenting import FIRST, UNKNOWN, Pieces, all_pieces


@pytest.fixture(scope="module")
def student() -> Student:
    return Student.load()


def tokens(text: str) -> list[str]:
    codes, ends, kinds, _ = scanning.scan(
        np.frombuffer(encoded([text]), np.uint32), 1, scanning.classes()
    )
    cut = ["".join(map(chr, codes[start:end])) for start, end in pairwise([0, *ends.tolist()])]
    return [
        "<>" if kind == scanning.IGNORED else token for token, kind in zip(cut, kinds, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It doesn't work", ["it", "doesnt", "work"]),
        ("It doesn’t work", ["it", "doesnt", "work"]),
        ("It doesnt work", ["it", "doesnt", "work"]),
        ("l'hôtel", ["l", "hôtel"]),
        ("GOOOOOD!!!!!", ["good", "!!!"]),
        ("\uff47\uff4f\uff4f\uff44", ["good"]),
        ("it cost $1,299", ["it", "cost", "$", "1", ",", "00"]),
        ("👍🏽👍", ["👍👍"]),
        ("<PERSON> was rude", ["<>", "was", "rude"]),
        ("很好\uff0c谢谢", ["很好", ",", "谢谢"]),
        ("बहुत अच्छा", ["बहुत", "अच्छा"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words_signs_and_placeholders(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("texts", "stars"),
    [
        (("5/5", "10/10", "★★★★★", "⭐⭐⭐⭐⭐", "five stars", "5 stars"), 5),
        (("1/5", "1/10", "★☆☆☆☆", "1 star", "one star", "⭐"), 1),
        (("3/5", "★★★☆☆", "3 stars"), 3),
    ],
)
def test_a_rating_is_the_same_token_however_it_is_written(
    texts: tuple[str, ...], stars: int
) -> None:
    assert {normalised(text).strip() for text in texts} == {chr(0xE000 + stars)}


RATINGS = st.sampled_from(
    ["5", "4,5", "10", "/", " / ", "out of", "von", "de la", "★", "☆☆", "⭐", "star", "stars",
     "estrellas", "étoiles", "stella", "zvězdy", "звезда", "y\u0131ld\u0131z", "颗星", "つ星",
     "five", "zero", "٣", " ", "-", ".", "\u00a0", "\ud800", "x"]
)  # fmt: skip


@given(st.lists(RATINGS, max_size=8).map("".join))
def test_no_rating_is_missed_by_looking_for_marks_of_one_first(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text).translate(normalising.APOSTROPHES).lower()
    plain = normalising.STAR_STRING.sub(normalising._of_stars, plain)
    plain = normalising.OUT_OF.sub(normalising._out_of, plain)
    plain = normalising.COUNTED.sub(normalising._named, plain)
    assert normalised(text) == normalising.SPELT.sub(normalising._named, plain)


@pytest.mark.parametrize(
    "text",
    ["24/7", "on 5/5/2020", "1/3 of it", "12/10", "since 2005/10", "5 starters", "at 12.5 stars"],
)
def test_other_numbers_are_no_ratings(text: str) -> None:
    assert normalised(text) == text


def test_the_likeliest_pieces_are_taken_and_an_unknown_character_is_one_of_its_own() -> None:
    pieces = Pieces.of(["▁", "a", "b", "▁ab", "ab"], np.array([-3, -3, -3, -4, -4], np.float32))
    found = scanning.scan(np.frombuffer(encoded(["abab ☃"]), np.uint32), 1, scanning.classes())
    ids, ends = all_pieces(*found, pieces.slots, pieces.hashes, pieces.scores)
    assert ids.tolist() == [FIRST + 3, FIRST + 4, UNKNOWN]
    assert ends.tolist() == [3]


def test_the_same_word_has_other_features_in_another_language() -> None:
    found = scanning.scan(np.frombuffer(encoded(["die", "die"]), np.uint32), 2, scanning.classes())
    ids, ends = scanning.features(*found, salts(["en", "de"]), 3, np.uint64(38))
    assert not set(ids[: ends[1]]) & set(ids[ends[1] :])


def test_probabilities_are_those_of_three_classes_and_of_no_other_text_in_the_batch(
    student: Student,
) -> None:
    texts = [
        "The battery died",
        "Lovely room, friendly staff",
        "",
        "It arrived on Monday. " * 200,
        "很好吃",
    ]
    languages = ["en", "en", "en", "en", "zh"]
    together = student.probabilities(texts, languages)
    assert together.shape == (5, 3)
    assert np.allclose(together.sum(1), 1, atol=1e-5)
    alone = [
        student.probabilities([text], [language])[0]
        for text, language in zip(texts, languages, strict=True)
    ]
    assert np.allclose(together, alone, atol=1e-5)
    assert together[[0, 1, 4]].argmax(1).tolist() == [0, 2, 2]


GOOD = (
    "great",
    "excellent",
    "lovely",
    "beautiful",
    "brilliant",
    "charming",
    "comfortable",
    "superb",
)
BAD = ("terrible", "boring", "awful", "ugly", "dreadful", "annoying", "useless", "disgusting")


@pytest.mark.parametrize(("words", "label"), [(GOOD, 2), (BAD, 0)])
def test_plain_sentences_are_judged_by_their_words(
    student: Student, words: tuple[str, ...], label: int
) -> None:
    patterns = ("A {w} {t}.", "The {t} was {w}", "{w} and {v} {t}", "This {t} is {w}, {v}!")
    texts = [
        pattern.format(w=word, v=words[number - 1], t=thing)
        for pattern in patterns
        for number, word in enumerate(words)
        for thing in ("toaster", "clinic", "sofa", "museum", "story", "haircut")
    ]
    said = student.probabilities(texts, ["en"] * len(texts)).argmax(1)
    wrong = [text for text, found in zip(texts, said, strict=True) if found != label]
    assert len(wrong) <= 0.03 * len(texts), wrong


def test_what_is_remembered_changes_nothing(student: Student) -> None:
    first = student.probabilities(["Terrible unhelpful staff"] * 3, ["en", "de", "xx"])
    assert np.array_equal(
        first, student.probabilities(["Terrible unhelpful staff"] * 3, ["en", "de", "xx"])
    )


@pytest.mark.parametrize("text", ["", "   ", "12345", "?!", "ᚠᚢᚦᚨᚱᚲ", "Πολύ κακή"])
def test_a_text_without_anything_known_is_neutral_without_confidence_or_evidence(
    student: Student, text: str
) -> None:
    judged = student.judge([text], ["en"])
    assert judged.probabilities[0] == pytest.approx(DOUBT, abs=1e-6)
    assert not judged.evidence[0]


@pytest.mark.parametrize(
    ("piece", "characters"),
    [
        ("▁good", 4),
        ("▁a", 0),
        ("in", 0),
        ("ing", 3),
        ("很", 1),
        ("👍", 1),
        ("▁", 0),
        ("!", 0),
        ("12", 0),
    ],
)
def test_only_pieces_that_mean_something_vouch_for_a_text(piece: str, characters: int) -> None:
    assert worth(piece) == characters


def test_a_language_without_ngrams_is_judged_by_pieces_alone(student: Student) -> None:
    probabilities = student.probabilities(
        ["La batteria è pessima, un disastro", "excelente"], ["xx", "xx"]
    )
    assert probabilities.argmax(1).tolist() == [0, 2]


@pytest.mark.parametrize(("language", "related"), [("no", "da"), ("nb", "da"), ("mr", "hi")])
def test_a_language_without_training_texts_is_judged_with_the_ngrams_of_its_nearest(
    student: Student, language: str, related: str
) -> None:
    texts = ["Maten var god og betjeningen rask", "बहुत अच्छा"]
    assert np.array_equal(
        student.probabilities(texts, [language] * 2), student.probabilities(texts, [related] * 2)
    )


def test_what_training_sums_of_a_text_is_what_inference_sums(student: Student) -> None:
    text = "Not bad at all, and the staff were friendly. Wouldn't say no to a second visit!"
    read = student.read([text], np.array([student.languages.index("en")]))
    found = scanning.scan(np.frombuffer(encoded([text]), np.uint32), 1, scanning.classes())
    ids, ends = scanning.features(*found, salts(["en"]), student.words, student.wide.shift)
    numbers = ids.astype(np.uint64)
    known = (student.wide.words[numbers >> np.uint64(6)] >> (numbers & np.uint64(63))) & np.uint64(
        1
    )
    assert read.known.tolist() == [[int(known[: ends[0]].sum()), int(known[ends[0] :].sum())]]
    places = numbers[ends[0] :][known[ends[0] :] == 1]
    bits = np.unpackbits(student.wide.words.view(np.uint8), bitorder="little")
    rows = np.cumsum(bits)[places.astype(np.int64)]
    assert read.polarity.tolist() == [int(student.wide.table[rows, 3].astype(np.int64).sum())]
    assert read.sums[0, 1].tolist() == student.wide.table[rows, :3].astype(np.int64).sum(0).tolist()


def test_a_text_with_a_zero_character_is_one_text(student: Student) -> None:
    assert student.probabilities(["good\0bad", "good"], ["en", "en"]).shape == (2, 3)


def test_as_many_languages_as_texts_are_asked_for(student: Student) -> None:
    with pytest.raises(ValueError, match="2 texts with 1 languages"):
        student.probabilities(["a", "b"], ["en"])
    assert student.probabilities([], []).shape == (0, 3)
