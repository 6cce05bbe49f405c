"""Demo: reviews of a headset, made of the sentences of ``headset.toml``."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from streams.demo.sample import SampleReview

FILE: Final = Path(__file__).with_name("headset.toml")
TURNS: Final = "battery"
NAMED, OTHERS = 0.45, (1, 1, 2, 2, 3)
"""Share of the reviews that name what turns, and how many other aspects a review names."""
SOUND, SPOILT = 0.08, 0.75
"""Share of the reviews naming an aspect that find fault with it: of all of them, and of what has
turned.
"""
CONTACT: Final = 0.5
"""Share of the reviews with an address."""
FIRST, LAST = ("maria", "jonas", "amina", "pedro", "lucie"), ("keller", "novak", "silva", "martin")


def written(product_id: str, good: int, spoilt: int, seed: int = 0) -> list[SampleReview]:
    """Reviews in the order in which they come: ``good`` ones, then as many ``spoilt``, in which
    most of those that name the battery complain about it. All else is said as before.
    """
    chance = random.Random(seed)
    languages = tomllib.loads(FILE.read_text(encoding="utf8"))
    shares = [language["share"] for language in languages.values()]
    reviews = []
    for number in range(good + spoilt):
        [language] = chance.choices(list(languages.values()), shares)
        fault = SPOILT if number >= good else SOUND
        mail = f"{chance.choice(FIRST)}.{chance.choice(LAST)}{number}@example.org"
        planted = mail if chance.random() < CONTACT else ""
        text = _text(chance, language, fault, planted)
        reviews.append(
            SampleReview(
                f"{product_id}-{number:03}", text, "", product_id, f"listener-{number}", planted
            )
        )
    return reviews


def _text(chance: random.Random, said: Mapping[str, Any], fault: float, mail: str) -> str:
    others = [aspect for aspect in said["good"] if aspect != TURNS]
    sentences = [
        _sentence(chance, said, aspect, SOUND)
        for aspect in chance.sample(others, chance.choice(OTHERS))
    ]
    if chance.random() < NAMED:
        at = chance.randint(0, len(sentences))
        sentences.insert(at, _sentence(chance, said, TURNS, fault))
    parts = [chance.choice(said["greeting"]), *sentences, chance.choice(said["farewell"])]
    if mail:
        parts.append(chance.choice(said["contact"]))
    fillers = {name: chance.choice(said[name]) for name in ("hours", "weeks", "place")}
    return " ".join(part for part in parts if part).format(mail=mail, **fillers)


def _sentence(chance: random.Random, said: Mapping[str, Any], aspect: str, fault: float) -> str:
    side: Sequence[str] = said["bad" if chance.random() < fault else "good"][aspect]
    return chance.choice(side)
