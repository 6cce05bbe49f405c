"""Live models: one immutable snapshot, which a batch takes once and keeps to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from schemas.records import Variant
from schemas.text import MaskedText
from streams.router.core.model_plan import OTHERS, ModelKey, Traffic, key_of
from streams.router.split import CHAMPION


class Scorer(Protocol):
    """Scorer: the interface of a model in the stream."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def version(self) -> str:
        """Its version."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the texts it may be given."""
        ...

    def score(self, texts: Sequence[MaskedText]) -> npt.NDArray[np.float32]:
        """P(positive) of each text, shape [len(texts)]. Raises ``EngineUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class LiveModels:
    """``traffic``, the loaded model of each variant in it, and ``fallback``: the language that judges what is of none.

    A model lives as long as a snapshot that holds it: until the last batch that took it is done.
    """

    traffic: Traffic
    scorers: Mapping[ModelKey, Scorer] = field(repr=False)
    fallback: str

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have models of their own."""
        return frozenset(language for language, variants in self.traffic.items() if variants and language != OTHERS)

    def serves(self, language: str) -> bool:
        """Whether reviews that are surely in this language are judged."""
        return bool(self.traffic.get(language, self.traffic.get(OTHERS)))

    def variants(self, language: str) -> tuple[Variant, ...]:
        """Variants that serve a language: its own traffic, that of ``*``, or the fallback's."""
        for code in (language, OTHERS, self.fallback):
            if self.traffic.get(code):
                return self.traffic[code]
        return ()

    def scorer(self, variant: Variant) -> Scorer:
        """The loaded model of a variant that this snapshot gave."""
        return self.scorers[key_of(variant)]


def initial(models: Sequence[tuple[str, Scorer]]) -> LiveModels:
    """Traffic from (reference, model) pairs: each serves the languages it declares, the first language takes the undetermined.

    Raises ``ConfigurationError`` where two want the same language.
    """
    traffic: dict[str, tuple[Variant, ...]] = {}
    for uri, model in models:
        for language in model.languages:
            if language in traffic:
                [other] = traffic[language]
                raise ConfigurationError(f"UNDERTONE_MODELS__URI: {other.uri} and {uri} both serve {language}; name one of them")
            traffic[language] = (Variant(CHAMPION, model.name, model.version, uri, weight=1.0),)
    scorers = {ModelKey(uri, model.version): model for uri, model in models}
    return LiveModels(traffic, scorers, fallback=next(iter(traffic), OTHERS))
