"""Each stage alone, in turns, on the demo's reviews; and masking beside Presidio as its documentation shows it.

Rates depend on the machine; the ratios, taken within each round, much less. Writes ``bench/latest.json``.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import track
from rich.table import Table

from infra.settings import Settings
from schemas import wire
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord, decode_review
from schemas.records import ScoredReview
from streams.composition import build_classifier, build_languages, build_masker, build_offline_pipeline, expected_languages
from streams.demo.sample import load
from streams.stages.cleaning import clean

ROUNDS = 5
REVIEWS, SLOW_REVIEWS = 500, 40
REFERENCE = "presidio, as documented"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def contenders() -> dict[str, tuple[int, Callable[[], object]]]:
    """Name → (how many reviews one run takes, the run)."""
    settings = Settings()
    sample = load()[:REVIEWS]
    records = [
        RawRecord(Origin("bench", 0, n), None, orjson.dumps({"review_id": r.review_id, "text": r.text}), NOW)
        for n, r in enumerate(sample)
    ]
    cleaned = [clean(review.text) for review in sample]
    few = cleaned[:SLOW_REVIEWS]
    languages = build_languages(settings.language)
    patterns = build_masker(settings.privacy.model_copy(update={"level": "patterns"}))
    names = build_masker(settings.privacy)
    expected = expected_languages(settings.language, settings.models)
    classifier = build_classifier(settings.models, settings.scoring)
    pipeline = build_offline_pipeline(settings, lambda _: nullcontext())
    scored = [outcome for outcome in pipeline(records[:SLOW_REVIEWS], lambda: NOW).outcomes if not isinstance(outcome, Rejection)]
    return {
        "decode": (REVIEWS, lambda: [decode_review(record, lambda _: None) for record in records]),
        "clean": (REVIEWS, lambda: [clean(review.text) for review in sample]),
        "language": (REVIEWS, lambda: [languages.identify(text, expected) for text in cleaned]),
        "mask, level patterns": (REVIEWS, lambda: patterns(cleaned)),
        "mask, level names": (len(few), lambda: names(few)),
        "score": (REVIEWS, lambda: classifier.score(cleaned)),
        "encode": (len(scored), partial(_encode, scored)),
        "all stages, level names": (len(few), lambda: pipeline(records[:SLOW_REVIEWS], lambda: NOW)),
        REFERENCE: (len(few), _presidio(settings, few)),
    }


def _encode(scored: list[ScoredReview]) -> None:
    for review in scored:
        wire.encode(review, 1)


def _presidio(settings: Settings, texts: list[str]) -> Callable[[], object]:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": settings.privacy.spacy_model}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=nlp)
    return lambda: [analyzer.analyze(text, "en") for text in texts]


def main() -> None:
    """Run the rounds and report."""
    runs = contenders()
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in track(range(ROUNDS), "rounds"):
        for name, (count, run) in runs.items():
            began = time.perf_counter()
            run()
            rates[name].append(count / (time.perf_counter() - began))
    table = Table("stage", "reviews/s", "times presidio's", "spread", title=f"One core, {ROUNDS} rounds, median")
    report = {}
    for name, measured in rates.items():
        ratios = [rate / reference for rate, reference in zip(measured, rates[REFERENCE], strict=True)]
        rate, ratio = statistics.median(measured), statistics.median(ratios)
        table.add_row(name, f"{rate:,.0f}", f"{ratio:,.1f}", f"{min(ratios):,.1f} … {max(ratios):,.1f}")
        report[name] = {"reviews_per_second": rate, "ratio": ratio, "lowest_ratio": min(ratios), "highest_ratio": max(ratios)}
    Console().print(table)
    Path(__file__).with_name("latest.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
