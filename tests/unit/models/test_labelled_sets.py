"""Sets of labelled texts in a folder, and figures of the parts of all of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.by_part import by_part, mean
from models.evaluation.classification_metrics import evaluate_classes
from models.labels import Judgement
from models.training import labelled_sets
from schemas.errors import InputError


def test_a_folder_holds_a_set_in_each_table_and_other_files_are_none(tmp_path: Path) -> None:
    tables = ["a.2024.csv", "a.2025.csv", "a.jsonl", "b.CSV.gz", "c.parquet"]
    for name in (*tables, "README.md", "notes.txt", "of.csv.md", "b.gz"):
        (tmp_path / name).touch()
    assert [path.name for path in labelled_sets.files(tmp_path)] == tables


def test_a_folder_without_a_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{tmp_path}: holds no table"):
        labelled_sets.files(tmp_path)


def test_what_a_file_says_of_its_texts_is_kept_and_texts_without_a_label_are_counted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shop.reviews.jsonl"
    rows = [
        {"text": "Bien", "label": "positive", "lang": "es", "domain": "hotels", "stars": 5},
        {"text": "Meh", "label": "neutral", "language": "en"},
        {"text": "Both", "label": ""},
        {"text": "None", "label": None},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf8")
    found = labelled_sets.read(path)
    assert (found.name, found.texts, found.labels) == (path.name, ["Bien", "Meh"], [2, 1])
    assert (found.languages, found.domains) == (["es", "en"], ["hotels", ""])
    assert (found.sources, found.unlabelled) == (["stars", "people"], 2)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            "text,label\nGood,positive\nBad,no\n",
            "row 2 (line 3): label is not one of",
        ),
        ("text,label\nGood,\n", "no labelled reviews"),
        ("text,rating\nGood,5\n", "needs the column"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, rows: str, problem: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(rows, encoding="utf8")
    with pytest.raises(InputError, match=r"wrong\.csv") as raised:
        labelled_sets.read(path)
    assert problem in str(raised.value)


def test_each_part_has_the_figures_of_its_own_reviews_within_their_intervals() -> None:
    chance = np.random.default_rng(0)
    labels = chance.integers(0, 3, 600)
    probabilities = chance.dirichlet([1, 1, 1], 600) + 0.3 * np.eye(3)[labels]
    probabilities = (probabilities / probabilities.sum(1, keepdims=True)).astype(np.float32)
    names = np.where(np.arange(600) % 3 == 0, "b", "a").tolist()
    judgement = Judgement(probabilities, chance.random(600) < 0.9)
    parts = by_part(names, judgement, labels.tolist())
    assert [(part.name, part.reviews) for part in parts] == [("b", 200), ("a", 400)]
    for part in parts:
        inside = np.flatnonzero(np.array(names) == part.name)
        found = evaluate_classes(judgement.of(inside), labels[inside].tolist())
        assert (part.accuracy, part.f1, part.ece) == (found.accuracy, found.f1, found.ece)
        assert part.accuracy_interval.low < part.accuracy < part.accuracy_interval.high
        assert part.f1_interval.low < part.f1 < part.f1_interval.high
    assert mean(parts)["f1"] == pytest.approx((parts[0].f1 + parts[1].f1) / 2)


def test_a_part_without_sides_has_no_balanced_accuracy() -> None:
    probabilities = np.array([[0.1, 0.8, 0.1]] * 3, np.float32)
    [part] = by_part(["a"] * 3, Judgement(probabilities, np.ones(3, np.bool_)), [1, 1, 1])
    assert (part.balanced, part.f1, part.accuracy) == (None, 1.0, 1.0)
    assert "balanced" not in mean([part])
