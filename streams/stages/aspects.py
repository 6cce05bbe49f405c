"""Aspects stage: what each masked review says of which aspects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.aspects.extractor import AspectExtractor, Level
from streams.steps import MaskedReview


@dataclass(frozen=True, slots=True)
class AspectStage:
    """``level`` None: only for those who ask. ``load`` gives the extractor of a level, always the
    same.
    """

    level: Level | None
    load: Callable[[Level], AspectExtractor]

    def asked(self, by_caller: bool) -> Level | None:
        """The level for a batch; None: none of its aspects are looked for."""
        return self.level or ("full" if by_caller else None)

    def __call__(self, batch: Sequence[MaskedReview], level: Level) -> list[MaskedReview]:
        """The same reviews with their aspects."""
        found = self.load(level)(
            [item.text for item in batch], [item.language for item in batch], level=level
        )
        return [replace(item, aspects=aspects) for item, aspects in zip(batch, found, strict=True)]
