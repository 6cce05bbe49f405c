"""Scripts that belong to one language: Chinese, Japanese, Greek, Hebrew and others are identified
by their letters.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import regex

# https://www.unicode.org/reports/tr24/ ; scripts of several languages (Latin, Cyrillic, Arabic,
# Devanagari) decide nothing.
LANGUAGE_OF: Final = {
    "Han": "zh", "Kana": "ja", "Hangul": "ko", "Greek": "el", "Hebrew": "he", "Thai": "th",
    "Georgian": "ka", "Armenian": "hy",
    "Khmer": "km", "Lao": "lo", "Sinhala": "si", "Tamil": "ta", "Telugu": "te", "Kannada": "kn",
    "Malayalam": "ml",
}  # fmt: skip
LETTERS: Final = regex.compile(
    "|".join(
        rf"(?P<{script}>[\p{{Hiragana}}\p{{Katakana}}]+)"
        if script == "Kana"
        else rf"(?P<{script}>\p{{{script}}}+)"
        for script in LANGUAGE_OF
    )
    + r"|(?P<Other>\p{L}+)"
)
WEIGHT: Final = {"Han": 2, "Kana": 2, "Hangul": 2}
"""A character of these says about as much as so many letters of an alphabet."""


class Script(NamedTuple):
    """A language (ISO 639-1) by its script, and the share of the text that is in it."""

    language: str
    share: float


NONE: Final = Script("", 0.0)


def by_script(text: str) -> Script:
    """The commonest script that has one language only; share 0 if there is none. Kana among Han
    characters make Japanese.
    """
    if text.isascii():
        return NONE
    counts: dict[str, int] = {}
    for match in LETTERS.finditer(text):
        script = match.lastgroup or "Other"
        counts[script] = counts.get(script, 0) + len(match[0]) * WEIGHT.get(script, 1)
    total = sum(counts.values())
    # A borrowed kana or two (の is in fashion in Chinese) do not make a Chinese text Japanese.
    if counts.get("Kana", 0) * 8 > counts.get("Han", 0):
        counts["Kana"] = counts.get("Kana", 0) + counts.pop("Han", 0)
    counts.pop("Other", None)
    if not counts:
        return NONE
    script = max(counts, key=lambda name: counts[name])
    return Script(LANGUAGE_OF[script], counts[script] / total)
