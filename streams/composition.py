"""Composition of the stages from settings, for the worker, ``undertone score`` and
``undertone mask``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from threading import Lock

from threadpoolctl import threadpool_limits

from infra.settings import (
    AspectSettings,
    LanguageSettings,
    ModelSettings,
    PrivacySettings,
    ScoringSettings,
    Settings,
)
from models.aspects.extractor import AspectExtractor, Level
from models.aspects.own_aspects import OwnAspect
from models.aspects.own_aspects import read as read_own_aspects
from models.inference.classifier import Classifier
from models.inference.encoder_tier import PROBE, EncoderTier
from models.registry.model_loading import (
    load_encoder,
    load_known_encoder,
    load_model,
    own_encoder,
)
from models.registry.references import in_use, serving
from models.rollout.traffic import Model
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound, ModelNotServed
from schemas.inputs import FindSchema
from schemas.records import Variant
from streams.batch import Timer
from streams.pipeline import Pipeline
from streams.router.core.live_models import LiveModels, Scorer, initial
from streams.router.core.shadows import Shadows
from streams.router.score_cache import CachedScorer
from streams.router.starting_models import stand_ins
from streams.stages.aspects import AspectStage
from streams.stages.entity import Finder
from streams.stages.language import LanguageIdentifier
from streams.stages.masking import NAMED, Masker
from streams.stages.names import Names, Union

log = logging.getLogger("undertone.traffic")
_loading = Lock()


def warn_of_shipped_secrets(privacy: PrivacySettings) -> None:
    """Warn where author pseudonyms are hashed with the shipped key, with which anyone can recover
    known ids.
    """
    if privacy.author_key_secret == PrivacySettings().author_key_secret:
        log.warning(
            "UNDERTONE_PRIVACY__AUTHOR_KEY_SECRET is the one that Undertone is shipped with: "
            "whoever knows it can find out which"
            " author a pseudonym stands for. Set one of your own, and keep it"
        )


def multiply_in_one_thread() -> None:
    """From now on: the models' matrix products are too small to share, and where OpenBLAS shares
    them all the same they take twice the processor time.
    """
    threadpool_limits(1, "blas")


def build_masker(privacy: PrivacySettings) -> Masker:
    """The masking stage, its models loaded."""
    named = privacy.level != "patterns" and not NAMED.isdisjoint(privacy.entities)
    tagger, full_names = build_taggers(privacy) if named else (None, None)
    return Masker(
        entities=privacy.entities,
        min_score=privacy.min_score,
        phone_regions=privacy.phone_regions,
        tagger=tagger,
        full_names=full_names,
    )


def build_taggers(privacy: PrivacySettings) -> tuple[Finder, Finder]:
    """Build the finders of names and places, and of full names alone: the tagger, and at the level
    strict also a spaCy model.
    """
    names = Names()
    full_names = replace(names, full_names=True)
    if privacy.level == "names":
        return names, full_names
    from streams.stages.spacy_names import SpacyNames

    spacy_names = SpacyNames(privacy.spacy_model)
    return Union((names, spacy_names)), Union((full_names, spacy_names))


def build_aspects(aspects: AspectSettings) -> AspectStage:
    """The aspects stage. The user's own aspects are read here, and models loaded where the settings
    ask for aspects, so that what is wrong with either is said at the start; else they are loaded
    when somebody first asks. Raises ``InputError`` for own aspects, and as ``extractor``.
    """
    own = read_own_aspects(aspects.own) if aspects.own else ()
    level = None if aspects.level == "off" else aspects.level
    if level is not None:
        _extractor(own, level)
    return AspectStage(level, partial(_extractor, own))


def _extractor(own: tuple[OwnAspect, ...], level: Level) -> AspectExtractor:
    """One for each process: two threads that ask at once load it once."""
    with _loading:
        return _loaded_extractor(own, level)


@cache
def _loaded_extractor(own: tuple[OwnAspect, ...], level: Level) -> AspectExtractor:
    from models.aspects.loading import extractor

    multiply_in_one_thread()
    return extractor(level, own)


def build_languages(language: LanguageSettings) -> LanguageIdentifier:
    """The language stage, one for each process."""
    return _identifier(language.min_confidence)


@cache
def _identifier(min_confidence: float) -> LanguageIdentifier:
    return LanguageIdentifier(min_confidence=min_confidence)


def expected_languages(language: LanguageSettings, models: Iterable[Model]) -> frozenset[str]:
    """The languages that texts may be taken for at first sight: the supported ones, or those that
    the models which judge declare.
    """
    return language.supported or frozenset(code for model in models for code in model.languages)


def known_languages(settings: Settings) -> frozenset[str]:
    """``expected_languages`` of the models of the settings, as far as this machine knows them
    without asking a registry or loading one; of the shipped ones where one is not at hand.
    """
    models, unserved = settings.models, settings.language.unserved == "score"
    try:
        declared = serving(stand_ins(models), unserved=unserved)
    except (InputError, ModelNotFound, ModelIntegrityError):
        declared = serving(models.model_copy(update={"uri": ""}), unserved=unserved)
    return expected_languages(settings.language, declared)


def identified(texts: Sequence[str], settings: Settings, expected: Container[str]) -> list[str]:
    """The language of each cleaned text, as the stream would identify it."""
    languages = build_languages(settings.language)
    return [languages.identify(text, expected).code for text in texts]


def build_classifier(models: ModelSettings, scoring: ScoringSettings) -> Classifier:
    """The first model that the settings name, checked against its manifest and warmed up."""
    return load_model(in_use(models)[0], models, scoring, None)


@dataclass(frozen=True, slots=True)
class ModelLoader:
    """Loads the models of a process, at its start and while it runs. Those that are cascades share
    one ``encoder``, which is resolved and loaded once: its alias is not followed later.
    """

    settings: Settings
    encoder: EncoderTier = field(default_factory=EncoderTier)

    def configured(self, models: ModelSettings) -> LiveModels:
        """See ``build_live``. Raises also as ``load_encoder``."""
        load_encoder(self.encoder, self.settings.models, self.settings.scoring)
        return build_live(models, self.settings.scoring, self.settings.language, self.encoder)

    def at_hand(self, models: ModelSettings) -> LiveModels:
        """The same without waiting for the registry of the encoder: with the version of it that is
        on this machine, or with none until ``configured`` has it.
        """
        load_known_encoder(self.encoder, self.settings.models, self.settings.scoring)
        return build_live(models, self.settings.scoring, self.settings.language, self.encoder)

    def to_serve(self, reference: str) -> Scorer:
        """See ``load_to_serve``."""
        return load_to_serve(reference, self.settings.models, self.settings.scoring, self.encoder)


def load_to_serve(
    reference: str,
    models: ModelSettings,
    scoring: ScoringSettings,
    encoder: EncoderTier | None = None,
) -> Scorer:
    """One model, as by ``load_model``, and asked once: a model on a server that does not serve it
    must not become live.

    Raises also ``EngineUnavailable``, and ``ModelNotFound`` where the server has no such model.
    """
    classifier = load_model(reference, models, scoring, encoder)
    try:
        classifier.without_encoder().judge([PROBE], ["en"])
    except ModelNotServed as error:
        raise ModelNotFound(str(error)) from error
    return _remembering(classifier, scoring)


def build_live(
    models: ModelSettings,
    scoring: ScoringSettings,
    language: LanguageSettings,
    encoder: EncoderTier | None = None,
) -> LiveModels:
    """The models that the settings name, as traffic, and the multilingual one where unserved
    languages are scored. ``encoder``: of cascades, by default one of their own.

    Raises ``ConfigurationError`` where two want the same language.
    """
    unserved = language.unserved == "score"
    declared = serving(models, unserved=unserved)
    encoder = encoder or own_encoder(models, scoring)
    loaded = [
        (each.reference, Classifier.load(str(each.folder), scoring, encoder)) for each in declared
    ]
    return initial(
        [(reference, _remembering(model, scoring)) for reference, model in loaded],
        unserved=unserved,
    )


def _remembering(scorer: Scorer, scoring: ScoringSettings) -> Scorer:
    return CachedScorer(scorer, scoring.cache_size) if scoring.cache_size else scorer


def build_pipeline(
    settings: Settings,
    find_schema: FindSchema,
    timer: Timer,
    live: Callable[[], LiveModels],
    shadows: Shadows,
) -> Pipeline:
    """All stages, in order."""
    multiply_in_one_thread()
    return Pipeline(
        find_schema=find_schema,
        languages=build_languages(settings.language),
        supported=settings.language.supported,
        mask=build_masker(settings.privacy),
        live=live,
        shadows=shadows,
        author_secret=settings.privacy.author_key_secret.get_secret_value().encode(),
        timer=timer,
        scales=settings.rating.scales(),
        sentences=settings.scoring.sentences,
        aspects=build_aspects(settings.aspects),
    )


def build_offline_pipeline(settings: Settings, timer: Timer) -> Pipeline:
    """The stages with the models that the settings name, for records that need no Schema
    Registry."""
    live = build_live(settings.models, settings.scoring, settings.language)
    return build_pipeline(settings, lambda *_: None, timer, lambda: live, Shadows(_not_scored))


def _not_scored(variant: Variant, error: Exception, reviews: int) -> None:
    log.warning(
        "shadow %s failed on %d reviews: %s", variant.variant, reviews, type(error).__name__
    )
