"""The cases of the behaviour suite, made of the templates in ``cases/*.toml``, a file a language.

No case may be a text that trains a model, which could have memorised it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from models.labels import LABELS
from models.text.cleaning import clean

FOLDER: Final = Path(__file__).parent / "cases"
FILLS: Final = 4
"""Cases made of a template that has slots."""
SLOT: Final = re.compile(r"\{(\w+)\}")
DERIVED: Final[Mapping[str, Callable[[str], str]]] = {
    "capitals": str.upper,
    "no apostrophes": lambda text: text.replace("'", ""),
}
"""How the cases of some capabilities are written otherwise for another."""


@dataclass(frozen=True, slots=True)
class Case:
    """Minimum functionality: a text and its label, a position in ``LABELS``."""

    capability: str
    language: str
    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Change:
    """Directional expectation: from ``before`` to ``after`` the score does not rise (``upwards``
    False) or does not fall.
    """

    capability: str
    language: str
    before: str
    after: str
    upwards: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Invariance: texts that differ in one word of the kind ``words`` and mean the same."""

    words: str
    language: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """All cases, cleaned as the pipeline cleans reviews."""

    cases: tuple[Case, ...] = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    frames: tuple[Frame, ...] = field(repr=False)

    def of(self, languages: Collection[str]) -> Suite:
        """Those in some languages."""
        return Suite(
            tuple(case for case in self.cases if case.language in languages),
            tuple(change for change in self.changes if change.language in languages),
            tuple(frame for frame in self.frames if frame.language in languages),
        )

    @property
    def texts(self) -> tuple[list[str], list[str]]:
        """Every text that a model has to judge, and its language."""
        pairs = [(case.text, case.language) for case in self.cases]
        pairs += [(change.before, change.language) for change in self.changes]
        pairs += [(change.after, change.language) for change in self.changes]
        pairs += [(text, frame.language) for frame in self.frames for text in frame.texts]
        return [text for text, _ in pairs], [language for _, language in pairs]


@cache
def load() -> Suite:
    """The suite in every language, English first: it has the most cases."""
    suites = [_read(path) for path in sorted(FOLDER.glob("*.toml"), key=_english_first)]
    return Suite(
        tuple(case for suite in suites for case in suite.cases),
        tuple(change for suite in suites for change in suite.changes),
        tuple(frame for suite in suites for frame in suite.frames),
    )


def _english_first(path: Path) -> tuple[bool, str]:
    return path.stem != "en", path.stem


def _read(path: Path) -> Suite:
    language, table = path.stem, tomllib.loads(path.read_text(encoding="utf8"))
    cases = list(_cases(language, table))
    for capability, sources in table.get("derived", {}).items():
        write = DERIVED[capability]
        made = (
            Case(capability, language, clean(write(case.text)), case.label)
            for case in cases
            if case.capability in sources
        )
        known = {case.text for case in cases}
        cases += [case for case in made if case.text not in known]
    return Suite(tuple(cases), tuple(_changes(language, table)), tuple(_frames(language, table)))


def _cases(language: str, table: Mapping[str, Any]) -> Iterator[Case]:
    for capability, by_label in table["cases"].items():
        for label, templates in by_label.items():
            for text in _filled(templates, table["words"]):
                yield Case(capability, language, clean(text), LABELS.index(label))


def _changes(language: str, table: Mapping[str, Any]) -> Iterator[Change]:
    for capability, change in table.get("changed", {}).items():
        upwards = change["direction"] == "not down"
        sentences = list(_filled(change["sentences"], table["words"]))
        for before, added in product(sentences, change["added"]):
            yield Change(capability, language, clean(before), clean(before + added), upwards)


def _frames(language: str, table: Mapping[str, Any]) -> Iterator[Frame]:
    for words, exchanged in table["exchanged"].items():
        for frame in exchanged["frames"]:
            texts = tuple(clean(frame.format(w=word)) for word in exchanged["words"])
            yield Frame(words, language, texts)


def _filled(templates: Sequence[str], words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Each template with ``FILLS`` choices of words, which take turns; as it is without slots."""
    for number, template in enumerate(templates):
        slots = set(SLOT.findall(template))
        for fill in range(FILLS if slots else 1):
            turn = number * FILLS + fill
            yield template.format(**{slot: words[slot][turn % len(words[slot])] for slot in slots})
