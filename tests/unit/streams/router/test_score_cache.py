"""The result cache: the same answer for the same text in the same language, from the same version
only.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from infra import metrics
from models.labels import Judgement
from schemas.errors import EngineUnavailable
from schemas.text import MaskedText
from streams.router.core.live_models import Scorer
from streams.router.score_cache import CachedScorer
from tests.unit.streams.router.scorers import Opinion


class ByLength(Opinion):
    """Says a different thing of each length."""

    def said(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([1 / (1 + len(text)) for text in texts], np.float32)


@dataclass
class ByLanguage(Opinion):
    """Three classes; knows English only, and says of each language another thing."""

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        self.asked.append(len(texts))
        said = [[0.1, 0.2, 0.7] if code == "en" else [0.3, 0.6, 0.1] for code in languages]
        probabilities = np.array(said, np.float32).reshape(len(texts), 3)
        return Judgement(probabilities, np.array([code == "en" for code in languages], np.bool_))


def texts(*values: str) -> list[MaskedText]:
    return [MaskedText(value) for value in values]


def scores(scorer: Scorer, given: list[MaskedText]) -> npt.NDArray[np.float32]:
    return scorer.judge(given, ["en"] * len(given)).scores


def counted(result: str) -> float:
    return float(metrics.RESULT_CACHE.labels(result)._value.get())


def test_scores_are_those_of_the_model_whether_it_was_asked_or_not() -> None:
    model = ByLength("m", "1")
    cached = CachedScorer(model, 10)
    given = texts("one", "three", "one", "", "fourteen")
    expected = scores(ByLength("m", "1"), given)
    for _ in range(2):
        found = scores(cached, given)
        assert found.dtype == np.float32
        assert np.array_equal(found, expected)
    assert model.asked == [4]
    assert (cached.name, cached.version, cached.languages) == ("m", "1", ("en",))


def test_only_what_is_new_is_asked_for_and_both_are_counted() -> None:
    model = ByLength("m", "1")
    cached = CachedScorer(model, 10)
    hits, misses = counted("hit"), counted("miss")
    scores(cached, texts("a", "bb"))
    assert np.array_equal(
        scores(cached, texts("bb", "ccc", "a")), scores(ByLength("m", "1"), texts("bb", "ccc", "a"))
    )
    assert model.asked == [2, 1]
    assert (counted("hit") - hits, counted("miss") - misses) == (2, 3)


def test_it_remembers_no_more_than_it_may_and_forgets_the_longest_unasked() -> None:
    model = ByLength("m", "1")
    cached = CachedScorer(model, 2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        scores(cached, texts(text))
    assert model.asked == [1, 1, 1, 1]
    assert len(scores(cached, texts("a", "bb", "ccc", "dddd"))) == 4


def test_a_new_version_is_asked_anew() -> None:
    old, new = (
        CachedScorer(Opinion("m", "1", score_given=0.9), 10),
        CachedScorer(Opinion("m", "2", score_given=0.1), 10),
    )
    assert [float(scores(scorer, texts("same"))[0]) for scorer in (old, new, old)] == pytest.approx(
        [0.9, 0.1, 0.9]
    )


def test_what_failed_is_not_remembered() -> None:
    model = Opinion("m", "1", away=True)
    cached = CachedScorer(model, 10)
    with pytest.raises(EngineUnavailable):
        scores(cached, texts("a"))
    model.away = False
    assert float(scores(cached, texts("a"))[0]) == pytest.approx(0.9)


def test_threads_that_share_it_get_their_own_answers() -> None:
    cached = CachedScorer(ByLength("m", "1"), 3)
    given = texts(*("x" * length for length in range(8)))

    def ask(turn: int) -> bool:
        mine = given[turn % 5 : turn % 5 + 3]
        return np.array_equal(scores(cached, mine), scores(ByLength("m", "1"), mine))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(ask, range(4000)))
    finally:
        sys.setswitchinterval(interval)


@dataclass
class Degraded(Opinion):
    """Of long texts a part of it is away."""

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        found = super().judge(texts, languages)
        degraded = np.array([len(text) > 3 for text in texts], np.bool_)
        return Judgement(found.probabilities, found.evidence, degraded)


def test_what_was_answered_while_a_part_of_the_model_was_away_is_not_remembered() -> None:
    model = Degraded("m", "1")
    cached = CachedScorer(model, 10)
    for _ in range(3):
        scores(cached, texts("one", "three", "one"))
    assert model.asked == [2, 1, 1]


def test_no_text_is_kept() -> None:
    cached = CachedScorer(Opinion("m", "1"), 10)
    scores(cached, texts("a secret"))
    assert "secret" not in repr(cached.__dict__)


def test_an_answer_is_of_the_language_that_is_asked_for() -> None:
    model = ByLanguage("m", "1", ("en", "de"))
    cached = CachedScorer(model, 10)
    for _ in range(2):
        for languages in (["en", "de", "en"], ["de", "en", "de"]):
            found, expected = (
                scorer.judge(texts("Gift", "Gift", "fast"), languages)
                for scorer in (cached, ByLanguage("m", "1"))
            )
            assert np.array_equal(found.probabilities, expected.probabilities)
            assert np.array_equal(found.evidence, expected.evidence)
            assert found.probabilities.dtype == np.float32
    assert model.asked == [3, 1]


def test_no_text_is_answered_as_the_model_answers_it() -> None:
    found = CachedScorer(ByLanguage("m", "1"), 10).judge([], [])
    assert (found.probabilities.shape, found.evidence.shape) == ((0, 3), (0,))


def test_an_answer_is_kept_without_the_batch_it_was_in() -> None:
    batches: list[weakref.ref[npt.NDArray[np.float32]]] = []

    class Watched(ByLanguage):
        def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
            # what a real model returns is an array of its own
            found = super().judge(texts, languages)
            own = Judgement(found.probabilities.copy(), found.evidence)
            batches.append(weakref.ref(own.probabilities))
            return own

    cached = CachedScorer(Watched("m", "1"), 1)
    cached.judge(texts("a", "b", "c"), ["en"] * 3)
    gc.collect()
    assert [batch() is None for batch in batches] == [True]
