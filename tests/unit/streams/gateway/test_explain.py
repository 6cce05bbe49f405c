"""``POST /api/v1/explain``: the words that mattered, of what the model sees, and at what price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models.inference.sentence_judgement import MOST_SENTENCES
from models.labels import Judgement
from schemas.text import MaskedText
from streams.gateway.explanations import CHARACTERS, FEWEST, OCCLUSIONS, Judged
from tests.unit.streams.gateway.inside import app_of, client_of, settings_of
from tests.unit.streams.router.scorers import Opinion

EXPLAIN, PREDICT = "/api/v1/explain", "/api/v1/predict"
TEXT = "I loved this film about a small harbour town, and the actors in it. Mail jane@example.org!"


@dataclass
class Fond(Opinion):
    """Likes texts in which somebody loved something."""

    def said(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([0.9 if "loved" in text else 0.2 for text in texts], np.float32)


async def test_the_word_that_decides_is_the_one_that_matters(tmp_path: Path) -> None:
    async with client_of(app_of(settings_of(tmp_path), Fond("m", "1"))) as client:
        told = (await client.post(EXPLAIN, json={"text": TEXT, "review_id": "r1"})).json()
        predicted = (await client.post(PREDICT, json={"text": TEXT, "review_id": "r1"})).json()
    assert (predicted.pop("sentences"), predicted.pop("mixed")) == (None, False)
    assert predicted == {name: told[name] for name in predicted}
    assert [
        (told["text_masked"][each["start"] : each["end"]], each["label"])
        for each in told["sentences"]
    ] == [
        (TEXT[: TEXT.index(" Mail")], "positive"),
        ("Mail <EMAIL_ADDRESS>!", "negative"),
    ]
    assert told["text_masked"] == TEXT.replace("jane@example.org", "<EMAIL_ADDRESS>")
    contributions = {word["text"]: word["contribution"] for word in told["words"]}
    assert contributions.pop("loved") == pytest.approx(np.log(9) - np.log(0.25), abs=1e-3)
    assert set(contributions.values()) == {0.0}
    assert told["log_odds"] == pytest.approx(np.log(9), abs=1e-3)
    assert all(
        told["text_masked"][word["start"] : word["end"]] == word["text"] for word in told["words"]
    )
    assert "".join(word["text"] for word in told["words"]) == re.sub(r"\s", "", told["text_masked"])


@dataclass
class Ignorant(Fond):
    """Knows nothing but that somebody loved something."""

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        found = Opinion.judge(self, texts, languages)
        known = np.array(["loved" in text for text in texts], np.bool_)
        return Judgement(found.probabilities, known)


@pytest.mark.parametrize(("text", "score"), [("I loved it.", 0.9), ("I rented it.", 0.5)])
async def test_what_a_text_without_evidence_is_explained_by_is_the_score_that_goes_out(
    tmp_path: Path, text: str, score: float
) -> None:
    async with client_of(app_of(settings_of(tmp_path), Ignorant("m", "1"))) as client:
        told = (await client.post(EXPLAIN, json={"text": text})).json()
    assert told["score"] == pytest.approx(score)
    assert told["evidence"] is (score != 0.5)
    odds = np.log(score / (1 - score))
    assert told["log_odds"] == pytest.approx(odds, abs=1e-3)
    decided = {word["text"]: word["contribution"] for word in told["words"]}
    assert sum(decided.values()) == pytest.approx(odds, abs=1e-3)


@dataclass
class Cascaded(Opinion):
    """Likes everything; without its encoder, only texts in which somebody loved something."""

    def without_encoder(self) -> Opinion:
        return Fond(self.name, self.version)


async def test_an_explanation_of_a_cascade_is_of_its_model_without_the_encoder(
    tmp_path: Path,
) -> None:
    model = Cascaded("m", "1", score_given=0.7)
    async with client_of(app_of(settings_of(tmp_path), model)) as client:
        told = (await client.post(EXPLAIN, json={"text": "I loved it."})).json()
    assert (told["score"], told["log_odds"]) == pytest.approx((0.7, np.log(9)), abs=1e-3)
    contributions = {word["text"]: word["contribution"] for word in told["words"]}
    assert contributions.pop("loved") == pytest.approx(np.log(9) - np.log(0.25), abs=1e-3)
    assert set(contributions.values()) == {0.0}
    assert len(model.asked) == 1, "to score the review, with its sentences"


async def test_what_predict_refuses_is_refused(tmp_path: Path) -> None:
    async with client_of(app_of(settings_of(tmp_path))) as client:
        for body in ({"text": "<br/>"}, {"text": 1}, {}, {"reviews": [{"text": TEXT}]}):
            answer = await client.post(EXPLAIN, json=body)
            assert (answer.status_code, answer.headers["content-type"]) == (
                422,
                "application/problem+json",
            )


async def test_every_text_that_is_scored_counts_against_the_limit(tmp_path: Path) -> None:
    words = " ".join(["I loved this film and everything about it."] * 12)
    model = Fond("m", "1")
    async with client_of(
        app_of(settings_of(tmp_path, rate_per_s=0.001, burst=256), model)
    ) as client:
        first = await client.post(EXPLAIN, json={"text": words})
        spent = 256 - int(first.headers["RateLimit"].split("r=")[1].split(";")[0])
        assert (first.status_code, spent) == (200, 2 + 108)
        # once to judge it, with its sentences, and once as a whole to explain it
        assert sum(model.asked) == (1 + 12) + (1 + 108)
        assert (await client.post(EXPLAIN, json={"text": words})).status_code == 200
        refused = await client.post(EXPLAIN, json={"text": words})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


async def test_a_long_text_costs_no_more_than_the_longest_that_is_explained_word_by_word(
    tmp_path: Path,
) -> None:
    model = Fond("m", "1")
    async with client_of(app_of(settings_of(tmp_path), model)) as client:
        told = (await client.post(EXPLAIN, json={"text": "I loved this film. " * 400})).json()
    assert told["window"] > 1
    assert sum(model.asked) <= MOST_SENTENCES + OCCLUSIONS + 2
    assert len(told["sentences"]) == MOST_SENTENCES


@pytest.mark.parametrize("characters", [1, 1_000, 10_000, 100_000])
def test_the_longer_the_text_the_fewer_the_pieces(characters: int) -> None:
    judged = Judged(Opinion("m", "1"), "en", MaskedText("a " * (characters // 2) + "a"))
    assert FEWEST <= judged.limit() <= OCCLUSIONS
    assert judged.limit() == FEWEST or judged.limit() * characters <= CHARACTERS + characters
    assert judged.pieces() <= judged.limit()
    assert "a a" not in repr(judged)
