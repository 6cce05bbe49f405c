"""Each of Undertone's stages alone, in process: nothing that is made of them can be faster than the slowest.

``python -m bench.pipelines.stages TEXTS``, a JSON file, runs each for as many seconds as a line on standard input says, and
answers with a line of their rates.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from bench.reviews import records, with_personal_data
from schemas import wire
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord, decode_review

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENCODED = 128
"""Reviews that the last stage gets: they have been through all the others first."""
RARE, ALWAYS = "mask, 3% with personal data", "mask, all with personal data"
EVERY = {RARE: 33, ALWAYS: 1}
T = TypeVar("T")
Stage = Callable[[], int]
"""Works on the next few reviews; how many."""


def of(texts: Sequence[str]) -> dict[str, Stage]:
    """The stages in order, then masking of texts with more and less to mask. Each goes round and round the texts."""
    from infra.settings import Settings
    from streams import composition
    from streams.stages.cleaning import clean
    from streams.worker.processor import SLICE

    settings = Settings()
    pipeline = composition.build_offline_pipeline(settings, lambda _: nullcontext())
    languages = composition.build_languages(settings.language)
    masker = composition.build_masker(settings.privacy)
    expected = composition.expected_languages(settings.language, settings.models)
    classifier = composition.build_classifier(settings.models, settings.scoring)
    raw = [RawRecord(Origin("bench", 0, n), key, value, NOW) for n, (key, value) in enumerate(records(texts, "r", len(texts)))]
    cleaned = [text for text in map(clean, texts) if text]
    outcomes = [outcome for at in range(0, ENCODED, SLICE) for outcome in pipeline(raw[at : at + SLICE], lambda: NOW).outcomes]
    scored = [outcome for outcome in outcomes if not isinstance(outcome, Rejection)]

    def stage(items: Sequence[T], work: Callable[[Sequence[T]], object]) -> Stage:
        batches = cycle([items[at : at + SLICE] for at in range(0, len(items), SLICE)])

        def run() -> int:
            batch = next(batches)
            work(batch)
            return len(batch)

        return run

    return {
        "decode": stage(raw, lambda batch: [decode_review(record, lambda _: None) for record in batch]),
        "clean": stage(list(texts), lambda batch: [clean(text) for text in batch]),
        "language": stage(cleaned, lambda batch: [languages.identify(text, expected) for text in batch]),
        "mask": stage(cleaned, masker),
        "tokenise": stage(cleaned, classifier.encoder),
        "score": stage(cleaned, classifier.score),
        "encode": stage(scored, lambda batch: [wire.encode(review, 1) for review in batch]),
        **{name: stage(with_personal_data(cleaned, every), masker) for name, every in EVERY.items()},
    }


def rate(stage: Stage, seconds: float) -> float:
    """Reviews a second, for at least so many seconds."""
    done, begin = 0, time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        done += stage()
    return done / passed


def main(texts: Path) -> None:
    """Answer until standard input ends."""
    from infra.native import prepare
    from infra.settings import ScoringSettings

    prepare(ScoringSettings().threads)
    stages = of(json.loads(texts.read_text(encoding="utf8")))
    for line in sys.stdin:
        rates = {name: rate(stage, float(line)) for name, stage in stages.items()}
        sys.stdout.write(json.dumps(rates) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
