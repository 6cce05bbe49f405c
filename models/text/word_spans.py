"""Words with their offsets in a text, for display; independent of any model's tokens."""

from __future__ import annotations

import regex

# Placeholders of masked data, characters of scripts that put no space between words, marks as in
# "8/10", words with contractions, and whatever else can be seen: punctuation and emoji, whole.
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
# It begins with what can be seen: the joiner inside an emoji is a word character too.
WORD = rf"[[\p{{L}}\p{{N}}_]--{UNSPACED}][\w--{UNSPACED}]*(?:['’][\w--{UNSPACED}]+)*"
# A flag, which \X would find as well, but from each would look back to the first of all that stand
# before it.
FLAG = r"\p{Regional_Indicator}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*"
TOKENS = regex.compile(rf"(?V1)<[A-Z_]+>|{UNSPACED}\p{{M}}*|\d+/\d+|{WORD}|{FLAG}|(?!\s)\X")
WORDS = regex.compile(rf"(?V1){UNSPACED}|{WORD}")
RUN_TOGETHER = regex.compile(rf"(?V1)[\w--{UNSPACED}]{{2}}")


def tokens(text: str) -> list[tuple[int, int]]:
    """Start and end of each token, in order; together they hold everything but the white space."""
    return [match.span() for match in TOKENS.finditer(text)]


def word_count(text: str) -> int:
    """Number of words; each Chinese or Japanese character counts as one."""
    return len(WORDS.findall(text))


def without(text: str, start: int, end: int) -> str:
    """The text with a piece left out, still spaced as cleaned text is: words do not run together,
    no space is doubled.
    """
    left, right = text[:start], text[end:]
    if not left or left.endswith(" "):
        right = right.lstrip(" ")
    if not right:
        return left.rstrip(" ")
    return f"{left} {right}" if RUN_TOGETHER.fullmatch(left[-1:] + right[0]) else left + right
