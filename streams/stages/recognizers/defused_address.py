"""Defanged web addresses: "hxxp://example.com", "example[.]com", "https[:]//example(dot)com"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex
from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import UrlRecognizer

from streams.stages.recognizers.domains import LATIN, end_of_domain
from streams.stages.recognizers.scanned import FLAGS, Found, scanned

DOT: Final = r"(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\})"
SCHEME: Final = r"(?:hxxps?(?:://|\[:\]//|\[://\])|https?(?:\[:\]//|\[://\]))"
GATE: Final = rf"(?i:{SCHEME}|[a-z0-9]{DOT}[a-z0-9])"
LABEL: Final = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
PATH: Final = r"(?::[0-9]{1,5})?/(?:[^\s<>\"']*[^\s<>\"'.,;:!?)\]])?"
ADDRESS = regex.compile(
    rf"(?<![{LATIN}_@.\-])(?P<scheme>{SCHEME}|https?://)?(?P<host>{LABEL}(?:(?:\.|{DOT}){LABEL}){{1,8}})(?P<path>{PATH})?",
    FLAGS,
)
LABELS = regex.compile(LABEL, FLAGS)
SIGN = regex.compile(DOT, FLAGS)
DEFUSED = regex.compile(SCHEME, FLAGS)


def addresses(text: str) -> Iterator[Found]:
    """Every address of whose signs one at least is changed, up to the top-level domain or the end
    of its path.
    """
    for match in ADDRESS.finditer(text):
        start, end = match.span("host")
        if not SIGN.search(text, start, end) and not DEFUSED.match(text, match.start()):
            continue
        signs = [sign.span() for sign in SIGN.finditer(text, start, end)]
        labels = [label.span() for label in LABELS.finditer(text, start, end)]
        last = end_of_domain(
            text, [one for one in labels if not any(low < one[0] < high for low, high in signs)]
        )
        if last is not None:
            yield Found(match.start(), match.end() if last == end else last)


class DefusedAddressRecognizer(UrlRecognizer):
    """URL that is no link."""

    def __init__(self) -> None:
        super().__init__(
            patterns=[scanned(Pattern("Defused URL", ADDRESS.pattern, 0.6), addresses)],
            name="DefusedAddressRecognizer",
        )
