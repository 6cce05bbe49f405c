"""Recognizer of IP addresses: Presidio's patterns, also beside a colon, adjoining a word, and
defanged.

"IP:2001:db8::1" and "2001:db8::1: refused" hold an address. Presidio takes every colon for a part
of it, and finds none.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from presidio_analyzer import Pattern, RecognizerResult
from presidio_analyzer.predefined_recognizers import IpRecognizer

from streams.stages.recognizers.of_presidio import ASCII
from streams.stages.recognizers.scanned import FLAGS
from streams.stages.recognizers.separators import is_version

NOT_BEFORE, NOT_BEHIND = r"(?<![\w:])", r"(?![\w:]|\.\d)"
BEFORE: Final = rf"(?:{NOT_BEFORE}|(?<=\bIP(?:v?[46])?:)|(?<=[^0-9A-Fa-f:]:))"
BEHIND: Final = r"(?!\w|:[\w:]|\.\d)"
DOT: Final = r"(?:\.| ?[(\[{] ?(?:\.|dot) ?[)\]}] ?| (?:dot|\.) )"
OCTET: Final = r"[0-9]{1,3}"
OCTETS: Final = rf"{OCTET}(?:{DOT}{OCTET}){{3}}"
IPV4: Final = Pattern(
    "IPv4",
    rf"(?<![0-9])(?<![0-9]\.){OCTETS}(?![0-9]|\.[0-9])(?:/(?:[12]?[0-9]|3[0-2])(?![0-9]))?",
    0.6,
)
GATE: Final = rf"(?i){OCTETS}|[0-9a-f]::|::[0-9a-f]|(?:[0-9a-f]{{1,4}}:){{6}}"
ANY_DOT = re.compile(DOT, re.IGNORECASE)
HEX_GROUP = re.compile(r"[0-9A-Fa-f]+")
FEWEST_GROUPS: Final = 3
LONG_GROUP = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{3,4}", re.IGNORECASE)


class NetworkAddressRecognizer(IpRecognizer):
    """IP_ADDRESS, version 4 and 6."""

    def __init__(self) -> None:
        longer = [
            Pattern(known.name, _beside_colons(known.regex), known.score)
            for known in self.PATTERNS
            if known.name not in {"IPv4", "IPv6_unspecified"}  # "::" alone is nobody's
        ]
        super().__init__(patterns=[*longer, IPV4])
        self.global_regex_flags = FLAGS | ASCII

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: Any = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        """As Presidio finds them, without versions of software."""
        results = super().analyze(text, entities, nlp_artifacts, regex_flags)
        return [
            one
            for one in results
            if ":" in text[one.start : one.end] or not is_version(text, one.start, one.end)
        ]

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is no address, or looks like one by chance: a time with two colons, a word of
        a programming language.
        """
        if ":" not in pattern_text:
            address, _, length = ANY_DOT.sub(".", pattern_text).partition("/")
            octets = [int(octet) for octet in address.split(".")]
            return max(octets) > 255 or (length != "" and int(length) > 32)
        try:
            ipaddress.ip_interface(pattern_text)
        except ValueError:
            return True
        groups = HEX_GROUP.findall(pattern_text.partition("%")[0].partition("/")[0])
        return len(groups) < FEWEST_GROUPS and not _is_likely(pattern_text, groups)


def _is_likely(written: str, groups: list[str]) -> bool:
    """Whether so few groups are an address all the same."""
    if written.startswith("::"):
        return any(character.isdecimal() for character in written)
    if len(groups) == 1 and groups[0].isdecimal():  # "in 2020:: the year"
        return False
    return any(map(LONG_GROUP.fullmatch, groups))


def _beside_colons(pattern: str) -> str:
    return pattern.replace(NOT_BEFORE, BEFORE).replace(NOT_BEHIND, BEHIND)
