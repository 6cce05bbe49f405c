"""Scoring by models on trial, shadows and challengers, isolated so that their failures do not
affect the champion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from schemas.records import Variant
from schemas.text import MaskedText
from streams.router.core.model_plan import ModelKey, key_of

Answer = TypeVar("Answer")
REST: Final = timedelta(seconds=30)
"""A model on trial that failed is left alone for so long: asking a server that is away may take
seconds each time.
"""


class Shadows:
    """Asks models on trial: an error is reported, and the model rests for ``REST``."""

    def __init__(self, failed: Callable[[Variant, Exception, int], None]) -> None:
        """``failed`` is told of the error and of how many reviews went unscored by it."""
        self._failed = failed
        self._resting: dict[ModelKey, datetime] = {}

    def judge(
        self,
        variant: Variant,
        judge: Callable[[Sequence[MaskedText], Sequence[str]], Answer],
        texts: Sequence[MaskedText],
        languages: Sequence[str],
        now: datetime,
    ) -> Answer | None:
        """What ``judge`` answers about texts in ``languages``; None where it failed, or did so
        lately. Never raises for what a model does.
        """
        key = key_of(variant)
        if now < self._resting.get(key, now):
            return None
        try:
            answer = judge(texts, languages)
        except Exception as error:  # whatever it is, the reviews are scored already
            self._resting = {
                other: until for other, until in self._resting.items() if until > now
            } | {key: now + REST}
            self._failed(variant, error, len(texts))
            return None
        self._resting.pop(key, None)
        return answer
