"""``Scorer``, ``Reader`` and ``Judge``: the interfaces of models in evaluation and explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.labels import Judgement, decide, sides


class Scorer(Protocol):
    """A model, a lexicon, or anything else that judges texts."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def version(self) -> str:
        """Version of the model."""
        ...

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive), of a model of three classes P(positive) + P(neutral) / 2, of each text,
        float32 [len(texts)].
        """
        ...


class Reader(Protocol):
    """Judges texts in the languages they are in."""

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """Probabilities of each text, and whether there is evidence. ``languages``: ISO 639-1
        codes or ``und``, one for each text. Raises ``EngineUnavailable``.
        """
        ...


class Judge(Reader, Protocol):
    """A model that judges texts."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def version(self) -> str:
        """Version of the model."""
        ...


@dataclass(frozen=True, slots=True)
class _OfJudge:
    """What the scorers of a model have in common: its name and version."""

    model: Judge

    @property
    def name(self) -> str:
        """See ``Scorer``."""
        return self.model.name

    @property
    def version(self) -> str:
        """See ``Scorer``."""
        return self.model.version


@dataclass(frozen=True, slots=True)
class InLanguages(_OfJudge):
    """``Scorer`` of a model for texts in known languages; ``languages``: by text, ``other`` for
    any that is not in it.
    """

    other: str
    languages: dict[str, str] = field(default_factory=dict, repr=False)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive) of each text, which is known to be positive or negative."""
        codes = [self.languages.get(text, self.other) for text in texts]
        return sides(self.model.judge(texts, codes).probabilities)


@dataclass(frozen=True, slots=True)
class Decided(_OfJudge):
    """``Scorer`` of a model for texts in one ``language``: the score that is decided of each, which
    is not the model's where it has no evidence.
    """

    language: str

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See ``Scorer``."""
        judgement = self.model.judge(texts, [self.language] * len(texts))
        return np.array([decision.score for decision in decide(judgement)], np.float32)
