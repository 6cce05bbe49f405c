"""The table of architectures, from what a comparison answers."""

from __future__ import annotations

from typing import Any

from bench.table import markdown, merged, rows


def result(model: str, file: str, accuracy: float) -> dict[str, Any]:
    interval = {"low": accuracy - 0.01, "high": accuracy + 0.01}
    cost = {
        "microseconds": 30.0,
        "processor_microseconds": 25.0,
        "megabytes": 2.5,
        "single_p50": 1.0,
        "single_p99": 2.0,
    }
    figures = {
        "accuracy": accuracy,
        "f1": accuracy,
        "ece": 0.01,
        "intervals": {"accuracy": interval},
    }
    return {"model": model, "file": file, **figures, "cost": cost}


DOCUMENT = {
    "measured": "2026-01-31",
    "files": [{"file": "test.csv.gz", "sha256": "t"}, {"file": "held_out.csv.gz", "sha256": "s"}],
    "results": [
        result("my model 0123456789ab", "test.csv.gz", 0.9),
        result("VADER 3.3.2", "test.csv.gz", 0.7),
        result("my model 0123456789ab", "held_out.csv.gz", 0.8),
        result("VADER 3.3.2", "held_out.csv.gz", 0.6),
    ],
}
MADE = {"seed": 3, "run": "abcdefghijkl", "minutes": 4.25, "trained_on": "25,000"}


def test_each_model_and_each_lexicon_has_a_row_of_both_files() -> None:
    found = rows(DOCUMENT, "test.csv.gz", "lstm", MADE)
    assert set(found) == {"lstm", "VADER"}
    assert (found["lstm"]["accuracy"], found["lstm"]["sentences"], found["lstm"]["seed"]) == (
        0.9,
        0.8,
        3,
    )
    assert (found["VADER"]["version"], found["VADER"]["test_sha256"], "seed" in found["VADER"]) == (
        "3.3.2",
        "t",
        False,
    )


def test_what_was_recorded_is_kept_only_of_the_same_version() -> None:
    found = rows(DOCUMENT, "test.csv.gz", "lstm", {"seed": 3})
    before = {"lstm": found["lstm"] | {"run": "old", "accuracy": 0.5}, "cnn": found["lstm"]}
    again = merged(before, found)["lstm"]
    assert (again["run"], again["accuracy"]) == ("old", 0.9)
    before["lstm"]["version"] = "another"
    assert "run" not in merged(before, found)["lstm"]


def test_the_most_accurate_is_first_and_what_was_not_measured_now_is_marked() -> None:
    table = rows(DOCUMENT, "test.csv.gz", "lstm", MADE)
    lines = [line for line in markdown(table, {"lstm"}).splitlines() if line.startswith("|")]
    assert lines[2] == (
        "| lstm | 0.9000 [0.8900, 0.9100] | 0.9000 | 0.0100 | 0.8000 | 25 | 2.5 | 25,000 | 4.2 | 3 "
        "| abcdefgh |"
    )
    assert lines[3].startswith("| VADER (recorded 2026-01-31) | 0.7000")
    assert lines[3].endswith("| - | - | - | - |")
