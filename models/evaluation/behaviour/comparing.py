"""Comparison of a candidate's behaviour with its champion's on the same cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from models.evaluation.behaviour.observing import Movement, Observed
from models.labels import Flags

SURE: Final = 0.01
"""Chance of so many cases lost to those won, were the candidate no worse, below which a loss is
significant. Cases of one template are lost together, hence the margin beside it.
"""


OF_ALL: Final = 0.5
"""Of the share that may be lost of a capability, what may be lost of all cases of a language: a
small loss of each of many capabilities is significant only there.
"""
TOGETHER: Final = {
    "negated negatives": "negation",
    "bad news added": "news added",
    "good news added": "news added",
}
"""Capabilities whose cases are all of one side are judged with their counterparts: a champion that
leans to this side would be right by it, and whoever leans less would seem to lose.
"""


class Bound(NamedTuple):
    """How far exchanged words may move a model (see ``Movement``), and what a candidate may move
    further than its champion, beyond that, by chance.
    """

    name: str
    most: float
    slack: float = 0.0


BOUNDS: Final = {
    "median": Bound("median", 0.05, 0.01),
    "most": Bound("95th percentile", 0.15, 0.03),
    "flips": Bound("share of other labels", 0.05),
}
"""Flips are few and happen near the border of two labels, so they must be significantly more."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cases that have a language and, unless this is empty, a capability in common, and how many
    of them each model has right; ``lost``: those that only the champion has, ``won``: only the
    candidate.
    """

    language: str
    capability: str
    cases: int
    champion: int
    candidate: int
    lost: int
    won: int

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.capability or 'all cases'} ({self.language})"

    @property
    def figures(self) -> dict[str, int]:
        """For JSON."""
        return {"cases": self.cases, "champion": self.champion, "candidate": self.candidate}

    @property
    def p_value(self) -> float:
        """P-value of the exact one-sided sign test of the cases that one model alone has right."""
        return _sign_test(self.lost, self.won)


@dataclass(frozen=True, slots=True)
class BehaviourComparison:
    """Both models on the suite. ``parts``: by language, all cases and then by capability;
    ``movements``: of champion and candidate by kind of words; ``reasons``: what the candidate does
    worse.
    """

    parts: tuple[Part, ...]
    movements: Mapping[str, tuple[Movement, Movement]]
    reasons: tuple[str, ...]

    @property
    def telling(self) -> tuple[Part, ...]:
        """All cases by language, and the capabilities on which the models differ."""
        return tuple(part for part in self.parts if not part.capability or part.lost or part.won)

    def as_document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "parts": {part.name: part.figures for part in self.telling},
            "exchanged": {
                words: {"champion": asdict(old), "candidate": asdict(new)}
                for words, (old, new) in self.movements.items()
            },
            "reasons": list(self.reasons),
        }


def compare(champion: Observed, candidate: Observed, max_loss: float) -> BehaviourComparison:
    """Of what both do of the same suite. ``max_loss``: share of the cases of a capability, lost
    less won, that a candidate may lose, and half of it of all cases of a language; more than that
    is a reason if it is also significant. Of a candidate that may lose all of them nothing is
    asked.
    """
    parts = tuple(_parts(champion, candidate))
    movements = {
        words: (movement, candidate.movements[words])
        for words, movement in champion.movements.items()
    }
    reasons = [_worse(part) for part in parts if _is_worse(part, max_loss)]
    for words, (old, new) in movements.items():
        reasons += _moved(words, old, new)
    return BehaviourComparison(parts, movements, () if max_loss >= 1 else tuple(reasons))


def _parts(champion: Observed, candidate: Observed) -> Iterator[Part]:
    named, spoken_in, _ = champion.members()
    capabilities = np.array([TOGETHER.get(name, name) for name in named], np.str_)
    languages = np.array(spoken_in, np.str_)
    counts = champion.counts & candidate.counts
    for language in dict.fromkeys(languages.tolist()):
        spoken = counts & (languages == language)
        yield _part(language, "", champion.right[spoken], candidate.right[spoken])
        for capability in dict.fromkeys(capabilities[spoken].tolist()):
            which = spoken & (capabilities == capability)
            yield _part(language, capability, champion.right[which], candidate.right[which])


def _part(language: str, capability: str, old: Flags, new: Flags) -> Part:
    both = (int(np.sum(each)) for each in (old, new, old & ~new, new & ~old))
    return Part(language, capability, len(old), *both)


def _is_worse(part: Part, max_loss: float) -> bool:
    most = max_loss if part.capability else max_loss * OF_ALL
    return part.lost - part.won > most * part.cases and part.p_value < SURE


def _worse(part: Part) -> str:
    return f"{part.name}: {part.candidate} of {part.cases} right, champion {part.champion}"


def _moved(words: str, champion: Movement, candidate: Movement) -> list[str]:
    """Bounds that the champion keeps and the candidate does not."""
    found = []
    flipped = (round(each.flips * each.texts) for each in (candidate, champion))
    more = {"flips": _sign_test(*flipped) < SURE}
    for figure, bound in BOUNDS.items():
        old, new = getattr(champion, figure), getattr(candidate, figure)
        if old <= bound.most < new and new > old + bound.slack and more.get(figure, True):
            found.append(
                f"exchanged {words} move it by {new:.3f} ({bound.name}), more than "
                f"{bound.most:.2f}; champion {old:.3f}"
            )
    return found


def _sign_test(lost: int, won: int) -> float:
    """One-sided p-value, exact."""
    if not lost + won:
        return 1.0
    return float(stats.binomtest(lost, lost + won, 0.5, "greater").pvalue)
