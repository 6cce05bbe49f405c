"""Pipeline: the stages from raw records to scored reviews, in reading order."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from models.inference.sentence_judgement import Verdict, judged
from models.rollout.assignment import champion_of, choose
from models.text.cleaning import clean
from schemas import reasons
from schemas.errors import Rejected, Rejection
from schemas.inputs import FindSchema, RawRecord, decode_review
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import Review, ScoredReview, Variant
from schemas.text import MaskedText
from streams.batch import Batch, Timer
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import ModelKey, key_of
from streams.router.core.shadows import Shadows
from streams.stages.aspects import AspectStage
from streams.stages.entity import Entity
from streams.stages.language import LanguageIdentifier
from streams.stages.masking import Masker
from streams.steps import CleanReview, LocalizedReview, MaskedReview

Outcome = ScoredReview | Rejected


@dataclass(frozen=True, slots=True)
class Results:
    """``outcomes``: one for each record, in order. ``shadows``: (position of the record, what a
    shadow would have said).
    """

    outcomes: list[Outcome]
    shadows: list[tuple[int, ScoredReview]]
    live: LiveModels


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Holds what the stages need. Calling it is free of side effects but for the registry look-up
    of unknown schema ids.

    ``supported``: languages to judge, whatever the live models serve; empty leaves it to them.
    ``sentences``: whether all reviews are judged by their sentences too. ``aspects`` None: they are
    never looked for.
    """

    find_schema: FindSchema
    languages: LanguageIdentifier
    supported: frozenset[str]
    mask: Masker
    live: Callable[[], LiveModels]
    shadows: Shadows
    author_secret: bytes
    timer: Timer
    scales: Scales = FIVE_STARS
    sentences: bool = False
    aspects: AspectStage | None = None

    def __call__(
        self,
        records: Sequence[RawRecord],
        clock: Callable[[], datetime],
        *,
        sentences: bool = False,
        aspects: bool = False,
    ) -> Results:
        """Everything about one batch, by the models that were live when it began. ``sentences``:
        judge these by their sentences too, ``aspects``: find theirs, whatever the settings say.

        Raises a ``TransientError`` where the registry or the engine is away; then the whole batch
        can be tried again.
        """
        live = self.live()
        masked = self._prepare(records, live)
        asked = self.sentences or sentences
        described = self._described(masked, aspects)
        scored = described.together("score", lambda batch: self._score(batch, live, clock(), asked))
        with self.timer("shadow"):
            shadows = self._shadow({i: masked.items[i] for i in scored.items}, live, clock)
        outcomes = [
            scored.items[i] if i in scored.items else scored.rejections[i]
            for i in range(len(records))
        ]
        return Results(outcomes, shadows, live)

    def _prepare(self, records: Sequence[RawRecord], live: LiveModels) -> Batch[MaskedReview]:
        """The stages up to masking; what they hold of the raw text is gone when they are done."""
        raw = Batch.of(records, [record.origin for record in records], self.timer)
        decode = partial(decode_review, find_schema=self.find_schema, scales=self.scales)
        localize = partial(self._localize, live=live, expected=self.supported or live.languages)
        reviews = raw.each("decode", decode)
        clean_reviews = reviews.each("clean", _clean)
        localized = clean_reviews.each("language", localize)
        return localized.together("mask", self._mask)

    def _described(self, masked: Batch[MaskedReview], asked: bool) -> Batch[MaskedReview]:
        """Those with their aspects, where they are looked for."""
        stage = self.aspects
        level = None if stage is None else stage.asked(asked)
        if stage is None or level is None:
            return masked
        return masked.together("aspects", lambda batch: stage(batch, level))

    def _localize(
        self, review: CleanReview, live: LiveModels, expected: frozenset[str]
    ) -> LocalizedReview:
        language = self.languages.identify(review.text, expected, review.review.language_hint)
        served = language.code in self.supported if self.supported else live.serves(language.code)
        if (self.languages.sure(language) and not served) or not live.variants(language.code):
            raise Rejection(reasons.UNSUPPORTED_LANGUAGE, language.code)
        return LocalizedReview(review, language.code, language.confidence, language.of_text)

    def _mask(self, batch: Sequence[LocalizedReview]) -> list[MaskedReview]:
        masked = self.mask(
            [item.clean.text for item in batch], [item.language_of_text for item in batch]
        )
        return [
            self._masked(item, result.text, _counted(result.entities))
            for item, result in zip(batch, masked, strict=True)
        ]

    def _masked(
        self, item: LocalizedReview, text: MaskedText, pii: Mapping[str, int]
    ) -> MaskedReview:
        review = item.clean.review
        return MaskedReview(
            review_id=review.review_id,
            product_id=review.product_id,
            rating=review.rating,
            author_key=self._author_key(review),
            source=review.source,
            created_at=review.created_at,
            language=item.language,
            language_confidence=item.language_confidence,
            text=text,
            pii=pii,
        )

    def _score(
        self, batch: Sequence[MaskedReview], live: LiveModels, now: datetime, sentences: bool
    ) -> list[ScoredReview]:
        """Each review by its variant; those of one model, and their sentences, in one call.

        A champion that fails is waited for. What any other variant fails to score, the champion
        scores.
        """
        by_variant: dict[Variant, list[int]] = {}
        champions: dict[int, Variant] = {}
        for position, item in enumerate(batch):
            variants = live.variants(item.language)
            chosen = choose(item.review_id, variants)
            if chosen == _champion(variants):
                champions[position] = chosen
            else:
                by_variant.setdefault(chosen, []).append(position)
        scored: dict[int, ScoredReview] = {}
        for variant, positions in by_variant.items():
            judge = partial(judged, live.scorer(variant).judge, sentences=sentences)
            verdicts = self.shadows.judge(variant, judge, *_asked(batch, positions), now)
            if verdicts is None:
                champions |= {i: _champion(live.variants(batch[i].language)) for i in positions}
                continue
            for i, verdict in zip(positions, verdicts, strict=True):
                scored[i] = self._scored(batch[i], variant, verdict, now, live)
        by_model: dict[ModelKey, list[int]] = {}
        for position in sorted(champions):
            by_model.setdefault(key_of(champions[position]), []).append(position)
        for key, positions in by_model.items():
            asked = _asked(batch, positions)
            found = judged(live.scorers[key].judge, *asked, sentences=sentences)
            for i, verdict in zip(positions, found, strict=True):
                scored[i] = self._scored(batch[i], champions[i], verdict, now, live)
        return [scored[i] for i in range(len(batch))]

    def _shadow(
        self, items: Mapping[int, MaskedReview], live: LiveModels, clock: Callable[[], datetime]
    ) -> list[tuple[int, ScoredReview]]:
        """What the shadows of each review's language say of it as a whole; one that fails says
        nothing.
        """
        watched: dict[Variant, list[int]] = {}
        for position, item in items.items():
            for variant in live.variants(item.language):
                if variant.shadow:
                    watched.setdefault(variant, []).append(position)
        answers: list[tuple[int, ScoredReview]] = []
        for variant, positions in watched.items():
            now = clock()
            judge = partial(judged, live.scorer(variant).judge, sentences=False)
            verdicts = self.shadows.judge(variant, judge, *_asked(items, positions), now)
            if verdicts is None:
                continue
            for i, verdict in zip(positions, verdicts, strict=True):
                answers.append((i, self._scored(items[i], variant, verdict, now, live)))
        return answers

    def _scored(
        self,
        item: MaskedReview,
        variant: Variant,
        verdict: Verdict,
        now: datetime,
        live: LiveModels,
    ) -> ScoredReview:
        decision = verdict.decision
        return ScoredReview(
            review_id=item.review_id,
            product_id=item.product_id,
            sentiment=decision.label,
            score=decision.score,
            confidence=decision.confidence,
            text_masked=item.text,
            language=item.language,
            language_confidence=item.language_confidence,
            pii=item.pii,
            rating=item.rating,
            author_key=item.author_key,
            source=item.source,
            model_name=variant.model_name,
            model_version=variant.model_version,
            variant=variant.variant,
            created_at=item.created_at,
            scored_at=now,
            probabilities=decision.probabilities,
            evidence=decision.evidence,
            language_served=live.has_model_of(item.language),
            sentences=verdict.sentences,
            mixed=verdict.mixed,
            aspects=item.aspects,
        )

    def _author_key(self, review: Review) -> str | None:
        if review.author_id is None:
            return None
        return hmac.digest(self.author_secret, review.author_id.encode(), "sha256").hex()[:32]


def _asked(
    items: Sequence[MaskedReview] | Mapping[int, MaskedReview], positions: Sequence[int]
) -> tuple[list[MaskedText], list[str]]:
    """Texts and languages of the items in these positions."""
    chosen = [items[i] for i in positions]
    return [item.text for item in chosen], [item.language for item in chosen]


def _champion(variants: Sequence[Variant]) -> Variant:
    champion = champion_of(variants)
    assert champion is not None  # a language without one is not judged
    return champion


def _counted(entities: Sequence[Entity]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entity in entities:
        counts[entity.type] = counts.get(entity.type, 0) + 1
    return counts


def _clean(review: Review) -> CleanReview:
    text = clean(review.text)
    if not text:
        raise Rejection(reasons.EMPTY_TEXT)
    return CleanReview(review, text)
