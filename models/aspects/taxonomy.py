"""The built-in categories of aspects, with example words in many languages: ``taxonomy.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("taxonomy.toml")
GENERAL: Final = "general"
"""The category of what fits no other."""


@dataclass(frozen=True, slots=True)
class Category:
    """``words``: examples by language (ISO 639-1)."""

    name: str
    about: str
    words: Mapping[str, tuple[str, ...]] = field(repr=False)


@cache
def taxonomy() -> Mapping[str, Category]:
    """The categories by name, in the order of the file."""
    document = tomllib.loads(FILE.read_text(encoding="utf8"))
    return {
        name: Category(
            name,
            table["about"],
            {key: tuple(words) for key, words in table.items() if key != "about"},
        )
        for name, table in document.items()
    }


@cache
def of_example_words() -> Mapping[tuple[str, str], str]:
    """The category that each example word is of, by language and the word in small letters; words
    of several categories are left out.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for category in taxonomy().values():
        for language, words in category.words.items():
            for word in words:
                found.setdefault((language, word.casefold()), set()).add(category.name)
    return {key: name for key, (name, *others) in found.items() if not others}
