"""Words of a language and sentences made of them, with the labels that they give: what templates
are filled from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NEGATIVE, NEUTRAL, POSITIVE = range(3)
LABELS: Final = {"N": NEGATIVE, "U": NEUTRAL, "P": POSITIVE}
FILE: Final = Path(__file__).with_name("lexicons.toml")


@dataclass(frozen=True, slots=True)
class Frames:
    """Sentences by label with places for words of their own (``{x}``), things (``{t}``), and good
    and bad words of the language (``{g}``, ``{b}``).
    """

    words: tuple[str, ...]
    things: tuple[str, ...]
    sentences: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, table: Mapping[str, Any], things: tuple[str, ...]) -> Frames:
        """Of a table of the file. ``things``: those of the language, unless it has its own."""
        return cls(
            tuple(table.get("words", "").split(",")),
            tuple(table["things"].split(",")) if "things" in table else things,
            tuple((said, LABELS[label]) for label in LABELS for said in table.get(label, ())),
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of a language, and patterns: by the label that they give a good word (``good``) and a
    bad one (``bad``).

    ``neutral``: patterns without a judgement; ``idioms``: what is said as it stands, with its
    label, alone or of a thing; ``frames``: sentences with words of their own.
    """

    things: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    patterns: tuple[tuple[str, int, int], ...]
    neutral: tuple[str, ...]
    idioms: tuple[tuple[str, int], ...]
    frames: tuple[Frames, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Lexicon:
        """Of a table of the file."""
        things, good, bad = (tuple(table[name].split(",")) for name in ("things", "good", "bad"))
        patterns = tuple(
            (pattern, LABELS[of_good], LABELS[of_bad])
            for pattern, of_good, of_bad in table["patterns"]
        )
        idioms = tuple((idiom, LABELS[label]) for label, said in table["idioms"] for idiom in said)
        frames = tuple(Frames.of(frame, things) for frame in table.get("frames", ()))
        return cls(things, good, bad, patterns, tuple(table["neutral"]), idioms, frames)


def load() -> dict[str, Lexicon]:
    """By language, in the order of the file."""
    return {
        language: Lexicon.of(table)
        for language, table in tomllib.loads(FILE.read_text(encoding="utf8")).items()
    }
