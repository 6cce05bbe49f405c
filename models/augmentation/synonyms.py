"""Synonym replacement with WordNet (Miller 1995, https://wordnet.princeton.edu): EDA's first
operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.artifact.calibration import Labels
from models.augmentation.tokens import rewritten, some
from schemas.errors import InputError

WORDNET = Path("/usr/share/wordnet")
"""Where Debian's package wordnet-base puts it."""

SHORTEST = 3
"""Letters of a word that is replaced: to WordNet "i" is iodine and "a" an angstrom."""

KINDS = ("adj", "adv", "verb", "noun")
Synsets = dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """The augmentation. ``of``: word → the words for the same in its commonest sense."""

    of: Mapping[str, tuple[str, ...]] = field(repr=False)

    def __call__(
        self, texts: Sequence[str], positive: Labels, rng: np.random.Generator
    ) -> tuple[list[str], Labels]:
        """A copy of each text that has a word with synonyms, a tenth of those words replaced; see
        ``Augmentation``.
        """
        return rewritten(texts, positive, rng, self._replaced)

    def _replaced(
        self, tokens: list[str], places: list[int], rng: np.random.Generator
    ) -> list[str]:
        known = [at for at in places if tokens[at] in self.of]
        changed = list(tokens)
        for at in some(known, rng) if known else ():
            synonyms = self.of[tokens[at]]
            changed[at] = synonyms[int(rng.integers(len(synonyms)))]
        return changed


def read_wordnet(folder: Path = WORDNET) -> dict[str, tuple[str, ...]]:
    """Word → synonyms, single words only, in the first sense as that part of speech which it mostly
    is.

    The first sense is the commonest; others would replace "good" by "goodness" and "kind" by
    "sort". Raises ``InputError`` where WordNet is not installed, or is not WordNet.
    """
    synonyms: dict[str, tuple[str, ...]] = {}
    uses: dict[str, int] = {}
    for kind in KINDS:
        synsets = dict(_synsets(folder / f"data.{kind}"))
        for line in _lines(folder / f"index.{kind}"):
            word, found, first = _entry(folder / f"index.{kind}", line)
            if word.isalpha() and len(word) >= SHORTEST and found > uses.get(word, -1):
                uses[word] = found
                synonyms[word] = tuple(other for other in synsets.get(first, ()) if other != word)
    return {word: others for word, others in synonyms.items() if others}


def _synsets(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Offset and words of each set of synonyms. Format: man 5 wndb."""
    for line in _lines(path):
        fields = line.split(" ", 4)
        try:
            count = int(fields[3], 16)
            # Adjectives carry a mark of where they may stand: "galore(ip)".
            words = [
                word.partition("(")[0].lower()
                for word in fields[4].split(" ", 2 * count)[: 2 * count : 2]
            ]
            yield int(fields[0]), tuple(word for word in words if word.isalpha())
        except (ValueError, IndexError) as error:
            raise InputError(f"{path} is not a data file of WordNet") from error


def _entry(path: Path, line: str) -> tuple[str, int, int]:
    """A word, how many of its senses were met in tagged texts, and the offset of the first."""
    fields = line.split()
    try:
        senses = int(fields[2])
        return fields[0], int(fields[-senses - 1]), int(fields[-senses])
    except (ValueError, IndexError) as error:
        raise InputError(f"{path} is not an index file of WordNet") from error


def _lines(path: Path) -> Iterator[str]:
    """The lines after the licence, which is indented."""
    try:
        with path.open(encoding="utf8") as file:
            for line in file:
                if not line.startswith("  "):
                    yield line
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"synonyms need WordNet, but {path} cannot be read: install Debian's package "
            "wordnet-base"
        ) from error
