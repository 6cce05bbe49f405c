"""Recognizer of telephone numbers by Presidio and libphonenumber, of seven digits or more, and of
look-alikes.

To libphonenumber the year 1687 is a number that can be dialled in Germany. In a review it is a
year. And "+44 7700 900123" is none to it, because nobody has that number; people write such numbers
all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    Leniency,
    PhoneMetadata,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    country_code_for_region,
)
from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from streams.stages.recognizers.separators import is_book_number, is_reference
from streams.stages.recognizers.unassigned_number import by_form

FEWEST: Final = 7
BETWEEN: Final = (
    "[-x\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000"
    "()\uff08\uff09\uff3b\uff3d.\\[\\]/~\u2053\u223c\uff5e_]"
)
"""What libphonenumber lets stand between digits, four times at most, and the underscore."""
ENOUGH = re.compile(rf"[0-9](?:{BETWEEN}{{0,4}}[0-9]){{{FEWEST - 1}}}", re.IGNORECASE)
UNDERSCORE = re.compile(r"(?<=[0-9 )])_(?=[0-9 (])")
GOES_ON = re.compile(r"[^0-9]{0,20}[0-9]")
"""Follows a number that might be a part of what libphonenumber took for one at first."""
PLAIN = re.compile(r"[0-9(][-0-9. ()/]*")
"""Neither a country's code nor an extension is marked."""
FOUR_OCTETS = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.|$)){4}")
LIKE_AN_ADDRESS: Final = 0.2
"""Of a number that is written like an IP address: with the words of a telephone around it, it is
still taken for one.
"""
MOST_WORK: Final = 40_000
"""Of one text: libphonenumber tries each part of a candidate in each region, which for "1/1/1/1"
are thousands.
"""
TYPES: Final = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
LONGEST_PREFIX: Final = 20
FEWEST_ABROAD: Final = 3
"""Digits behind the prefix of a call abroad: fewer libphonenumber does not read."""
COMPARED, PARSED = 2, 30
"""What it costs to see that a part is plainly no number, and to parse one that may be."""
NOT_DIGIT = re.compile(r"[^0-9]+")
# What it reads as an extension ("ext. 12", "anexo 3") has some letters; no other letter is part of
# a number.
STOP: Final = "[b-df-hj-mp-ru-wyzB-DF-HJ-MP-RU-WYZ!?\"'%&<>@$|{}*]"


class PhoneNumberRecognizer(PhoneRecognizer):
    """PHONE_NUMBER as it is written in any of the regions, or with its country's code."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: Any = None
    ) -> list[RecognizerResult]:
        """Every number that is valid in a region or has the form of one, and is not said to be
        another kind of number; the whole text where to find them would take ``MOST_WORK``."""
        tries = _Tries(MOST_WORK)
        written = UNDERSCORE.sub("-", text)
        try:
            found = self._numbers(written, tries)
            found += [
                self._result(*one)
                for one in by_form(
                    written, self.supported_regions, found, lambda: tries.take(PARSED)
                )
            ]
        except _TooMany:
            return [self._result(0, len(text), self.SCORE)]
        for one in found:
            one.start += _opens_before(written[one.start : one.end])
        return [one for one in found if not _is_other(written, one.start, one.end)]

    def _result(self, start: int, end: int, score: float) -> RecognizerResult:
        metadata = {RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id}
        return RecognizerResult(
            "PHONE_NUMBER",
            start,
            end,
            score,
            AnalysisExplanation(type(self).__name__, score),
            metadata,
        )

    def _numbers(self, text: str, tries: _Tries) -> list[RecognizerResult]:
        given = text
        results: list[RecognizerResult] = []
        for region in self.supported_regions:
            if not ENOUGH.search(text):
                break
            for match in _Matcher(text, region, tries):
                score = LIKE_AN_ADDRESS if FOUR_OCTETS.fullmatch(match.raw_string) else self.SCORE
                results.append(self._result(match.start, match.end, score))
                if match.raw_string.startswith("+") and not GOES_ON.match(
                    text, match.end
                ):  # the same in every region
                    text = text[: match.start] + "\n" * len(match.raw_string) + text[match.end :]
        results = [result for result in results if ENOUGH.search(given, result.start, result.end)]
        return EntityRecognizer.remove_duplicates(results)


def _opens_before(number: str) -> int:
    """How many brackets stand before it that do not close in it: they are those of the sentence."""
    return (
        1
        if (number[0] == "(" and ")" not in number) or (number[0] == "[" and "]" not in number)
        else 0
    )


def _is_other(text: str, start: int, end: int) -> bool:
    """Whether it is the number of a book, an article or an order; none of these begins with a
    plus."""
    return text[start] != "+" and (is_reference(text, start) or is_book_number(text[start:end]))


class _TooMany(Exception):
    """More was tried than may be."""


@dataclass(slots=True)
class _Tries:
    left: int

    def take(self, work: int) -> None:
        """Raises ``_TooMany``."""
        self.left -= work
        if self.left < 0:
            raise _TooMany


class _Matcher(PhoneNumberMatcher):
    """Parses nothing of which it is plain that it is no number of the region: parsing takes nearly
    all the time.
    """

    def __init__(self, text: str, region: str, tries: _Tries) -> None:
        super().__init__(text, region, Leniency.VALID)
        self._tries = tries

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        self._tries.take(COMPARED)
        possible = _possible(self.preferred_region)
        if (
            possible
            and PLAIN.fullmatch(candidate)
            and not possible.fullmatch(NOT_DIGIT.sub("", candidate))
        ):
            return None
        self._tries.take(PARSED)
        return super()._parse_and_verify(candidate, offset)


@cache
def _possible(region: str) -> re.Pattern[str] | None:
    """What the digits of every number match that is valid in a region, or in those that share its
    code, or begins with the prefix of a call abroad. None where its rules are not that simple."""
    code = country_code_for_region(region)
    sharing = COUNTRY_CODE_TO_REGION_CODE[code]
    described = [
        metadata for each in sharing if (metadata := PhoneMetadata.metadata_for_region(each))
    ]
    own, main = (PhoneMetadata.metadata_for_region(each) for each in (region, sharing[0]))
    if own is None or main is None or _adds_digits(own) or _adds_digits(main):
        return None
    before = "|".join(sorted({_prefix(own), _prefix(main)}))
    national = "|".join(
        sorted({pattern for metadata in described for pattern in _national_numbers(metadata)})
    )
    return re.compile(
        rf"(?:{code})?(?:{before})?(?:{national})|"
        rf"(?:{own.international_prefix or '$'})\d{{{FEWEST_ABROAD},}}"
    )


def _adds_digits(metadata: PhoneMetadata) -> bool:
    return re.fullmatch(r"(?:\\[1-9])?", metadata.national_prefix_transform_rule or "") is None


def _prefix(metadata: PhoneMetadata) -> str:
    """What may stand before a national number: digits alone, or as many as a pattern takes that
    begins there.
    """
    prefix = metadata.national_prefix_for_parsing or ""
    return prefix if prefix.isdecimal() or not prefix else rf"(?={prefix})\d{{0,{LONGEST_PREFIX}}}"


def _national_numbers(metadata: PhoneMetadata) -> Iterator[str]:
    """The patterns of each type of number: a number is valid if it is of one of them."""
    for name in TYPES:
        described = getattr(metadata, name)
        if described and described.national_number_pattern:
            yield described.national_number_pattern
