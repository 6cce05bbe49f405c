"""Data augmentation for training. Off by default; ``--augment-report`` measures the effect of each
method.

Wei & Zou 2019, "EDA: Easy Data Augmentation", https://arxiv.org/abs/1901.11196
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact.calibration import Labels
from models.augmentation import deletion, swapping, templates
from models.augmentation.synonyms import WORDNET, Synonyms, read_wordnet
from models.augmentation.translation import BackTranslation, Translator
from schemas.errors import InputError

Augmentation = Callable[[Sequence[str], Labels, np.random.Generator], tuple[list[str], Labels]]
"""Training texts, whether each is positive, and chance → the examples to add. The same chance, the
same ones.
"""

NAMES = ("synonyms", "deletion", "swap", "templates", "back_translation")


@dataclass(frozen=True, slots=True)
class Augmentations:
    """Several, by name, each with its own chance."""

    by_name: tuple[tuple[str, Augmentation], ...]
    seed: int

    def __call__(self, texts: Sequence[str], positive: Labels) -> tuple[list[str], Labels]:
        """All that they add."""
        added: list[str] = []
        labels = [np.zeros(0, bool)]
        for name, augmentation in self.by_name:
            more, of_them = augmentation(
                texts, positive, np.random.default_rng([self.seed, NAMES.index(name)])
            )
            added += more
            labels.append(of_them)
        return added, np.concatenate(labels)

    def described(self) -> dict[str, Any]:
        """For the manifest; nothing where there are none."""
        return {"augmentation": [name for name, _ in self.by_name]} if self.by_name else {}


NONE = Augmentations((), 0)


def choose(
    names: Sequence[str], seed: int, translator: Translator | None = None, wordnet: Path = WORDNET
) -> Augmentations:
    """The augmentations of these names. Raises ``InputError`` for a name there is not, or where one
    lacks what it needs.
    """
    return Augmentations(
        tuple((name, _one(name, translator, wordnet)) for name in dict.fromkeys(names)), seed
    )


def _one(name: str, translator: Translator | None, wordnet: Path) -> Augmentation:
    match name:
        case "synonyms":
            return Synonyms(read_wordnet(wordnet))
        case "deletion":
            return deletion.delete
        case "swap":
            return swapping.swap
        case "templates":
            return templates.synthesise
        case "back_translation":
            if translator is None:
                raise InputError(
                    "back_translation needs a translator and none comes with Undertone: name yours "
                    "(--translator module:callable)"
                )
            return BackTranslation(translator)
    raise InputError(f"there is no augmentation {name!r}, only {', '.join(NAMES)}")
