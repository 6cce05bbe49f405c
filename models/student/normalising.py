"""Text as the student reads it: compatibility-composed, in small letters, with ratings as marks of
their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import re2

FIRST_RATING = 0xE000
"""Private-use characters: U+E001 … U+E005 stand for one to five stars, however these are written.
"""
STARS, HOLLOW = "★⭐🌟", "☆"
APOSTROPHES = "\u2019\u2018\u02bc`"
"""Those that NFKC leaves as they are."""
FIRST_IDEOGRAPH, LAST_IDEOGRAPH = "\u4e00", "\u9fff"
BETWEEN_IDEOGRAPHS = re.compile(f"[^{FIRST_IDEOGRAPH}-{LAST_IDEOGRAPH}]+")
STAR_STRING = re.compile(
    rf"(?P<full>[{STARS}]{{1,10}})\s?(?P<hollow>{HOLLOW}{{0,9}})|(?P<none>{HOLLOW}{{2,10}})"
)
BETWEEN = "out of|von|sur|de|su|из|van|av|de las?"
OUT_OF = re.compile(
    rf"(?P<points>\d{{1,3}}(?:[.,]\d)?)\s?(?:/|{BETWEEN})\s?(?P<most>5|10|100)(?![\d/]|[.,]\d)"
)
UNITS = (
    r"(?:stars?\b|estrellas?\b|[ée]toiles?\b|sterne?n?\b|stell[ae]\b|estrelas?\b|sterren\b|zvězd\w*|gwiazd\w*|звезд\w*"
    "|y\u0131ld\u0131z\\w*|星|颗星|つ星)"
)
COUNTED = re.compile(rf"(?P<points>[0-5](?:[.,]5)?)[\s-]?{UNITS}")
STEMS = "star|estrel|[ée]toil|ster|stell|zvězd|gwiazd|звезд|y\u0131ld\u0131z|星|颗|つ"
"""What the units begin with."""
NAMES = "one|two|three|four|five|zero"
SPELT = re.compile(rf"(?P<points>{NAMES})[\s-]?stars?\b")
WRITTEN = {"zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
PART_OF_A_NUMBER = frozenset("0123456789/.,")
DIGIT: Final = r"\p{Nd}"
MARKED: Final = re2.compile(
    f"(?s)[{STARS}{HOLLOW}]|{DIGIT}.?(?:/|{BETWEEN}).?(?:5|10)|(?:{DIGIT}|{NAMES}).?(?:{STEMS})"
)
"""Found in every text that a pattern above is found in, and in few others. RE2 looks for all of it
in a twentieth of the time that the patterns take.
"""


def normalised(text: str) -> str:
    """NFKC without capitals, apostrophes plain, ratings as characters from U+E001 on."""
    if not text.isascii():
        text = composed(text)
        for apostrophe in APOSTROPHES:
            text = text.replace(apostrophe, "'")
    text = text.lower()
    if MARKED.search(text.encode("utf8", "surrogatepass")) is None:
        return text
    if any(star in text for star in STARS + HOLLOW):
        text = STAR_STRING.sub(_of_stars, text)
    text = COUNTED.sub(_named, OUT_OF.sub(_out_of, text))
    return SPELT.sub(_named, text) if "star" in text else text


def composed(text: str) -> str:
    """NFKC. Ideographs are composed with nothing and stay what they are, so that of Chinese only
    what is between them is looked at: in a third of the time, as its punctuation is full-width.
    """
    if unicodedata.is_normalized("NFKC", text):
        return text
    if not FIRST_IDEOGRAPH <= text[len(text) // 2] <= LAST_IDEOGRAPH:
        return unicodedata.normalize("NFKC", text)
    return BETWEEN_IDEOGRAPHS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def encoded(texts: Sequence[str]) -> bytes:
    """The normalised texts in UTF-32, each with a zero behind it."""
    return "".join([f"{_without_zeros(normalised(text))}\0" for text in texts]).encode(
        "utf-32-le", "surrogatepass"
    )


def _without_zeros(text: str) -> str:
    return text.replace("\0", " ") if "\0" in text else text


def rating(share: float) -> str:
    """The mark of a share of all points, 0 to 1, between spaces."""
    return f" {chr(FIRST_RATING + max(1, min(5, round(5 * share))))} "


def _of_stars(match: re.Match[str]) -> str:
    full, hollow = len(match["full"] or ""), len(match["hollow"] or match["none"] or "")
    return rating(full / max(5, full + hollow))


def _out_of(match: re.Match[str]) -> str:
    points, most = float(match["points"].replace(",", ".")), float(match["most"])
    return match[0] if points > most or _continues(match) else rating(points / most)


def _named(match: re.Match[str]) -> str:
    points = match["points"]
    share = WRITTEN[points] / 5 if points in WRITTEN else float(points.replace(",", ".")) / 5
    return match[0] if _continues(match) else rating(share)


def _continues(match: re.Match[str]) -> bool:
    """Whether the number is the end of a longer one, of a date or of a word."""
    before = match.string[match.start() - 1 : match.start()]
    return before in PART_OF_A_NUMBER or (before.isascii() and before.isalpha())
