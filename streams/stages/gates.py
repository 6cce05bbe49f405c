"""Recognizer gates: one pass over a text that determines which entities it can contain at all.

Every recognizer has a gate: a pattern in RE2's dialect which matches somewhere in a text whenever
the recognizer would find something there. All gates together are one ``re2.Set``, a single
automaton whose time is linear in the text. https://github.com/google/re2/blob/main/re2/set.h
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import re2
from presidio_analyzer import PatternRecognizer

# Python knows younger versions of Unicode than RE2: what is outside the ASCII range or the first
# plane counts as anything.
DIGIT: Final = r"\p{Nd}\x{10000}-\x{10FFFF}"
SPACE: Final = r"\s\x0b\x1c-\x1f\x{80}-\x{10FFFF}"
WORD: Final = r"0-9A-Za-z_\x{80}-\x{10FFFF}"
CAPITAL: Final = r"A-Z\x{80}-\x{10FFFF}"
LETTER: Final = r"A-Za-z\x{80}-\x{10FFFF}"
OTHER: Final = r"\x{80}-\x{10FFFF}"
CLASSES: Final = {
    r"\d": DIGIT, r"\s": SPACE, r"\w": WORD, r"\p{L}": LETTER, r"\p{Latin}": LETTER,
    r"\p{M}": OTHER, r"\p{Lu}": CAPITAL,
}  # fmt: skip
EXCLUDED: Final = {
    r"\p{L}": "A-Za-z", r"\p{Latin}": "A-Za-z", r"\p{M}": r"\x{300}", r"\p{Lu}": "A-Z",
    r"\D": r"\x00-/:-\x7F", r"\S": r"!-~\x00-\x08\x0E-\x1B\x7F",
    r"\W": r"\x00-/:-@\[-\^`{-\x7F",
}  # fmt: skip
"""The same in a negated class, which matches more the less it names: only what they stand for in
any version of Unicode. For RE2 the others are of the ASCII range anyway.
"""
MEMORY: Final = 256 << 20
"""At most, for the states of the automaton. They are built as texts need them; a few megabytes are
usual.
"""

PIECES = re.compile(r"(\\(?:p\{\w+\}|.))|(\[)|(\])|(\(\?<?[=!])|(\()|(\))|(.)", re.DOTALL)


class Gates:
    """Set of gates: which of them a text passes, and where. Not thread-safe."""

    def __init__(self, gates: Sequence[str]) -> None:
        options = re2.Options()
        options.max_mem = MEMORY
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for gate in gates:
            self._set.Add(gate)
        self._set.Compile()
        self._single = [re2.compile(gate, options) for gate in gates]

    def passed(self, data: bytes) -> Sequence[int]:
        """The numbers of the gates that ``data``, made by ``encode``, passes."""
        return self._set.Match(data) or ()

    def hits(self, number: int, text: str, data: bytes) -> Iterator[tuple[int, int]]:
        """Spans of a gate's matches: offsets into ``text``, in order, without overlaps. ``data`` is
        the encoded text.
        """
        spans = (match.span() for match in self._single[number].finditer(data))
        if len(data) == len(text):
            yield from spans
            return
        characters = done = 0
        for start, end in spans:
            first = characters + len(data[done:start].decode())
            characters, done = first + len(data[start:end].decode()), end
            yield first, characters


def encode(text: str) -> bytes:
    """A text as ``Gates`` reads it: half characters replaced, and the Turkish letters that Python
    takes for an i.
    """
    if text.isascii():
        return text.encode()
    return text.replace("\u0130", "I").replace("\u0131", "i").encode("utf8", "replace")


def gate_of(recognizer: PatternRecognizer) -> str:
    """A gate made of a recognizer's own patterns: these without what they demand of their
    surroundings.

    Patterns with references back to a group have none; RE2 raises ``re2.error``.
    """
    return "|".join(f"(?is:{without_assertions(pattern.regex)})" for pattern in recognizer.patterns)  # type: ignore[has-type]


def without_assertions(pattern: str) -> str:
    """A regular expression in RE2's dialect that matches more: no look-around, no word
    boundaries."""
    kept: list[str] = []
    in_class = negated = False
    depth = skipped = 0
    for match in PIECES.finditer(pattern):
        escaped, opens, closes, look, group, end, _ = match.groups()
        if look and not in_class:
            skipped = skipped or depth + 1
        if (look or group) and not in_class:
            depth += 1
        piece = match[0]
        if in_class and negated:
            piece = EXCLUDED.get(escaped, piece)
        elif escaped in CLASSES:
            piece = CLASSES[escaped] if in_class else f"[{CLASSES[escaped]}]"
        elif escaped in {r"\b", r"\B"} and not in_class:
            piece = ""
        if not skipped:
            kept.append(piece)
        if opens and not in_class:
            negated = pattern.startswith("^", match.end())
        if opens or closes:
            in_class = bool(opens) or (in_class and not closes)
        if end and not in_class:
            skipped = 0 if skipped == depth else skipped
            depth -= 1
    return "".join(kept)
