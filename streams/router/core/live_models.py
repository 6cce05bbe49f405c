"""Live models: one immutable snapshot, which a batch takes once and keeps to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.labels import Judgement
from models.rollout.traffic import ANY_LANGUAGE, Model, Traffic, configured
from schemas.records import ScoredReview, Variant
from schemas.text import MaskedText
from streams.router.core.model_plan import ModelKey, key_of


class Scorer(Model, Protocol):
    """Scorer: the interface of a model in the stream."""

    def judge(self, texts: Sequence[MaskedText], languages: Sequence[str]) -> Judgement:
        """Probabilities of each text, and whether there is evidence. ``languages``: ISO 639-1
        codes or ``und``, one for each. Raises ``EngineUnavailable``.
        """
        ...

    def without_encoder(self) -> Scorer:
        """The same without the encoder of a cascade: its answers depend on the text alone."""
        ...


@dataclass(frozen=True, slots=True)
class LiveModels:
    """``traffic``, the loaded model of each variant in it, and ``fallback``: the language whose
    traffic takes reviews of uncertain language, where there is none of ``ANY_LANGUAGE``.

    A model lives as long as a snapshot that holds it: until the last batch that took it is done.
    """

    traffic: Traffic
    scorers: Mapping[ModelKey, Scorer] = field(repr=False)
    fallback: str

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have models of their own."""
        return frozenset(filter(self.has_model_of, self.traffic))

    def has_model_of(self, language: str) -> bool:
        """Whether a language has a model of its own."""
        return language != ANY_LANGUAGE and bool(self.traffic.get(language))

    def serves(self, language: str) -> bool:
        """Whether reviews that are surely in this language are judged."""
        return bool(self.traffic.get(language, self.traffic.get(ANY_LANGUAGE)))

    def variants(self, language: str) -> tuple[Variant, ...]:
        """Variants that serve a language: its own traffic, that of ``*``, or the fallback's."""
        for code in (language, ANY_LANGUAGE, self.fallback):
            if self.traffic.get(code):
                return self.traffic[code]
        return ()

    def scorer(self, variant: Variant) -> Scorer:
        """The loaded model of a variant that this snapshot gave."""
        return self.scorers[key_of(variant)]

    def scored_by(self, review: ScoredReview) -> Scorer | None:
        """The loaded model that scored a review; None where this snapshot has it no more."""
        said = (review.variant, review.model_name, review.model_version)
        for variant in self.variants(review.language):
            if said == (variant.variant, variant.model_name, variant.model_version):
                return self.scorer(variant)
        return None


def initial(models: Sequence[tuple[str, Scorer]], *, unserved: bool) -> LiveModels:
    """Traffic from (reference, model) pairs (see ``traffic.configured``); where nothing serves
    ``ANY_LANGUAGE``, the first language takes the undetermined.

    Raises ``ConfigurationError`` where two want the same language.
    """
    traffic = configured(models, unserved=unserved)
    scorers = {ModelKey(uri, model.version): model for uri, model in models}
    return LiveModels(traffic, scorers, fallback=next(iter(traffic), ANY_LANGUAGE))
