"""Evaluation of the fine-tuned encoder on texts that it was not trained on, by set and language.

    python -m models.lab.judgement.encoder_figures PACKED RESULTS

``RESULTS`` is what ``finetune.py`` wrote. The same metrics are computed for every student that is
compared with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from models.lab.judgement.corpus import LABELS
from models.lab.judgement.corpus_split import Part, part_of
from models.lab.judgement.pack import NAMES, Rows, load_rows

FEWEST = 30
"""Texts of a set and language from which on figures are given."""
NEGATIVE, _, POSITIVE = range(len(LABELS))
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.uint8]
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """``macro_f1``: over the classes that occur; ``balanced``: binary accuracy of negative and
    positive, alike in weight.
    """

    texts: int
    macro_f1: float
    balanced: float


def figures(scores: Floats, label: Numbers) -> Figures:
    """Of scores [texts, 3] that rise with the probabilities."""
    predicted, f1 = scores.argmax(1), []
    for number in np.unique(label):
        mine, true = predicted == number, label == number
        f1.append(2 * (mine & true).sum() / (mine.sum() + true.sum()))
    positive = scores[:, POSITIVE] > scores[:, NEGATIVE]
    sides = [side for side in (NEGATIVE, POSITIVE) if (label == side).any()]
    hits = [(positive[label == side] == (side == POSITIVE)).mean() for side in sides]
    return Figures(len(label), float(np.mean(f1)), float(np.mean(hits)) if hits else float("nan"))


def by_set(
    rows: Rows, names: Mapping[str, list[str]], scores: Floats, chosen: Chosen
) -> dict[tuple[str, str], Figures]:
    """Of the chosen texts by set and language, where there are at least ``FEWEST``."""
    table = {}
    for number, name in enumerate(names["sets"]):
        for code, language in enumerate(names["languages"]):
            here = np.flatnonzero(chosen & (rows.sets == number) & (rows.languages == code))
            if len(here) >= FEWEST:
                table[name, language] = figures(scores[here], rows.label[here])
    return table


def held_out(rows: Rows) -> Chosen:
    """Mask of the held-out texts."""
    return np.isin(
        rows.bucket, [number for number in range(256) if part_of(number) is Part.HELD_OUT]
    )


def means(table: Mapping[tuple[str, str], Figures]) -> tuple[float, float]:
    """Macro-F1 and balanced accuracy, a pair of set and language counting once."""
    return float(np.mean([one.macro_f1 for one in table.values()])), float(
        np.nanmean([one.balanced for one in table.values()])
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packed", type=Path, metavar="PACKED", help=f"folder with {NAMES}")
    parser.add_argument("results", type=Path, metavar="RESULTS")
    parser.add_argument("--json", type=Path, help="file for the figures by set")
    given = parser.parse_args()
    rows, names = load_rows(given.packed)
    console = Console()
    found = by_set(
        rows, names, np.load(given.results / "full_logits.npy").astype(np.float32), held_out(rows)
    )
    table = Table("set", "language", "texts", "macro-F1", "balanced", title="held-out texts")
    for (name, language), one in found.items():
        table.add_row(
            name, language, f"{one.texts:,}", f"{one.macro_f1:.3f}", f"{one.balanced:.3f}"
        )
    table.add_row("mean", "", "", *(f"{value:.4f}" for value in means(found)))
    console.print(table)
    english = rows.languages == names["languages"].index("en")
    for number, domain in enumerate(names["left_out"]):
        path = given.results / f"left_out_{domain}.npy"
        if path.is_file():
            scores = np.zeros((len(rows.label), len(LABELS)), np.float32)
            scores[english] = np.load(path)
            inside = rows.left_out[number] & english
            one = figures(scores[inside], rows.label[inside])
            console.print(
                f"without {domain}: {one.texts:,} texts, macro-F1 {one.macro_f1:.3f}, balanced "
                f"{one.balanced:.3f}"
            )
    if given.json:
        listed = {
            f"{name}/{language}": [one.texts, one.macro_f1, one.balanced]
            for (name, language), one in found.items()
        }
        given.json.write_text(json.dumps(listed, indent=1), encoding="utf8")


if __name__ == "__main__":
    main()
