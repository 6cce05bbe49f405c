"""Which models the settings name."""

from __future__ import annotations

from infra.settings import LanguageSettings, ModelSettings
from models.references import in_use
from streams.composition import expected_languages


def test_one_reference_or_several_or_those_shipped() -> None:
    assert in_use(ModelSettings(uri="models:/reviews@champion")) == ("models:/reviews@champion",)
    assert in_use(ModelSettings(uri="one, models:/two/2,")) == ("one", "models:/two/2")
    assert in_use(ModelSettings()) == ("shipped:reviews-en", "shipped:reviews-zh")


def test_the_languages_are_those_the_models_declare_unless_the_settings_say() -> None:
    assert "en" in expected_languages(LanguageSettings(), ModelSettings())
    assert expected_languages(LanguageSettings(supported=frozenset({"de"})), ModelSettings()) == {"de"}
