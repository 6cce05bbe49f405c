"""Models side by side: rows, pairs, costs, the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.image import imread

from models.evaluation.comparison import Comparison, LabelledFile, as_document, compare, judge
from models.evaluation.cost import Cost, Readings, score_timed, size_of, summarise
from models.evaluation.lexicons import textblob, vader
from models.evaluation.report.folder import write
from models.evaluation.report.tables import Table, markdown, tables
from models.evaluation.slices import LONGER, by_language, by_length, length_band

COST = Cost(100.0, 90.0, 2.0, 0.5, 0.9)


def labelled(name: str, reviews: int, words: Sequence[int]) -> LabelledFile:
    rng = np.random.default_rng(reviews)
    texts = [" ".join(["word"] * words[n % len(words)]) for n in range(reviews)]
    lengths = [words[n % len(words)] for n in range(reviews)]
    return LabelledFile(
        name, "ab" * 32, texts, rng.random(reviews) < 0.5, lengths, ["en", "de"] * (reviews // 2)
    )


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    files = [labelled("long.csv", 200, [5, 120, 700]), labelled("short.csv", 100, [12])]
    results = []
    for number, model in enumerate(["first 1", "second 2"]):
        for file in files:
            noise = np.random.default_rng(number).normal(0, 0.2 + 0.3 * number, len(file.texts))
            scores = np.clip(np.where(file.positive, 0.7, 0.3) + noise, 0, 1)
            results.append(
                judge(
                    model, file, scores, COST, trained_on=file.name == "short.csv" and number == 0
                )
            )
    return compare(files, results)


def by_title(comparison: Comparison) -> dict[str, Table]:
    return {table.title: table for table in tables(comparison)}


def test_each_model_has_a_row_for_each_file_and_for_the_short_texts_of_a_mixed_one(
    comparison: Comparison,
) -> None:
    rows = by_title(comparison)["Quality and cost"].rows
    assert [row[:3] for row in rows] == [
        ("first 1", "long.csv", "200"),
        ("first 1", "long.csv, ≤ 40 words", "67"),
        ("second 2", "long.csv", "200"),
        ("second 2", "long.csv, ≤ 40 words", "67"),
        ("first 1", "short.csv (trained on it)", "100"),
        ("second 2", "short.csv", "100"),
    ]


def test_every_pair_is_tested_on_every_file(comparison: Comparison) -> None:
    assert [(pair.file, pair.first, pair.second) for pair in comparison.pairs] == [
        ("long.csv", "first 1", "second 2"),
        ("short.csv", "first 1", "second 2"),
    ]
    assert comparison.pairs[0].test.p_value < 0.05, "the second is much noisier"


def test_slices_are_of_the_bands_and_languages_there_are(comparison: Comparison) -> None:
    rows = by_title(comparison)["Accuracy by length"].rows
    assert [row[:3] for row in rows] == [
        ("long.csv", "1-10", "67"), ("long.csv", "81-160", "67"), ("long.csv", "over 640", "66"),
        ("short.csv", "11-20", "100"),
    ]  # fmt: skip
    assert [row[1] for row in by_title(comparison)["Accuracy by language"].rows] == [
        "de",
        "en",
        "de",
        "en",
    ]


def test_slices_by_hand() -> None:
    right = np.array([True, False, True, True])
    assert [(s.name, s.reviews, s.accuracy) for s in by_length([3, 10, 41, 9_000], right)] == [
        ("1-10", 2, 0.5), ("41-80", 1, 1.0), (LONGER, 1, 1.0),
    ]  # fmt: skip
    assert [(s.name, s.accuracy) for s in by_language(["und", "en", "en", "en"], right)] == [
        ("en", 2 / 3),
        ("und", 1.0),
    ]
    assert [length_band(words) for words in (0, 20, 21, 40, 640, 641)] == [
        "1-10",
        "11-20",
        "21-40",
        "21-40",
        "321-640",
        LONGER,
    ]


def test_a_table_is_markdown_with_figures_to_the_right() -> None:
    found = markdown(Table("t", ("model", "file", "n"), (("a|b", "f", "1"),)))
    assert found.splitlines() == [
        "| model | file | n |",
        "| --- | --- | ---: |",
        "| a\\|b | f | 1 |",
    ]


def test_the_document_has_every_figure_and_no_text(comparison: Comparison) -> None:
    document = as_document(comparison)
    [first, *_] = document["results"]
    assert {
        "accuracy",
        "f1",
        "auc",
        "ece",
        "brier",
        "confusion",
        "intervals",
        "short",
        "by_length",
        "cost",
    } <= first.keys()
    assert first["short"]["reviews"] == 67
    assert "word word" not in json.dumps(document)


def test_a_report_has_its_plots_and_the_same_comparison_gives_the_same_bytes(
    comparison: Comparison, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        write(comparison, tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "frontier.png",
        "length.png",
        "reliability.png",
        "report.md",
        "results.json",
        "roc.png",
    ]
    report = (tmp_path / "one" / "report.md").read_text("utf8")
    for name in names:
        data = (tmp_path / "one" / name).read_bytes()
        assert data == (tmp_path / "two" / name).read_bytes(), name
        if name.endswith(".png"):
            assert imread(tmp_path / "one" / name).shape[0] > 300
            assert f"]({name})" in report
    assert "ab" * 32 in report
    assert (
        json.loads((tmp_path / "one" / "results.json").read_text("utf8"))["mcnemar"][0]["file"]
        == "long.csv"
    )


def test_one_class_only_and_few_reviews_can_still_be_drawn(tmp_path: Path) -> None:
    file = LabelledFile("tiny.csv", "00", ["a b"], np.array([True]), [2], ["en"])
    alone = compare([file], [judge("only 1", file, np.array([0.25], np.float32), COST)])
    write(alone, tmp_path)
    assert (tmp_path / "roc.png").stat().st_size > 0
    assert alone.pairs == ()


def test_costs_are_of_the_median_batch_and_of_single_reviews() -> None:
    found = summarise(
        Readings([0.2, 0.1, 9.0], [0.1, 0.1, 0.1], [100, 100, 100], [0.001] * 99 + [0.1]), 2_500_000
    )
    assert found.microseconds == pytest.approx(2000)
    assert found.processor_microseconds == pytest.approx(1000)
    assert found.megabytes == 2.5
    assert found.single_p50 == pytest.approx(1.0)
    assert found.single_p99 > 1.5


def test_scores_are_timed_in_order_and_batch_by_batch() -> None:
    class Lengths:
        name, version = "lengths", "1"

        def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return np.array([len(text) / 10 for text in texts], np.float32)

    ticks = count()
    done: list[int] = []
    scores, readings = score_timed(
        Lengths(),
        ["a", "bb", "ccc"],
        wall=lambda: next(ticks),
        processor=lambda: 0.0,
        progress=done.append,
        batch=2,
    )
    assert scores.tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert (readings.sizes, done, readings.wall, readings.singles) == (
        [2, 1],
        [2, 1],
        [1, 1],
        [1, 1, 1],
    )


def test_the_size_of_a_model_is_that_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "sub" / "__pycache__").mkdir(parents=True)
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "sub" / "b").write_bytes(b"4567")
    (tmp_path / "sub" / "__pycache__" / "c.pyc").write_bytes(b"89")
    assert size_of(tmp_path) == 7


def test_lexicons_look_like_models() -> None:
    for lexicon in (vader(), textblob()):
        bad, none, good = lexicon.score(["a terrible, awful film", "", "a wonderful, great film"])
        assert bad < none == 0.5 < good <= 1
        assert lexicon.size > 100_000
        assert lexicon.score([]).shape == (0,)
