"""Models that need no file: each says one thing of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.labels import Judgement, both
from schemas.errors import EngineUnavailable
from schemas.records import Variant


@dataclass
class Opinion:
    """``away``: its engine is; ``asked``: how many texts each call had."""

    name: str
    version: str
    languages: tuple[str, ...] = ("en",)
    score_given: float = 0.9
    away: bool = False
    asked: list[int] = field(default_factory=list)
    any_language: bool = False

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        assert len(texts) == len(languages)
        self.asked.append(len(texts))
        if self.away:
            raise EngineUnavailable(f"{self.name} is away")
        return Judgement(both(self.said(texts)), np.ones(len(texts), np.bool_))

    def without_encoder(self) -> Opinion:
        return self

    def said(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive)."""
        return np.full(len(texts), self.score_given, np.float32)


def variant(
    version: str,
    name: str = "champion",
    weight: float = 1.0,
    *,
    shadow: bool = False,
    model: str = "m",
) -> Variant:
    """A variant whose model is at ``models/<version>``."""
    return Variant(name, model, version, f"models/{version}", weight, shadow)
