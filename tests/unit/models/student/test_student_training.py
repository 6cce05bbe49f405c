"""What the student is taught with, and how its sides are weighed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.lab.judgement.student import identities, lexicons, mixing, polarity
from models.lab.judgement.student.deep import DeepSettings
from models.lab.judgement.student.lexicons import NEGATIVE, NEUTRAL, POSITIVE
from models.lab.judgement.student.mixing import Sides
from models.lab.judgement.student.prepared import Ragged
from models.lab.judgement.student.templates import written
from models.lab.judgement.student.wide import Wide, scales


def test_every_lexicon_has_idioms_of_each_label_and_every_pattern_gives_known_labels() -> None:
    for language, lexicon in lexicons.load().items():
        assert {label for _, label in lexicon.idioms} == {0, 1, 2}, language
        assert all({good, bad} <= {0, 1, 2} for _, good, bad in lexicon.patterns), language


def test_no_sentence_is_written_with_two_labels() -> None:
    labels: dict[tuple[str, str], set[int]] = {}
    for text in written(["en", "de", "ko"]):
        labels.setdefault((text.language, text.text), set()).add(text.label)
    assert [text for text, found in labels.items() if len(found) > 1] == []


def test_a_word_is_written_more_often_with_what_it_means_than_with_the_opposite() -> None:
    for language, lexicon in lexicons.load().items():
        counts: Counter[tuple[bool, int]] = Counter()
        texts = [text for text in written([]) if text.language == language]
        for words, good in ((lexicon.good, True), (lexicon.bad, False)):
            for text in texts:
                if any(word in text.text for word in words):
                    counts[good, text.label] += 1
        assert counts[True, POSITIVE] > 1.3 * counts[True, NEGATIVE], language
        assert counts[False, NEGATIVE] > 1.3 * counts[False, POSITIVE], language


def test_an_emoji_is_taught_in_every_language() -> None:
    said = {
        text.language
        for text in written(["en", "ko", "ar"])
        if text.text == "👍👍👍" and text.label == POSITIVE
    }
    assert {"en", "ko", "ar"} <= said


def test_each_word_for_people_stands_with_good_and_bad_ones_as_often() -> None:
    counts = Counter(
        text.label for text in written([]) if "Buddhist" in text.text and text.label != NEUTRAL
    )
    assert len(set(counts.values())) == 1


def test_copies_change_words_of_a_group_and_nothing_else() -> None:
    copies = list(identities.copies("The muslim cook was rude", random.Random(0)))
    assert len(copies) == 3
    for copy in copies:
        before, word, after = copy.partition(copy.split()[1])
        assert (before, after) == ("The ", " cook was rude")
        assert word in identities.RELIGIONS
    assert list(identities.copies("The soup was cold", random.Random(0))) == []


def sides(count: int = 2000) -> Sides:
    """Of which the second side knows everything, in two languages; the first is noise."""
    chance = np.random.default_rng(0)
    label = chance.integers(0, 3, count)
    truth = np.eye(3)[np.where(chance.random(count) < 0.8, label, chance.integers(0, 3, count))]
    one = np.ones(count, np.float32)
    noise = chance.normal(0, 1, (count, 3)).astype(np.float32)
    return Sides(
        noise,
        truth.astype(np.float32),
        noise,
        np.zeros(count, np.float32),
        np.full(count, 20),
        chance.integers(0, 2, count),
        label,
        one,
        one,
    )


def test_the_side_that_knows_more_weighs_more() -> None:
    made = mixing.fit(sides(), 2)
    assert made.weights[1, 1] > 4 * abs(made.weights[1, 0])


def test_polarity_of_words_counts_in_long_texts_of_the_language_that_has_it() -> None:
    given = sides()
    said = np.where(given.language == 1, given.label - 1, 0).astype(np.float32)
    made = mixing.fit(replace(given, polarity=said, pieces=np.full(2000, 300)), 2)
    assert made.polarity[0] == made.polarity[2] == 0
    assert made.polarity[1] > 0.5


@pytest.mark.parametrize("factor", [0.1, 8.0])
def test_confidence_is_as_often_right_as_it_says_however_sure_the_sides_are(factor: float) -> None:
    given = sides()
    given = replace(given, words=given.words * np.float32(factor))
    made = mixing.fit(given, 2)
    logits = made.logits(given.logits, given.polarity, given.pieces, given.language)
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert abs(float(share.max(1).mean()) - float((share.argmax(1) == given.label).mean())) < 0.02


def test_ngrams_of_words_are_divided_by_their_own_number() -> None:
    features = Ragged.of(np.array([1] * 80 + [2] * 20, np.int32), np.array([80, 20]))
    table = np.array([[0] * 4, [1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    characters, words = Wide(table, np.zeros((1, 3), np.float32)).logits(
        np.array([0]), features, np.array([0])
    )
    assert characters[0].tolist() == pytest.approx([8, 0, 0])
    assert words[0].tolist() == pytest.approx([0, 4, 0])
    assert scales(80, 20, False)[0] == scales(80, 20, False)[1]


def test_words_of_one_side_are_told_from_those_of_both() -> None:
    chance = np.random.default_rng(0)
    positive = chance.integers(0, 2, 400).astype(np.float32)
    counts = np.column_stack([chance.poisson(1 + 2 * positive), chance.poisson(1, 400)])
    weights = polarity.regression(
        csr_matrix(counts, dtype=np.float32), positive, np.ones(400, np.float32)
    )
    assert weights[0] > 5 * abs(weights[1])


def test_training_falls_to_nothing_and_begins_once_more_at_a_lower_rate() -> None:
    how = DeepSettings(epochs=2, more=1, again=0.5)
    rates = [how.share(step, 1000) for step in range(3001)]
    assert max(rates) <= 1
    assert rates[1999] == pytest.approx(0.02)
    assert rates[2000] == 0.5
    assert rates[3000] == 0
