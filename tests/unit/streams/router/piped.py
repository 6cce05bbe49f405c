"""What tests of the pipeline share: a run over texts with given models, and what came of it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

import orjson

from infra.settings import PrivacySettings
from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import ScoredReview, Variant
from streams.composition import build_masker
from streams.pipeline import Pipeline, Results
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import key_of
from streams.router.core.shadows import Shadows
from streams.stages.aspects import AspectStage
from streams.stages.language import LanguageIdentifier
from streams.stages.masking import Masker
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENGLISH = (
    "This film was a pleasant surprise, and I would happily watch it again with all of my friends."
)
CHINESE = "这部电影非常精彩,演员的表演令人难忘,我强烈推荐给大家。"
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
MASK = build_masker(PrivacySettings(level="patterns"))


def run(
    live: LiveModels,
    texts: list[str],
    supported: frozenset[str] = frozenset(),
    sentences: bool = False,
    mask: Masker = MASK,
    hint: str | None = None,
    aspects: AspectStage | None = None,
    asked: bool = False,
) -> Results:
    pipeline = Pipeline(
        find_schema=lambda *_: None,
        languages=LanguageIdentifier(min_confidence=0.65),
        supported=supported,
        mask=mask,
        live=lambda: live,
        shadows=Shadows(lambda *_: None),
        author_secret=b"",
        timer=lambda _: nullcontext(),
        sentences=sentences,
        aspects=aspects,
    )
    records = [
        RawRecord(
            Origin("reviews.raw", 0, n),
            None,
            orjson.dumps({"review_id": f"r{n}", "text": text, "language_hint": hint}),
            NOW,
        )
        for n, text in enumerate(texts)
    ]
    return pipeline(records, lambda: NOW, aspects=asked)


def snapshot(models: dict[Variant, Opinion], **languages: tuple[Variant, ...]) -> LiveModels:
    return LiveModels(
        languages, {key_of(which): model for which, model in models.items()}, fallback="en"
    )


def scored(results: Results) -> list[ScoredReview]:
    assert not any(isinstance(outcome, Rejected) for outcome in results.outcomes)
    return [outcome for outcome in results.outcomes if isinstance(outcome, ScoredReview)]


CHAMPION = variant("1")
SHADOW = variant("3", "shadow", 0, shadow=True)
