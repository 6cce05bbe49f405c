"""A frozen encoder as a teacher: what it leaves, and that a kill costs only what was not kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.lab.frozen_teacher import (
    CACHE,
    CHUNK,
    FrozenSettings,
    Vectors,
    encoded,
    sample_stretches,
    teach,
)
from models.lab.teacher_output import load_soft_labels, load_vectors
from models.training.datasets import write
from schemas.errors import InputError
from tests.integration.models.toy import BAD, GOOD, reviews

SETTINGS = FrozenSettings(folds=3, strength=1.0)


def embed(texts: Sequence[str]) -> Vectors:
    """How often each telling word occurs, as far as one who knows nothing else can tell."""
    return np.array([[text.count(word) for word in (*GOOD, *BAD)] for text in texts], np.float32)


def test_it_leaves_its_judgement_of_reviews_and_of_stretches_of_them(tmp_path: Path) -> None:
    texts, positive = reviews(200, seed=3)
    whole = [f"{text}, {other}。{text}" for text, other in zip(texts, texts, strict=True)]
    write(tmp_path / "toy.csv.gz", whole, positive)
    logits = teach(
        [tmp_path / "toy.csv.gz"],
        embed,
        str.strip,
        SETTINGS,
        tmp_path / "out",
        lambda step, share: None,
    )
    assert np.mean((logits > 0) == positive) > 0.95
    labels = load_soft_labels(tmp_path / "out")
    assert labels.texts[:200] == whole
    stretches = range(200, len(labels.texts))
    assert len(stretches) > 200
    right = [
        any(word in labels.texts[at] for word in GOOD) == (labels.scores[at] > 0.5)
        for at in stretches
    ]
    assert np.mean(right) > 0.95
    assert load_vectors(tmp_path / "out")[0] == {}
    assert not (tmp_path / "out" / CACHE).exists()


def test_stretches_are_whole_clauses_of_the_review_they_are_said_to_be_from() -> None:
    texts = [
        "这本书不错。内容很好。推荐大家看看",
        "only one clause",
        "first part, second part; third part. fourth part",
    ]
    samples, owners = sample_stretches(texts, SETTINGS)
    assert set(owners.tolist()) == {0, 2}
    for sample, owner in zip(samples, owners, strict=True):
        assert sample in texts[owner]


def test_what_was_encoded_before_a_kill_is_not_encoded_again(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(CHUNK * 12)]
    asked: list[int] = []

    def dying(some: Sequence[str]) -> Vectors:
        asked.append(len(some))
        if len(asked) == 12:
            raise KeyboardInterrupt
        return np.array([[int(text.split()[1])] for text in some], np.float32)

    with pytest.raises(KeyboardInterrupt):
        encoded(texts, dying, tmp_path / CACHE, lambda share: None)
    vectors = encoded(texts, dying, tmp_path / CACHE, lambda share: None)
    assert vectors.ravel().tolist() == list(range(len(texts)))
    assert len(asked) == 12 + 2
    with pytest.raises(InputError, match=CACHE):
        encoded(["other"], dying, tmp_path / CACHE, lambda share: None)
