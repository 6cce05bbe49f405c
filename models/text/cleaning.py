"""Text cleaning: markup, entities, control and zero-width characters, apostrophes, letters and
digits, Unicode NFC, white space.

The steps are one table that drives both ways of cleaning, with and without offsets, so that these
cannot diverge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import regex

from models.text.alignment import Alignment, Edit, apply
from models.text.markup import entities, tags
from models.text.spelling import apostrophes, control_apostrophes, is_typed_plainly, letters

Step = Callable[[str], Iterable[Edit]]

# Control and format characters; not white space (to Python the information separators are), nor the
# joiner inside an emoji such as 👩‍🚀, nor those format characters that are visible signs (Arabic,
# Syriac and Kaithi number marks).
INVISIBLE = regex.compile(
    r"""(?xV1)
    [[\p{Cc}\p{Cf}]--[\s\x1c-\x1f\u200d\u0600-\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd]]+
    | (?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d+
    | \u200d+(?!\p{Extended_Pictographic})
    """
)
SURROGATE = regex.compile(r"[\ud800-\udfff]")
MARKS: Final = 30
"""Combining marks in a row that are kept, as in Unicode's Stream-Safe Text Format (Standard Annex
15, 13): languages need six, and to compose more takes time that grows with the square of their
number."""
TOO_MANY_MARKS = regex.compile(rf"(?<=[\p{{M}}]{{{MARKS}}})\p{{M}}++")
# A cluster; flags, which are always composed, aside: from each \X would look back to the first of
# all that stand before it.
CLUSTER = regex.compile(r"\p{Regional_Indicator}++|\X")
SPACES = re.compile(r"\s\s+|[^\S ]")
ONLY_SPACES = re.compile("   *")
"""The same where no other white space is; that it begins with two fixed characters makes it several
times as fast.
"""
PRINTABLE = bytes(range(0x20, 0x7F))


def _is_printable(text: str) -> bool:
    """What ``str.isprintable`` says, in a quarter of its time where everything is ASCII."""
    return (
        not text.encode("ascii").translate(None, PRINTABLE)
        if text.isascii()
        else text.isprintable()
    )


def _is_plain(text: str) -> bool:
    """Whether there is nothing but white space and printable characters: most texts, told apart
    without a pattern.
    """
    return _is_printable(text) or "".join(text.split()).isprintable()


def _surrogates(text: str) -> Iterator[Edit]:
    """Half characters, which no encoding can hold, become the replacement character."""
    if text.isascii() or _is_plain(text):
        return
    for match in SURROGATE.finditer(text):
        yield Edit(match.start(), match.end(), "\ufffd")


def _invisible(text: str) -> Iterator[Edit]:
    if _is_plain(text):
        return
    for match in INVISIBLE.finditer(text):
        yield Edit(match.start(), match.end(), "")


def _stacks(text: str) -> Iterator[Edit]:
    """More marks on one letter than any language has."""
    if text.isascii():
        return
    for match in TOO_MANY_MARKS.finditer(text):
        yield Edit(match.start(), match.end(), "")


def _compose(text: str) -> Iterator[Edit]:
    """NFC, cluster by cluster: grapheme clusters are closed under canonical composition (Unicode
    Standard Annex 29).
    """
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return
    for match in CLUSTER.finditer(text):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            yield Edit(match.start(), match.end(), composed)


def _spaces(text: str) -> Iterator[Edit]:
    printable = _is_printable(text)
    if printable and "  " not in text:
        return
    for match in (ONLY_SPACES if printable else SPACES).finditer(text):
        yield Edit(match.start(), match.end(), " ")


def _trim(text: str) -> Iterator[Edit]:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        yield Edit(0, len(text), "")
        return
    if start:
        yield Edit(0, start, "")
    if end < len(text):
        yield Edit(end, len(text), "")


# Invisible characters go before the tags that they might break up, and again after the entities
# that may stand for them; what is misread holds some, and may hold a letter that is only then
# composed.
STEPS: Final[tuple[Step, ...]] = (
    _surrogates, control_apostrophes, _invisible, tags, entities, control_apostrophes, _invisible,
    letters, _stacks, _compose,
    apostrophes, _spaces, _trim,
)  # fmt: skip


def _is_settled(text: str) -> bool:
    """Whether it is plain that no step would change anything, as in most texts."""
    if (
        "<" in text
        or "&" in text
        or "  " in text
        or not _is_printable(text)
        or text.startswith(" ")
        or text.endswith(" ")
    ):
        return False
    if text.isascii():
        return "`" not in text and "n?t" not in text
    return (
        is_typed_plainly(text)
        and unicodedata.is_normalized("NFC", text)
        and TOO_MANY_MARKS.search(text) is None
    )


def clean(text: str) -> str:
    """The text as a person would read it on a page, on one line. Empty if nothing is left."""
    if _is_settled(text):
        return text
    for step in STEPS:
        text = apply(text, list(step(text)))
    return text


def clean_aligned(text: str) -> tuple[str, Alignment]:
    """Result of ``clean`` with the alignment of its characters to the original."""
    alignment = Alignment.of(text)
    if _is_settled(text):
        return text, alignment
    for step in STEPS:
        edits = list(step(text))
        text, alignment = apply(text, edits), alignment.after(edits)
    return text, alignment
