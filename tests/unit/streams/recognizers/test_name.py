"""The tagger inside a stock Presidio."""

from __future__ import annotations

from typing import Any

import pytest
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig
from presidio_anonymizer.entities import RecognizerResult as Span

from streams.stages.names import Names
from streams.stages.recognizers.name import NameRecognizer
from streams.stages.spacy_nlp import Tokenizer

TEXT = (
    "Please ask for Maria Gonzalez-Lindqvist, my address is 742 Evergreen Terrace. Yours, the "
    "Overlord"
)
MARIA, ADDRESS = ("Maria Gonzalez-Lindqvist", "PERSON"), ("742 Evergreen Terrace", "LOCATION")


@pytest.fixture(scope="module")
def analyzer() -> AnalyzerEngine:
    overlord = PatternRecognizer(supported_entity="PERSON", deny_list=["Overlord"], name="overlord")
    registry = RecognizerRegistry(
        recognizers=[NameRecognizer(), overlord], supported_languages=["en"]
    )
    return AnalyzerEngine(registry=registry, nlp_engine=Tokenizer(), supported_languages=["en"])


def found(analyzer: AnalyzerEngine, **options: Any) -> set[tuple[str, str]]:
    return {
        (TEXT[one.start : one.end], one.entity_type)
        for one in analyzer.analyze(TEXT, "en", **options)
    }


def test_it_finds_beside_other_recognizers(analyzer: AnalyzerEngine) -> None:
    assert found(analyzer) == {MARIA, ADDRESS, ("Overlord", "PERSON")}


def test_only_what_is_asked_for_is_found(analyzer: AnalyzerEngine) -> None:
    assert found(analyzer, entities=["LOCATION"]) == {ADDRESS}


def test_presidios_allow_list_and_threshold_hold(analyzer: AnalyzerEngine) -> None:
    assert MARIA not in found(analyzer, allow_list=[MARIA[0]])
    score = Names()([TEXT])[0][0].score
    assert MARIA in found(analyzer, score_threshold=score)
    assert MARIA not in found(analyzer, score_threshold=score + 1e-6)


def test_it_says_what_the_stream_finds(analyzer: AnalyzerEngine) -> None:
    [entities] = Names()([TEXT])
    results = NameRecognizer().analyze(TEXT, ["PERSON", "LOCATION"])
    assert [(one.entity_type, one.start, one.end, one.score) for one in results] == entities


def test_presidios_operators_take_it(analyzer: AnalyzerEngine) -> None:
    spans = [
        Span(one.entity_type, one.start, one.end, one.score) for one in analyzer.analyze(TEXT, "en")
    ]
    operators = {
        "PERSON": OperatorConfig(
            "mask", {"masking_char": "*", "chars_to_mask": 5, "from_end": False}
        ),
        "LOCATION": OperatorConfig("replace", {"new_value": "somewhere"}),
    }
    told = AnonymizerEngine().anonymize(TEXT, spans, operators).text  # type: ignore[no-untyped-call]
    assert (
        told
        == "Please ask for ***** Gonzalez-Lindqvist, my address is somewhere. Yours, the *****ord"
    )
