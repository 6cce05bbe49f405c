"""A cascade asks the slow model about a bounded share, and is never worse off for asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.inference.cascade import BURST, Cascade
from models.inference.classifier import Classifier
from models.inference.routing import Routing, features
from models.labels import Floats, Judgement
from schemas.errors import ConfigurationError, EngineUnavailable, ModelIntegrityError

SURE, UNSURE = (0.98, 0.01, 0.01), (0.36, 0.30, 0.34)
SLOW = (0.01, 0.04, 0.95)
WEIGHTS = np.zeros(features(np.array([SURE], np.float32), np.ones(1, np.float32)).shape[1])
WEIGHTS[6] = -1.0  # of the largest probability
ROUTING = Routing(("en",), WEIGHTS, np.array([0.0, 0.1]), np.linspace(-1, -0.3, 101), 0.25)


@dataclass
class Fixed:
    """Gives each text the probabilities that are told for it, and remembers what it was asked."""

    told: dict[str, tuple[float, ...]]
    otherwise: tuple[float, ...] = SLOW
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Reader``."""
        assert len(texts) == len(languages)
        self.asked += texts
        if self.away:
            raise EngineUnavailable("away")
        rows = [self.told.get(text, self.otherwise) for text in texts]
        found = np.array(rows, np.float32).reshape(len(texts), 3)
        return Judgement(found, np.array([text != "none" for text in texts], np.bool_))


def cascade(fast: dict[str, tuple[float, ...]], share: float, *, away: bool = False) -> Cascade:
    return Cascade(Fixed(fast, SURE), Fixed({}, away=away), ROUTING, share)


@given(
    st.lists(st.lists(st.sampled_from(["sure", "unsure"]), max_size=60), max_size=8),
    st.floats(0.01, 1),
)
def test_of_all_texts_no_larger_share_is_asked_about_than_was_set(
    batches: list[list[str]], share: float
) -> None:
    both = cascade({"unsure": UNSURE}, share)
    seen = 0
    for batch in batches:
        judged = both.judge(batch, ["en"] * len(batch))
        seen += len(batch)
        assert len(judged) == len(batch)
        assert isinstance(both.slow, Fixed)
        assert len(both.slow.asked) <= share * seen + 1e-6


def test_a_quiet_time_allows_no_more_than_a_burst_at_once() -> None:
    both = cascade({"unsure": UNSURE}, 0.5)
    both.judge(["sure"] * 10_000, ["en"] * 10_000)
    both.judge(["unsure"] * 1000, ["en"] * 1000)
    assert isinstance(both.slow, Fixed)
    assert len(both.slow.asked) == BURST + 500


def test_where_not_all_may_be_asked_about_those_are_where_it_pays_most() -> None:
    told: dict[str, tuple[float, ...]] = {
        "less": (0.5, 0.25, 0.25),
        "least": UNSURE,
        "more": (0.6, 0.2, 0.2),
    }
    both = cascade(told, 0.34)
    both.judge(["more", "least", "less"], ["en"] * 3)
    assert isinstance(both.slow, Fixed)
    assert both.slow.asked == ["least"]


def test_a_language_that_the_fast_model_does_not_know_is_asked_about_first() -> None:
    both = cascade({"unsure": UNSURE, "other": UNSURE}, 0.5)
    both.judge(["unsure", "other"], ["en", "xx"])
    assert isinstance(both.slow, Fixed)
    assert both.slow.asked == ["other"]


def test_both_answers_are_combined_by_their_weights() -> None:
    judged = cascade({"unsure": UNSURE}, 1.0).judge(["unsure", "sure"], ["en", "en"])
    expected = np.exp(0.25 * np.log(UNSURE) + 0.75 * np.log(SLOW))
    assert judged.probabilities[0].tolist() == pytest.approx((expected / expected.sum()).tolist())
    assert judged.probabilities.sum(1).tolist() == pytest.approx([1, 1])


def test_a_share_of_one_asks_about_every_text() -> None:
    assert ROUTING.threshold(1.0) < ROUTING.threshold(0.99)
    surest = cascade({}, 1.0)
    surest.judge(["sure"] * 3, ["en"] * 3)
    assert isinstance(surest.slow, Fixed)
    assert len(surest.slow.asked) == 3


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_of_no_texts_nothing_is_asked(share: float) -> None:
    assert len(cascade({}, share).judge([], [])) == 0


def test_while_the_slow_model_is_away_the_fast_one_answers_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    both = cascade({"unsure": UNSURE}, 1.0, away=True)
    for _ in range(3):
        judged = both.judge(["unsure"], ["en"])
        assert judged.probabilities[0].tolist() == pytest.approx(UNSURE)
    assert len(caplog.records) == 1
    assert isinstance(both.slow, Fixed)
    both.slow.away = False
    assert both.judge(["unsure"], ["en"]).probabilities[0].argmax() == 2


@dataclass(frozen=True)
class Blind:
    """Sees no evidence in anything."""

    probabilities: tuple[float, ...] = UNSURE

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Reader``."""
        found: Floats = np.array([self.probabilities] * len(languages), np.float32)
        return Judgement(found, np.zeros(len(texts), np.bool_))


def test_where_one_model_sees_no_evidence_the_others_answer_stands() -> None:
    both = Cascade(Blind(), Fixed({}), ROUTING, 1.0)
    judged = both.judge(["text"], ["en"])
    assert judged.probabilities[0].tolist() == pytest.approx(SLOW)
    assert judged.evidence.tolist() == [True]
    both = Cascade(Fixed({}, UNSURE), Blind(SLOW), ROUTING, 1.0)
    judged = both.judge(["text"], ["en"])
    assert judged.probabilities[0].tolist() == pytest.approx(UNSURE)
    assert judged.evidence.tolist() == [True]
    assert Cascade(Blind(), Blind(), ROUTING, 1.0).judge(["a"], ["en"]).evidence.tolist() == [False]


def test_a_cascade_says_what_it_lacks(tmp_path: Path) -> None:
    scoring = ScoringSettings(engine="cascade")
    with pytest.raises(ConfigurationError, match="UNDERTONE_SCORING__ENCODER"):
        Classifier.load(str(artifacts.JUDGE), scoring)
    other = scoring.model_copy(update={"encoder": str(artifacts.JUDGE)})
    with pytest.raises(ModelIntegrityError, match="is no encoder but a student"):
        Classifier.load(str(artifacts.JUDGE), other)


def test_a_model_for_one_language_runs_in_a_cascade_as_without() -> None:
    alone = Classifier.load(str(artifacts.LIGHT))
    beside = Classifier.load(str(artifacts.LIGHT), ScoringSettings(engine="cascade"))
    texts = ["a good film", "a bad film"]
    assert beside.score(texts).tolist() == alone.score(texts).tolist()
