"""Throughput of each of Undertone's stages alone, in process: an upper bound for the pipeline.

``python -m bench.pipelines.stages TEXTS``, a JSON file, runs each for as many seconds as a line on
standard input says, and answers with a line of their rates.
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

from bench.pipelines.obvious import presidio
from bench.reviews import records, with_personal_data
from schemas import wire
from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord, decode_review

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENCODED = 128
"""Reviews that the last stage gets: they have been through all the others first."""
RARE, ALWAYS = "mask, 3% with personal data", "mask, all with personal data"
EVERY = {RARE: 33, ALWAYS: 1}
IN_ORDER = ("decode", "clean", "language", "mask", "tokenise", "score", "encode")
FEW = 8
"""Reviews at a time for what is very slow."""
T = TypeVar("T")
Stage = Callable[[], int]
"""Works on the next few reviews; how many."""


def of(texts: Sequence[str]) -> dict[str, Stage]:
    """The stages ``IN_ORDER``, then other ways and other texts to mask. Each goes round and round
    the texts.
    """
    # First: Presidio looks its recognizers up by the names of their classes, and ours would be
    # among them once imported.
    analyzer = presidio()

    from infra.settings import Settings
    from models.artifact import artifact
    from models.inference.network_reader import network, probabilities
    from models.text.cleaning import clean
    from streams import composition

    settings = Settings()
    pipeline = composition.build_offline_pipeline(settings, lambda _: nullcontext())
    languages = composition.build_languages(settings.language)
    masker = composition.build_masker(settings.privacy)
    patterns = composition.build_masker(settings.privacy.model_copy(update={"level": "patterns"}))
    expected = pipeline.supported or pipeline.live().languages
    english = network(artifact.load(artifact.PRETRAINED), settings.scoring)
    at_once = settings.scoring.max_batch
    raw = [
        RawRecord(Origin("bench", 0, n), key, value, NOW)
        for n, (key, value) in enumerate(records(texts, "r", len(texts)))
    ]
    cleaned = [text for text in map(clean, texts) if text]
    outcomes = [
        outcome
        for at in range(0, ENCODED, at_once)
        for outcome in pipeline(raw[at : at + at_once], lambda: NOW).outcomes
    ]
    scored = [outcome for outcome in outcomes if not isinstance(outcome, Rejected)]

    encoded = english.encoder(cleaned)

    def score(positions: Sequence[int]) -> object:
        """The English network without its tokenising, which is a stage of its own here."""
        rows = {name: [of_all[i] for i in positions] for name, of_all in encoded.items()}
        return probabilities(english.engine, rows, english.max_cells)

    def stage(
        items: Sequence[T], work: Callable[[Sequence[T]], object], size: int = at_once
    ) -> Stage:
        batches = cycle([items[at : at + size] for at in range(0, len(items), size)])

        def run() -> int:
            batch = next(batches)
            work(batch)
            return len(batch)

        return run

    return {
        "decode": stage(
            raw, lambda batch: [decode_review(record, lambda *_: None) for record in batch]
        ),
        "clean": stage(list(texts), lambda batch: [clean(text) for text in batch]),
        "language": stage(
            cleaned, lambda batch: [languages.identify(text, expected) for text in batch]
        ),
        "mask": stage(cleaned, masker),
        "tokenise": stage(cleaned, english.encoder),
        "score": stage(range(len(cleaned)), score),
        "encode": stage(scored, lambda batch: [wire.encode(review, 1) for review in batch]),
        **{
            name: stage(with_personal_data(cleaned, every), masker) for name, every in EVERY.items()
        },
        "mask, patterns only": stage(cleaned, patterns),
        "Presidio as documented": stage(
            cleaned, lambda batch: [analyzer.analyze(text, "en") for text in batch], FEW
        ),
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
