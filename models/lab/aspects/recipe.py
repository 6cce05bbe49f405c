"""Recipe of the tagger: how often each set is read, and in which style terms are marked.

Sets do not agree on what a term is: SemEval-2014 also marks what is merely mentioned, and never the
product itself; M-ABSA marks only what is judged, the product too. Each set has a style of its own,
M-ABSA's languages one in common, and style 0 is what all have in common. What is shipped speaks
one of ``CANDIDATES``, whatever the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from models.lab.aspects import corpus
from models.lab.aspects.fitting import FittingSettings
from models.lab.aspects.prepared import MABSA, style_of

DRAWS: Final[Mapping[str, int]] = {
    "ar_semeval16_hotel": 3500,
    "ca_structured_multibooked": 1000,
    "cs_restaurant": 2600,
    "en_acos_laptop": 2500,
    "en_dmaste_aspects": 3000,
    "en_mams_restaurant": 4000,
    "en_memd_aspects": 8000,
    "en_oats_sentences": 7000,
    "en_semeval14_laptop": 3400,
    "en_semeval14_restaurant": 4600,
    "en_semeval16_restaurant": 1900,
    "en_structured_opener": 1500,
    "es_semeval16_restaurant": 1800,
    "es_structured_opener": 1200,
    "fr_semeval16_restaurant": 1700,
    "pt_absapt_hotel": 1200,
    "ru_semeval16_restaurant": 2200,
    "tr_semeval16_restaurant": 1600,
    "zh_acos_zhang": 6000,
    "zh_camera_car_laptop_phone": 3000,
}
"""Texts of an epoch: small sets, marked by people, are read more than once."""
TRANSLATED: Final = 2300
"""Of each language of M-ABSA."""
WHOLE: Final = 1400
"""Of each set of texts without terms, at most."""
ALONE: Final = frozenset({
    "en_structured_opener", "es_structured_opener", "ca_structured_multibooked", "pt_absapt_hotel",
})  # fmt: skip
"""Sets whose terms are whole phrases, or lemmas: they teach style 0 nothing."""
OWN: Final = 0.5
"""Share of all others' texts whose style is known."""
WEIGHT_OF_WHOLE: Final = 0.5
EPOCHS: Final = 6
WIDTH: Final = 40
"""Of the vectors of words and their affixes."""


def styles(names: Sequence[str]) -> dict[str, int]:
    """The number of every style, of these sets."""
    marked = {style_of(name) for name in names if name not in corpus.WHOLE}
    return {style: 1 + at for at, style in enumerate(sorted(marked))}


def settings(names: Sequence[str], epochs: float) -> FittingSettings:
    """For these sets."""
    numbers = styles(names)
    marked = [name for name in names if name not in corpus.WHOLE]
    translated = {name: TRANSLATED for name in marked if style_of(name) == MABSA}
    draws = dict.fromkeys(names, WHOLE) | dict(DRAWS) | translated
    return FittingSettings(
        draws={name: draws[name] for name in names},
        styles=tuple(numbers.get(style_of(name), 0) for name in names),
        own=tuple(1.0 if name in ALONE else OWN for name in names),
        weights=tuple(WEIGHT_OF_WHOLE if name in corpus.WHOLE else 1.0 for name in names),
        epochs=epochs,
    )


CANDIDATES: Final = (
    "en_semeval14_laptop", "en_semeval14_restaurant", "en_semeval16_restaurant",
    "en_mams_restaurant", "en_acos_laptop", "es_semeval16_restaurant", MABSA,
)  # fmt: skip
"""Styles of which one is shipped, for every language: see ``choosing``."""
