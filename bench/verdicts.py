"""Benchmark targets, and whether they were met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.pipelines.stages import ALWAYS, RARE

HALF = "0.5"
GIGABYTE = 1e9
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``met`` is None where it was not measured; ``note`` is what must be known to read the
    figure."""

    what: str
    required: str
    measured: str
    met: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """``find`` takes the figure from the document, or raises ``KeyError`` or ``TypeError`` where it
    is not in it.
    """

    what: str
    bound: float
    find: Callable[[Document], float]
    form: str = "{:,.0f}"
    at_least: bool = True

    def judge(self, document: Document, note: str = "") -> Verdict:
        """The figure beside what is required. Reaching the bound is enough where it is the least,
        not where it is the most.
        """
        required = ("≥ " if self.at_least else "< ") + self.form.format(self.bound)
        try:
            figure = self.find(document)
        except (KeyError, TypeError):
            return Verdict(self.what, required, "not measured", None, note)
        return Verdict(
            self.what,
            required,
            self.form.format(figure),
            figure >= self.bound if self.at_least else figure < self.bound,
            note,
        )


def _largest_worker(document: Document) -> float:
    """Bytes."""
    ours = [document["contenders"]["undertone"], document["contenders"].get("two-workers", {})]
    return float(max(figures.get("peak_memory", 0) for figures in ours))


REQUIREMENTS = (
    Requirement(
        "reviews/s on one core, end to end",
        1000,
        lambda d: d["contenders"]["undertone"]["rate"]["median"],
    ),
    Requirement(
        "times the obvious pipeline", 50, lambda d: d["ratios"]["obvious"]["median"], "{:.3g} x"
    ),
    Requirement(
        "share of the slowest stage's rate",
        0.6,
        lambda d: d["ratios"]["slowest_stage"]["median"],
        "{:.0%}",
    ),
    Requirement(
        "two workers, times one", 1.7, lambda d: d["ratios"]["two-workers"]["median"], "{:.3g} x"
    ),
    Requirement(
        "masking alone, 3% of texts with personal data, reviews/s",
        3000,
        lambda d: d["stages"][RARE]["median"],
    ),
    Requirement(
        "masking alone, all with personal data, reviews/s",
        800,
        lambda d: d["stages"][ALWAYS]["median"],
    ),
    Requirement(
        "p99 at 50% load, ms",
        200,
        lambda d: 1000 * d["contenders"]["undertone"]["latency"][HALF]["percentiles"]["p99"],
        at_least=False,
    ),
    Requirement(
        "memory of a worker at its peak, GB",
        1.2,
        lambda d: _largest_worker(d) / GIGABYTE,
        "{:.2f}",
        at_least=False,
    ),
    Requirement(
        "start to the first scored review, stack warm, s",
        8,
        lambda d: d["start"]["median"],
        "{:.1f}",
        at_least=False,
    ),
)
"""In the order of the issue that asks for them."""


def judge(document: Document) -> Iterator[Verdict]:
    """All requirements, met or not."""
    for requirement in REQUIREMENTS:
        yield requirement.judge(document, _note(requirement.what, document))


def _note(what: str, document: Document) -> str:
    if what == "two workers, times one" and document.get("second_core"):
        worth = document["second_core"]["median"]
        longest = list(document["pair_lengths"].items())[-1:]
        long = "".join(
            f"; on texts of {int(length):,} characters {two['median']:.2f} times"
            for length, two in longest
        )
        return (
            f"two processes of pure computation do {worth:.2f} times one here, and broker and "
            f"load share the second core{long}"
        )
    if what == "share of the slowest stage's rate" and document.get("slowest_stage"):
        share = document["contenders"]["undertone"]["rate"]["median"] / document["stages_in_turn"]
        return (
            f"the slowest is {document['slowest_stage']}; all stages in turn, alone, do "
            f"{document['stages_in_turn']:,.0f}: end to end it is {share:.0%} of that"
        )
    return ""
