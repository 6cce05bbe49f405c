"""Acceptance test of a candidate: better on recent feedback, non-inferior on every part of the
golden set, by confidence intervals, and no worse in what the behaviour suite asks of it.

Pure. Wrong labels that come by chance make both models look worse, and alike: they hide a
difference, they make none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from models.artifact.calibration import Labels
from models.evaluation.behaviour.comparing import BehaviourComparison
from models.evaluation.significance import Interval, gain
from models.labels import NEUTRAL, Positions
from retrain.shared.core.examples import FEEDBACK, TRUSTED, Example, concerns

FEWEST_NEUTRAL: Final = 20
"""Neutral texts from which on the label counts in balanced accuracy as much as the others: of fewer
the interval is so wide that nothing could be said of any candidate.
"""
SMALL_PART: Final = 1000
"""Golden reviews of one domain below which they are judged with those of other small domains."""
FEW_HELD_OUT: Final = 200
"""Feedback held out from which on it is enough: of 200 texts, a gain of five points shows."""
NOT_ASKED: Final = BehaviourComparison((), {}, ())
"""Of models whose languages the behaviour suite does not have."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """``min_gain`` of balanced accuracy on feedback, ``max_loss`` of accuracy on a part of the
    golden set; see ``RetrainingSettings``.
    """

    min_gain: float
    max_loss: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What champion and candidate say of labelled texts, and the labels, as positions in
    ``LABELS``; all [n], n > 0.
    """

    champion: Positions = field(repr=False)
    candidate: Positions = field(repr=False)
    labels: Positions = field(repr=False)


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
    """``golden``: by part of the golden set; ``behaviour``: on the behaviour suite; ``reasons``:
    why not, none if it is better.
    """

    recent: Side
    golden: Mapping[str, Side]
    behaviour: BehaviourComparison
    reasons: tuple[str, ...]

    @property
    def better(self) -> bool:
        """Nothing speaks against it."""
        return not self.reasons

    def as_document(self) -> dict[str, Any]:
        """For JSON, rounded: it is evidence in an event."""
        return {
            "recent": rounded(asdict(self.recent)),
            "golden": {name: rounded(asdict(part)) for name, part in self.golden.items()},
            "behaviour": rounded(self.behaviour.as_document()),
            "reasons": list(self.reasons),
        }


def side(answers: Answers) -> Side:
    """Compare both."""
    champion, candidate = _right(answers)
    counted = _balancing(answers.labels)
    labels = answers.labels[counted]
    gained, interval = gain(champion, candidate)
    balanced, balanced_interval = gain(champion[counted], candidate[counted], labels)
    return Side(
        reviews=len(answers.labels),
        champion=float(np.mean(champion)),
        candidate=float(np.mean(candidate)),
        champion_balanced=_balanced(champion[counted], labels),
        candidate_balanced=_balanced(candidate[counted], labels),
        gain=gained,
        gain_interval=interval,
        balanced_gain=balanced,
        balanced_gain_interval=balanced_interval,
    )


def judge(
    recent: Answers,
    golden: Mapping[str, Answers],
    criteria: Criteria,
    behaviour: BehaviourComparison = NOT_ASKED,
    *,
    both_halves: bool = False,
) -> Acceptance:
    """Better only if all of it can be said with 95% confidence.

    ``recent``: on feedback, the latest first. Its earlier half is looked at for itself, too: where
    the latest says the opposite of what was said before, a candidate that believes it gains there
    and loses what the champion was right about. ``both_halves``: so is the latest half, where no
    golden set of the language guards besides.
    """
    new, old = side(recent), {name: side(part) for name, part in golden.items()}
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
        middle = new.reviews // 2
        halves = {"earlier": slice(middle, None), "latest": slice(middle)}
        for name in halves if both_halves else ("earlier",):
            found, interval = gain(*(right[halves[name]] for right in _right(recent)))
            if interval.high < 0:
                reasons.append(
                    f"on the {name} half of recent feedback its accuracy is {_points(-found)} lower"
                )
    for name, part in old.items():
        reasons += _lost(name, part, criteria.max_loss)
    reasons += [f"on the behaviour suite, {reason}" for reason in behaviour.reasons]
    return Acceptance(new, old, behaviour, tuple(reasons))


def _lost(name: str, part: Side, most: float) -> list[str]:
    """Why a part of the golden set speaks against a candidate.

    A loss of ``most`` must be ruled out, and what is found be no more than half of it: of reviews
    enough, both a candidate without loss and one with a loss of ``most`` are judged rightly.
    """
    if part.gain_interval.low < -most:
        return [
            f"on the golden set, {name}, it may lose {_points(-part.gain_interval.low)} (found: "
            f"{_points(-part.gain)}), more than {_points(most)}"
        ]
    if part.gain < -most / 2:
        return [
            f"on the golden set, {name}, it loses {_points(-part.gain)}, more than half of "
            f"{_points(most)}"
        ]
    return []


def parts(
    golden: Sequence[Example], language: str, max_loss: float, *, others: bool
) -> dict[str, list[Example]]:
    """The golden set by language and domain; ``others``: with languages other than the request's,
    as far as their reviews are enough to rule out ``max_loss``: too few would turn down everything.

    Domains are judged apart, so that what is gained in one does not hide what is lost in another;
    those of fewer than ``SMALL_PART`` reviews together, by language.
    """
    found: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in golden:
        if others or concerns(example, language):
            found[example.language or language, example.domain].append(example)
    named: dict[str, list[Example]] = defaultdict(list)
    for (code, domain), examples in found.items():
        small = len(examples) < SMALL_PART
        named[code if small or not domain else f"{code} {domain}"] += examples
    return {
        name: part
        for name, part in named.items()
        if any(concerns(example, language) for example in part) or _enough(len(part), max_loss)
    }


def _enough(reviews: int, max_loss: float) -> bool:
    """Whether two models that say the same of so many reviews are shown to lose no more."""
    same = np.ones(reviews, np.bool_)
    return gain(same, same)[1].low >= -max_loss


def comparable(held_out: Sequence[Example], trusted: int) -> list[Example]:
    """Of the feedback held out that by labelers and moderators, where there is enough of it, else
    all.
    """
    by_trusted = [example for example in held_out if example.origin in TRUSTED]
    return by_trusted if len(by_trusted) >= trusted else list(held_out)


def to_cross_fit(held_out: Sequence[Example], learnt: Sequence[Example]) -> list[Example]:
    """The feedback that is learnt, where so little is held out that only a large gain would show;
    else nothing.
    """
    if len(held_out) >= FEW_HELD_OUT:
        return []
    return [example for example in learnt if example.origin in FEEDBACK]


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
    return answers.champion == answers.labels, answers.candidate == answers.labels


def _balancing(labels: Positions) -> Labels:
    """Which texts count in balanced accuracy."""
    neutral: Labels = labels == NEUTRAL
    few = int(np.sum(neutral)) < FEWEST_NEUTRAL and not neutral.all()
    return ~neutral if few else np.ones(len(labels), np.bool_)


def _balanced(right: Labels, labels: Positions) -> float:
    return float(np.mean([np.mean(right[labels == label]) for label in np.unique(labels)]))


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
