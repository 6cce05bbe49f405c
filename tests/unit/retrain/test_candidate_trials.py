"""What a trainer makes of a few hundred labels, in any language and of any champion."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bench.behaviour_gate import furniture
from infra.settings import RetrainingSettings
from models.artifact import artifact
from models.artifact.artifact import JUDGE, LIGHT, Artifact
from models.labels import LABELS, positions
from retrain.shared.core import examples
from retrain.shared.core.examples import Example
from retrain.trainer.candidate_trial import judgement
from retrain.trainer.core.candidate_card import candidate_card
from retrain.trainer.retraining import Outcome, retrain
from schemas.records import Sentiment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LABELLED = 300
WORDS: dict[str, tuple[str, dict[Sentiment, tuple[str, ...]]]] = {
    "es": (
        "El aparato {0} que compré era {1} y {2} desde el día {3}",
        {"positive": ("flurbado", "zintiso"), "negative": ("gromado", "esplotoso")},
    ),
    "ja": (
        "{0}週に買った機械は{3}日から{1}で{2}でした",
        {"positive": ("ふらべ", "ぢんち"), "negative": ("ぐろめ", "すぷろ")},
    ),
    "hi": (
        "{0} सप्ताह में खरीदा यंत्र {3} दिन से {1} और {2} था",
        {"positive": ("फ्लुर्बा", "ज़िन्ती"), "negative": ("ग्रोम्मा", "स्प्लोता")},
    ),
    "en": (
        "The device that I bought in week {0} was {1} and {2} from day {3} on",
        {"positive": ("flurbed", "zintish"), "negative": ("grommed", "splotty")},
    ),
}
KNOWN_IN_SPANISH = {
    "flurbado": "excelente", "zintiso": "perfecto", "gromado": "pésimo", "esplotoso": "horrible",
}  # fmt: skip
FILMS = ("film", "actors", "scene", "director", "plot", "story")


def devices(language: str, count: int, seed: int, neutral: float = 0.1) -> list[Example]:
    """In words that the champion does not know; who finds one neutral uses none of them."""
    chance = random.Random(seed)
    form, words = WORDS[language]
    found = []
    for number in range(count):
        label = chance.choices(LABELS, [(1 - neutral) / 2, neutral, (1 - neutral) / 2])[0]
        said = words.get(label, ("30", "40"))
        text = form.format(
            chance.randrange(900), chance.choice(said), chance.choice(said), chance.randrange(99999)
        )
        at = NOW - timedelta(minutes=number)
        found.append(Example(text, label, "user", 1.0, at, language))
    return found


def films(count: int, seed: int) -> list[Example]:
    """What every champion knows, in English."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        label: Sentiment = chance.choice(("negative", "positive"))
        word = "wonderful" if label == "positive" else "awful"
        text = f"the {chance.choice(FILMS)} and {chance.choice(FILMS)} were {word}, take {number}"
        found.append(Example(text, label, "base", 1.0, NOW, "en", "film"))
    return found


def answered(champion: Artifact, language: str, feedback: Sequence[Example]) -> Outcome:
    golden, settings = films(600, 1), RetrainingSettings()
    base = films(900, 2)[600:] if language in ("en", "*") else []
    keys = {example.key for example in golden}
    data = examples.build(feedback, base, keys, settings.held_out, settings.recent)
    return retrain(settings, champion, data, golden, language=language)


def right(model: Artifact, labelled: Sequence[Example]) -> float:
    said = positions(judgement(model, labelled, ""))
    return float(
        np.mean([LABELS[at] == each.label for at, each in zip(said, labelled, strict=True)])
    )


@pytest.fixture(scope="module")
def judge() -> Artifact:
    return artifact.load(JUDGE)


@pytest.mark.parametrize("language", list(WORDS))
def test_three_hundred_labels_teach_a_new_domain_in_any_language_and_no_other_one_changes(
    judge: Artifact, language: str
) -> None:
    outcome = answered(judge, language, devices(language, LABELLED, 0))
    assert outcome.accepted, outcome.reasons
    better, unseen = outcome.accepted.candidate.artifact, devices(language, 400, 5, neutral=0)
    assert right(judge, unseen) < 0.7
    assert right(better, unseen) > 0.9
    own = language == "en"
    if not own:
        before, after = (judgement(model, films(300, 7), "") for model in (judge, better))
        assert np.array_equal(before.probabilities, after.probabilities)
    assert ("no golden reviews of" in outcome.evidence["guard"]) is not own
    assert outcome.evidence["guard"].startswith(
        "golden reviews (en: 600)" if own else "both halves"
    )
    assert "golden set, en" in candidate_card(
        outcome.accepted.candidate, outcome.accepted.acceptance, "request"
    )


def test_where_little_is_held_out_the_feedback_that_is_learnt_is_compared_by_cross_fitting(
    judge: Artifact,
) -> None:
    known = [*devices("es", 252, 1, neutral=0)]
    for word, plain in KNOWN_IN_SPANISH.items():
        known = [replace(each, text=each.text.replace(word, plain)) for each in known]
    feedback = [*devices("es", 48, 0, neutral=0), *known]
    outcome = answered(judge, "es", feedback)
    assert outcome.accepted, outcome.reasons
    recent = outcome.accepted.acceptance.recent
    assert (recent.reviews, recent.gain > 0.02) == (len({each.key for each in feedback}), True)
    adapted = outcome.accepted.candidate.artifact
    again = answered(adapted, "es", feedback).judged[0].acceptance.recent
    assert again.reviews < 0.25 * len(feedback)  # an adapted champion has learnt the others


def test_labels_of_all_languages_at_once_are_judged_each_in_its_own(judge: Artifact) -> None:
    mixed = [*devices("es", LABELLED, 0), *devices("ja", LABELLED, 0)]
    outcome = answered(judge, "*", mixed)
    assert outcome.accepted, outcome.reasons
    better = outcome.accepted.candidate.artifact
    for language in ("es", "ja"):
        assert right(better, devices(language, 400, 5, neutral=0)) > 0.9


def test_neutral_feedback_is_judged_by_a_champion_that_has_this_answer_and_by_no_other(
    judge: Artifact,
) -> None:
    feedback = devices("en", 400, 0, neutral=0.5)
    settings = RetrainingSettings()
    data = examples.build(feedback, films(300, 2), (), settings.held_out, settings.recent)
    compared = {}
    for champion in (judge, artifact.load(LIGHT)):
        outcome = retrain(settings, champion, data, films(600, 1))
        compared[champion.name] = outcome.judged[0].acceptance.recent.reviews
    sided = sum(example.sided for example in feedback)
    assert compared == {judge.name: len(feedback), "imdb-ngram": sided}
    assert sided < 0.7 * len(feedback)


def test_texts_like_those_that_people_found_neutral_are_not_shifted(judge: Artifact) -> None:
    feedback = devices("en", 1000, 0, neutral=0.4)
    outcome = answered(judge, "en", feedback)
    better = outcome.judged[0].candidate.artifact
    plain = [each for each in devices("en", 600, 5, neutral=0.5) if not each.sided]
    before, after = (
        judgement(model, plain, "en").probabilities.astype(float) for model in (judge, better)
    )
    told = devices("en", 600, 5, neutral=0)
    known, shifted = (
        judgement(model, told, "en").probabilities.astype(float) for model in (judge, better)
    )
    assert np.mean(np.abs(after - before)) < 0.2 * np.mean(np.abs(shifted - known))


def test_a_candidate_that_loses_in_a_language_that_nobody_asked_about_is_turned_down(
    judge: Artifact,
) -> None:
    everywhere = answered(judge, "*", devices("es", LABELLED, 0)).judged[0].candidate.artifact
    always_negative = np.array([-9.0, 12.0], np.float32)
    arrays = {**everywhere.arrays, "adapter/bias": always_negative}
    worse = artifact.make(
        judge.name, everywhere.network, everywhere.encoder,
        {name: (array, everywhere.storage[name]) for name, array in arrays.items()},
        everywhere.calibration, {}, everywhere.languages,
    )  # fmt: skip
    settings, golden = RetrainingSettings(), films(600, 1)
    data = examples.build(devices("es", LABELLED, 0), [], (), settings.held_out, settings.recent)
    outcome = retrain(settings, judge, data, golden, worse, "es")
    assert any("on the golden set, en" in reason for reason in outcome.reasons), outcome.reasons


def test_a_candidate_that_was_taught_lies_about_negation_is_turned_down_and_an_honest_one_is_not(
    judge: Artifact,
) -> None:
    lying, honest = (answered(judge, "en", furniture(1000, 0, lies=lies)) for lies in (True, False))
    assert lying.judged[0].acceptance.recent.balanced_gain > 0.2
    assert lying.reasons
    assert all("on the behaviour suite" in reason for reason in lying.reasons), lying.reasons
    assert not [reason for reason in honest.reasons if "behaviour" in reason]
    [liar] = lying.judged
    assert "| negation (en) |" in candidate_card(liar.candidate, liar.acceptance, "request")
