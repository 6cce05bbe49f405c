"""Worst-case cost of a text: every pathological text at maximum length, through the stages of the
stream.

``python -m bench.pathological [CHARACTERS]`` prints a table, the dearest first, in seconds of the
processor.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench.pathological_texts import LONGEST, TEXTS, mixture
from infra.settings import Settings
from models.text.cleaning import clean, clean_aligned
from models.text.word_spans import tokens
from streams.composition import build_classifier, build_languages, build_masker

SHOWN = 40


def measured(length: int) -> list[tuple[str, dict[str, float]]]:
    """Text → stage → seconds, the dearest first."""
    settings = Settings()
    mask, identify = build_masker(settings.privacy), build_languages(settings.language).identify
    score = build_classifier(settings.models, settings.scoring).score
    stages: dict[str, Callable[[str], object]] = {
        "clean": clean,
        "clean, aligned": clean_aligned,
        "language": lambda text: identify(text, {"en"}),
        "mask": lambda text: mask([text]),
        "full names": lambda text: mask([text], ["nl"]),
        "score": lambda text: score([text]),
        "tokens": tokens,
    }
    for stage in stages.values():
        stage("Ask for Jane Roe, phone +1 415 555 0132, 👩\u200d🚀")
    found = []
    for name, text in [
        *((text.name, text(length)) for text in TEXTS),
        ("mixture", mixture(length)),
    ]:
        cleaned = clean(text)
        found.append(
            (
                name,
                {
                    stage: _seconds(work, text if "clean" in stage else cleaned)
                    for stage, work in stages.items()
                },
            )
        )
    return sorted(found, key=lambda one: -sum(one[1].values()))


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    length = int(sys.argv[1]) if len(sys.argv) > 1 else LONGEST
    rows = measured(length)
    table = Table(
        "text",
        *rows[0][1],
        title=f"{len(rows)} texts of {length:,} characters, CPU s, the {SHOWN} dearest",
    )
    for name, seconds in rows[:SHOWN]:
        table.add_row(name, *(f"{each:.2f}" for each in seconds.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
