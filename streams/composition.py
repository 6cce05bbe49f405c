"""Builds the stages from settings: what the worker, ``undertone score`` and ``undertone mask`` share."""

from __future__ import annotations

from infra.settings import LanguageSettings, ModelSettings, PrivacySettings, ScoringSettings, Settings
from models.classifier import Classifier
from schemas.inputs import FindSchema
from streams.batch import Timer
from streams.pipeline import Pipeline
from streams.stages.language import LanguageIdentifier
from streams.stages.masking import Masker


def build_masker(privacy: PrivacySettings) -> Masker:
    """The masking stage, its models loaded."""
    return Masker(
        entities=privacy.entities,
        level=privacy.level,
        spacy_model=privacy.spacy_model,
        min_score=privacy.min_score,
        phone_regions=privacy.phone_regions,
    )


def build_languages(language: LanguageSettings) -> LanguageIdentifier:
    """The language stage."""
    return LanguageIdentifier(supported=language.supported, min_confidence=language.min_confidence)


def build_classifier(models: ModelSettings, scoring: ScoringSettings) -> Classifier:
    """The model that the settings name, checked against its manifest and warmed up."""
    return Classifier.load(models.uri or None, scoring)


def build_pipeline(settings: Settings, find_schema: FindSchema, timer: Timer) -> Pipeline:
    """All of them, in order."""
    return Pipeline(
        find_schema=find_schema,
        languages=build_languages(settings.language),
        mask=build_masker(settings.privacy),
        scorer=build_classifier(settings.models, settings.scoring),
        author_secret=settings.privacy.author_key_secret.get_secret_value().encode(),
        timer=timer,
    )
