"""A cascade asks the encoder about a bounded share, and is never worse off for asking."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.inference.cascade import BURST, Cascade
from models.inference.circuit_breaker import CircuitBreaker
from models.inference.classifier import Classifier
from models.inference.encoder_tier import Encoder, EncoderTier
from models.inference.routing import Routing, features
from models.inference.scorer import Reader
from models.labels import Floats, Judgement
from models.multilingual import encoder_artifact
from schemas.errors import (
    ConfigurationError,
    EngineUnavailable,
    ModelIntegrityError,
    ModelNotServed,
)
from tests.unit.models.multilingual.tiny import FITTED, write_parts

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
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Reader``."""
        assert len(texts) == len(languages)
        self.asked += texts
        if self.error:
            raise self.error
        rows = [self.told.get(text, self.otherwise) for text in texts]
        found = np.array(rows, np.float32).reshape(len(texts), len(self.otherwise))
        return Judgement(found, np.array([text != "none" for text in texts], np.bool_))


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def joined(fast: Reader, slow: Reader, share: float, clock: Clock | None = None) -> Cascade:
    return Cascade(fast, EncoderTier(Encoder(slow, ROUTING), clock or Clock()), share)


def cascade(fast: dict[str, tuple[float, ...]], share: float) -> Cascade:
    return joined(Fixed(fast, SURE), Fixed({}), share)


def slow_of(both: Cascade) -> Fixed:
    assert both.encoder.loaded is not None
    slow = both.encoder.loaded.reader
    assert isinstance(slow, Fixed)
    return slow


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
        assert len(slow_of(both).asked) <= share * seen + 1e-6


def test_a_quiet_time_allows_no_more_than_a_burst_at_once() -> None:
    both = cascade({"unsure": UNSURE}, 0.5)
    both.judge(["sure"] * 10_000, ["en"] * 10_000)
    both.judge(["unsure"] * 1000, ["en"] * 1000)
    assert len(slow_of(both).asked) == BURST + 500


def test_where_not_all_may_be_asked_about_those_are_where_it_pays_most() -> None:
    told: dict[str, tuple[float, ...]] = {
        "less": (0.5, 0.25, 0.25),
        "least": UNSURE,
        "more": (0.6, 0.2, 0.2),
    }
    both = cascade(told, 0.34)
    both.judge(["more", "least", "less"], ["en"] * 3)
    assert slow_of(both).asked == ["least"]


def test_a_language_that_the_fast_model_does_not_know_is_asked_about_first() -> None:
    both = cascade({"unsure": UNSURE, "other": UNSURE}, 0.5)
    both.judge(["unsure", "other"], ["en", "xx"])
    assert slow_of(both).asked == ["other"]


def test_both_answers_are_combined_by_their_weights() -> None:
    judged = cascade({"unsure": UNSURE}, 1.0).judge(["unsure", "sure"], ["en", "en"])
    expected = np.exp(0.25 * np.log(UNSURE) + 0.75 * np.log(SLOW))
    assert judged.probabilities[0].tolist() == pytest.approx((expected / expected.sum()).tolist())
    assert judged.probabilities.sum(1).tolist() == pytest.approx([1, 1])


def test_a_share_of_one_asks_about_every_text() -> None:
    assert ROUTING.threshold(1.0) < ROUTING.threshold(0.99)
    surest = cascade({}, 1.0)
    surest.judge(["sure"] * 3, ["en"] * 3)
    assert len(slow_of(surest).asked) == 3


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_of_no_texts_nothing_is_asked(share: float) -> None:
    assert len(cascade({}, share).judge([], [])) == 0


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (EngineUnavailable("away"), "WARNING"),
        (ModelNotServed("there is no such model"), "ERROR"),
        (ModelIntegrityError("takes other inputs"), "ERROR"),
        (ValueError("which may quote a review"), "ERROR"),
    ],
)
def test_while_the_encoder_fails_the_fast_model_answers_alone_and_the_log_says_why_once(
    caplog: pytest.LogCaptureFixture, error: Exception, level: str
) -> None:
    caplog.set_level(logging.INFO, "undertone.models")
    both = cascade({"unsure": UNSURE}, 1.0)
    slow_of(both).error = error
    for _ in range(2):
        judged = both.judge(["unsure", "unsure"], ["en"] * 2)
        assert judged.probabilities[0].tolist() == pytest.approx(UNSURE)
        assert judged.degraded is not None
        assert judged.degraded.all()
    assert [record.levelname for record in caplog.records] == [level]
    assert "quote" not in caplog.text
    assert ("models export --triton" in caplog.text) is isinstance(error, ModelNotServed)
    slow_of(both).error = None
    judged = both.judge(["unsure"], ["en"])
    assert judged.probabilities[0].argmax() == 2
    assert judged.degraded is None
    assert [record.levelname for record in caplog.records] == [level, "INFO"]


@pytest.mark.parametrize("answer", [(0.5, 0.5), (0.2, 0.2, float("nan"))])
def test_answers_that_are_no_probabilities_of_three_classes_are_not_used(
    answer: tuple[float, ...],
) -> None:
    both = joined(Fixed({}, UNSURE), Fixed({}, answer), 1.0)
    assert both.judge(["text"], ["en"]).probabilities[0].tolist() == pytest.approx(UNSURE)


def test_an_encoder_that_keeps_failing_is_skipped_and_probed_until_it_answers() -> None:
    clock = Clock()
    both = joined(Fixed({}, UNSURE), Fixed({}, error=EngineUnavailable("too late")), 1.0, clock)
    asked = slow_of(both).asked
    breaker = CircuitBreaker()

    def judge(times: int) -> int:
        before = len(asked)
        for _ in range(times):
            both.judge(["text"], ["en"])
        return len(asked) - before

    assert judge(20) == breaker.failures
    for _ in range(3):
        clock.now += breaker.rest_s - 0.1
        assert judge(5) == 0
        clock.now += 0.2
        assert judge(5) == 1
    slow_of(both).error = None
    clock.now += breaker.rest_s
    assert judge(5) == 5


def test_while_the_encoder_is_not_loaded_all_answers_are_the_fast_model_s() -> None:
    both = Cascade(Fixed({}, UNSURE), EncoderTier(), 0.1)
    judged = both.judge(["one", "two"], ["en"] * 2)
    assert judged.probabilities.tolist() == [pytest.approx(UNSURE)] * 2
    assert judged.degraded is not None
    assert judged.degraded.tolist() == [True, True]


def test_only_what_the_encoder_should_have_been_asked_about_is_degraded() -> None:
    both = cascade({"unsure": UNSURE}, 0.5)
    slow_of(both).error = EngineUnavailable("away")
    judged = both.judge(["sure", "unsure"], ["en"] * 2)
    assert judged.degraded is not None
    assert judged.degraded.tolist() == [False, True]
    rest = Judgement(judged.probabilities, judged.evidence)
    assert judged.of([1]).degraded == np.array([True])
    joint = Judgement.joined([rest, judged]).degraded
    assert joint is not None
    assert joint.tolist() == [False, False, False, True]
    assert Judgement.joined([rest, rest]).degraded is None


def test_without_its_encoder_a_cascade_is_the_fast_model() -> None:
    both = cascade({}, 1.0)
    model = Classifier("m", "1", ("en",), both)
    alone = model.without_encoder()
    assert (alone.reader, alone.version) == (both.fast, "1")
    assert alone.without_encoder() is alone


def test_an_encoder_is_loaded_once_though_two_ask_for_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = encoder_artifact.build(*write_parts(tmp_path), fitted=FITTED)
    for name in ("first", "second"):
        artifacts.save(made, tmp_path / name, "# A card\n")
    loads: list[Path] = []
    load = artifacts.load

    def counted(folder: Path) -> artifacts.Artifact:
        loads.append(folder)
        return load(folder)

    monkeypatch.setattr(artifacts, "load", counted)
    tier, scoring = EncoderTier(), ScoringSettings(engine="cascade", encoder_engine="onnx")
    with ThreadPoolExecutor() as pool:
        for folder in ("first", "second"):
            pool.submit(tier.load, tmp_path / folder, scoring)
    assert len(loads) == 1
    assert tier.ask(["text"], ["en"]) is not None


@dataclass(frozen=True)
class Blind:
    """Sees no evidence in anything."""

    probabilities: tuple[float, ...] = UNSURE

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Reader``."""
        found: Floats = np.array([self.probabilities] * len(languages), np.float32)
        return Judgement(found, np.zeros(len(texts), np.bool_))


def test_where_one_model_sees_no_evidence_the_others_answer_stands() -> None:
    both = joined(Blind(), Fixed({}), 1.0)
    judged = both.judge(["text"], ["en"])
    assert judged.probabilities[0].tolist() == pytest.approx(SLOW)
    assert judged.evidence.tolist() == [True]
    both = joined(Fixed({}, UNSURE), Blind(SLOW), 1.0)
    judged = both.judge(["text"], ["en"])
    assert judged.probabilities[0].tolist() == pytest.approx(UNSURE)
    assert judged.evidence.tolist() == [True]
    assert joined(Blind(), Blind(), 1.0).judge(["a"], ["en"]).evidence.tolist() == [False]


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
