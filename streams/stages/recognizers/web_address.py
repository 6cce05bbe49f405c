"""Web addresses: Presidio's pattern, with the boundary it lacks.

The pattern knows every top-level domain, so a full stop without a space after it makes one: "the end.Great", "clothes.an".
"""

from __future__ import annotations

import re
from typing import Any, Final

from presidio_analyzer import RecognizerResult
from presidio_analyzer.predefined_recognizers import UrlRecognizer

SCHEME: Final = ("http://", "https://")
REST = re.compile(r"[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
SENTENCE_END = re.compile(r"[a-z]\.[A-Z][a-z]*$")


class WebAddressRecognizer(UrlRecognizer):
    """URL, up to its real end; not where a sentence was merely glued to the next."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None, regex_flags: int | None = None
    ) -> list[RecognizerResult]:
        """As Presidio finds them, mended or dropped."""
        results = super().analyze(text, entities, nlp_artifacts, regex_flags)
        return [result for result in results if self._mend(text, result)]

    @staticmethod
    def _mend(text: str, result: RecognizerResult) -> bool:
        found = text[result.start : result.end]
        if found.lower().lstrip("\"'").startswith(SCHEME):
            rest = REST.match(text, result.end)
            result.end = rest.end() if rest else result.start + len(found.rstrip(".,;:!?)]"))
            return True
        cut = result.end < len(text) and (text[result.end].isalnum() or text[result.end] in "_-")
        return not cut and SENTENCE_END.search(found) is None
