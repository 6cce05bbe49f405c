"""Back-translation by a translator that the user provides; none is shipped.

Sennrich et al. 2016, https://arxiv.org/abs/1511.06709
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.artifact.calibration import Labels
from schemas.errors import InputError


class Translator(Protocol):
    """Whatever translates."""

    def __call__(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """Each text in another language; both languages as ISO 639-1 codes."""
        ...


@dataclass(frozen=True, slots=True)
class BackTranslation:
    """The augmentation, by way of the language ``pivot``."""

    translate: Translator
    language: str = "en"
    pivot: str = "de"

    def __call__(
        self, texts: Sequence[str], positive: Labels, rng: np.random.Generator
    ) -> tuple[list[str], Labels]:
        """A copy of each text that came back different; see ``Augmentation``. Raises ``InputError``
        where one is missing.
        """
        there = self.translate(texts, self.language, self.pivot)
        back = self.translate(there, self.pivot, self.language)
        if not len(texts) == len(there) == len(back):
            raise InputError("the translator must answer as many texts as it is given")
        changed = [
            at
            for at, (text, other) in enumerate(zip(texts, back, strict=True))
            if other.strip() and other != text
        ]
        return [back[at] for at in changed], positive[np.array(changed, int)]


def load_translator(reference: str) -> Translator:
    """Load the translator that ``module:callable`` names. Raises ``InputError`` where it does not
    exist.
    """
    module, _, name = reference.partition(":")
    try:
        translator = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"there is no translator {reference!r}: give module:callable ({error})"
        ) from error
    if not callable(translator):
        raise InputError(f"the translator {reference!r} cannot be called")
    loaded: Translator = translator
    return loaded
