"""``Measured``: the raw measurements of a whole run."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.entrant import Turn


@dataclass(frozen=True, slots=True)
class Latency:
    """At ``rate`` reviews a second, so many ``sent``: percentiles in seconds."""

    rate: float
    sent: int
    percentiles: dict[str, float]


@dataclass(slots=True)
class Measured:
    """By contender or stage, in the order of the rounds. ``lengths``: characters → rates, of one
    worker and of two.

    ``spins``: a second core's worth.
    """

    about: dict[str, str] = field(default_factory=dict)
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    latencies: dict[str, dict[float, Latency]] = field(default_factory=dict)
    stages: dict[str, list[float]] = field(default_factory=dict)
    lengths: dict[int, list[float]] = field(default_factory=dict)
    pair_lengths: dict[int, list[float]] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    spins: list[float] = field(default_factory=list)
