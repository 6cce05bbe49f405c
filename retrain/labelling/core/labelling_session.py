"""Labelling session: a state machine from keys to labels.

The last answer is held back until the next key, so that it can be taken back: feedback that was
sent cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from schemas.records import Sentiment
from schemas.text import MaskedText

LABELS: Final[dict[str, Sentiment]] = {"p": "positive", "n": "negative", "u": "neutral"}
SKIP, UNDO, QUIT = "s", "z", "q"
KEYS: Final = "p positive, n negative, u neutral, s skip, z undo, q quit"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that waits for a label."""

    request_id: str
    review_id: str
    text_masked: MaskedText = field(repr=False)
    language: str
    product_id: str
    sentiment: Sentiment
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a person about a review, with its time; ``label`` None: no label."""

    waiting: Waiting
    label: Sentiment | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Position in ``queue``. ``held``: the last answer; ``labelled`` counts it."""

    queue: Sequence[Waiting]
    place: int = 0
    held: Answer | None = None
    labelled: int = 0
    ended: bool = False

    @property
    def current(self) -> Waiting | None:
        """Review to label; None at the end of the queue."""
        return self.queue[self.place] if self.place < len(self.queue) else None


@dataclass(frozen=True, slots=True)
class Step:
    """Result of a key: ``answer`` is final, ``complaint`` says why nothing happened."""

    session: Session
    answer: Answer | None = None
    complaint: str = ""


def press(session: Session, key: str, now: datetime) -> Step:
    """One key. At the end of the queue every key but that of undo ends the session."""
    current = session.current
    if key == UNDO:
        if session.held is None:
            return Step(
                session,
                complaint="there is nothing to undo: one answer can be taken back, the last",
            )
        back = session.labelled - (session.held.label is not None)
        return Step(replace(session, place=session.place - 1, held=None, labelled=back))
    if key == QUIT or current is None:
        return finish(session)
    if key not in LABELS and key != SKIP:
        return Step(session, complaint=f"keys: {KEYS}")
    answer = Answer(current, LABELS.get(key), now)
    counted = session.labelled + (answer.label is not None)
    return Step(
        replace(session, place=session.place + 1, held=answer, labelled=counted), session.held
    )


def finish(session: Session) -> Step:
    """No more keys: what was held is final."""
    return Step(replace(session, held=None, ended=True), session.held)
