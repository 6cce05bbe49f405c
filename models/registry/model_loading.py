"""Loading of models by reference, with the encoder of a cascade beside them."""

from __future__ import annotations

from infra.settings import ModelSettings, ScoringSettings
from models.inference.classifier import Classifier
from models.inference.encoder_tier import EncoderTier, named
from models.registry.references import last_known, resolve


def load_model(
    reference: str, models: ModelSettings, scoring: ScoringSettings, encoder: EncoderTier | None
) -> Classifier:
    """One model, checked against its manifest and warmed up. ``encoder``: of a cascade, by default
    one of its own. Raises as ``resolve`` and ``Classifier.load`` do.
    """
    folder = resolve(reference, models)
    return Classifier.load(str(folder), scoring, encoder or own_encoder(models, scoring))


def own_encoder(models: ModelSettings, scoring: ScoringSettings) -> EncoderTier | None:
    """The encoder of a cascade, loaded; None where the settings want no cascade. Raises as
    ``load_encoder``.
    """
    if scoring.engine != "cascade":
        return None
    encoder = EncoderTier()
    load_encoder(encoder, models, scoring)
    return encoder


def load_encoder(encoder: EncoderTier, models: ModelSettings, scoring: ScoringSettings) -> None:
    """Load the encoder of the settings, where they want a cascade and it is not loaded yet.

    Raises ``ConfigurationError`` where they name none, and as ``resolve`` and ``EncoderTier.load``.
    """
    if scoring.engine == "cascade" and encoder.loaded is None:
        encoder.load(resolve(named(scoring), models), scoring)


def load_known_encoder(
    encoder: EncoderTier, models: ModelSettings, scoring: ScoringSettings
) -> None:
    """The same of the version last fetched to this machine, without asking the registry; nothing
    where none was.
    """
    if scoring.engine == "cascade":
        folder = last_known(named(scoring), models)
        if folder is not None:
            load_encoder(encoder, models, scoring.model_copy(update={"encoder": str(folder)}))
