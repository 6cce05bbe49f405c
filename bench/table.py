"""Table of architectures: one row each, from ``undertone models compare`` and the model's
manifest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Row = dict[str, Any]

HEADER = (
    "model", "accuracy [95%]", "macro F1", "ECE", "sentences", "µs/review", "MB", "trained on",
    "minutes", "seed", "MLflow run",
)  # fmt: skip
CAPTION = """\
Accuracy, macro F1 and calibration error on IMDB test A; *sentences*: accuracy on a fold of Rotten
Tomatoes that no model was trained on, though some were on the other folds ("sentences too").
*µs/review*: processor time, of all cores together, with tokenisation. *trained on*: labelled texts;
*minutes* of training, without a teacher's, by the clock of a busy machine with two cores.
*(recorded …)*: not measured again when this table was made. Written by `make table`.

"""


def rows(document: Mapping[str, Any], test: str, model: str, made: Row) -> dict[str, Row]:
    """A row for the model that was ``made`` so, under the name ``model``, and for each lexicon
    beside it.

    ``document``: what ``undertone models compare --json`` answered, on the day ``measured``, of the
    file named ``test`` and of one of sentences.
    """
    found: dict[str, Row] = {}
    first = document["results"][0]["model"]
    for result in document["results"]:
        name, version = result["model"].rsplit(" ", 1)
        row = found.setdefault(
            model if result["model"] == first else name,
            {"version": version, "measured": document["measured"]},
        )
        if result["file"] != test:
            row["sentences"] = result["accuracy"]
            continue
        interval, cost = result["intervals"]["accuracy"], result["cost"]
        row |= {key: result[key] for key in ("accuracy", "f1", "ece")} | {
            "low": interval["low"],
            "high": interval["high"],
        }
        row |= {key: cost[key] for key in ("microseconds", "processor_microseconds", "megabytes")}
    found[model] |= made
    sha256 = {file["file"]: file["sha256"] for file in document["files"]}
    return {name: row | {"test_sha256": sha256[test]} for name, row in found.items()}


def merged(table: Mapping[str, Row], found: Mapping[str, Row]) -> dict[str, Row]:
    """What was found, and what was recorded before of the same versions and is not known now, such
    as a run of MLflow.
    """
    kept = {
        name: row
        for name, row in table.items()
        if name in found and row["version"] == found[name]["version"]
    }
    return {name: kept.get(name, {}) | row for name, row in found.items()}


def markdown(table: Mapping[str, Row], fresh: Collection[str]) -> str:
    """The rows, the most accurate first; those that are not ``fresh`` are marked with the day they
    were measured on.
    """
    lines = [HEADER, ("---",) * len(HEADER)]
    for name, row in sorted(table.items(), key=lambda item: -item[1]["accuracy"]):
        lines.append(
            (
                name if name in fresh else f"{name} (recorded {row['measured']})",
                f"{row['accuracy']:.4f} [{row['low']:.4f}, {row['high']:.4f}]",
                *(f"{row[key]:.4f}" for key in ("f1", "ece", "sentences")),
                f"{row['processor_microseconds']:,.0f}",
                f"{row['megabytes']:.1f}",
                row.get("trained_on", "-"),
                f"{row['minutes']:.1f}" if "minutes" in row else "-",
                str(row.get("seed", "-")),
                row.get("run", "-")[:8],
            )
        )
    return CAPTION + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
