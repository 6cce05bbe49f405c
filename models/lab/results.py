"""Result files of the lab, for people and programs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from models.lab.augmentation_report import Effect
from models.lab.search import Outcome


def save_outcomes(outcomes: Sequence[Outcome], folder: Path) -> None:
    """``trials.csv``: a trial a line, best first."""
    rows = [
        {"trial": o.number, **o.parameters, "accuracy": o.accuracy, "deviation": o.deviation}
        for o in outcomes
    ]
    _write(folder / "trials.csv", rows[0].keys(), rows)


def save_effects(plain: float, effects: Sequence[Effect], folder: Path) -> None:
    """``augmentation.csv``: first without any, then each alone."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"name": "none", "accuracy": plain}] + [
        asdict(effect) | {"verdict": effect.verdict} for effect in effects
    ]
    _write(
        folder / "augmentation.csv", ["name", "accuracy", "change", "low", "high", "verdict"], rows
    )


def _write(path: Path, columns: Iterable[str], rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)
