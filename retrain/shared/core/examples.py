"""Training examples: labelled reviews → a data set, deduplicated, split without leakage, named by
its digest. Pure.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from models.rollout.traffic import ANY_LANGUAGE
from retrain.shared.core import text_identity
from schemas.records import Sentiment

Origin = Literal["labeler", "moderator", "user", "rating", "base"]
TRUST: dict[Origin, int] = {"labeler": 4, "moderator": 3, "user": 2, "rating": 1, "base": 0}
TRUSTED: frozenset[Origin] = frozenset({"labeler", "moderator"})
FEEDBACK: frozenset[Origin] = frozenset({"labeler", "moderator", "user"})


@dataclass(frozen=True, slots=True)
class Example:
    """A masked text and its label; ``weight``: how much it counts beside feedback; ``at``: when the
    label was given; ``language``: of the text, empty where nothing says so.
    """

    text: str = field(repr=False)
    label: Sentiment
    origin: Origin
    weight: float
    at: datetime
    language: str = ""
    domain: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", text_identity.key(self.text))

    @property
    def sided(self) -> bool:
        """Whether it is positive or negative."""
        return self.label != "neutral"


@dataclass(frozen=True, slots=True)
class Dataset:
    """``learnt`` and ``base``: what candidates learn; ``held_out``: feedback that none learns, the
    latest first.

    ``sha256``: of all of it, the same whenever it is put together again; ``dropped``: texts whose
    labels contradict each other.
    """

    learnt: tuple[Example, ...]
    base: tuple[Example, ...]
    held_out: tuple[Example, ...]
    dropped: int
    sha256: str

    def counts(self) -> dict[str, int]:
        """Examples by origin, and those held out."""
        found: dict[str, int] = defaultdict(int)
        for example in (*self.learnt, *self.base):
            found[example.origin] += 1
        return {**found, "held_out": len(self.held_out), "dropped": self.dropped}


def build(
    labelled: Iterable[Example],
    base: Iterable[Example],
    golden: Collection[str],
    share: float,
    recent: int,
) -> Dataset:
    """``golden``: keys of texts that nothing may learn. ``share``: of the feedback that is held
    out, ``recent`` of it at most.

    Whether a text is held out depends on the text alone, so that it is so in every data set to
    come. A text that came several times counts once, with the label that most say of those who are
    trusted most; where two labels are said as often, not at all.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in labelled:
        if example.key not in golden:
            groups[example.key].append(example)
    chosen = [_agreed(group) for _, group in sorted(groups.items())]
    kept = [example for example in chosen if example is not None]
    apart = [
        example
        for example in kept
        if example.origin in FEEDBACK and text_identity.share(example.key) < share
    ]
    held_out = sorted(apart, key=lambda example: (example.at, example.key), reverse=True)[:recent]
    # What would be held out is not learnt even where it is not used: a rating of the same text, or
    # the base's own copy of it.
    learnt = [example for example in kept if text_identity.share(example.key) >= share]
    unseen = {example.key for example in held_out} | set(golden)
    unique = {example.key: example for example in base}
    rehearsed = [example for key, example in sorted(unique.items()) if key not in unseen]
    return Dataset(
        tuple(learnt),
        tuple(rehearsed),
        tuple(held_out),
        len(chosen) - len(kept),
        _digest(learnt, rehearsed, held_out),
    )


def concerns(example: Example, language: str) -> bool:
    """Whether an example counts for a language, or ``ANY_LANGUAGE``; one that names none does for
    all.
    """
    return language in (ANY_LANGUAGE, example.language) or not example.language


def _agreed(group: Sequence[Example]) -> Example | None:
    most = max(TRUST[example.origin] for example in group)
    heard = [example for example in group if TRUST[example.origin] == most]
    (label, votes), *others = Counter(example.label for example in heard).most_common(2)
    if others and others[0][1] == votes:
        return None
    agreeing = [example for example in heard if example.label == label]
    return max(agreeing, key=lambda example: (example.at, example.text))


def _digest(*parts: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for number, part in enumerate(parts):
        for example in part:
            digest.update(
                (
                    f"{number} {example.key} {example.label} {example.language} "
                    f"{example.origin} {example.weight}\n"
                ).encode()
            )
    return digest.hexdigest()
