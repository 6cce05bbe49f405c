"""Traffic: the variants that serve each language, their roles, and the traffic of the settings
alone. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol

from schemas.errors import ConfigurationError
from schemas.records import Variant

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
PREVIOUS: Final = "previous"
"""The champion before this one, which goes on as a shadow for a while, so that both are compared on
the same reviews.
"""
ANY_LANGUAGE: Final = "*"
"""Key of the traffic of every language that has none of its own."""

Variants = tuple[Variant, ...]
Traffic = Mapping[str, Variants]
"""Language → its variants; ``ANY_LANGUAGE`` → those of every language that is not named. No
variants: it is not served.
"""


class Model(Protocol):
    """What a model says of itself, loaded or not."""

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

    @property
    def any_language(self) -> bool:
        """Whether it judges texts of all other languages too."""
        ...


def may_serve(declared: Collection[str], language: str) -> bool:
    """Whether a model that declares these languages may have the traffic of one: of any of them,
    and of ``ANY_LANGUAGE``.
    """
    return language == ANY_LANGUAGE or language in declared


def as_champion(name: str, version: str, uri: str) -> Variant:
    """A model version as a champion that gets all reviews."""
    return Variant(CHAMPION, name, version, uri, weight=1.0)


def named_champion(variants: Variants) -> Variant | None:
    """The variant in the role of champion, with which others are compared; None where there is
    none.
    """
    return next((each for each in variants if each.variant == CHAMPION and not each.shadow), None)


def configured(models: Iterable[tuple[str, Model]], *, unserved: bool) -> dict[str, Variants]:
    """Traffic from (reference, model) pairs, for as long as no event says otherwise: each serves
    the languages it declares, a multilingual one those that no other declares.

    ``unserved``: a multilingual model also scores the languages that none declares. Raises
    ``ConfigurationError`` where two models declare the same language, or two are multilingual.
    """
    pairs = list(models)
    traffic: dict[str, Variants] = {}
    for uri, model in pairs:
        if not model.any_language:
            _take(traffic, uri, model, model.languages)
    multilingual = [(uri, model) for uri, model in pairs if model.any_language]
    if len(multilingual) > 1:
        names = " and ".join(uri for uri, _ in multilingual)
        raise ConfigurationError(
            f"UNDERTONE_MODELS__URI: {names} are both multilingual; name one of them"
        )
    for uri, model in multilingual:
        free = [language for language in model.languages if language not in traffic]
        _take(traffic, uri, model, [*free, *([ANY_LANGUAGE] if unserved else [])])
    return traffic


def _take(traffic: dict[str, Variants], uri: str, model: Model, languages: Iterable[str]) -> None:
    for language in languages:
        if language in traffic:
            [other] = traffic[language]
            raise ConfigurationError(
                f"UNDERTONE_MODELS__URI: {other.uri} and {uri} both serve {language}; name one of "
                "them"
            )
        traffic[language] = (as_champion(model.name, model.version, uri),)
