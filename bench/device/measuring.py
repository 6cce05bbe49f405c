"""Closed-loop rates by batch size, and latencies under an open-loop load with dynamic batching.

Time is an argument: see ``Timer``.
"""

from __future__ import annotations

import statistics
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.device.plan import DevicePlan
from bench.figures import Spread, cost_per_million, percentiles
from bench.schedule import arrivals, latencies
from schemas.errors import UndertoneError

FEWEST = 3
"""Batches of which a rate is the median."""
WARM_UP_SHARE = 0.2
"""Of a load's reviews: a library may choose its kernels when it meets a batch size first."""
PATIENCE = 3.0
"""Times the length of a load after which an engine does not keep up."""
SEED = 20
TICK_S = 1e-6
"""The shortest sleep: a difference of two times may be too small to be added to either."""
OUT_OF_TIME = "no time was left"
Run = Callable[[int], object]
"""Judges so many reviews, the next of a pool, and returns when the answers are there."""


@dataclass(frozen=True, slots=True)
class Timer:
    """``limit``: by ``now``, when nothing more is to begin. ``cpu``: processor time of this
    process, seconds.
    """

    limit: float
    now: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], None] = time.sleep
    cpu: Callable[[], float] = time.process_time

    @property
    def left(self) -> float:
        """Seconds until the limit, negative behind it."""
        return self.limit - self.now()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model with texts of one length. ``flops``: of one review, None where they are not products
    of matrices.
    """

    run: Run
    flops: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where models run. ``price``: US dollars an hour. ``by_cpu``: rates are by processor time of
    this process, so those of one core, and what else the machine does is not in them.
    """

    name: str
    price: float
    by_cpu: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A model on an engine. ``unit``: of ``lengths``. ``peak``: in operations a second."""

    name: str
    engine: str
    place: Place
    unit: str
    lengths: Sequence[int]
    batches: Sequence[int]
    prepare: Callable[[int], Prepared]
    peak: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A batch size at a length. ``rate``: reviews a second, None where ``left_out`` says why.
    ``roofline``: the share of ``Subject.peak``.
    """

    length: int
    batch: int
    rate: Spread | None = None
    roofline: float | None = None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """A load at a length: ``rate`` reviews a second, ``share`` of the highest. ``percentiles``: in
    seconds from when a review was due, None where ``left_out`` says why.
    """

    length: int
    share: float
    rate: float
    sent: int
    percentiles: dict[str, float] | None = None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Best:
    """The batch size of the highest rate at a length, and what a million reviews cost at it."""

    length: int
    batch: int
    rate: float
    cost_per_million: float


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured of a subject, in the order of the lengths."""

    name: str
    engine: str
    place: Place
    unit: str
    points: list[Point] = field(default_factory=list)
    bests: list[Best] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)


def measure(subject: Subject, plan: DevicePlan, timer: Timer, say: Callable[[str], None]) -> Found:
    """Rates by length and batch, then at each length the loads."""
    found = Found(subject.name, subject.engine, subject.place, subject.unit)
    for length in subject.lengths:
        say(f"{subject.name}, {subject.engine}: {length} {subject.unit}")
        prepared = subject.prepare(length)
        points = list(_points(subject, prepared, length, plan, timer))
        found.points.extend(points)
        rates = {point.batch: point.rate.median for point in points if point.rate}
        if not rates:
            continue
        batch = max(rates, key=rates.__getitem__)
        cost = cost_per_million(rates[batch], subject.place.price)
        found.bests.append(Best(length, batch, rates[batch], cost))
        found.loads.extend(
            loaded(prepared.run, found.bests[-1], share, plan.load_s, timer) for share in plan.loads
        )
    return found


def _points(
    subject: Subject, prepared: Prepared, length: int, plan: DevicePlan, timer: Timer
) -> Iterator[Point]:
    """Batch sizes in rising order: each predicts how long the next takes."""
    of_one = 0.0
    for batch in subject.batches:
        if timer.left < 0:
            yield Point(length, batch, left_out=OUT_OF_TIME)
        elif batch * of_one > plan.longest_s:
            yield Point(length, batch, left_out=f"one batch takes more than {plan.longest_s:g} s")
        else:
            try:
                took = durations(
                    prepared.run, batch, plan.batch_s, timer, by_cpu=subject.place.by_cpu
                )
            except (MemoryError, UndertoneError) as error:
                yield Point(length, batch, left_out=str(error))
                continue
            of_one = statistics.median(took) / batch
            rate = Spread.of([batch / seconds for seconds in took])
            share = (
                prepared.flops * rate.median / subject.peak
                if prepared.flops is not None and subject.peak
                else None
            )
            yield Point(length, batch, rate, share)


def durations(
    run: Run, batch: int, seconds: float, timer: Timer, *, by_cpu: bool = False
) -> list[float]:
    """Seconds of each of the batches that begin within ``seconds``, after one that does not
    count; ``by_cpu``: seconds of processor time.
    """
    run(batch)
    clock = timer.cpu if by_cpu else timer.now
    took: list[float] = []
    start = timer.now()
    while len(took) < FEWEST or timer.now() - start < seconds:
        begin = clock()
        run(batch)
        took.append(clock() - begin)
    return took


def loaded(run: Run, best: Best, share: float, seconds: float, timer: Timer) -> Load:
    """Latencies at a share of the highest rate, of all but the first ``WARM_UP_SHARE``."""
    rate = best.rate * share
    due = arrivals(rate, seconds, SEED)
    if timer.left < 0:
        return Load(best.length, share, rate, 0, left_out=OUT_OF_TIME)
    try:
        arrived = open_loop(run, due, best.batch, PATIENCE * seconds, timer)
    except (MemoryError, UndertoneError) as error:
        return Load(best.length, share, rate, 0, left_out=str(error))
    if len(arrived) < len(due):
        reason = f"answered {len(arrived) / len(due):.0%} in {PATIENCE:g} times the time"
        return Load(best.length, share, rate, len(due), left_out=reason)
    counted = latencies(due, arrived)[int(WARM_UP_SHARE * len(due)) :]
    return Load(best.length, share, rate, len(due), percentiles(counted))


def open_loop(
    run: Run, due: Sequence[float], most: int, patience_s: float, timer: Timer
) -> list[float]:
    """Seconds from the beginning at which each review was answered, those that were within
    ``patience_s``. All that are due and wait, at most ``most``, are judged in one batch.
    """
    begin = timer.now()
    arrived: list[float] = []
    while len(arrived) < len(due):
        passed = timer.now() - begin
        if passed > patience_s:
            break
        waiting = bisect_right(due, passed) - len(arrived)
        if waiting == 0:
            timer.sleep(max(due[len(arrived)] - passed, TICK_S))
            continue
        count = min(waiting, most)
        run(count)
        arrived += [timer.now() - begin] * count
    return arrived
