"""Benchmark plan: durations, repetitions and loads of a whole run and of a quick one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CONTENDERS = ("undertone", "obvious", "quix", "vader", "null")
PAIR, STAGES = "two-workers", "stages"
EVERYBODY = (*CONTENDERS, PAIR, STAGES)
PRICE = 0.05
"""Of one core for an hour, in US dollars: near what large clouds ask for a virtual one of a
general-purpose machine.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of one turn are a wish: how many reviews that takes is found out as it goes.

    ``loads``: shares of a contender's capacity. ``price``: of one core for an hour, in US dollars.
    """

    who: Sequence[str] = EVERYBODY
    rounds: int = 5
    turn_s: float = 10.0
    stage_s: float = 0.8
    spin_s: float = 1.0
    loads: Sequence[float] = (0.25, 0.5, 0.8)
    load_s: float = 10.0
    lengths: Sequence[int] = (100, 300, 1000, 3000, 10_000)
    length_rounds: int = 3
    length_s: float = 4.0
    starts: int = 3
    price: float = PRICE

    @property
    def contenders(self) -> list[str]:
        """Of those asked for, the ones that are a process between two topics."""
        return [name for name in CONTENDERS if name in self.who]

    @property
    def steps(self) -> int:
        """How many steps a run of this plan takes."""
        started = self.contenders
        undertone = "undertone" in started
        return (
            len(self.who)
            + undertone * (self.starts + len(self.lengths))
            + self.rounds * len(self.who)
            + 2 * len(self.loads) * len(started)
            + (undertone and PAIR in self.who)
        )


def quick(who: Sequence[str], price: float) -> Plan:
    """Too short for figures to rely on; shows that everything works."""
    return Plan(
        who=who, rounds=2, turn_s=2, stage_s=0.1, spin_s=0.3, loads=(0.5,), load_s=3,
        lengths=(100, 3000), length_rounds=1, length_s=1, starts=1, price=price,
    )  # fmt: skip
