"""Benchmark of pattern masking: gated recognizers beside Presidio's analyzer with the same
recognizers on whole texts.

``python -m bench.masking``. Both take turns on the same reviews in one process, in time of the
processor; quote the ratios.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from rich.console import Console
from rich.table import Table

from infra.settings import PrivacySettings
from models.text.cleaning import clean
from streams.composition import build_masker
from streams.demo.sample import load
from streams.stages.catalogue import catalogue
from streams.stages.masking import NAMED
from streams.stages.spacy_nlp import LANGUAGE, Tokenizer

ROUNDS = 5
SHARE = 0.03
REVIEWS, SLOW_REVIEWS = 1000, 100
Rates = dict[str, dict[str, float]]


def texts(count: int) -> dict[str, list[str]]:
    """Full-length reviews, cleaned: personal data in 3 of 100, and in all (200 at most)."""
    sample = load()
    some = [clean(review.text) for review in sample if review.planted]
    none = [clean(review.text) for review in sample if not review.planted]
    planted = round(count * SHARE)
    mixed = none[: count - planted]
    for number in range(planted):
        mixed.insert(number * count // planted, some[number])
    return {"3% with personal data": mixed, "all with personal data": some[:count]}


def rates(rounds: int = ROUNDS) -> Rates:
    """Kind of texts → reviews a second of one core, gated and ungated, and how many times the
    latter the former is: medians, and the lowest and highest ratio."""
    privacy = PrivacySettings(level="patterns")
    gated, ungated = build_masker(privacy), _ungated(privacy)
    report: Rates = {}
    slow = texts(SLOW_REVIEWS)
    for kind, reviews in texts(REVIEWS).items():
        few = slow[kind]
        gated(reviews), ungated(few[:5])
        turns = [
            (len(reviews) / _seconds(gated, reviews), len(few) / _seconds(ungated, few))
            for _ in range(rounds)
        ]
        ratios = [fast / slow for fast, slow in turns]
        report[kind] = {
            "gated": statistics.median(fast for fast, _ in turns),
            "ungated": statistics.median(slow for _, slow in turns),
            "ratio": statistics.median(ratios),
            "lowest_ratio": min(ratios),
            "highest_ratio": max(ratios),
        }
    return report


def _ungated(privacy: PrivacySettings) -> Callable[[Sequence[str]], object]:
    kinds = catalogue(privacy.phone_regions)
    entities = [entity for entity in privacy.entities if entity not in NAMED]
    recognizers = [kind.recognizer() for entity in entities for kind in kinds[entity].every()]
    registry = RecognizerRegistry(recognizers, supported_languages=[LANGUAGE])
    analyzer = AnalyzerEngine(registry, nlp_engine=Tokenizer(), supported_languages=[LANGUAGE])
    return lambda reviews: [
        analyzer.analyze(review, LANGUAGE, entities=entities, score_threshold=privacy.min_score)
        for review in reviews
    ]


def _seconds(work: Callable[[Sequence[str]], object], reviews: Sequence[str]) -> float:
    began = time.process_time()
    work(reviews)
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    report = rates()
    table = Table(
        "texts",
        "gated, reviews/s",
        "ungated",
        "times",
        "spread",
        title=f"Patterns on one core, {ROUNDS} rounds, median",
    )
    for kind, row in report.items():
        spread = f"{row['lowest_ratio']:,.0f} … {row['highest_ratio']:,.0f}"
        table.add_row(
            kind, f"{row['gated']:,.0f}", f"{row['ungated']:,.0f}", f"{row['ratio']:,.0f}", spread
        )
    Console().print(table)


if __name__ == "__main__":
    main()
