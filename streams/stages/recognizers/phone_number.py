"""Telephone numbers as Presidio and libphonenumber find them, of seven digits or more.

To libphonenumber the year 1687 is a number that can be dialled in Germany. In a review it is a year.
"""

from __future__ import annotations

import re
from typing import Any, Final

from phonenumbers import Leniency, PhoneNumberMatch, PhoneNumberMatcher
from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

FEWEST: Final = 7
BETWEEN: Final = (
    "[-x\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000"
    "()\uff08\uff09\uff3b\uff3d.\\[\\]/~\u2053\u223c\uff5e]"
)
"""What libphonenumber lets stand between digits, four times at most."""
ENOUGH = re.compile(rf"\d(?:{BETWEEN}{{0,4}}\d){{{FEWEST - 1}}}", re.IGNORECASE)
# What it reads as an extension ("ext. 12", "anexo 3") has some letters; no other letter is part of a number.
STOP: Final = "[b-df-hj-mp-ru-wyzB-DF-HJ-MP-RU-WYZ!?\"'%&<>@$|{}*_]"


class PhoneNumberRecognizer(PhoneRecognizer):
    """PHONE_NUMBER as it is written in any of the regions, or with its country's code."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Every number that is valid in a region."""
        results: list[RecognizerResult] = []
        recognizer = {RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id}
        for region in self.supported_regions:
            if not ENOUGH.search(text):
                break
            for match in _Matcher(text, region, Leniency.VALID):
                explanation = AnalysisExplanation(type(self).__name__, self.SCORE)
                results.append(
                    RecognizerResult("PHONE_NUMBER", match.start, match.end, self.SCORE, explanation, dict(recognizer))
                )
                if match.raw_string.startswith("+"):  # the same in every region
                    text = text[: match.start] + "\n" * len(match.raw_string) + text[match.end :]
        return EntityRecognizer.remove_duplicates(results)


class _Matcher(PhoneNumberMatcher):
    """Does not even look whether something short is a number."""

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        return super()._parse_and_verify(candidate, offset) if ENOUGH.search(candidate) else None
