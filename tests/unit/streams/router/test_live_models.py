"""Which models judge which language."""

from __future__ import annotations

import pytest

from schemas.errors import ConfigurationError
from streams.router.core.live_models import LiveModels, initial
from tests.unit.streams.router.scorers import Opinion, variant

ENGLISH, CHINESE = variant("1"), variant("z")


def test_each_configured_model_is_champion_of_the_languages_it_declares() -> None:
    live = initial(
        [("models/1", Opinion("m", "1", ("en", "de"))), ("models/z", Opinion("m", "z", ("zh",)))],
        unserved=True,
    )
    assert live.languages == {"en", "de", "zh"}
    assert live.variants("de") == live.variants("en") == (ENGLISH,)
    assert live.variants("zh") == (CHINESE,)
    assert live.scorer(CHINESE).version == "z"


def test_two_models_for_one_language_are_an_error_that_names_both() -> None:
    with pytest.raises(ConfigurationError, match=r"models/1 and models/2 both serve en"):
        initial([("models/1", Opinion("m", "1")), ("models/2", Opinion("m", "2"))], unserved=False)


MULTILINGUAL = Opinion("m", "all", ("en", "zh", "fr"), any_language=True)


@pytest.mark.parametrize("unserved", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_multilingual_model_serves_what_no_other_declares(first: bool, unserved: bool) -> None:
    others = [("models/1", Opinion("m", "1", ("en", "de")))]
    both = [("models/all", MULTILINGUAL)]
    live = initial([*both, *others] if first else [*others, *both], unserved=unserved)
    served = {code: live.variants(code)[0].model_version for code in ("en", "de", "fr", "zh")}
    assert served == {"en": "1", "de": "1", "fr": "all", "zh": "all"}
    assert live.serves("el") is unserved
    assert live.languages == {"en", "de", "fr", "zh"}


def test_two_multilingual_models_are_an_error_that_names_both() -> None:
    with pytest.raises(ConfigurationError, match="a and b are both multilingual"):
        initial([("a", MULTILINGUAL), ("b", MULTILINGUAL)], unserved=True)


@pytest.mark.parametrize(
    ("others", "language", "serves", "judged_by"),
    [
        (None, "en", True, "1"),
        (None, "fr", False, "1"),
        (None, "und", False, "1"),
        (None, "de", False, "1"),
        ("m", "en", True, "1"),
        ("m", "fr", True, "m"),
        ("m", "und", True, "m"),
        ("m", "de", False, "m"),
    ],
)
def test_own_traffic_then_that_of_all_others_then_the_fallback(
    others: str | None, language: str, serves: bool, judged_by: str
) -> None:
    """``serves`` is for reviews that are surely in the language: German was retired; who is unsure
    of German is judged.
    """
    traffic = {"en": (ENGLISH,), "de": ()} | ({"*": (variant(others),)} if others else {})
    live = LiveModels(traffic, {}, fallback="en")
    assert live.serves(language) is serves
    assert [found.model_version for found in live.variants(language)] == [judged_by]
    assert live.languages == {"en"}


def test_without_any_traffic_nobody_judges() -> None:
    assert LiveModels({"en": ()}, {}, fallback="en").variants("en") == ()
