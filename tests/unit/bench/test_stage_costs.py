"""Texts of the comparison of stage costs."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from bench.stage_costs import LENGTHS, TEXTS, texts


def test_languages_take_turns_and_every_text_has_the_length(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "set.csv.gz", "wt", encoding="utf8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "lang"])
        for number in range(8 * TEXTS):
            writer.writerow([f"{number} good", "en"])
            writer.writerow([f"{number} gut", "de"])
            writer.writerow([f"{number} bon", "fr"])
    found = texts(tmp_path, ("en", "de"))
    assert list(found) == [str(length) for length in LENGTHS]
    for length, those in found.items():
        assert len(those) == TEXTS
        assert {len(text) for text in those} == {int(length)}
        assert ["good" in text for text in those[:4]] == [True, False, True, False]
