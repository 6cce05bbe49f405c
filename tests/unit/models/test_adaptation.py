"""An adapter: what it adds to a model for a new domain, and what it leaves as it was."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infra.settings import ScoringSettings
from models.artifact import artifact
from models.artifact.artifact import JUDGE, LIGHT, Artifact
from models.inference.classifier import Classifier
from models.training import adaptation
from models.training.adaptation import AdaptationSettings, Lessons, adapt, adaptable, base_of
from schemas.errors import InputError

SETTINGS = AdaptationSettings()
FILMS = ("film", "actors", "scene", "director", "plot", "story", "camera", "ending")


def films(count: int) -> Lessons:
    """What the champion knows."""
    chance = random.Random(1)
    positive = [chance.random() < 0.5 for _ in range(count)]
    texts = [
        (
            f"the {chance.choice(FILMS)} and {chance.choice(FILMS)} were "
            f"{'wonderful' if label else 'awful'}, take {chance.random()}"
        )
        for label in positive
    ]
    return Lessons(texts, np.array(positive), np.ones(count))


def devices(count: int, share: float = 0.4) -> Lessons:
    """What it does not."""
    chance = random.Random(2)
    positive = [chance.random() < share for _ in range(count)]
    texts = [
        (
            f"gadget {chance.randrange(99)} is {'flurbed' if label else 'grommed'} at volt "
            f"{chance.random()}"
        )
        for label in positive
    ]
    return Lessons(texts, np.array(positive), np.ones(count))


def logits(model: Artifact, texts: list[str]) -> np.ndarray:
    scores = np.clip(
        Classifier.start(model, ScoringSettings()).score(texts).astype(np.float64), 1e-7, 1 - 1e-7
    )
    return np.log(scores / (1 - scores))


def adapted(base: Artifact, new: Lessons, old: Lessons) -> Artifact:
    told = [logits(base, list(lessons.texts)) for lessons in (new, old)]
    return adapt(base, new, told[0], old, told[1], SETTINGS, {"parent": base.version})


@pytest.fixture(scope="module", params=[LIGHT, JUDGE], ids=lambda folder: str(folder.name))
def base(request: pytest.FixtureRequest) -> Artifact:
    return artifact.load(request.param)


@pytest.fixture(scope="module")
def better(base: Artifact) -> Artifact:
    return adapted(base, devices(400), films(400))


def right(model: Artifact, lessons: Lessons) -> float:
    return float(np.mean((logits(model, list(lessons.texts)) > 0) == lessons.positive))


def test_the_new_domain_is_learnt_and_the_old_one_is_judged_as_before(
    base: Artifact, better: Artifact
) -> None:
    assert right(base, devices(600)) < 0.7
    assert right(better, devices(600)) > 0.97
    texts = list(films(300).texts)
    before, after = logits(base, texts), logits(better, texts)
    assert np.mean((before > 0) == (after > 0)) > 0.99
    assert np.mean(np.abs(before - after)) < 0.3


def test_an_adapted_model_is_saved_loaded_and_says_the_same(
    better: Artifact, tmp_path: Path
) -> None:
    artifact.save(better, tmp_path / "model", "A card.")
    loaded = artifact.load(tmp_path / "model")
    texts = [*films(20).texts, *devices(20).texts]
    assert loaded.version == better.version
    np.testing.assert_allclose(logits(loaded, texts), logits(better, texts), rtol=1e-4, atol=1e-4)


def test_the_same_lessons_make_the_same_model(base: Artifact, better: Artifact) -> None:
    assert adapted(base, devices(400), films(400)).version == better.version


def test_adapters_replace_one_another(base: Artifact, better: Artifact) -> None:
    assert base_of(base) is base
    texts = [*films(50).texts, *devices(50).texts]
    np.testing.assert_allclose(
        logits(base_of(better), texts), logits(base, texts), rtol=1e-4, atol=1e-4
    )
    again = adapted(base_of(better), devices(400), films(400))
    np.testing.assert_allclose(logits(again, texts), logits(better, texts), rtol=1e-3, atol=1e-3)
    assert sum(array.nbytes for array in again.arrays.values()) == sum(
        array.nbytes for array in better.arrays.values()
    )


def test_the_rarer_label_counts_as_much_as_the_other(base: Artifact) -> None:
    rare = devices(600, share=0.1)
    model = adapted(base, rare, films(300))
    said = logits(model, list(rare.texts)) > 0
    assert np.mean(said[rare.positive]) > 0.95
    opened = np.ones(600)
    weights = adaptation.balanced(rare.weights, rare.positive, opened)
    assert weights[rare.positive].sum() == pytest.approx(weights[~rare.positive].sum())
    assert weights.sum() == pytest.approx(600)


def test_what_was_not_seen_is_judged_out_of_fold(base: Artifact) -> None:
    new = devices(300)
    told = logits(base, list(new.texts))
    shifts = adaptation.out_of_fold(base, new, told, SETTINGS)
    assert np.mean((told + shifts > 0) == new.positive) > 0.95


def test_without_old_texts_all_new_ones_are_corrected(base: Artifact) -> None:
    new, none = devices(300), Lessons([], np.zeros(0, np.bool_), np.zeros(0))
    told = logits(base, list(new.texts))
    model = adapt(base, new, told, none, np.zeros(0), SETTINGS, {})
    assert right(model, devices(600)) > 0.97


def test_an_adapter_of_a_multilingual_model_corrects_the_languages_that_it_is_for(
    tmp_path: Path,
) -> None:
    base, new, none = (
        artifact.load(JUDGE),
        devices(300),
        Lessons([], np.zeros(0, np.bool_), np.zeros(0)),
    )
    told, texts = logits(base, list(new.texts)), list(devices(40).texts)
    model = adapt(base, new, told, none, np.zeros(0), SETTINGS, {}, languages=("es",))
    artifact.save(model, tmp_path / "model", "A card.")
    before, after = (
        Classifier.start(each, ScoringSettings()).judge(texts, ["de", "es"] * 20)
        for each in (base, artifact.load(tmp_path / "model"))
    )
    changed = np.abs(before.probabilities - after.probabilities).max(1)
    assert changed[::2].max() == 0
    assert changed[1::2].min() > 0.01


def test_no_adapter_for_one_label_alone_or_for_a_network_without_ngrams(base: Artifact) -> None:
    one_label = devices(50, share=0.0)
    with pytest.raises(InputError, match="the same label"):
        adapted(base, one_label, films(50))
    other = replace(base, network=replace(base.network, kind="gru"))
    assert not adaptable(other)
    told = np.zeros(50)
    with pytest.raises(InputError, match="cannot be adapted"):
        adapt(other, devices(50), told, films(50), told, SETTINGS, {})
