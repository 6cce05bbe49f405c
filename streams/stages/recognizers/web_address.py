"""Recognizer of web addresses: Presidio's pattern, with a word boundary.

The pattern knows every top-level domain, so a full stop without a space after it makes one: "the
end.Great", "this movie.it is".
"""

from __future__ import annotations

import re
from typing import Any, Final

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import UrlRecognizer
from spacy.lang.en.stop_words import STOP_WORDS

from streams.stages.gates import OTHER as NOT_ASCII
from streams.stages.recognizers.domains import LATIN, SUFFIXES, TOP_LEVEL, end_of_domain
from streams.stages.recognizers.scanned import scanned
from streams.stages.recognizers.web_address_scan import DOMAINS, SCANS, possible

QUOTES: Final = ('"', "'")
SCHEME: Final = ("http://", "https://")
OTHER = re.compile(rf"[\u3000-\u303f\uff00-\uffef]|(?<=[{LATIN}])[^\x00-\x7f{LATIN}]")
"""What ends an address without a space: Chinese marks; letters of other scripts, quotation marks
and emoji behind Latin ones.
"""
LABEL = re.compile(rf"[{LATIN}_-]+")
REST = re.compile(r"[^\s<>\"']*[^\s<>\"'.,;:!?)\]*-]")
# What Presidio's pattern left of a domain that it cut inside a label ("www.example.biz" after
# ".bi"), and the path behind it.
CUT = re.compile(rf"[{LATIN}_-]+(?:\.[{LATIN}_-]+)*(?:[/?#](?:[^\s<>\"']*[^\s<>\"'.,;:!?)\]])?)?")
GLUED = re.compile(r"([A-Za-z]+)\.([A-Za-z]+)")
ENDS: Final = "|".join(
    sorted(label for label in TOP_LEVEL.union(DOMAINS) if re.fullmatch(f"[{LATIN}-]+", label))
)
GATE: Final = rf"(?i:https?://)|(?i:[a-z0-9\-]\.(?:{ENDS}))(?:\b|[A-Z_{NOT_ASCII}])"
"""A top-level domain which may be the end of a label ("gr" in "the end.great" is not), and not
behind two full stops. Behind a scheme everything is kept."""


class WebAddressRecognizer(UrlRecognizer):
    """URL, up to its real end; not where a sentence was merely glued to the next."""

    def __init__(self) -> None:
        super().__init__(patterns=[scanned(known, SCANS[known.name]) for known in self.PATTERNS])

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: Any = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        """As Presidio finds them, mended or dropped. Only those scans are made that may find
        something.
        """
        names = possible(text)
        results = [
            self._result(found.start, found.end, known.score)
            for known in self.PATTERNS
            if known.name in names
            for found in SCANS[known.name](text)
        ]
        if len(results) > 1:
            results = EntityRecognizer.remove_duplicates(results)
        return [result for result in results if self._mend(text, result)]

    def _result(self, start: int, end: int, score: float) -> RecognizerResult:
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(
            "URL", start, end, score, AnalysisExplanation(type(self).__name__, score), metadata
        )

    @staticmethod
    def _mend(text: str, result: RecognizerResult) -> bool:
        found = text[result.start : result.end]
        result.start += len(found) - len(found.lstrip("-"))  # a dash is no part of it
        cut = (REST if found.lower().lstrip("\"'").startswith(SCHEME) else CUT).match(
            text, result.end
        )
        end = cut.end() if cut else result.end - len(found) + len(found.rstrip(".,;:!?)]*-"))
        other = (
            None if text[result.start : end].isascii() else OTHER.search(text, result.start, end)
        )
        result.end = other.start() if other else end
        found = text[result.start : result.end]
        if found.lower().lstrip("\"'").startswith(SCHEME):
            return True
        if cut is None and _is_glued(found):
            return False
        if (cut or found.count(".") > 1) and "/" not in found and not found.startswith(QUOTES):
            last = end_of_domain(
                text, [label.span() for label in LABEL.finditer(text, result.start, result.end)]
            )
            if last is None:
                return False
            result.end = last
            found = text[result.start : result.end]
        known = cut is None or bool(SUFFIXES(found.strip("\"'")).suffix)
        return known and not _is_glued(found)


def _is_glued(found: str) -> bool:
    """Whether it looks like two sentences without a space between: a capital, or an everyday word,
    follows the only full stop.
    """
    if ".." in found.partition("/")[0]:
        return True
    glued = GLUED.fullmatch(found)
    if glued is None or glued[1].lower() == "www":
        return False
    sentence = glued[1][-1].islower() and glued[2].istitle()
    return sentence or glued[2].lower() in STOP_WORDS
