"""Running contender: its throughput on a burst of reviews, and its latency at a fixed rate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from bench.figures import MILLION, Pace, pace
from bench.load import Answer, Job
from bench.pipelines.contender import Contender
from bench.processes import Cores, Pinned, python
from bench.schedule import latencies
from schemas.errors import InputError

FEWEST = 16
ENOUGH = 0.2
"""Of a turn: a trial this long tells well enough how many reviews fill one."""
FIRMLY_S, PATIENTLY_S = 1.0, 5.0
"""But no trial ends it whose outputs took less than the first, unless everything took the second:
most of it was waiting.
"""
RUNS = count()


@dataclass(frozen=True, slots=True)
class Turn:
    """Reviews a second, and processor seconds for a million of them."""

    rate: float
    cpu_s: float


class Load:
    """The load generator, in a process of its own."""

    def __init__(self, cores: Cores, log: Path) -> None:
        """Starts it."""
        self.process = Pinned("load generator", python("bench.load"), cores, log, talks=True)
        self.stop = self.process.stop

    def begin(self, job: Job) -> None:
        """Give it a job."""
        self.process.send(json.dumps(asdict(job)))

    def finish(self, working: Sequence[Pinned]) -> Answer:
        """Wait for the end of the job. Raises ``RuntimeError`` if the generator or one of those who
        work on it dies instead.
        """
        return Answer(**json.loads(self.process.receive(working)))


@dataclass(slots=True)
class Entrant:
    """One or more processes of a contender, and the load for them. ``rate``: reviews a second when
    it was last measured.
    """

    contender: Contender
    bootstrap: str
    load: Load
    texts: Path
    processes: Sequence[Pinned] = ()
    rate: float = 1.0

    def start(self, start: Callable[[], Pinned]) -> float:
        """Seconds from nothing to the first output, of a review that is waiting already."""
        self.load.begin(self._job(1))
        begin = time.monotonic()
        self.processes = [start()]
        [first] = self._all_of(self.load.finish(self.processes))
        return first - begin

    def stop(self) -> None:
        """Stop what runs, if anything does."""
        for process in self.processes:
            process.stop()
        self.processes = ()

    def settle(self, seconds: float, texts: Path | None = None) -> None:
        """Find out, and warm up: more and more reviews until they take a good part of a turn of so
        many ``seconds``.
        """
        reviews = FEWEST
        found, _ = self._burst(reviews, texts)
        while found.span < max(FIRMLY_S, seconds * ENOUGH) and found.whole < max(
            PATIENTLY_S, seconds
        ):
            reviews *= 4
            found, _ = self._burst(reviews, texts)

    def turn(self, seconds: float, texts: Path | None = None) -> Turn:
        """As many reviews at once as took so many seconds the last time."""
        found, cpu_s = self._burst(max(FEWEST, round(self.rate * seconds)), texts)
        return Turn(found.rate, cpu_s)

    def _burst(self, reviews: int, texts: Path | None) -> tuple[Pace, float]:
        """How fast, and processor seconds a million."""
        before = self._cpu_s()
        self.load.begin(self._job(reviews, texts=texts))
        answer = self.load.finish(self.processes)
        found = pace(answer.due[0], self._all_of(answer))
        self.rate = found.rate
        return found, (self._cpu_s() - before) * MILLION / reviews

    def open_loop(self, rate: float, seconds: float) -> list[float]:
        """Latencies in seconds at ``rate`` reviews a second, however they are coped with."""
        reviews = max(FEWEST, round(rate * seconds))
        self.load.begin(self._job(reviews, rate=rate))
        answer = self.load.finish(self.processes)
        return latencies(answer.due, self._all_of(answer))

    def peak(self) -> int:
        """Bytes that the largest process has had resident at most."""
        return max(process.usage().peak for process in self.processes)

    def _cpu_s(self) -> float:
        return sum(process.usage().cpu_s for process in self.processes)

    def _job(self, reviews: int, *, rate: float | None = None, texts: Path | None = None) -> Job:
        run = f"{self.contender.name}-{next(RUNS)}"
        source, target = self.contender.source, self.contender.target
        return Job(self.bootstrap, source, target, str(texts or self.texts), run, reviews, rate)

    def _all_of(self, answer: Answer) -> list[float]:
        arrived = [time for time in answer.arrived if time is not None]
        if len(arrived) < len(answer.due):
            missing = len(answer.due) - len(arrived)
            raise InputError(
                f"{self.contender.name}: {missing} of {len(answer.due)} reviews never came out; "
                "are all in English?"
            )
        return arrived
