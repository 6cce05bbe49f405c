"""Recipe of the tagger: how often each set is read, and in which style terms are marked.

Sets do not agree on what a term is: SemEval-2014 also marks what is merely mentioned, and never the
product itself; M-ABSA marks only what is judged, the product too. Each set has a style of its own,
M-ABSA's languages one in common, and style 0 is what all have in common. What is shipped speaks one
style in each language, whatever the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from models.lab.aspects.fitting import FittingSettings
from models.lab.aspects.prepared import style_of

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
LIGHT: Final = frozenset({
    "en_structured_opener", "es_structured_opener", "ca_structured_multibooked", "pt_absapt_hotel",
})  # fmt: skip
"""Sets whose terms hold whole phrases, or lemmas: what they teach of style 0 weighs ``SHARE``."""
SHARE: Final = 0.3


def styles(names: Sequence[str]) -> dict[str, int]:
    """The number of every style, of these sets."""
    return {style: 1 + at for at, style in enumerate(sorted({style_of(name) for name in names}))}


def settings(names: Sequence[str], epochs: float) -> FittingSettings:
    """For these sets."""
    numbers = styles(names)
    draws = {name: DRAWS.get(name, TRANSLATED) for name in names}
    return FittingSettings(
        draws=draws,
        styles=tuple(numbers[style_of(name)] for name in names),
        general=tuple(SHARE if name in LIGHT else 1.0 for name in names),
        epochs=epochs,
    )
