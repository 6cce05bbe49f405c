"""Scripts that belong to one language: Chinese, Japanese, Greek, Hebrew and others are identified
by their letters.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

# https://www.unicode.org/reports/tr24/ ; scripts of several languages (Latin, Cyrillic, Arabic,
# Devanagari) decide nothing.
LANGUAGE_OF: Final = {
    "Han": "zh", "Kana": "ja", "Hangul": "ko", "Greek": "el", "Hebrew": "he", "Thai": "th",
    "Georgian": "ka", "Armenian": "hy",
    "Khmer": "km", "Lao": "lo", "Sinhala": "si", "Tamil": "ta", "Telugu": "te", "Kannada": "kn",
    "Malayalam": "ml",
}  # fmt: skip
CHARACTERS_OF: Final = {
    script: r"\p{Hiragana}\p{Katakana}" if script == "Kana" else rf"\p{{{script}}}"
    for script in LANGUAGE_OF
}
LETTERS: Final = regex.compile(
    "(?V1)"
    + "|".join(f"(?P<{script}>[{those}]+)" for script, those in CHARACTERS_OF.items())
    + rf"|(?P<Other>[\p{{L}}--[{''.join(CHARACTERS_OF.values())}]]+)"
)
WEIGHT: Final = {"Han": 2, "Kana": 2, "Hangul": 2}
"""A character of these says about as much as so many letters of an alphabet."""
NAMES: Final = ("", "Other", *LANGUAGE_OF)
"""Of classes of characters: what is no letter, letters of other scripts, and the scripts."""
WEIGHTS: Final = np.array([0, 1, *(WEIGHT.get(script, 1) for script in LANGUAGE_OF)])
END: Final = 0x40000
"""There are no letters from here on."""
SURROGATES: Final = range(0xD800, 0xE000)


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of every code point up to ``END``, that for all others: position in ``NAMES``."""
    everything = "".join(chr(code) if code not in SURROGATES else " " for code in range(END))
    classes = np.zeros(END + 1, np.uint8)
    for match in LETTERS.finditer(everything):
        classes[match.start() : match.end()] = NAMES.index(match.lastgroup or "Other")
    return classes


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
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    found = _classes()[np.minimum(codes, END)]
    if found.max() <= NAMES.index("Other"):
        return NONE
    weighed = (np.bincount(found, minlength=len(NAMES)) * WEIGHTS).tolist()
    counts = dict(zip(NAMES, weighed, strict=True))
    total = sum(weighed)
    # A borrowed kana or two (の is in fashion in Chinese) do not make a Chinese text Japanese.
    if counts["Kana"] * 8 > counts["Han"]:
        counts["Kana"] += counts.pop("Han")
    script = max((name for name in LANGUAGE_OF if name in counts), key=lambda name: counts[name])
    return Script(LANGUAGE_OF[script], counts[script] / total)
