"""Acceptance test of a candidate: better on recent feedback, non-inferior on the golden set, by
confidence intervals.

Pure. Wrong labels that come by chance make both models look worse, and alike: they hide a
difference, they make none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from models.artifact.calibration import Floats, Labels
from models.evaluation.significance import Interval, gain
from retrain.shared.core.examples import TRUSTED, Example


@dataclass(frozen=True, slots=True)
class Criteria:
    """``min_gain`` of balanced accuracy on feedback, ``max_loss`` of accuracy on the golden set;
    see ``RetrainingSettings``.
    """

    min_gain: float
    max_loss: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores of champion and candidate, P(positive), on labelled texts; all [n], n > 0."""

    champion: Floats = field(repr=False)
    candidate: Floats = field(repr=False)
    positive: Labels = field(repr=False)


@dataclass(frozen=True, slots=True)
class Side:
    """Both models on one set of reviews: accuracy, balanced accuracy, and what the candidate gains,
    with 95% intervals.
    """

    reviews: int
    champion: float
    candidate: float
    champion_balanced: float
    candidate_balanced: float
    gain: float
    gain_interval: Interval
    balanced_gain: float
    balanced_gain_interval: Interval


@dataclass(frozen=True, slots=True)
class Acceptance:
    """``reasons``: why not; none if it is better."""

    recent: Side
    golden: Side
    reasons: tuple[str, ...]

    @property
    def better(self) -> bool:
        """Nothing speaks against it."""
        return not self.reasons

    def as_document(self) -> dict[str, Any]:
        """For JSON, rounded: it is evidence in an event."""
        return {
            "recent": rounded(asdict(self.recent)),
            "golden": rounded(asdict(self.golden)),
            "reasons": list(self.reasons),
        }


def side(answers: Answers) -> Side:
    """Compare both."""
    champion, candidate = _right(answers)
    gained, interval = gain(champion, candidate)
    balanced, balanced_interval = gain(champion, candidate, answers.positive)
    return Side(
        reviews=len(answers.positive),
        champion=float(np.mean(champion)),
        candidate=float(np.mean(candidate)),
        champion_balanced=_balanced(champion, answers.positive),
        candidate_balanced=_balanced(candidate, answers.positive),
        gain=gained,
        gain_interval=interval,
        balanced_gain=balanced,
        balanced_gain_interval=balanced_interval,
    )


def judge(recent: Answers, golden: Answers, criteria: Criteria) -> Acceptance:
    """Better only if all of it can be said with 95% confidence.

    ``recent``: on feedback, the latest first. Its earlier half is looked at for itself, too: where
    the latest says the opposite of what was said before, a candidate that believes it gains there
    and loses what the champion was right about.
    """
    new, old = side(recent), side(golden)
    reasons = []
    if new.balanced_gain < criteria.min_gain:
        gained, wanted = _points(new.balanced_gain), _points(criteria.min_gain)
        reasons.append(
            f"on recent feedback it gains {gained} of balanced accuracy, less than {wanted}"
        )
    elif new.balanced_gain_interval.low <= 0:
        low, high = (
            _points(new.balanced_gain_interval.low),
            _points(new.balanced_gain_interval.high),
        )
        reasons.append(
            f"what it gains on {new.reviews} recent reviews with feedback may be chance: {low} to "
            f"{high}"
        )
    if new.gain_interval.high < 0:
        reasons.append(f"on recent feedback its accuracy is {_points(-new.gain)} lower")
    else:
        earlier, interval = gain(*(right[len(right) // 2 :] for right in _right(recent)))
        if interval.high < 0:
            reasons.append(
                f"on the earlier half of recent feedback its accuracy is {_points(-earlier)} lower"
            )
    if old.gain_interval.low < -criteria.max_loss:
        reasons.append(
            f"on the golden set it may lose {_points(-old.gain_interval.low)} (found: "
            f"{_points(-old.gain)}), more than {_points(criteria.max_loss)}"
        )
    return Acceptance(new, old, tuple(reasons))


def comparable(held_out: Sequence[Example], trusted: int) -> list[Example]:
    """Of the feedback held out that by labelers and moderators, where there is enough of it, else
    all.
    """
    by_trusted = [example for example in held_out if example.origin in TRUSTED]
    return by_trusted if len(by_trusted) >= trusted else list(held_out)


def rounded(document: Any) -> Any:
    """Every number to four digits."""
    match document:
        case float():
            return round(document, 4)
        case dict():
            return {key: rounded(value) for key, value in document.items()}
        case list() | tuple():
            return [rounded(value) for value in document]
    return document


def _right(answers: Answers) -> tuple[Labels, Labels]:
    """Which of the texts champion and candidate judge as they are labelled."""
    return (answers.champion >= 0.5) == answers.positive, (
        answers.candidate >= 0.5
    ) == answers.positive


def _balanced(right: Labels, positive: Labels) -> float:
    return float(np.mean([np.mean(right[positive == label]) for label in np.unique(positive)]))


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
