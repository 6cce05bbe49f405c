"""The run: faults in turn while the load flows, then a rolling restart of all brokers, then the
verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from tests.chaos import verdict
from tests.chaos.faults import Fault, pause
from tests.chaos.load import Load
from tests.chaos.verdict import Check
from tests.chaos.world import World

STALL_LIMIT_S = 30.0
"""For no longer than this may a broker that hangs for a minute stop the stream."""


@dataclass(slots=True)
class Record:
    """A fault that was made: when it began and ended, and what the stream did until the next one
    began.
    """

    fault: str
    chosen: str
    at_s: float
    took_s: float
    began: float
    until: float = 0.0
    gap_s: float = 0.0
    delay_s: float = 0.0
    exits: int = 0


@dataclass(slots=True)
class Outcome:
    """All there is to report."""

    records: list[Record] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    repeats: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether every check does."""
        return all(check.holds for check in self.checks)


Tell = Callable[[str], None]


def make_faults(
    world: World, faults: Sequence[Fault], every_s: float, tell: Tell, *, once: bool = False
) -> list[Record]:
    """Make one fault after the other, ``every_s`` seconds apart or more, all of them at least once,
    until the load is sent.

    The load flows until all have been made: a fault harms nobody while there is nothing to do.
    """
    records: list[Record] = []
    for number, fault in enumerate(faults if once else cycle(faults)):
        if number >= len(faults):
            world.load.enough.set()
            if world.load.done:
                break
        records.append(_make(world, fault, every_s))
        tell(line(world, records[-1]))
    return records


def _make(world: World, fault: Fault, every_s: float) -> Record:
    began, at, exits = time.time(), world.supervisor.now(), len(world.supervisor.unexpected())
    try:
        chosen = fault.run(world)
    except (
        AssertionError
    ) as error:  # what was broken did not come back in time: the verdict tells what that did
        chosen = str(error)
        world.notes.append(f"{fault.name}: {chosen}")
    took = time.time() - began
    pause(max(0.0, every_s - took))
    record = Record(fault.name, chosen, round(at, 1), round(took, 1), began, time.time())
    record.gap_s = round(world.ledger.longest_gap(began, record.until), 1)
    record.delay_s = round(world.ledger.longest_delay(began, record.until), 1)
    record.exits = len(world.supervisor.unexpected()) - exits
    return record


def roll(world: World, pace: float, tell: Tell) -> list[Check]:
    """Restart all brokers one after the other while reviews flow; nothing may exit, and nothing may
    be scored twice.
    """
    since = world.supervisor.now()
    load = Load(
        world.cluster.bootstrap,
        world.load.door,
        world.ledger,
        world.load.schema_id,
        0,
        pace,
        prefix="rolling",
    )
    load.start()
    began = time.time()
    world.cluster.rolling_restart()
    pause(5)
    ended = time.time()
    load.stop()
    verdict.settle(world)
    world.load.failures += load.failures
    exits, ids = (
        world.supervisor.unexpected(since),
        [key for key in world.ledger.sent if key.startswith("rolling-")],
    )
    repeats = sum(world.ledger.scored[key] - 1 for key in ids if key in world.ledger.scored)
    gap, delay = world.ledger.longest_gap(began, ended), world.ledger.longest_delay(began, ended)
    tell(
        f"{since:5.0f} s  rolling restart of three brokers: {len(ids)} reviews, gap {gap:.1f} s, "
        f"delay {delay:.1f} s"
    )
    return [
        Check(
            "a rolling restart of three brokers ends no process", not exits, f"{len(exits)} exits"
        ),
        Check(
            "and repeats nothing",
            repeats == 0,
            f"{repeats} of {len(ids)} scored again; longest delay {delay:.1f} s",
        ),
    ]


def judge(world: World, records: list[Record], extra: Sequence[Check]) -> Outcome:
    """Everything that must hold, after all has settled."""
    outcome = Outcome(
        records, [*verdict.checks(world), *extra], seconds=round(world.supervisor.now())
    )
    outcome.repeats = sum(world.ledger.scored.values()) - len(world.ledger.scored)
    for (
        record
    ) in records:  # what was still waiting when the fault's time was over has been scored since
        record.delay_s = round(world.ledger.longest_delay(record.began, record.until), 1)
        if record.fault.endswith("for a minute"):
            held = record.delay_s <= STALL_LIMIT_S
            outcome.checks.append(
                Check(
                    f"{record.fault}: no review waits longer than {STALL_LIMIT_S:g} s",
                    held,
                    f"{record.delay_s} s",
                )
            )
    return outcome


def line(world: World, record: Record) -> str:
    """One line of progress."""
    ledger, ends, own = world.ledger, world.supervisor.exits, world.supervisor.unexpected()
    return (
        f"{record.at_s:5.0f} s  {record.fault:32} {record.took_s:5.1f} s  sent "
        f"{len(ledger.sent):6,}  scored {len(ledger.scored):6,}  dead {ledger.dead_count:5,}  "
        f"exits {len(ends):3} ({len(own)} not caused)  gap {record.gap_s:5.1f} s  delay "
        f"{record.delay_s:5.1f} s  {record.chosen[:80]}"
    )
