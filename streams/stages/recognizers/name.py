"""Presidio adapter of the tagger: names and places go through Presidio's operators, deny lists and
thresholds.

https://microsoft.github.io/presidio/analyzer/adding_recognizers/
"""

from __future__ import annotations

from typing import Any

from presidio_analyzer import LocalRecognizer, RecognizerResult

from models.names.tagger import NameTagger


class NameRecognizer(LocalRecognizer):
    """PERSON and LOCATION, each with the tagger's confidence. The stream asks the tagger itself,
    for whole batches.
    """

    def __init__(self, tagger: NameTagger | None = None) -> None:
        """By default with the shipped model."""
        self._tagger = tagger or NameTagger.load()
        super().__init__(
            supported_entities=["PERSON", "LOCATION"],
            supported_language="en",
            name="NameRecognizer",
        )

    def load(self) -> None:
        """Nothing to load: the model is there."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None
    ) -> list[RecognizerResult]:
        """Results of the tagger for the wanted entities."""
        [found] = self._tagger([text])
        return [RecognizerResult(*one) for one in found if one.type in entities]
