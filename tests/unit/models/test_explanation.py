"""What leaving words out tells: exactly what is true where the model is additive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.artifact import artifact
from models.evaluation.explanation import explain, log_odds
from models.evaluation.importance import both_directions, importance, sample
from models.inference.classifier import Classifier
from models.text.ngrams import Encoder, EncoderSettings
from models.text.word_spans import tokens, without, word_count

WEIGHTS = {"good": 1.5, "bad": -2.0, "<PERSON>": 0.25, "!": 0.5}
BIAS = 0.1


class Additive:
    """A weight for each word, summed."""

    name, version = "additive", "1"

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        logits = [
            BIAS + sum(WEIGHTS.get(text[start:end], 0.0) for start, end in tokens(text))
            for text in texts
        ]
        return np.array([1 / (1 + np.exp(-logit)) for logit in logits], np.float32)


@given(
    st.lists(st.sampled_from([*WEIGHTS, "film", "a", ",", "书"]), max_size=5).map(" ".join),
    st.integers(1, 3),
)
def test_an_additive_model_is_explained_by_its_weights(text: str, window: int) -> None:
    found = explain(Additive(), text, window=window)
    for start, end, contribution in found.attributions:
        expected = sum(
            WEIGHTS.get(text[a:b], 0.0) for a, b in tokens(text) if start <= a and b <= end
        )
        assert contribution == pytest.approx(expected, abs=1e-3)
    if window == 1:
        assert sum(a.contribution for a in found.attributions) + BIAS == pytest.approx(
            found.log_odds, abs=1e-3
        )


def test_a_bag_is_explained_by_the_n_grams_that_vanish_less_those_that_appear() -> None:
    text = "not a good film, though the acting is superb"
    shipped, classifier = artifact.load(artifact.LIGHT), Classifier.load(str(artifact.LIGHT))
    weights = shipped.arrays["sum/weights"]
    settings = EncoderSettings(**shipped.encoder.config)
    encode = Encoder(settings)

    def weight(ngram: tuple[str, ...]) -> float:
        [ids, *shorter] = encode([" ".join(part) for part in (ngram, ngram[:-1], ngram[1:])])
        [own] = set(ids.tolist()).difference(*(part.tolist() for part in shorter))
        return float(weights[own])

    def ngrams(words: list[str]) -> set[tuple[str, ...]]:
        return {
            tuple(words[i : i + n])
            for n in range(1, settings.ngrams + 1)
            for i in range(len(words) - n + 1)
        }

    words = [text[start:end] for start, end in tokens(text)]
    found = explain(classifier, text)
    assert len(found.attributions) == len(words) == 10
    for number, attribution in enumerate(found.attributions):
        before, after = ngrams(words), ngrams(words[:number] + words[number + 1 :])
        expected = sum(map(weight, before - after)) - sum(map(weight, after - before))
        assert attribution.contribution == pytest.approx(
            shipped.calibration.scale * expected, abs=1e-4
        )


def test_long_texts_are_explained_in_wider_steps_that_still_cover_them() -> None:
    text = " ".join(["good"] * 5 + ["film"] * 18)
    found = explain(Additive(), text, limit=8)
    assert (found.window, found.stride, len(found.attributions)) == (3, 3, 8)
    assert (found.attributions[0].start, found.attributions[-1].end) == (0, len(text))
    shares = [token.contribution for token in found.by_token()]
    assert shares == pytest.approx([1.5] * 3 + [1.0] * 3 + [0.0] * 17, abs=1e-3)
    assert explain(Additive(), text, limit=23).stride == 1


def test_a_token_has_its_share_of_every_window_it_is_in() -> None:
    found = explain(Additive(), "film good film", window=2)
    assert [token.contribution for token in found.by_token()] == pytest.approx([0.75] * 3, abs=1e-3)


def test_nothing_to_leave_out_is_no_attribution() -> None:
    assert explain(Additive(), "").attributions == ()


def test_certainty_has_finite_log_odds() -> None:
    assert log_odds(np.array([0, 0.5, 1], np.float32)).tolist() == pytest.approx(
        [-16.118, 0, 16.118], abs=1e-3
    )


@given(st.text(st.characters(exclude_categories=["C"])))
def test_tokens_hold_everything_but_white_space_and_do_not_overlap(text: str) -> None:
    places = tokens(text)
    edges = [0, *(edge for place in places for edge in place), len(text)]
    assert edges == sorted(edges)
    assert all(text[start:end].strip() for start, end in places)
    assert not any(
        text[end:start].strip() for end, start in zip(edges[::2], edges[1::2], strict=True)
    )


@pytest.mark.parametrize(
    ("text", "parts", "words"),
    [
        ("It's <PERSON>, 8/10!", ["It's", "<PERSON>", ",", "8/10", "!"], 4),
        ("书不错 ok", ["书", "不", "错", "ok"], 4),
        ("don’t 👩\u200d🚀", ["don’t", "👩\u200d🚀"], 1),
        ("", [], 0),
    ],
)
def test_tokens_are_what_people_would_point_at(text: str, parts: list[str], words: int) -> None:
    assert [text[start:end] for start, end in tokens(text)] == parts
    assert word_count(text) == words


@pytest.mark.parametrize(
    ("text", "left_out", "rest"),
    [
        ("a good film", "good ", "a film"), ("a good film", "good", "a film"),
        ("a good film", "a", "good film"),
        ("a good film", "film", "a good"), ("well-made", "-", "well made"),
        ("good, bad", ",", "good bad"),
        ("书不错", "不", "书错"),
    ],
)  # fmt: skip
def test_what_is_left_is_spaced_as_cleaned_text_is(text: str, left_out: str, rest: str) -> None:
    start = text.index(left_out)
    assert without(text, start, start + len(left_out)) == rest


def test_importance_is_the_mean_over_reviews_in_both_directions() -> None:
    texts = ["good good film", "Good bad", "bad film", "bad good !"]
    rows = importance([(text, explain(Additive(), text)) for text in texts], fewest=2)
    assert [(row.token, row.reviews, row.positive) for row in rows] == [
        ("bad", 3, 0),
        ("good", 3, 2),
        ("film", 2, 0),
    ]
    assert rows[0].mean == pytest.approx(-2.0, abs=1e-3)
    assert rows[1].magnitude == pytest.approx(1.0, abs=1e-3), (
        "twice 1.5, and 0 where it is capitalised"
    )
    towards, against = both_directions(rows, 1)
    assert [row.token for row in towards + against] == ["good", "bad"]


def test_texts_too_long_for_single_words_do_not_count() -> None:
    assert (
        importance([("good film good", explain(Additive(), "good film good", limit=2))], fewest=1)
        == []
    )


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    assert sample(100, 5, 0) == sample(100, 5, 0) != sample(100, 5, 1)
    assert sample(3, 5, 0) == [0, 1, 2]
